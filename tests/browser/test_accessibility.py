"""Our pages under axe-core, from the keyboard, from right to left, on small screens and in forced colours."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from wagtail.users.models import UserProfile

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_report import URL as REPORT
from tests.admin.lists.test_report import days, make
from tests.browser.audit import FORM_LIKE, LIST_LIKE, Audit
from tests.browser.bare import Bare
from tests.browser.fitting import WIDTHS, overflowing
from tests.browser.tab.parts import field, live, open_tab, outcome, press
from tests.support.admin import RIGHT, WRONG, account_of, listen, make_partner, url

together = pytest.mark.django_db(transaction=True)
"""For what is tested on Wagtail's page, with the site behind it."""


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="ssl", certificate="untrusted")


def test_audit_finds_what_is_wrong_at_ours(bare: Bare) -> None:
    page = bare.tab()
    assert bare.audit() == []
    page.locator(".partner-smtp").evaluate(
        """(panel) => {
            document.querySelector("label[for=id_smtp_host]").remove();
            const style = document.createElement("style");
            style.textContent = "@media (prefers-color-scheme: dark) { .partner-smtp * { color: #222 } }";
            panel.append(style);
        }"""
    )
    found = bare.audit()
    for rule in ("light, label: ", "dark, color-contrast: "):
        assert any(each.startswith(rule) for each in found), rule
    assert not any(each.startswith("light, color-contrast: ") for each in found)


@together
def test_list(audit: Audit, admin_page: Page) -> None:
    make_partner()
    make_partner(slug="broken", name="Broken", smtp_host="", password="")
    admin_page.goto(url("list"))
    expect(admin_page.get_by_role("link", name="Acme", exact=True)).to_be_visible()
    assert audit(LIST_LIKE) == []


@together
@pytest.mark.parametrize("address", [REPORT, "/admin/"])
def test_report_and_first_page(audit: Audit, admin_page: Page, address: str) -> None:
    for number, status in enumerate(["ok", "failed", "untrusted", "changed", "untested"]):
        make(
            status, smtp_status=status, smtp_tested_at=days(-2), smtp_certificate_until=days(15 - 5 * number)
        )
    admin_page.goto(address)
    expect(admin_page.get_by_role("link", name="untrusted", exact=True)).to_be_visible()
    assert audit(LIST_LIKE) == []


@pytest.mark.parametrize("password", [RIGHT, WRONG])
def test_result(bare: Bare, server: Listener, password: str) -> None:
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **account_of(server), sent={"smtp_password": password})
    press(page)
    unfold(page)
    assert bare.audit() == []


def unfold(page: Page) -> None:
    for summary in page.locator(".partner-smtp__report summary").all():
        summary.click()


@together
def test_edit_page_after_a_test(audit: Audit, admin_page: Page, server: Listener) -> None:
    """The whole page, as Wagtail shows it: to axe-core, on small screens, and in forced colours."""
    open_tab(admin_page, make_partner(**account_of(server), password=RIGHT))
    press(admin_page)
    unfold(admin_page)
    assert audit(FORM_LIKE) == []
    for width in WIDTHS:
        admin_page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(admin_page) == [], width
    # By words and shapes: no status is told by its colour alone.
    admin_page.emulate_media(forced_colors="active")
    for stage in admin_page.locator(".partner-smtp__report [data-stage]").all():
        assert any(
            word in stage.inner_text() for word in ("done", "warning", "failed", "skipped", "not reached")
        )


@together
def test_keyboard_alone_is_enough(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    field(admin_page, "smtp_password").focus()
    admin_page.keyboard.type(RIGHT)
    tab_to(admin_page, "Test connection")
    admin_page.keyboard.press("Enter")
    expect(outcome(admin_page)).to_be_visible()
    tab_to(admin_page, "Trust this certificate")
    admin_page.keyboard.press("Space")
    expect(live(admin_page)).to_contain_text("trusted from now on")


def tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in str(page.evaluate("document.activeElement.textContent.trim()")):
            return
    pytest.fail(f"{name} is not reached with the tab key")


# From right to left


@pytest.fixture
def right_to_left(superuser: User, settings: Any) -> None:
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    UserProfile.objects.update_or_create(user=superuser, defaults={"preferred_language": "ar"})


@together
@pytest.mark.usefixtures("right_to_left")
def test_right_to_left(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    admin_page.goto(f"{url('edit', partner)}#tab-smtp")
    assert admin_page.locator("html").get_attribute("dir") == "rtl"
    admin_page.locator("[data-partner-smtp-test-target=button]").click()
    expect(admin_page.locator(".partner-smtp-outcome")).to_be_visible()
    assert overflowing(admin_page) == []
    # Host names and what the server says are no Arabic: read from left to right, whatever is around them.
    directions = admin_page.locator(".partner-smtp__report code").evaluate_all(
        "elements => elements.map((element) => getComputedStyle(element).direction)"
    )
    assert directions
    assert set(directions) == {"ltr"}
