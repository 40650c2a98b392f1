"""Lists on a phone: a row's cells stand below each other, and nothing is scrolled sideways."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.admin.lists.test_bulk import chosen
from tests.admin.lists.test_report import URL as REPORT
from tests.admin.lists.test_report import days, make
from tests.browser.test_outgoing_mail import at_rest, sticking_out
from tests.support.admin import url
from tests.support.outgoing import URL as OUTGOING
from tests.support.outgoing import ago, make_message, queue_of
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.outbox import waking

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = 390
NAME = "Northwind Trading and Logistics International GmbH & Co. KG"
HOST = f"mail.{'northwind-trading-and-logistics.' * 3}example"
CAUSE = "The server's certificate is for another name than"


@pytest.fixture
def partner(admin_page: Page, monkeypatch: pytest.MonkeyPatch) -> AbstractPartner:
    """One whose name, host and trouble are long. The page is as wide as a phone."""
    monkeypatch.setattr(waking, "wake", lambda *args, **options: None)
    admin_page.set_viewport_size({"width": PHONE, "height": 844})
    summary: dict[str, Any] = {"cause": "certificate_wrong_host", "stage": "connect"}
    return make(
        NAME,
        smtp_host=HOST,
        smtp_status="failed",
        smtp_status_since=days(-4),
        smtp_tested_at=days(-2),
        smtp_certificate_until=days(-3),
        smtp_last_mail_at=days(-5),
        smtp_test_summary=summary,
    )


def is_seen(page: Page, *cells: Locator) -> None:
    """Nothing is wider than the page, and these are in it as a whole."""
    for cell in cells:
        expect(cell).to_be_visible()
    at_rest(page)
    assert sticking_out(page) == []
    wide = page.evaluate(
        """() => [...document.querySelectorAll("html, body, main, main *")]
            .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
            // Wagtail's breadcrumbs scroll within themselves.
            .filter((each) => each.querySelector("[class*=partner-smtp]"))
            .filter((each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
            .map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    for cell in cells:
        box = cell.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE
        assert cell.evaluate("(cell) => cell.scrollWidth <= cell.clientWidth + 1 || !cell.clientWidth")


def test_list_report_and_bulk_test(admin_page: Page, partner: AbstractPartner) -> None:
    row = admin_page.locator("tbody tr").first
    badge = row.locator(".partner-smtp-badge")
    for address in (url("list"), REPORT):
        admin_page.goto(address)
        is_seen(admin_page, row.get_by_role("link", name=NAME), badge, row.get_by_text(CAUSE))
        box = badge.bounding_box()
        assert box
        assert box["x"] >= 16
        # The row's menu, which also opens by touch.
        row.get_by_role("button", name="More options").click()
        expect(admin_page.get_by_role("link", name="Test", exact=True)).to_be_visible()
        if address == REPORT:
            certificate = row.get_by_role("cell", name="Expired")
            expect(certificate).to_have_text(re.compile("^Certificate "), use_inner_text=True)
    admin_page.goto(chosen(partner))
    is_seen(
        admin_page, row.get_by_role("link", name=NAME), badge, admin_page.get_by_role("button", name="Test")
    )


def test_outgoing_mail(admin_page: Page, partner: AbstractPartner) -> None:
    queue_of(partner, stopped_at=ago(hours=2), trouble_code="auth_failed", trouble_stage="auth")
    message = make_message(
        partner,
        "failed",
        code="data_refused",
        stage="data",
        reply="550 5.7.1 " + "long" * 60,
        subject="Invoice 4711 " + "of the month " * 8,
        recipients="verylongaddress" * 8 + "@example.net",
        ended_at=ago(days=2),
    )
    row = admin_page.locator(".partner-smtp-outgoing tbody tr").first
    for address in (OUTGOING, url("outgoing_mail", partner)):
        admin_page.goto(address)
        is_seen(admin_page, row.get_by_text("Invoice 4711"), row.locator(".partner-smtp-badge"))
    admin_page.goto(f"{OUTGOING}{message.pk}/")
    facts = admin_page.locator(".partner-smtp-facts")
    is_seen(admin_page, facts, admin_page.locator(".partner-smtp-badge").first)
