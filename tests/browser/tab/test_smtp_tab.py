"""The SMTP tab in a real browser, against real servers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, answer_next
from tests.browser.strict_policy import enforce, is_enforced
from tests.support.admin import account_of, make_partner, reach, read_again, url
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.smtp import session

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT, WRONG = "pass", "wrong-7391"
WORKS = "The connection works: mail can be sent with these settings."


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    server = smtp.listen("honest", mode="starttls")
    reach(settings, smtp.ca_file, server)
    return server


def open_tab(page: Page, partner: AbstractPartner | None = None) -> None:
    page.goto((url("edit", partner) if partner else url("add")) + "#tab-smtp")
    expect(test_button(page)).to_be_visible()


def test_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Test connection")


test_button.__test__ = False  # type: ignore[attr-defined]


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name={name}]")


def fill_in(page: Page, **values: Any) -> None:
    for name, value in values.items():
        if name == "smtp_security":
            field(page, name).select_option(value)
        else:
            field(page, name).fill(str(value))


def live(page: Page) -> Locator:
    return page.locator(".partner-smtp__live")


def outcome(page: Page) -> Locator:
    return page.locator(".partner-smtp-outcome")


def stage(page: Page, name: str) -> Locator:
    return page.locator(f"ol [data-stage={name}]")


def errors_at(page: Page, name: str) -> Locator:
    return page.locator("[data-field]", has=field(page, name)).locator(".error-message")


def test_fill_in_and_press_shows_stages_extensions_and_certificate(
    admin_page: Page, server: Listener
) -> None:
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server), smtp_password=RIGHT)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)
    expect(live(admin_page)).to_have_text(WORKS)
    stages = admin_page.get_by_role("list", name="Step by step").get_by_role("listitem")
    expect(stages).to_have_count(8)
    expect(stages).to_contain_text(
        ["Settings", "Name look-up", "Connection", "Greeting", "Encryption", "Login", "Sender", "Goodbye"]
    )
    expect(stage(admin_page, "auth")).to_contain_text("done")
    expect(stage(admin_page, "auth").locator("code")).to_have_text("235 2.7.0 Authentication successful")
    expect(stage(admin_page, "ehlo")).to_contain_text(" ms")

    admin_page.locator("summary", has_text="What the server offers").click()
    expect(admin_page.get_by_role("term").filter(has_text="PIPELINING")).to_be_visible()
    admin_page.locator("summary", has_text="Encryption and certificate").click()
    expect(admin_page.get_by_role("definition").filter(has_text="TLSv1.3")).to_be_visible()
    fingerprint = admin_page.get_by_role("term").filter(has_text="SHA-256").locator("+ dd")
    assert len(fingerprint.inner_text().split(":")) == 32


def test_failing_test_marks_its_field_until_it_is_changed(admin_page: Page, server: Listener) -> None:
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server), smtp_password=WRONG)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("The server does not accept login and password.")
    password = field(admin_page, "smtp_password")
    expect(password).to_have_attribute("aria-invalid", "true")
    described_by = (password.get_attribute("aria-describedby") or "").split()
    message = errors_at(admin_page, "smtp_password")
    expect(message).to_have_text("The server does not accept login and password.")
    assert message.locator("..").get_attribute("id") in described_by
    password.press_sequentially("x")
    expect(message).to_have_count(0)
    assert password.get_attribute("aria-invalid") is None


def test_next_run_removes_the_marks_of_the_last(admin_page: Page, server: Listener) -> None:
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server, smtp_port="25x"), smtp_password=RIGHT)
    test_button(admin_page).click()
    expect(errors_at(admin_page, "smtp_port")).to_contain_text("between 1 and 65535")
    # Without an input event, which would remove the mark as well.
    field(admin_page, "smtp_port").evaluate("(input, port) => { input.value = port; }", str(server.port))
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)
    expect(admin_page.locator(".w-field--error")).to_have_count(0)


def test_suggestion_fills_in_the_form(admin_page: Page, smtp: Served, settings: Any) -> None:
    plain, tls = smtp.listen("honest", mode="plain"), smtp.listen("honest", mode="ssl")
    reach(settings, smtp.ca_file, tls, plain)
    partner = make_partner(**account_of(plain, smtp_security="ssl"), password=RIGHT)
    open_tab(admin_page, partner)
    test_button(admin_page).click()
    suggestion = admin_page.get_by_role("button", name="Change to:")
    expect(suggestion).to_have_text(f"Change to: SMTP Port {tls.port}, SMTP Security SSL")
    suggestion.click()
    expect(field(admin_page, "smtp_port")).to_have_value(str(tls.port))
    expect(field(admin_page, "smtp_security")).to_have_value("ssl")
    expect(live(admin_page)).to_contain_text("Type the password again")
    expect(errors_at(admin_page, "smtp_password")).to_contain_text("Type the password again")
    fill_in(admin_page, smtp_password=RIGHT)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)


def test_fill_in_test_save_and_the_list_says_ok(admin_page: Page, server: Listener) -> None:
    admin_page.goto(url("add"))
    fill_in(admin_page, name="Acme", slug="acme")
    admin_page.get_by_role("tab", name="SMTP").click()
    fill_in(admin_page, **account_of(server), smtp_password=RIGHT)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)
    admin_page.get_by_role("button", name="Save").click()
    admin_page.wait_for_url(f"**{url('list')}")
    expect(admin_page.get_by_role("row", name="Acme")).to_contain_text("OK")
    assert get_partner_model()._default_manager.get().smtp_status == "ok"


def test_badge_follows_the_test(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    badge = admin_page.locator(".partner-smtp__state")
    expect(badge).to_contain_text("Untested")
    test_button(admin_page).click()
    expect(badge).to_contain_text("OK")
    expect(badge).to_contain_text("just now")
    assert read_again(partner).smtp_status == "ok"


# While it runs


@pytest.fixture
def slow(smtp: Served, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr(session, "GREETING_GRACE", PATIENCE)
    slow = smtp.listen("silent", mode="plain")
    reach(settings, smtp.ca_file, slow)
    settings.PARTNER_SMTP_TEST_TIMEOUT = 2 * PATIENCE
    settings.PARTNER_SMTP_PROBE_PORTS = []
    return slow


def test_running_test_can_be_cancelled(admin_page: Page, slow: Listener) -> None:
    open_tab(admin_page)
    fill_in(admin_page, **account_of(slow), smtp_password=RIGHT)
    button, cancel = test_button(admin_page), admin_page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_hidden()
    button.focus()
    button.press("Enter")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_be_focused()
    expect(live(admin_page)).to_have_text("Testing the connection…")
    expect(admin_page.locator(".partner-smtp__elapsed")).to_have_text(re.compile(r"^[1-9]\d* s$"))
    button.press("Enter")
    cancel.click()
    expect(live(admin_page)).to_have_text("The test was cancelled.")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(cancel).to_be_hidden()
    expect(outcome(admin_page)).to_have_count(0)
    assert slow.connections == 1


def test_live_region_is_there_before_anything_happens(admin_page: Page) -> None:
    open_tab(admin_page)
    expect(live(admin_page)).to_have_attribute("role", "status")
    expect(live(admin_page)).to_have_attribute("aria-live", "polite")
    expect(live(admin_page)).to_have_text("")


# What may come back instead of a report


NO_REPORTS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Forbidden</h1>", "content_type": "text/html"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>", "content_type": "text/html"}, "unexpected answer (500)"),
    ({"status": 403, "body": "{}", "content_type": "application/json"}, "log in again"),
    ({"status": 200, "body": "<h1>Login</h1>", "content_type": "text/html"}, "unexpected answer (200)"),
    (None, "The site did not answer"),
]


def test_what_is_no_report_is_told_in_words(admin_page: Page) -> None:
    open_tab(admin_page)
    for answer, sentence in NO_REPORTS:
        answer_next(admin_page, "**/test-connection/", answer)
        test_button(admin_page).click()
        expect(live(admin_page)).to_contain_text(sentence)
        expect(live(admin_page)).to_be_visible()
        expect(test_button(admin_page)).to_have_attribute("aria-disabled", "false")


def test_p28_hostile_server_text_is_shown_as_text(admin_page: Page, smtp: Served, settings: Any) -> None:
    hostile = "<img src=x onerror=document.title='owned'><b>bold</b>"
    server = smtp.listen("honest", rules=(on("MAIL", reply=f"550 5.7.1 {hostile}"),))
    reach(settings, smtp.ca_file, server)
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server, smtp_login=""))
    test_button(admin_page).click()
    expect(stage(admin_page, "sender").locator("code")).to_have_text(f"550 5.7.1 {hostile}")
    expect(admin_page.locator(".partner-smtp__report img, .partner-smtp__report b")).to_have_count(0)
    assert admin_page.title() != "owned"


# Clear text


def test_p26_warning_about_clear_text_comes_and_goes(admin_page: Page) -> None:
    open_tab(admin_page)
    warning = admin_page.get_by_text("the password travels in clear text")
    fill_in(admin_page, smtp_login="user", smtp_security="tls")
    expect(warning).to_be_hidden()
    fill_in(admin_page, smtp_security="none")
    expect(warning).to_be_visible()
    fill_in(admin_page, smtp_login="")
    expect(warning).to_be_hidden()
    fill_in(admin_page, smtp_password="x")
    expect(warning).to_be_visible()
    fill_in(admin_page, smtp_security="ssl")
    expect(warning).to_be_hidden()


# Certificates


def test_certificate_can_be_trusted_and_untrusted(admin_page: Page, smtp: Served, settings: Any) -> None:
    server = smtp.listen("honest", mode="ssl", certificate="self-signed")
    reach(settings, smtp.ca_file, server)
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("mail will not be sent")
    fingerprint = admin_page.locator(".partner-smtp-trust code").inner_text()
    assert len(fingerprint.split(":")) == 32
    admin_page.get_by_role("button", name="Trust this certificate").click()
    expect(live(admin_page)).to_have_text("This certificate is trusted from now on. Test again.")
    pin = admin_page.locator(".partner-smtp__pin")
    expect(pin.locator("code")).to_have_text(fingerprint)
    expect(admin_page.locator(".partner-smtp__state")).to_contain_text("Changed since the test")
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)
    pin.get_by_role("button", name="Stop trusting it").click()
    expect(live(admin_page)).to_have_text("This certificate is no longer trusted. Test again.")
    expect(pin).to_be_hidden()
    assert read_again(partner).smtp_pinned_certificate == ""


def test_refused_trust_is_told_in_words(admin_page: Page, smtp: Served, settings: Any) -> None:
    server = smtp.listen("honest", mode="ssl", certificate="self-signed")
    reach(settings, smtp.ca_file, server)
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_be_visible()
    type(partner)._default_manager.update(smtp_host="127.0.0.1")
    admin_page.get_by_role("button", name="Trust this certificate").click()
    expect(live(admin_page)).to_contain_text("This offer has ended")
    expect(admin_page.locator(".partner-smtp__pin")).to_be_hidden()


def test_reduced_motion_is_respected(admin_page: Page, server: Listener) -> None:
    admin_page.emulate_media(reduced_motion="reduce")
    admin_page.add_init_script(
        "window.scrolls = []; Element.prototype.scrollIntoView = function (how) { window.scrolls.push(how); };"
    )
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server), smtp_password=RIGHT)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_be_visible()
    assert {"block": "nearest", "behavior": "auto"} in admin_page.evaluate("window.scrolls")


# A strict content security policy


def test_nothing_violates_a_strict_policy(admin_page: Page, smtp: Served, settings: Any) -> None:
    violations = enforce(admin_page)
    server = smtp.listen("honest", mode="ssl", certificate="self-signed")
    reach(settings, smtp.ca_file, server)
    partner = make_partner(**account_of(server), password=RIGHT)
    # Wagtail 7.0 has violations of its own on every page.
    admin_page.goto("/admin/snippets/shop/brand/add/")
    admin_page.wait_for_load_state("networkidle")
    of_wagtail = violations()
    admin_page.goto(url("list"))
    expect(admin_page.get_by_role("row", name="Acme")).to_be_visible()
    assert violations() <= of_wagtail
    open_tab(admin_page, partner)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("mail will not be sent")
    admin_page.get_by_role("button", name="Trust this certificate").click()
    expect(live(admin_page)).to_contain_text("trusted from now on")
    fill_in(admin_page, smtp_security="none")
    expect(admin_page.get_by_text("travels in clear text")).to_be_visible()
    admin_page.get_by_label("Fill in for a provider").select_option("SendGrid")
    expect(admin_page.get_by_text("Filled in for SendGrid.")).to_be_visible()
    admin_page.get_by_role("button", name="Find settings").click()
    expect(admin_page.locator(".partner-smtp-setup [role=status]")).not_to_contain_text("Looking for")
    assert violations() <= of_wagtail
    assert is_enforced(admin_page)


def test_nothing_comes_from_another_host(admin_page: Page, server: Listener, live_server: Any) -> None:
    asked: list[str] = []
    admin_page.on("request", lambda request: asked.append(request.url))
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    test_button(admin_page).click()
    expect(outcome(admin_page)).to_be_visible()
    assert any("test-connection" in each for each in asked)
    assert [each for each in asked if not each.startswith((live_server.url, "data:"))] == []
