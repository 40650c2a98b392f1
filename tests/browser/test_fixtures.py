"""What the tests in a browser rely on: that it is logged in, and knows nothing of the test before."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from wagtail.models import Page


@pytest.mark.parametrize("turn", ["first", "second"])
def test_browser_enters_the_admin_without_traces_of_another_test(
    admin_page: Tab, superuser: User, turn: str
) -> None:
    admin_page.goto("/admin/")
    expect(admin_page).to_have_title("Dashboard - Wagtail")
    assert Page.objects.filter(depth=1).exists()
    assert admin_page.evaluate("localStorage.getItem('left behind')") is None
    admin_page.evaluate("localStorage.setItem('left behind', '1')")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_browser_has_no_session_of_another_test(page: Tab, transactional_db: None, turn: str) -> None:
    page.goto("/admin/")
    expect(page).to_have_title("Sign in - Wagtail")
