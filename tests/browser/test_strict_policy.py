"""Our pages use the site's own files only, and nothing that a strict content security policy forbids."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_bulk import chosen
from tests.admin.lists.test_report import URL as REPORT
from tests.admin.lists.test_report import make
from tests.browser.strict_policy import drawn, enforce, is_enforced
from tests.browser.tab.parts import button, field, live, open_tab, outcome, press
from tests.support.admin import RIGHT, account_of, listen, make_partner, url

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_violates_it_or_comes_from_another_host(
    admin_page: Page, smtp: Served, settings: Any, live_server: Any
) -> None:
    page = admin_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    violations = enforce(page)
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    partner = make_partner(**account_of(server), password=RIGHT)
    # Wagtail 7.0 has violations of its own on every page.
    of_wagtail: set[str] = set()
    for address in ("/admin/snippets/shop/brand/", "/admin/snippets/shop/brand/add/"):
        page.goto(address)
        of_wagtail |= drawn(page, violations)

    page.goto(url("list"))
    expect(page.get_by_role("row", name="Acme")).to_be_visible()
    assert drawn(page, violations) <= of_wagtail

    open_tab(page, partner)
    press(page)
    button(page, "Trust this certificate").click()
    expect(live(page)).to_contain_text("trusted from now on")
    press(page)
    button(page, "Send test email").click()
    expect(outcome(page)).to_contain_text("The server has accepted the test email.")
    field(page, "smtp_security").select_option("none")
    expect(page.get_by_text("is sent in clear text")).to_be_visible()
    page.get_by_label("Fill in for a provider").select_option("SendGrid")
    expect(page.get_by_text("Filled in for SendGrid.")).to_be_visible()
    button(page, "Find settings").click()
    expect(page.locator(".partner-smtp-setup [role=status]")).not_to_contain_text("Looking for")
    assert drawn(page, violations) <= of_wagtail

    page.goto(chosen(partner, make_partner(slug="empty", smtp_host="")))
    button(page, "Test all").click()
    expect(page.locator(".partner-smtp__live")).to_have_text("Finished. OK: 1, Not set up: 1")
    assert drawn(page, violations) <= of_wagtail

    make("Alpha", smtp_status="failed")
    for address, ours in ((REPORT, "main table"), ("/admin/", ".partner-smtp-home")):
        page.goto(address)
        expect(page.locator(ours)).to_be_visible()
        assert drawn(page, violations) <= of_wagtail
    assert is_enforced(page)
    assert any("test-connection" in each for each in asked)
    assert [each for each in asked if not each.startswith((live_server.url, "data:"))] == []
