"""The slug of a new partner follows its name, as that of a page does, and no other slug does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bare import Bare
from tests.browser.rendered import Rendered
from tests.browser.tab.parts import field
from tests.support.admin import url
from wagtail_partner_smtp.models import get_partner_model

# Wagtail fills in the slug a tenth of a second after the last key, and once more when the field is left.
# Timers of a page run in order.
WHAT_WAS_PUT_OFF = "() => new Promise((done) => setTimeout(() => setTimeout(done), 100))"


def type_name(page: Page, name: str) -> None:
    """Key by key, and leave the field as people do. What follows of it is done by then."""
    field(page, "name").click()
    field(page, "name").press("End")
    field(page, "name").press_sequentially(name)
    field(page, "name").blur()
    page.evaluate(WHAT_WAS_PUT_OFF)


def details(bare: Bare, html: str) -> Page:
    page = bare.show(html, "form")
    page.get_by_role("tab", name="Details").click()
    return page


@pytest.mark.django_db(transaction=True)
def test_the_slug_of_a_new_partner_is_filled_in_from_the_name_and_saved(admin_page: Page) -> None:
    admin_page.goto(url("add"))
    type_name(admin_page, "Acme & Sons Ltd.")
    expect(field(admin_page, "slug")).to_have_value("acme-sons-ltd")
    admin_page.get_by_role("button", name="Save").click()
    admin_page.wait_for_url(lambda address: "/add/" not in address)
    assert get_partner_model()._default_manager.get(name="Acme & Sons Ltd.").slug == "acme-sons-ltd"


def test_letters_that_are_not_ascii_are_transliterated(bare: Bare, rendered: Rendered) -> None:
    page = details(bare, rendered.tab())
    type_name(page, "Bäckerei Ёлка")
    # How, differs between Wagtail's versions.
    expect(field(page, "slug")).to_have_value(re.compile(r"^b[a-z]+ckerei-[a-z]+$"))


def test_a_slug_that_somebody_typed_stays(bare: Bare, rendered: Rendered) -> None:
    page = details(bare, rendered.tab())
    type_name(page, "Acme")
    expect(field(page, "slug")).to_have_value("acme")
    field(page, "slug").fill("my-own")
    type_name(page, " and Sons")
    expect(field(page, "slug")).to_have_value("my-own")


def test_a_slug_that_is_typed_before_the_name_stays(bare: Bare, rendered: Rendered) -> None:
    page = details(bare, rendered.tab())
    field(page, "slug").fill("my-own")
    type_name(page, "Acme")
    expect(field(page, "slug")).to_have_value("my-own")


def test_a_saved_partner_keeps_its_slug(bare: Bare, rendered: Rendered) -> None:
    page = details(bare, rendered.tab(name="Acme", slug="acme"))
    type_name(page, " and Sons")
    expect(field(page, "slug")).to_have_value("acme")


def test_a_page_that_came_back_with_errors_leaves_the_slug_alone(bare: Bare, rendered: Rendered) -> None:
    page = details(bare, rendered.refused(name="Acme", slug="acme"))
    expect(page.locator(".error-message").first).to_be_visible()
    expect(field(page, "slug")).to_have_value("acme")
    type_name(page, " and Sons")
    expect(field(page, "slug")).to_have_value("acme")
