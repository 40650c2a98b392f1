"""Our pages under axe-core, from the keyboard, from right to left, and in forced colours."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from wagtail.users.models import UserProfile

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_bulk import chosen
from tests.admin.lists.test_report import URL as REPORT
from tests.admin.lists.test_report import days, make
from tests.browser.audit import FORM_LIKE, LIST_LIKE, Audit
from tests.support.admin import account_of, make_partner, reach, url

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT = "pass"


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    server = smtp.listen("honest", mode="ssl", certificate="untrusted")
    reach(settings, smtp.ca_file, server)
    return server


def open_tab(page: Page, address: str) -> None:
    page.goto(f"{address}#tab-smtp")
    expect(page.get_by_role("button", name="Test connection")).to_be_visible()


def test_audit_finds_what_is_wrong_at_ours(audit: Audit, admin_page: Page) -> None:
    open_tab(admin_page, url("add"))
    assert audit(FORM_LIKE) == []
    admin_page.evaluate(
        """() => {
            document.querySelector("label[for=id_smtp_host]").remove();
            const style = document.createElement("style");
            style.textContent = "@media (prefers-color-scheme: dark) { .partner-smtp * { color: #222 } }";
            document.head.append(style);
        }"""
    )
    found = audit(FORM_LIKE)
    for rule in ("light, label: ", "dark, label: ", "dark, color-contrast: "):
        assert any(each.startswith(rule) for each in found), rule
    assert not any(each.startswith("light, color-contrast: ") for each in found)


def test_list(audit: Audit, admin_page: Page) -> None:
    make_partner()
    make_partner(slug="broken", name="Broken", smtp_host="", password="")
    admin_page.goto(url("list"))
    expect(admin_page.get_by_role("link", name="Acme", exact=True)).to_be_visible()
    assert audit(LIST_LIKE) == []


@pytest.mark.parametrize("address", [REPORT, "/admin/"])
def test_report_and_first_page(audit: Audit, admin_page: Page, address: str) -> None:
    for number, status in enumerate(["ok", "failed", "untrusted", "changed", "untested"]):
        make(
            status, smtp_status=status, smtp_tested_at=days(-2), smtp_certificate_until=days(15 - 5 * number)
        )
    admin_page.goto(address)
    expect(admin_page.get_by_role("link", name="untrusted", exact=True)).to_be_visible()
    assert audit(LIST_LIKE) == []


def test_edit_before_and_after_a_test(audit: Audit, admin_page: Page, server: Listener) -> None:
    open_tab(admin_page, url("edit", make_partner(**account_of(server))))
    assert audit(FORM_LIKE) == []
    for password in ("wrong-7391", RIGHT):
        admin_page.locator("[name=smtp_password]").fill(password)
        press_test(admin_page)
        unfold(admin_page)
        assert audit(FORM_LIKE) == [], password


def press_test(page: Page) -> None:
    """And wait for the outcome, a second one included."""
    with page.expect_response("**/test-connection/**"):
        page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".partner-smtp-outcome")).to_be_visible()


def unfold(page: Page) -> None:
    for summary in page.locator(".partner-smtp__report summary").all():
        summary.click()


def test_many_at_once_before_and_after(audit: Audit, admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    admin_page.goto(chosen(partner))
    expect(admin_page.get_by_role("button", name="Test all")).to_be_visible()
    assert audit(LIST_LIKE) == []
    admin_page.get_by_role("button", name="Test all").click()
    expect(admin_page.get_by_text("Finished. Certificate not trusted: 1")).to_be_visible()
    assert audit(LIST_LIKE) == []


def test_keyboard_alone_is_enough(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, url("edit", partner))
    admin_page.locator("[name=smtp_password]").focus()
    admin_page.keyboard.type(RIGHT)
    tab_to(admin_page, "Test connection")
    admin_page.keyboard.press("Enter")
    expect(admin_page.locator(".partner-smtp-outcome")).to_be_visible()
    tab_to(admin_page, "Trust this certificate")
    admin_page.keyboard.press("Space")
    expect(admin_page.locator(".partner-smtp__live")).to_contain_text("trusted from now on")


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


@pytest.mark.usefixtures("right_to_left")
def test_right_to_left(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    admin_page.goto(f"{url('edit', partner)}#tab-smtp")
    assert admin_page.locator("html").get_attribute("dir") == "rtl"
    button = admin_page.locator("[data-partner-smtp-test-target=button]")
    button.click()
    expect(admin_page.locator(".partner-smtp-outcome")).to_be_visible()
    assert overflowing(admin_page) == []
    # Host names and what the server says are no Arabic: read from left to right, whatever is around them.
    directions = admin_page.locator(".partner-smtp__report code").evaluate_all(
        "elements => elements.map((element) => getComputedStyle(element).direction)"
    )
    assert directions
    assert set(directions) == {"ltr"}


WIDTHS = (1280, 400, 320)


def test_nothing_is_cut_off(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, url("edit", partner))
    press_test(admin_page)
    unfold(admin_page)
    for width in WIDTHS:
        admin_page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(admin_page) == [], width


def test_nothing_is_cut_off_of_many(admin_page: Page, server: Listener) -> None:
    admin_page.goto(chosen(make_partner(**account_of(server), password=RIGHT)))
    admin_page.get_by_role("button", name="Test all").click()
    expect(admin_page.get_by_text("Finished. Certificate not trusted: 1")).to_be_visible()
    for width in WIDTHS:
        admin_page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(admin_page, ".partner-smtp-bulk") == [], width


def overflowing(page: Page, within: str = ".partner-smtp") -> list[str]:
    """Our elements that stick out of the panel that they are in."""
    found: list[str] = page.locator(within).evaluate(
        """(panel) => {
            const box = panel.getBoundingClientRect();
            return [...panel.querySelectorAll("*")].filter((element) => {
                const own = element.getBoundingClientRect();
                return own.width > 1 && (own.left < box.left - 1 || own.right > box.right + 1);
            }).map((element) => element.outerHTML.slice(0, 80));
        }"""
    )
    return found


# Colours that the reader forces


def test_forced_colours_tell_the_statuses_apart(admin_page: Page, server: Listener) -> None:
    """By words and shapes: no status is told by its colour alone."""
    admin_page.emulate_media(forced_colors="active")
    partner = make_partner(**account_of(server))
    open_tab(admin_page, url("edit", partner))
    admin_page.get_by_role("button", name="Test connection").click()
    expect(admin_page.locator(".partner-smtp-outcome")).to_be_visible()
    for stage in admin_page.locator(".partner-smtp__report [data-stage]").all():
        assert any(word in stage.inner_text() for word in ("done", "warning", "failed", "skipped"))
