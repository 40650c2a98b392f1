"""Nothing about a result that no mail would follow is green."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import account_of, make_partner, reach, url

pytestmark = pytest.mark.django_db(transaction=True)


def colours(page: Page) -> set[str]:
    """Of all symbols, bars and frames in the tab's panel."""
    script = """(panel) => [...panel.querySelectorAll(
            "svg, .partner-smtp-badge, .partner-smtp-outcome, .partner-smtp-bar__filling"
        )].map((each) => getComputedStyle(each))
        .flatMap((each) => [each.color, each.borderInlineStartColor, each.backgroundColor])"""
    return set(page.locator(".partner-smtp").evaluate(script))


def run_test(page: Page, values: dict[str, Any], password: str) -> set[str]:
    partner = make_partner(**values, slug=f"port-{values['smtp_port']}", password=password)
    page.goto(url("edit", partner) + "#tab-smtp")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".partner-smtp-outcome")).to_be_visible()
    return colours(page)


def test_only_what_can_be_delivered_is_green(admin_page: Page, smtp: Served, settings: Any) -> None:
    good = smtp.listen("honest", mode="plain")
    refusing = smtp.listen("honest", mode="ssl", rules=(on("MAIL", reply="550 5.7.1 Not yours"),))
    untrusted = [smtp.listen("honest", mode=mode, certificate="expired") for mode in ("ssl", "starttls")]
    reach(settings, smtp.ca_file, good, refusing, *untrusted)
    shown = run_test(admin_page, account_of(good), "pass")
    assert green(admin_page) in shown
    for bad in (refusing, *untrusted):
        shown = run_test(admin_page, account_of(bad), "pass")
        assert green(admin_page) not in shown, bad
        expect(admin_page.locator("ol [data-stage=resolve]")).to_contain_text("done")


def green(page: Page) -> str:
    """The one of a page of the admin, in the words of the browser."""
    script = """() => { const probe = document.createElement("i"); document.body.append(probe);
        probe.style.color = "var(--w-color-positive-100)"; return getComputedStyle(probe).color; }"""
    return str(page.evaluate(script))
