"""Filling in the SMTP tab without knowing the settings."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, holding
from tests.browser.bare import Bare
from tests.support.admin import reach, url
from tests.support.name_server import NameServer, resolve_to_loopback
from wagtail_partner_smtp.discovery import providers
from wagtail_partner_smtp.discovery.providers import Provider
from wagtail_partner_smtp.smtp.settings import Security

DOMAIN, HOSTER = "acme.test", "mx7.hoster.test"


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


def test_choosing_the_security_fills_an_empty_or_untouched_port(bare: Bare) -> None:
    page = bare.tab()
    expect(port(page)).to_have_value("")
    expect(port(page)).to_have_attribute("placeholder", "587")
    for security, usual in (("ssl", "465"), ("none", "25"), ("tls", "587")):
        choose_security(page, security)
        expect(port(page)).to_have_value(usual)
        expect(port(page)).to_have_attribute("placeholder", usual)
        expect(note(page)).to_contain_text(f"The port was set to {usual}, the usual one for")
    port(page).fill("")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("465")


def test_typed_port_stays(bare: Bare) -> None:
    page = bare.tab()
    port(page).fill("2525")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("2525")
    port(page).fill("")
    choose_security(page, "tls")
    expect(port(page)).to_have_value("587")
    port(page).fill("588")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("588")
    expect(note(page)).to_have_text("")


def test_saved_port_counts_as_typed_unless_it_is_empty(bare: Bare) -> None:
    page = bare.tab(smtp_port=587, smtp_security="tls")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("587")
    page = bare.tab(slug="b", smtp_port=None, smtp_security="tls")
    expect(port(page)).to_have_value("25")
    expect(note(page)).to_contain_text("Port 25 is usually for mail between servers.")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("465")


def test_server_without_a_port_gets_the_usual_one_to_be_seen(bare: Bare) -> None:
    page = bare.tab()
    port(page).focus()
    port(page).blur()
    expect(port(page)).to_have_value("")
    field(page, "host").fill("mail.example.com")
    port(page).click()
    # Nothing comes between somebody who is about to type.
    expect(port(page)).to_have_value("")
    port(page).blur()
    expect(port(page)).to_have_value("587")
    expect(note(page)).to_have_text("The port was set to 587, the usual one for TLS (STARTTLS).")
    port(page).fill("2525")
    port(page).fill("")
    port(page).blur()
    expect(port(page)).to_have_value("587")
    # Still nobody's choice.
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("465")


def test_port_in_the_host_field_is_not_contradicted(bare: Bare) -> None:
    page = bare.tab()
    field(page, "host").fill("mail.example.com:2525")
    field(page, "host").blur()
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("")
    expect(note(page)).to_have_text("")


PAIRS = [
    ("465", "tls", "Port 465 is usually for SSL.", "ssl"),
    ("465", "none", "Port 465 is usually for SSL:", "ssl"),
    ("587", "ssl", "Port 587 is usually for TLS.", "tls"),
    ("25", "ssl", "Port 25 is not for SSL.", "none"),
    ("25", "tls", "Port 25 is usually for mail between servers.", "none"),
]


def test_pair_that_does_not_fit_is_said_until_it_is_corrected(bare: Bare) -> None:
    page = bare.tab()
    for number, security, words, mended in PAIRS:
        port(page).fill(number)
        choose_security(page, security)
        expect(note(page)).to_contain_text(words)
        choose_security(page, mended)
        expect(note(page)).to_have_text("")
        choose_security(page, security)
        expect(note(page)).to_contain_text(words)
        port(page).fill("2525")
        expect(note(page)).to_have_text("")


def test_note_is_announced_and_belongs_to_the_port(bare: Bare) -> None:
    page = bare.tab(smtp_port=587, smtp_security="ssl")
    expect(note(page)).to_contain_text("Port 587 is usually for TLS.")
    expect(note(page)).to_have_attribute("role", "status")
    expect(page.locator("[data-field]", has=port(page)).locator(note(page))).to_be_visible()
    assert "partner-smtp-port-note" in (port(page).get_attribute("aria-describedby") or "").split()
    port(page).fill("25")
    expect(note(page)).to_contain_text("Port 25 is not for SSL.")


# Providers


def test_choosing_a_provider_fills_in_its_settings_and_says_what_to_know(bare: Bare) -> None:
    page = bare.tab()
    field(page, "password").fill("typed-7391")
    provider_list(page).select_option("Fastmail")
    expect_values(page, host="smtp.fastmail.com", port=465, security="ssl", login="", password="typed-7391")
    expect(said(page)).to_contain_text("Filled in for Fastmail. Now type login and password")
    expect(said(page)).to_contain_text("The password is an app password")
    expect(note(page)).to_have_text("")
    sent = page.evaluate("[...new FormData(document.querySelector('[name=smtp_host]').form).values()]")
    assert "fastmail" not in sent


def test_undo_brings_back_what_was_there(bare: Bare) -> None:
    page = bare.tab()
    field(page, "host").fill("old.example.com")
    port(page).fill("2525")
    choose_security(page, "none")
    field(page, "login").fill("me")
    for provider in ("SendGrid", "Brevo", "SendGrid"):
        provider_list(page).select_option(provider)
    expect_values(page, host="smtp.sendgrid.net", port=587, security="tls", login="apikey")
    undo_button(page).focus()
    undo_button(page).press("Enter")
    expect_values(page, host="old.example.com", port=2525, security="none", login="me")
    expect(undo_button(page)).to_be_hidden()
    expect(provider_list(page)).to_be_focused()
    expect(provider_list(page)).to_have_value("")
    expect(said(page)).to_have_text("")
    # What was typed counts as typed again.
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("2525")


def test_empty_choice_undoes_as_well_but_keeps_what_was_typed_meanwhile(bare: Bare) -> None:
    page = bare.tab()
    field(page, "host").fill("old.example.com")
    provider_list(page).select_option("Amazon SES")
    field(page, "host").fill("email-smtp.eu-west-1.amazonaws.com")
    provider_list(page).select_option("")
    expect_values(page, host="email-smtp.eu-west-1.amazonaws.com", port="", security="tls")


def test_next_provider_takes_back_the_login_of_the_last(bare: Bare) -> None:
    page = bare.tab()
    provider_list(page).select_option("SendGrid")
    expect_values(page, login="apikey")
    provider_list(page).select_option("Mailgun")
    expect_values(page, login="", host="smtp.mailgun.org")


def test_port_of_a_provider_counts_as_untouched(bare: Bare) -> None:
    page = bare.tab()
    provider_list(page).select_option("Google Workspace")
    choose_security(page, "ssl")
    expect(port(page)).to_have_value("465")


def test_saved_password_will_not_do_for_another_server(bare: Bare) -> None:
    page = bare.tab(name="Acme")
    reminder = page.locator("[data-field]", has=field(page, "password")).locator(".error-message")
    provider_list(page).select_option("Mailjet")
    expect(reminder).to_contain_text("Type the password again")
    undo_button(page).click()
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


@pytest.mark.django_db(transaction=True)
def test_find_use_test(admin_page: Page, server: Listener) -> None:
    """The whole way of somebody who knows nothing but the email address, login and password."""
    page = admin_page
    page.goto(f"{url('add')}#tab-smtp")
    expect(find_button(page)).to_be_visible()
    field(page, "host").fill("typed.example.com")
    field(page, "email").fill(f"user@{DOMAIN}")
    find_button(page).click()
    expect(said(page)).to_have_text("Settings were found for acme.test.")
    expect(offer(page)).to_contain_text(f"localhost answers on port {server.port} with SSL.")
    expect(offer(page)).to_contain_text("localhost does not belong to acme.test.")
    # Nothing is filled in without a click.
    expect_values(page, host="typed.example.com", port=587, security="tls")
    assert server.count("AUTH") == 0
    page.get_by_role("button", name="Use it").click()
    expect_values(page, host="localhost", port=server.port, security="ssl", login="", password="")
    expect(said(page)).to_contain_text("Now type login and password, then press “Test connection”.")
    field(page, "login").fill("user")
    field(page, "password").fill("pass")
    field(page, "email").fill("user@example.com")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".partner-smtp-outcome")).to_contain_text("The connection works")
    undo_button(page).click()
    expect_values(page, host="typed.example.com", port=587, security="tls", login="user")


def test_provider_of_the_domain_is_offered_with_its_hint_and_login(
    bare: Bare, server: Listener, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch
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
    page = bare.tab()
    bare.answer("find_settings", sent={"smtp_email": "billing@shop.test", "smtp_login": ""})
    find_button(page).click()
    expect(offer(page)).to_contain_text("shop.test has its mail at Postal.")
    expect(offer(page)).to_contain_text("Ask at the counter.")
    page.get_by_role("button", name="Use it").click()
    expect_values(page, host=HOSTER, port=server.port, security="ssl", login="billing@shop.test")


def test_missing_email_is_asked_for_at_its_field(bare: Bare) -> None:
    page = bare.tab()
    bare.answer("find_settings", sent={"smtp_email": ""})
    find_button(page).click()
    expect(said(page)).to_contain_text("Type the SMTP Email first")
    expect(field(page, "email")).to_be_focused()
    expect(field(page, "email")).to_have_attribute("aria-invalid", "true")
    field(page, "email").press_sequentially("a")
    expect(field(page, "email")).not_to_have_attribute("aria-invalid", "true")


def test_nothing_found_is_told_in_words(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    bare.answer("find_settings", sent={"smtp_email": "user@acme.tets"})
    find_button(page).click()
    expect(said(page)).to_have_text("There is no domain acme.tets. Check the spelling of the SMTP Email.")
    expect(offer(page)).to_have_count(0)


# What receivers are told


def test_domain_is_checked_record_by_record(bare: Bare, settings: Any, dns_server: NameServer) -> None:
    settings.PARTNER_SMTP_NAMESERVERS = [dns_server.entry]
    dns_server.add(DOMAIN, "TXT", '"v=spf1 <b>bold</b> -all"')
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    page = bare.tab()
    bare.answer("check_domain", sent={"smtp_email": f"user@{DOMAIN}", "smtp_host": ""})
    page.get_by_role("button", name="Check the domain").click()
    records = page.locator(".partner-smtp-domain__records")
    expect(records.locator("dt")).to_have_text(["SPF to do", "DKIM to do", "DMARC good"])
    expect(records.locator("dd code").first).to_have_text("v=spf1 <b>bold</b> -all")
    assert bare.audit() == []
    bare.answer("check_domain", sent={"smtp_email": ""})
    page.get_by_role("button", name="Check the domain").click()
    expect(field(page, "email")).to_be_focused()
    expect(records).to_have_count(0)


def test_search_for_settings_checks_the_domain_for_the_server_that_it_found(
    bare: Bare, server: Listener
) -> None:
    page = bare.tab()
    bare.answer("find_settings", sent={"smtp_email": f"user@{DOMAIN}"})
    bare.answer("check_domain", sent={"smtp_email": f"user@{DOMAIN}", "smtp_host": ""})
    with page.expect_request("**/check-domain/**") as asked:
        find_button(page).click()
    assert 'name="smtp_host"\r\n\r\nlocalhost\r\n' in (asked.value.post_data or "")


NO_ANSWERS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Forbidden</h1>", "content_type": "text/html"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>", "content_type": "text/html"}, "unexpected answer (500)"),
    (None, "The site did not answer"),
]


def test_what_is_no_answer_is_told_in_words(bare: Bare) -> None:
    page = bare.tab()
    for answer, sentence in NO_ANSWERS:
        bare.answer_next("find_settings", answer)
        find_button(page).click()
        expect(said(page)).to_contain_text(sentence)
        expect(find_button(page)).to_have_attribute("aria-disabled", "false")


def test_button_waits_for_the_answer_and_sends_no_password(bare: Bare) -> None:
    page = bare.tab()
    field(page, "password").fill("typed-7391")
    find_button(page).focus()
    with holding(page, "**/find-settings/") as waiting:
        find_button(page).press("Enter")
    expect(find_button(page)).to_have_attribute("aria-disabled", "true")
    expect(said(page)).to_have_text("Looking for the settings…")
    find_button(page).press("Enter")
    expect(find_button(page)).to_be_focused()
    assert "typed-7391" not in (waiting[0].request.post_data or "")
    waiting[0].fulfill(json={"error": None, "headline": "Nothing.", "offers": [], "notes": ["A note."]})
    expect(find_button(page)).to_have_attribute("aria-disabled", "false")
    expect(page.locator(".partner-smtp-setup")).to_contain_text("A note.")
    assert len(waiting) == 1


def test_p28_what_was_found_is_shown_as_text(bare: Bare) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"
    found = {"message": hostile, "origin": hostile, "caution": hostile, "hint": hostile, "values": {}}
    answer = {"error": None, "headline": hostile, "offers": [found], "notes": [hostile]}
    page = bare.tab()
    page.route("**/find-settings/", lambda route: route.fulfill(json=answer))
    find_button(page).click()
    expect(offer(page)).to_contain_text(hostile)
    expect(page.locator(".partner-smtp-setup img")).to_have_count(0)
    assert page.title() != "owned"


def test_hints_notes_and_offers_are_accessible(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    bare.answer("find_settings", sent={"smtp_email": f"user@{DOMAIN}"})
    find_button(page).click()
    expect(offer(page)).to_be_visible()
    provider_list(page).select_option("Microsoft 365")
    expect(said(page)).to_contain_text("basic authentication")
    port(page).fill("465")
    expect(note(page)).to_contain_text("Port 465 is usually for SSL.")
    assert bare.audit() == []


def test_nothing_is_wider_than_a_small_screen(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    page.set_viewport_size({"width": 320, "height": 900})
    bare.answer("find_settings", sent={"smtp_email": f"user@{DOMAIN}"})
    find_button(page).click()
    expect(offer(page)).to_be_visible()
    provider_list(page).select_option("Amazon SES")
    expect(undo_button(page)).to_be_visible()
    assert page.locator(".partner-smtp-setup").evaluate(
        """(box) => [...box.querySelectorAll("*")].every(
            (each) => each.getBoundingClientRect().right <= box.getBoundingClientRect().right + 1)"""
    )
