"""Connecting a mailbox: the way to the provider's page and back, and what the tab says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, holding
from tests.browser.bare import Bare
from tests.browser.strict_policy import POLICY
from tests.browser.tab.parts import button, field, open_tab, outcome, press, wait_for_scripts
from tests.support.admin import account_of, url
from tests.support.consent import MAILBOX, make_partner_at, reach_oauth
from wagtail_partner_smtp.models import AbstractPartner

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

together = pytest.mark.django_db(transaction=True)
"""For what is tested on Wagtail's page, with the site behind it."""

WORKS = "The connection works: mail can be sent with these settings."
OAUTH = {"smtp_auth": "oauth", "smtp_oauth_grant": "consent", "smtp_oauth_provider": "other"}
CONNECTED = {
    **OAUTH,
    "smtp_oauth_refresh_token_encrypted": "sealed",
    "smtp_oauth_connected_as": MAILBOX,
    "smtp_oauth_connected_at": "2026-11-28T10:00Z",
}


@pytest.fixture
def server(smtp: Served) -> Listener:
    """Takes access tokens and no passwords."""
    return smtp.listen("token-only", mode="starttls")


@pytest.fixture
def oauth(smtp: Served, settings: Any, server: Listener) -> OAuthServer:
    return reach_oauth(smtp, settings, server)


@pytest.fixture
def partner(oauth: OAuthServer, server: Listener) -> AbstractPartner:
    return make_partner_at(oauth, **account_of(server, smtp_login=MAILBOX, smtp_email=MAILBOX))


def panel(page: Page) -> Locator:
    return page.locator("#partner-smtp-connection")


def state(page: Page) -> Locator:
    return panel(page).locator("[data-state]")


def connect_button(page: Page, *, again: bool = False) -> Locator:
    return panel(page).get_by_role("button", name="Connect again" if again else "Connect", exact=True)


def said(page: Page) -> Locator:
    return panel(page).get_by_role("status")


def connect(page: Page, *, again: bool = False) -> None:
    """Go to the provider's page."""
    connect_button(page, again=again).click()
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()


def agree(page: Page, mailbox: str = MAILBOX) -> None:
    """And come back."""
    page.get_by_label("Mailbox").fill(mailbox)
    page.get_by_role("button", name="Allow").click()
    expect(panel(page)).to_be_visible()
    wait_for_scripts(page)


# Together with the site, a provider and a mail server


@together
def test_the_whole_way(
    admin_page: Page, oauth: OAuthServer, partner: AbstractPartner, smtp: Served, live_server: Any
) -> None:
    page = admin_page
    open_tab(page, partner)
    expect(state(page)).to_have_text("Not connected yet.")
    connect(page)
    assert page.url.startswith(f"{oauth.authorization_endpoint}?")
    agree(page)
    assert page.url == f"{live_server.url}{url('edit', partner)}#partner-smtp-connection"
    expect(page.get_by_text("Connected as user@example.com. Now test the connection.")).to_be_visible()
    expect(state(page)).to_contain_text("Connected as user@example.com since")

    press(page)
    expect(outcome(page)).to_contain_text(WORKS)
    button(page, "Send test email").click()
    expect(outcome(page)).to_contain_text("The server has accepted the test email.")
    assert smtp.messages[0].mail_from == MAILBOX
    # One question to the provider for all of it.
    assert [each.grant_type for each in oauth.token_requests()] == ["authorization_code"]

    page.once("dialog", lambda dialog: dialog.accept())
    panel(page).get_by_role("button", name="Disconnect").click()
    expect(state(page)).to_have_text("Not connected yet.")
    expect(said(page)).to_contain_text("Disconnected")
    expect(panel(page).get_by_role("button", name="Disconnect")).to_be_hidden()
    expect(page.locator(".partner-smtp__state")).to_contain_text("Changed since the test")
    press(page)
    expect(outcome(page)).not_to_contain_text(WORKS)

    connect(page)
    agree(page)
    # The owner takes the permission back, and the last access token ends.
    oauth.withdraw(MAILBOX)
    type(partner)._default_manager.update(smtp_oauth_token_expires_at="2026-01-01T00:00Z")
    press(page)
    expect(outcome(page)).not_to_contain_text(WORKS)
    page.reload()
    expect(state(page)).to_have_text("Needs to be connected again.")
    page.goto(url("list"))
    expect(page.get_by_role("row", name="Acme")).to_contain_text("Needs to be connected again.")
    open_tab(page, partner)
    connect(page, again=True)
    agree(page)
    press(page)
    expect(outcome(page)).to_contain_text(WORKS)
    page.goto(url("history", partner))
    expect(page.get_by_text("Connected the mailbox to its provider")).to_have_count(3)
    expect(page.get_by_text("Disconnected the mailbox from its provider")).to_have_count(1)


@together
def test_who_says_no_comes_back_to_the_tab(admin_page: Page, partner: AbstractPartner) -> None:
    open_tab(admin_page, partner)
    connect(admin_page)
    admin_page.get_by_role("button", name="Deny").click()
    expect(admin_page.get_by_text("the consent was refused at the provider's page")).to_be_visible()
    expect(panel(admin_page)).to_be_visible()
    expect(state(admin_page)).to_have_text("Not connected yet.")


@together
def test_another_mailbox_is_said(admin_page: Page, partner: AbstractPartner) -> None:
    open_tab(admin_page, partner)
    connect(admin_page)
    agree(admin_page, "shared@example.com")
    expect(panel(admin_page)).to_contain_text(
        "shared@example.com has signed in, but the SMTP Login is user@example.com."
    )


@together
def test_a_strict_policy_does_not_stop_it(
    admin_page: Page, partner: AbstractPartner, live_server: Any
) -> None:
    page = admin_page

    def add_policy(route: Any) -> None:
        response = route.fetch(max_redirects=0)
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": POLICY})

    page.route(f"**{url('edit', partner)}", add_policy)
    open_tab(page, partner)
    connect(page)
    agree(page)
    expect(state(page)).to_contain_text("Connected as user@example.com")


@together
def test_a_strict_cookie_does_not_stop_it(
    page: Page, log_in: Any, superuser: User, partner: AbstractPartner, settings: Any
) -> None:
    """It stays behind when the provider sends the browser back, and comes with what that page asks for."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    log_in(superuser)
    kept = page.context.cookies()
    assert [each["name"] for each in kept] == [settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{**each, "sameSite": "Strict"} for each in kept])  # type: ignore[typeddict-item]
    answers: list[str] = []
    page.on("response", lambda response: answers.append(f"{response.status} {response.url}"))
    open_tab(page, partner)
    connect(page)
    agree(page)
    expect(state(page)).to_contain_text("Connected as user@example.com")
    callbacks = [each for each in answers if "/oauth/callback/" in each]
    assert [(each[:3], "again=1" in each) for each in callbacks] == [("200", False), ("302", True)]


# The script, on the bare page


def test_it_shows_only_where_somebody_signs_in(bare: Bare) -> None:
    page = bare.tab(name="Acme", **OAUTH)
    expect(panel(page)).to_be_visible()
    field(page, "smtp_auth").select_option("password")
    expect(panel(page)).to_be_hidden()
    field(page, "smtp_auth").select_option("oauth")
    expect(panel(page)).to_be_visible()
    field(page, "smtp_oauth_grant").select_option("application")
    expect(panel(page)).to_be_hidden()


@pytest.mark.parametrize("name", ["smtp_login", "smtp_oauth_client_id"])
def test_what_is_not_saved_cannot_be_connected(bare: Bare, name: str) -> None:
    page = bare.tab(name="Acme", **OAUTH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    before = field(page, name).input_value()
    field(page, name).fill("another")
    connect_button(page).click()
    expect(said(page)).to_have_text("Save first, then connect: only saved settings can be connected.")
    assert asked == []
    field(page, name).fill(before)
    bare.answer_next("oauth_connect", {"status": 500, "body": "<h1>Oops</h1>"})
    connect_button(page).click()
    expect(said(page)).to_contain_text("unexpected answer (500)")


NO_ADDRESSES: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Forbidden</h1>", "content_type": "text/html"}, "log in again"),
    ({"status": 200, "body": "<h1>Login</h1>", "content_type": "text/html"}, "unexpected answer (200)"),
    (None, "The site did not answer"),
]


def test_what_is_no_address_is_told_in_words(bare: Bare) -> None:
    page = bare.tab(name="Acme", **OAUTH)
    for answer, sentence in NO_ADDRESSES:
        bare.answer_next("oauth_connect", answer)
        connect_button(page).click()
        expect(said(page)).to_contain_text(sentence)
        expect(connect_button(page)).to_have_attribute("aria-disabled", "false")


def test_what_is_missing_is_told_in_words(bare: Bare) -> None:
    page = bare.tab(name="Acme", **OAUTH)
    bare.answer("oauth_connect", name="Acme", **OAUTH)
    connect_button(page).click()
    expect(said(page)).to_contain_text("is missing")


def test_it_is_pressed_once(bare: Bare) -> None:
    page = bare.tab(name="Acme", **OAUTH)
    with holding(page, "**/oauth-connect/**") as asked:
        connect_button(page).click()
    expect(connect_button(page)).to_have_attribute("aria-disabled", "true")
    expect(said(page)).to_have_text("Asking for the provider's page…")
    connect_button(page).click(force=True)
    assert len(asked) == 1
    asked[0].abort()
    expect(said(page)).to_contain_text("The site did not answer")


def test_disconnecting_is_asked_about(bare: Bare) -> None:
    page = bare.tab(name="Acme", **CONNECTED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.once("dialog", lambda dialog: dialog.dismiss())
    button(page, "Disconnect").click()
    assert asked == []
    expect(state(page)).to_contain_text("Connected as user@example.com")


def test_after_disconnecting_the_focus_is_at_connect(bare: Bare) -> None:
    page = bare.tab(name="Acme", **CONNECTED)
    bare.answer("oauth_disconnect", name="Acme", **OAUTH)
    page.once("dialog", lambda dialog: dialog.accept())
    button(page, "Disconnect").focus()
    button(page, "Disconnect").press("Enter")
    expect(state(page)).to_have_text("Not connected yet.")
    expect(connect_button(page)).to_be_focused()
    expect(connect_button(page)).to_have_text("Connect")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Connect"


def test_hostile_words_are_shown_as_text(bare: Bare) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"
    page = bare.tab(name="Acme", **CONNECTED)
    body = {
        "message": hostile,
        "standing": {"state": "none", "icon": "help", "sentence": hostile, "caution": hostile},
    }
    bare.answer_next("oauth_disconnect", {"status": 200, "json": {**body, "badge": None}})
    page.once("dialog", lambda dialog: dialog.accept())
    button(page, "Disconnect").click()
    expect(state(page)).to_have_text(hostile)
    expect(said(page)).to_have_text(hostile)
    expect(panel(page).locator("img")).to_have_count(0)
    assert page.title() != "owned"


def test_the_redirect_uri_is_copied(bare: Bare, browser_context: Any) -> None:
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = bare.tab(name="Acme", **OAUTH)
    panel(page).get_by_role("button", name="Copy").click()
    expect(said(page)).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "http://testserver/admin/partner-smtp/oauth/callback/"


@pytest.mark.parametrize("values", [OAUTH, CONNECTED, {**CONNECTED, "smtp_oauth_needs_consent": "x"}])
def test_it_is_accessible(bare: Bare, values: dict[str, str]) -> None:
    bare.tab(name="Acme", **values)
    assert bare.audit() == []


def test_a_new_partner_has_no_button(bare: Bare) -> None:
    page = bare.tab()
    field(page, "smtp_auth").select_option("oauth")
    expect(panel(page)).to_contain_text("Save first, then connect")
    expect(panel(page).get_by_role("button", name="Connect")).to_have_count(0)
