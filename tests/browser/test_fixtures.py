"""What the tests in a browser rely on: that it is logged in, and knows nothing of the test before."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from wagtail.models import Page

from tests.browser.bare import Bare


@pytest.mark.parametrize("turn", ["first", "second"])
def test_browser_has_no_traces_of_another_test(
    page: Tab, log_in: Callable[[User], None], superuser: User, turn: str
) -> None:
    page.goto("/admin/")
    expect(page).to_have_title("Sign in - Wagtail")
    assert page.evaluate("localStorage.getItem('left behind')") is None
    log_in(superuser)
    page.goto("/admin/")
    expect(page).to_have_title("Dashboard - Wagtail")
    assert Page.objects.filter(depth=1).exists()
    page.evaluate("localStorage.setItem('left behind', '1')")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_bare_page_has_no_traces_of_another_test(bare: Bare, turn: str) -> None:
    page = bare.page
    assert page.locator("main *").count() == 0
    assert page.evaluate("[innerWidth, matchMedia('(forced-colors: active)').matches]") == [1280, False]
    bare.tab()
    expect(page.get_by_role("button", name="Test connection")).to_be_visible()
    bare.answer_next("test_connection", {"json": {"left": "behind"}})
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(forced_colors="active")
