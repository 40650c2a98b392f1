"""The slug of a new partner follows its name, as that of a page does, and no other slug does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.admin import make_partner, read_again, url
from wagtail_partner_smtp.models import get_partner_model

pytestmark = pytest.mark.django_db(transaction=True)


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name={name}]")


def type_name(page: Page, name: str) -> None:
    """Key by key, and leave the field as people do."""
    field(page, "name").click()
    field(page, "name").press("End")
    field(page, "name").press_sequentially(name)
    field(page, "name").blur()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


@pytest.mark.parametrize(
    ("name", "slug"),
    # How letters are transliterated differs between Wagtail's versions.
    [("Acme & Sons Ltd.", r"acme-sons-ltd"), ("Bäckerei Ёлка", r"b[a-z]+ckerei-[a-z]+")],
)
def test_the_slug_of_a_new_partner_is_filled_in_from_the_name(admin_page: Page, name: str, slug: str) -> None:
    admin_page.goto(url("add"))
    type_name(admin_page, name)
    expect(field(admin_page, "slug")).to_have_value(re.compile(f"^{slug}$"))
    save(admin_page)
    admin_page.wait_for_url(lambda address: "/add/" not in address)
    assert re.fullmatch(slug, get_partner_model()._default_manager.get(name=name).slug)


def test_a_slug_that_somebody_typed_stays(admin_page: Page) -> None:
    admin_page.goto(url("add"))
    type_name(admin_page, "Acme")
    expect(field(admin_page, "slug")).to_have_value("acme")
    field(admin_page, "slug").fill("my-own")
    type_name(admin_page, " and Sons")
    expect(field(admin_page, "slug")).to_have_value("my-own")


def test_a_slug_that_is_typed_before_the_name_stays(admin_page: Page) -> None:
    admin_page.goto(url("add"))
    field(admin_page, "slug").fill("my-own")
    type_name(admin_page, "Acme")
    expect(field(admin_page, "slug")).to_have_value("my-own")


def test_a_saved_partner_keeps_its_slug(admin_page: Page) -> None:
    partner = make_partner(name="Acme", slug="acme")
    admin_page.goto(url("edit", partner))
    type_name(admin_page, " and Sons")
    expect(field(admin_page, "slug")).to_have_value("acme")
    save(admin_page)
    admin_page.wait_for_url(lambda address: "/edit/" not in address)
    assert (read_again(partner).name, read_again(partner).slug) == ("Acme and Sons", "acme")


def test_a_page_that_came_back_with_errors_leaves_the_slug_alone(admin_page: Page) -> None:
    make_partner(name="Acme", slug="acme")
    admin_page.goto(url("add"))
    type_name(admin_page, "Acme")
    save(admin_page)
    expect(admin_page.locator(".error-message").first).to_be_visible()
    expect(field(admin_page, "slug")).to_have_value("acme")
    type_name(admin_page, " and Sons")
    expect(field(admin_page, "slug")).to_have_value("acme")
