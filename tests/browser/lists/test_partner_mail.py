"""The report *Partner mail* and the panel on the admin's first page, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.admin.lists.test_report import URL, days, make
from tests.support.admin import url

pytestmark = pytest.mark.django_db(transaction=True)


def expect_rows(page: Page, *names: str) -> None:
    expect(page.locator(".partner-smtp-mail td.title")).to_have_text(list(names), use_inner_text=True)


def test_report_is_found_filtered_and_sorted(admin_page: Page) -> None:
    make("Alpha", smtp_status="ok", smtp_certificate_until=days(61.5))
    make("Beta", smtp_status="failed", smtp_certificate_until=days(3.5))
    make("Gamma", smtp_status="untrusted")
    admin_page.goto("/admin/")
    admin_page.get_by_role("button", name="Reports").click()
    admin_page.locator(f"a[href='{URL}']").click()
    admin_page.wait_for_url(f"**{URL}")
    expect_rows(admin_page, "Beta", "Gamma", "Alpha")
    expect(admin_page.locator(".partner-smtp-term--soon")).to_have_text("3 days left")

    admin_page.goto(f"{URL}?smtp_status=ok&smtp_status=failed&ordering=-smtp_certificate_until")
    expect_rows(admin_page, "Alpha", "Beta")
    admin_page.locator("thead").get_by_role("link", name="Certificate").click()
    expect_rows(admin_page, "Beta", "Alpha")
    # Without reloading the page, so that the double click has to work in a table that came later.
    admin_page.locator("#id_q").fill("alp")
    expect_rows(admin_page, "Alpha")
    admin_page.get_by_role("cell", name="61 days left").dblclick()
    admin_page.wait_for_url("**/edit/*/**")
    expect(admin_page.get_by_role("tab", name="SMTP")).to_be_visible()


def test_first_page_leads_to_what_is_broken(admin_page: Page) -> None:
    make("Alpha", smtp_status="ok", smtp_certificate_until=days(3.5))
    beta = make("Beta", smtp_status="failed")
    panel = admin_page.locator("#partner-mail-section")
    admin_page.goto("/admin/")
    address = panel.get_by_role("link", name="Beta").get_attribute("href") or ""
    assert address.startswith(url("edit", beta))
    panel.get_by_role("link", name="1 of 2 partners can't send mail.").click()
    expect_rows(admin_page, "Beta")
    admin_page.goto("/admin/")
    panel.get_by_role("link", name="The certificate of 1 mail server ends within 14 days").click()
    expect_rows(admin_page, "Alpha")
