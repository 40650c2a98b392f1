"""The consent page of the sandbox's OAuth server in a real browser, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from smtp_sandbox.pytest_plugin import Served
from tests.browser.audit import SCHEMES, violations_on
from tests.support.stopwatch import PATIENCE

pytest.importorskip("authlib")

from smtp_sandbox import OAuthServer
from tests.sandbox.oauth.asking import authorization_url, new_verifier

Open = Callable[..., Page]
ANN = "ann@example.org"


@pytest.fixture
def open_page(browser: Browser, smtp_oauth: OAuthServer) -> Iterator[Open]:
    """``open_page(**parameters)`` asks for consent; whoever is sent back finds a page of the server itself."""
    contexts = []

    def open_page(*, java_script_enabled: bool = False, width: int = 360, **parameters: str) -> Page:
        contexts.append(
            browser.new_context(
                ignore_https_errors=True,
                java_script_enabled=java_script_enabled,
                viewport={"width": width, "height": 640},
            )
        )
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        page = contexts[-1].new_page()
        defaults = {"redirect_uri": f"{smtp_oauth.issuer}/consent.css"}
        page.goto(authorization_url(smtp_oauth, new_verifier(), **defaults | parameters))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("button", "parameter"), [("Allow", "code"), ("Deny", "error=access_denied")])
def test_it_takes_a_mailbox_and_a_decision(open_page: Open, button: str, parameter: str) -> None:
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_have_text("Partner mail asks for access")
    expect(page.get_by_text("Send mail in your name")).to_be_visible()

    page.get_by_label("Mailbox").fill(ANN)
    page.get_by_role("button", name=button).click()

    expect(page).to_have_url(re.compile(rf"/consent\.css\?{parameter}.*state=a-state"))


def test_another_origin_is_reached_by_the_way_back(
    open_page: Open, smtp: Served, smtp_oauth: OAuthServer
) -> None:
    """The policy of the page that holds the form is also that of the redirect which follows."""
    # The same server under another name is another origin.
    elsewhere = f"https://127.0.0.1:{smtp_oauth.port}/consent.css"
    page = open_page(redirect_uri=elsewhere)

    page.get_by_label("Mailbox").fill(ANN)
    page.get_by_role("button", name="Allow").click()

    expect(page).to_have_url(re.compile(rf"^{re.escape(elsewhere)}\?code="))


def test_nobody_is_needed_to_deny(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Mailbox").fill("")

    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Deny").click()

    expect(page).to_have_url(re.compile("error=access_denied"))


def test_it_is_accessible_and_fits_a_small_screen(open_page: Open) -> None:
    with closing(
        open_page(java_script_enabled=True, scope="https://outlook.office365.com/SMTP.Send")
    ) as page:
        assert [found for scheme in SCHEMES for found in violations_on(page, scheme)] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.documentElement.lang") == "en"


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = open_page()

    page.keyboard.press("Tab")
    expect(page.get_by_label("Mailbox")).to_be_focused()
    page.keyboard.type(ANN)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("code="))
