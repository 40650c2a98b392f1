"""Filling in the SMTP tab without knowing the settings, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, answer_next
from tests.browser.audit import FORM_LIKE, Audit
from tests.support.admin import make_partner, reach, url
from tests.support.name_server import NameServer, resolve_to_loopback
from wagtail_partner_smtp.discovery import providers
from wagtail_partner_smtp.discovery.providers import Provider
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.settings import Security

pytestmark = pytest.mark.django_db(transaction=True)

DOMAIN, HOSTER = "acme.test", "mx7.hoster.test"


def open_tab(page: Page, partner: AbstractPartner | None = None) -> None:
    page.goto((url("edit", partner) if partner else url("add")) + "#tab-smtp")
    expect(find_button(page)).to_be_visible()


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name=smtp_{name}]")


def port(page: Page) -> Locator:
    return field(page, "port")


def choose_security(page: Page, value: str) -> None:
    field(page, "security").select_option(value)


def note(page: Page) -> Locator:
    return page.locator("#partner-smtp-port-note")


def provider_list(page: Page) -> Locator:
    return page.get_by_label("Fill in for a provider")


def find_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Find settings")


def undo_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Undo")


def said(page: Page) -> Locator:
    return page.locator(".partner-smtp-setup [role=status]")


def expect_values(page: Page, **values: Any) -> None:
    for name, value in values.items():
        expect(field(page, name)).to_have_value(str(value))


# The port goes with the security


def test_choosing_the_security_fills_an_empty_or_untouched_port(admin_page: Page) -> None:
    open_tab(admin_page)
    expect(port(admin_page)).to_have_value("")
    for security, usual in (("ssl", "465"), ("none", "25"), ("tls", "587")):
        choose_security(admin_page, security)
        expect(port(admin_page)).to_have_value(usual)
        expect(note(admin_page)).to_contain_text(f"The port was set to {usual}, the usual one for")
    port(admin_page).fill("")
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("465")


def test_typed_port_stays(admin_page: Page) -> None:
    open_tab(admin_page)
    port(admin_page).fill("2525")
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("2525")
    port(admin_page).fill("")
    choose_security(admin_page, "tls")
    expect(port(admin_page)).to_have_value("587")
    port(admin_page).fill("588")
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("588")
    expect(note(admin_page)).to_have_text("")


def test_saved_port_counts_as_typed_unless_it_is_empty(admin_page: Page) -> None:
    open_tab(admin_page, make_partner(smtp_port=587, smtp_security="tls"))
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("587")
    open_tab(admin_page, make_partner(slug="b", smtp_port=None, smtp_security="tls"))
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("465")


def test_port_in_the_host_field_is_not_contradicted(admin_page: Page) -> None:
    open_tab(admin_page)
    field(admin_page, "host").fill("mail.example.com:2525")
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("")
    expect(note(admin_page)).to_have_text("")


PAIRS = [
    ("465", "tls", "Port 465 is usually for SSL.", "ssl"),
    ("465", "none", "Port 465 is usually for SSL:", "ssl"),
    ("587", "ssl", "Port 587 is usually for TLS.", "tls"),
    ("25", "ssl", "Port 25, which an empty field means, is not for SSL.", "tls"),
]


def test_pair_that_does_not_fit_is_said_until_it_is_mended(admin_page: Page) -> None:
    open_tab(admin_page)
    for number, security, words, mended in PAIRS:
        port(admin_page).fill(number)
        choose_security(admin_page, security)
        expect(note(admin_page)).to_contain_text(words)
        choose_security(admin_page, mended)
        expect(note(admin_page)).to_have_text("")
        choose_security(admin_page, security)
        expect(note(admin_page)).to_contain_text(words)
        port(admin_page).fill("2525")
        expect(note(admin_page)).to_have_text("")


def test_note_is_announced_and_belongs_to_the_port(admin_page: Page) -> None:
    open_tab(admin_page, make_partner(smtp_port=587, smtp_security="ssl"))
    expect(note(admin_page)).to_contain_text("Port 587 is usually for TLS.")
    expect(note(admin_page)).to_have_attribute("role", "status")
    expect(admin_page.locator("[data-field]", has=port(admin_page)).locator(note(admin_page))).to_be_visible()
    assert "partner-smtp-port-note" in (port(admin_page).get_attribute("aria-describedby") or "").split()
    port(admin_page).fill("")
    expect(note(admin_page)).to_contain_text("Port 25, which an empty field means")


# Providers


def test_choosing_a_provider_fills_in_its_settings_and_says_what_to_know(admin_page: Page) -> None:
    open_tab(admin_page)
    field(admin_page, "password").fill("typed-7391")
    provider_list(admin_page).select_option("Fastmail")
    expect_values(
        admin_page, host="smtp.fastmail.com", port=465, security="ssl", login="", password="typed-7391"
    )
    expect(said(admin_page)).to_contain_text("Filled in for Fastmail. Now type login and password")
    expect(said(admin_page)).to_contain_text("The password is an app password")
    expect(note(admin_page)).to_have_text("")
    sent = admin_page.evaluate("[...new FormData(document.querySelector('[name=smtp_host]').form).values()]")
    assert "fastmail" not in sent


def test_undo_brings_back_what_was_there(admin_page: Page) -> None:
    open_tab(admin_page)
    field(admin_page, "host").fill("old.example.com")
    port(admin_page).fill("2525")
    choose_security(admin_page, "none")
    field(admin_page, "login").fill("me")
    for provider in ("SendGrid", "Brevo", "SendGrid"):
        provider_list(admin_page).select_option(provider)
    expect_values(admin_page, host="smtp.sendgrid.net", port=587, security="tls", login="apikey")
    undo_button(admin_page).focus()
    undo_button(admin_page).press("Enter")
    expect_values(admin_page, host="old.example.com", port=2525, security="none", login="me")
    expect(undo_button(admin_page)).to_be_hidden()
    expect(provider_list(admin_page)).to_be_focused()
    expect(provider_list(admin_page)).to_have_value("")
    expect(said(admin_page)).to_have_text("")
    # What was typed counts as typed again.
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("2525")


def test_empty_choice_undoes_as_well_but_keeps_what_was_typed_meanwhile(admin_page: Page) -> None:
    open_tab(admin_page)
    field(admin_page, "host").fill("old.example.com")
    provider_list(admin_page).select_option("Amazon SES")
    field(admin_page, "host").fill("email-smtp.eu-west-1.amazonaws.com")
    provider_list(admin_page).select_option("")
    expect_values(admin_page, host="email-smtp.eu-west-1.amazonaws.com", port="", security="tls")


def test_next_provider_takes_back_the_login_of_the_last(admin_page: Page) -> None:
    open_tab(admin_page)
    provider_list(admin_page).select_option("SendGrid")
    expect_values(admin_page, login="apikey")
    provider_list(admin_page).select_option("Mailgun")
    expect_values(admin_page, login="", host="smtp.mailgun.org")


def test_port_of_a_provider_counts_as_untouched(admin_page: Page) -> None:
    open_tab(admin_page)
    provider_list(admin_page).select_option("Google Workspace")
    choose_security(admin_page, "ssl")
    expect(port(admin_page)).to_have_value("465")


def test_saved_password_will_not_do_for_another_server(admin_page: Page) -> None:
    open_tab(admin_page, make_partner())
    reminder = admin_page.locator("[data-field]", has=field(admin_page, "password")).locator(".error-message")
    provider_list(admin_page).select_option("Mailjet")
    expect(reminder).to_contain_text("Type the password again")
    undo_button(admin_page).click()
    expect(reminder).to_have_count(0)


# Find settings


@pytest.fixture
def server(smtp: Served, settings: Any, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """The server that acme.test names for sending mail; it has a good certificate for localhost."""
    server = smtp.listen("honest", mode="ssl")
    reach(settings, smtp.ca_file, server)
    settings.PARTNER_SMTP_NAMESERVERS = [dns_server.entry]
    settings.PARTNER_SMTP_TEST_TIMEOUT = 40
    resolve_to_loopback(monkeypatch, HOSTER)
    dns_server.add_service("submissions", DOMAIN, "localhost", server.port)
    return server


def offer(page: Page) -> Locator:
    return page.locator(".partner-smtp-offer")


def test_find_use_test(admin_page: Page, server: Listener) -> None:
    """The whole way of somebody who knows nothing but the email address, login and password."""
    open_tab(admin_page)
    field(admin_page, "host").fill("typed.example.com")
    field(admin_page, "email").fill(f"user@{DOMAIN}")
    find_button(admin_page).click()
    expect(said(admin_page)).to_have_text("Settings were found for acme.test.")
    expect(offer(admin_page)).to_contain_text(f"localhost answers on port {server.port} with SSL.")
    expect(offer(admin_page)).to_contain_text("localhost does not belong to acme.test.")
    # Nothing is filled in without a click.
    expect_values(admin_page, host="typed.example.com", port="", security="tls")
    assert server.count("AUTH") == 0
    admin_page.get_by_role("button", name="Use it").click()
    expect_values(admin_page, host="localhost", port=server.port, security="ssl", login="", password="")
    expect(said(admin_page)).to_contain_text("Now type login and password, then press “Test connection”.")
    field(admin_page, "login").fill("user")
    field(admin_page, "password").fill("pass")
    field(admin_page, "email").fill("user@example.com")
    admin_page.get_by_role("button", name="Test connection").click()
    expect(admin_page.locator(".partner-smtp-outcome")).to_contain_text("The connection works")
    undo_button(admin_page).click()
    expect_values(admin_page, host="typed.example.com", port="", security="tls", login="user")


def test_provider_of_the_domain_is_offered_with_its_hint_and_login(
    admin_page: Page, server: Listener, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    postal = Provider(
        key="postal",
        name="Postal",
        host=HOSTER,
        port=server.port,
        security=Security.SSL,
        hint="Ask at the counter.",
        login_is_email=True,
        receivers=(("postal.test", HOSTER),),
    )
    monkeypatch.setattr(providers, "PROVIDERS", (postal,))
    dns_server.add("shop.test", "MX", "0 in.postal.test.")
    open_tab(admin_page)
    field(admin_page, "email").fill("billing@shop.test")
    find_button(admin_page).click()
    expect(offer(admin_page)).to_contain_text("shop.test has its mail at Postal.")
    expect(offer(admin_page)).to_contain_text("Ask at the counter.")
    admin_page.get_by_role("button", name="Use it").click()
    expect_values(admin_page, host=HOSTER, port=server.port, security="ssl", login="billing@shop.test")


def test_missing_email_is_asked_for_at_its_field(admin_page: Page) -> None:
    open_tab(admin_page)
    find_button(admin_page).click()
    expect(said(admin_page)).to_contain_text("Type the SMTP Email first")
    expect(field(admin_page, "email")).to_be_focused()
    expect(field(admin_page, "email")).to_have_attribute("aria-invalid", "true")
    field(admin_page, "email").press_sequentially("a")
    expect(field(admin_page, "email")).not_to_have_attribute("aria-invalid", "true")


def test_nothing_found_is_told_in_words(admin_page: Page, server: Listener) -> None:
    open_tab(admin_page)
    field(admin_page, "email").fill("user@acme.tets")
    find_button(admin_page).click()
    expect(said(admin_page)).to_have_text(
        "There is no domain acme.tets. Check the spelling of the SMTP Email."
    )
    expect(offer(admin_page)).to_have_count(0)


NO_ANSWERS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Forbidden</h1>", "content_type": "text/html"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>", "content_type": "text/html"}, "unexpected answer (500)"),
    (None, "The site did not answer"),
]


def test_what_is_no_answer_is_told_in_words(admin_page: Page) -> None:
    open_tab(admin_page)
    for answer, sentence in NO_ANSWERS:
        answer_next(admin_page, "**/find-settings/", answer)
        find_button(admin_page).click()
        expect(said(admin_page)).to_contain_text(sentence)
        expect(find_button(admin_page)).to_have_attribute("aria-disabled", "false")


def test_button_waits_for_the_answer_and_sends_no_password(admin_page: Page) -> None:
    open_tab(admin_page)
    waiting: list[Route] = []
    admin_page.route("**/find-settings/", lambda route: waiting.append(route))
    field(admin_page, "password").fill("typed-7391")
    find_button(admin_page).focus()
    find_button(admin_page).press("Enter")
    expect(find_button(admin_page)).to_have_attribute("aria-disabled", "true")
    expect(said(admin_page)).to_have_text("Looking for the settings…")
    find_button(admin_page).press("Enter")
    expect(find_button(admin_page)).to_be_focused()
    while not waiting:
        admin_page.wait_for_timeout(50)
    assert "typed-7391" not in (waiting[0].request.post_data or "")
    waiting[0].fulfill(json={"error": None, "headline": "Nothing.", "offers": [], "notes": ["A note."]})
    expect(find_button(admin_page)).to_have_attribute("aria-disabled", "false")
    expect(admin_page.locator(".partner-smtp-setup")).to_contain_text("A note.")
    assert len(waiting) == 1


def test_p28_what_was_found_is_shown_as_text(admin_page: Page) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"
    found = {"message": hostile, "origin": hostile, "caution": hostile, "hint": hostile, "values": {}}
    answer = {"error": None, "headline": hostile, "offers": [found], "notes": [hostile]}
    open_tab(admin_page)
    admin_page.route("**/find-settings/", lambda route: route.fulfill(json=answer))
    find_button(admin_page).click()
    expect(offer(admin_page)).to_contain_text(hostile)
    expect(admin_page.locator(".partner-smtp-setup img")).to_have_count(0)
    assert admin_page.title() != "owned"


def test_hints_notes_and_offers_are_accessible(audit: Audit, admin_page: Page, server: Listener) -> None:
    open_tab(admin_page)
    field(admin_page, "email").fill(f"user@{DOMAIN}")
    find_button(admin_page).click()
    expect(offer(admin_page)).to_be_visible()
    provider_list(admin_page).select_option("Microsoft 365")
    expect(said(admin_page)).to_contain_text("basic authentication")
    port(admin_page).fill("465")
    expect(note(admin_page)).to_contain_text("Port 465 is usually for SSL.")
    admin_page.mouse.move(0, 0)  # Wagtail's own buttons have too little contrast below the pointer
    assert audit(FORM_LIKE) == []


def test_nothing_is_wider_than_a_small_screen(admin_page: Page, server: Listener) -> None:
    admin_page.set_viewport_size({"width": 320, "height": 900})
    open_tab(admin_page)
    field(admin_page, "email").fill(f"user@{DOMAIN}")
    find_button(admin_page).click()
    expect(offer(admin_page)).to_be_visible()
    provider_list(admin_page).select_option("Amazon SES")
    expect(undo_button(admin_page)).to_be_visible()
    assert admin_page.locator(".partner-smtp-setup").evaluate(
        """(box) => [...box.querySelectorAll("*")].every(
            (each) => each.getBoundingClientRect().right <= box.getBoundingClientRect().right + 1)"""
    )
