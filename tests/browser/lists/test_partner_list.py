"""The list of partners in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.admin import make_partner, url

pytestmark = pytest.mark.django_db(transaction=True)


def test_double_click_opens_a_row_after_a_search_too(admin_page: Page) -> None:
    make_partner(name="Other", slug="other", smtp_host="other.example")
    partner = make_partner()
    admin_page.goto(url("list"))
    admin_page.get_by_role("cell", name="other.example").dblclick()
    admin_page.wait_for_url("**/edit/*/**")
    expect(admin_page.get_by_role("tab", name="SMTP")).to_be_visible()
    assert admin_page.evaluate("String(window.getSelection())") == ""
    admin_page.go_back()
    # Without reloading the page, so that the double click has to work in a table that came later.
    admin_page.locator("#id_q").fill("acm")
    expect(admin_page.get_by_role("cell", name="other.example")).to_have_count(0)
    admin_page.get_by_role("cell", name="localhost").dblclick()
    admin_page.wait_for_url(f"**{url('edit', partner)}")


def test_double_click_with_control_opens_a_tab_and_on_a_control_nothing(admin_page: Page) -> None:
    partner = make_partner()
    admin_page.goto(url("list"))
    with admin_page.context.expect_page() as opened:
        admin_page.get_by_role("cell", name="localhost").dblclick(modifiers=["Control"])
    opened.value.wait_for_url(f"**{url('edit', partner)}", wait_until="commit")
    opened.value.close()
    left: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            left.append(request.url)

    admin_page.on("request", note)
    admin_page.get_by_role("button", name="More options for 'Acme'").dblclick()
    # This one leaves the page, after whatever the first has begun.
    admin_page.get_by_role("cell", name="localhost").dblclick()
    admin_page.wait_for_url(f"**{url('edit', partner)}")
    assert len(left) == 1
