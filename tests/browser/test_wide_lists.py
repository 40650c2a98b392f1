"""Lists with many columns on a small screen: Wagtail's pages cut off what is too wide, so the lists scroll."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.admin.lists.test_report import URL as REPORT
from tests.admin.lists.test_report import days, make
from tests.browser.test_outgoing_mail import at_rest
from tests.support.admin import url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def partner() -> None:
    make(
        "Northwind Trading and Logistics",
        smtp_host=f"mail.{'northwind-' * 6}.example",
        smtp_email=f"billing@{'northwind-' * 6}.example",
        smtp_status="failed",
        smtp_status_since=days(-4),
        smtp_tested_at=days(-2),
        smtp_certificate_until=days(20),
        smtp_last_mail_at=days(-5),
        smtp_test_summary={"cause": "certificate_wrong_host", "stage": "connect"},
    )


@pytest.mark.parametrize("address", [url("list"), REPORT])
def test_the_last_column_is_scrolled_to(admin_page: Page, address: str) -> None:
    admin_page.set_viewport_size({"width": 1024, "height": 700})
    admin_page.goto(address)
    at_rest(admin_page)
    row = admin_page.locator(".partner-smtp-partners tbody tr")
    row.hover()
    # A wheel scrolls what a user can scroll; what is hidden stays hidden.
    admin_page.mouse.wheel(5000, 0)
    last = row.locator("td:visible").last
    admin_page.wait_for_function(
        "(cell) => cell.getBoundingClientRect().right <= document.documentElement.clientWidth + 1",
        arg=last.element_handle(),
    )


def test_the_menu_of_the_only_row_is_seen_whole(admin_page: Page) -> None:
    admin_page.set_viewport_size({"width": 1024, "height": 700})
    admin_page.goto(url("list"))
    admin_page.locator("tbody tr").get_by_role("button", name="More options").click()
    item = admin_page.get_by_role("link", name="History", exact=True)
    expect(item).to_be_visible()
    # Nothing covers or clips it. A click would scroll it into view first.
    at_its_place = """(item) => {
        const box = item.getBoundingClientRect();
        return item.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    }"""
    admin_page.wait_for_function(at_its_place, arg=item.element_handle())
