"""The SMTP tab: filling in, testing, and what comes of it."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, holding
from tests.browser.bare import Bare
from tests.browser.rendered import AS_SCRIPTS_DO
from tests.browser.tab.parts import button, errors_at, field, fill_in, live, open_tab, outcome, press, stage
from tests.support.admin import RIGHT, WRONG, account_of, listen, make_partner, reach, read_again, url
from wagtail_partner_smtp.models import get_partner_model

together = pytest.mark.django_db(transaction=True)
"""For what is tested on Wagtail's page, with the site behind it."""

WORKS = "The connection works: mail can be sent with these settings."


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="starttls")


@together
def test_fill_in_test_save_and_the_list_says_ok(admin_page: Page, server: Listener) -> None:
    admin_page.goto(url("add"))
    fill_in(admin_page, name="Acme", slug="acme")
    admin_page.get_by_role("tab", name="SMTP").click()
    fill_in(admin_page, **account_of(server), smtp_password=RIGHT)
    button(admin_page).click()
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

    admin_page.get_by_role("button", name="Save").click()
    admin_page.wait_for_url(f"**{url('list')}")
    expect(admin_page.get_by_role("row", name="Acme")).to_contain_text("OK")
    assert get_partner_model()._default_manager.get().smtp_status == "ok"


def test_failing_test_marks_its_field_until_it_is_changed(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    bare.answer("test_connection", sent={**account_of(server), "smtp_password": WRONG})
    button(page).click()
    expect(outcome(page)).to_contain_text("The server does not accept login and password.")
    password = field(page, "smtp_password")
    expect(password).to_have_attribute("aria-invalid", "true")
    described_by = (password.get_attribute("aria-describedby") or "").split()
    message = errors_at(page, "smtp_password")
    expect(message).to_have_text("The server does not accept login and password.")
    assert message.locator("..").get_attribute("id") in described_by
    password.press_sequentially("x")
    expect(message).to_have_count(0)
    assert password.get_attribute("aria-invalid") is None


def test_next_run_removes_the_marks_of_the_last(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    bare.answer("test_connection", sent={"smtp_port": "25x"})
    button(page).click()
    expect(errors_at(page, "smtp_port")).to_contain_text("between 1 and 65535")
    bare.answer("test_connection", sent={**account_of(server), "smtp_password": RIGHT})
    button(page).click()
    expect(outcome(page)).to_contain_text(WORKS)
    expect(page.locator(".w-field--error")).to_have_count(0)


def test_suggestion_fills_in_the_form(bare: Bare, smtp: Served, settings: Any) -> None:
    plain, tls = smtp.listen("honest", mode="plain"), smtp.listen("honest", mode="ssl")
    reach(settings, smtp.ca_file, tls, plain)
    page = bare.tab(smtp_security="ssl")
    bare.answer("test_connection", **account_of(plain, smtp_security="ssl"), password=RIGHT)
    button(page).click()
    suggestion = page.get_by_role("button", name="Change to:")
    expect(suggestion).to_have_text(f"Change to: SMTP Port {tls.port}, SMTP Security SSL")
    suggestion.click()
    expect(field(page, "smtp_port")).to_have_value(str(tls.port))
    expect(field(page, "smtp_security")).to_have_value("ssl")
    expect(live(page)).to_contain_text("Type the password again")
    expect(errors_at(page, "smtp_password")).to_contain_text("Type the password again")
    expect(field(page, "smtp_password")).to_be_focused()
    expect(outcome(page)).to_contain_text("The test failed")


REFUSED = {
    "ok": False,
    "deliverable": False,
    "headline": "The test failed.",
    "stages": [],
    "error": {"message": "Wrong port.", "suggestion": {"smtp_port": 465, "smtp_security": "ssl"}},
}


def test_a_suggestion_is_tested_at_once_with_the_focus_on_the_button(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    fill_in(page, smtp_host="mail.example.com", smtp_login="user", smtp_password=RIGHT)
    bare.answer_next("test_connection", {"json": REFUSED})
    press(page)
    with holding(page, "**/test-connection/") as asked:
        page.get_by_role("button", name="Change to:").click()
    expect(outcome(page)).to_have_count(0)
    expect(button(page)).to_be_focused()
    expect(live(page)).to_have_text(
        "Changed in the form: SMTP Port 465, SMTP Security SSL. Testing the connection…"
    )
    sent = asked[0].request.post_data or ""
    assert re.search(r'name="smtp_port"\s+465\s', sent)
    assert re.search(r'name="smtp_security"\s+ssl\s', sent)
    sent_now = {**account_of(server), "smtp_password": RIGHT}
    asked[0].fulfill(**bare.rendered.answer("test_connection", sent=sent_now))
    expect(outcome(page)).to_contain_text(WORKS)
    expect(page.get_by_role("button", name="Change to:")).to_have_count(0)


def test_a_change_to_oauth_is_not_tested_before_it_is_filled_in(bare: Bare) -> None:
    page = bare.tab()
    suggestion = {"smtp_auth": "oauth", "smtp_oauth_provider": "microsoft"}
    refused = {"message": "No passwords here.", "suggestion": suggestion}
    bare.answer_next("test_connection", {"json": REFUSED | {"error": refused}})
    press(page)
    asked: list[str] = []
    page.route("**/test-connection/", lambda route: asked.append(route.request.url))
    page.get_by_role("button", name="Change to:").click()
    expect(live(page)).to_contain_text("Fill in what is still missing, then test again.")
    expect(field(page, "smtp_auth")).to_be_focused()
    assert asked == []


def test_without_a_host_no_address_is_shown(bare: Bare) -> None:
    page = bare.tab()
    bare.answer("test_connection", sent={"smtp_host": ""})
    press(page)
    expect(outcome(page)).not_to_contain_text("://")
    expect(outcome(page).locator("code")).to_have_count(0)
    assert "://" not in (page.locator("details pre").text_content() or "")


def test_what_is_expected_is_no_error_in_the_browsers_console(bare: Bare) -> None:
    """Answered by the site's own view to the script's own headers."""
    page = bare.tab()
    errors: list[str] = []

    def listen_to(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", listen_to)
    for sent in ({"smtp_port": "25x"}, {"smtp_host": ""}):
        answer = bare.rendered.answer("test_connection", sent=sent)
        with holding(page, "**/test-connection/") as asked:
            button(page).click()
        assert asked[0].request.headers["prefer"] == AS_SCRIPTS_DO["Prefer"]
        asked[0].fulfill(**answer)
        expect(outcome(page)).to_contain_text("The test failed")
        page.unroute("**/test-connection/")
    page.remove_listener("console", listen_to)
    assert errors == []


def test_badge_follows_the_test(bare: Bare, server: Listener) -> None:
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **account_of(server), password=RIGHT)
    badge = page.locator(".partner-smtp__state")
    expect(badge).to_contain_text("Untested")
    button(page).click()
    expect(badge).to_contain_text("OK")
    expect(badge).to_contain_text("just now")


@together
def test_the_test_is_reached_without_scrolling(admin_page: Page, server: Listener) -> None:
    admin_page.set_viewport_size({"width": 1400, "height": 1000})
    open_tab(admin_page, make_partner(**account_of(server), password=RIGHT))
    afloat = admin_page.locator(".partner-smtp__bar--afloat")
    expect(afloat).to_be_visible()
    top = admin_page.evaluate("scrollY")
    expect(button(admin_page)).to_be_in_viewport(ratio=1)
    # Nothing lies over it, neither the bar with "Save" nor anything else.
    is_free = """(button) => {
        const { left, top, width, height } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }"""
    assert button(admin_page).evaluate(is_free)
    assert admin_page.evaluate("scrollY") == top
    button(admin_page).click()
    expect(outcome(admin_page)).to_be_in_viewport()
    expect(afloat).to_have_count(0)
    admin_page.get_by_role("tab", name="Details").click()
    expect(button(admin_page)).to_be_hidden()


# While it runs


def test_running_test_can_be_cancelled(bare: Bare) -> None:
    page = bare.tab()
    start, cancel = button(page), button(page, "Cancel")
    expect(cancel).to_be_hidden()
    start.focus()
    with holding(page, "**/test-connection/") as asked:
        start.press("Enter")
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(start).to_be_focused()
    expect(live(page)).to_have_text("Testing the connection…")
    expect(page.locator(".partner-smtp__elapsed")).to_have_text(re.compile(r"^[1-9]\d* s$"))
    start.press("Enter")
    with page.expect_event("requestfailed") as aborted:
        cancel.click()
    expect(live(page)).to_have_text("The test was cancelled.")
    expect(start).to_have_attribute("aria-disabled", "false")
    expect(cancel).to_be_hidden()
    expect(outcome(page)).to_have_count(0)
    assert [route.request for route in asked] == [aborted.value]


def test_live_region_is_there_before_anything_happens(bare: Bare) -> None:
    page = bare.tab()
    expect(live(page)).to_have_attribute("role", "status")
    expect(live(page)).to_have_attribute("aria-live", "polite")
    expect(live(page)).to_have_text("")


# What may come back instead of a report


NO_REPORTS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Forbidden</h1>", "content_type": "text/html"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>", "content_type": "text/html"}, "unexpected answer (500)"),
    ({"status": 403, "body": "{}", "content_type": "application/json"}, "log in again"),
    ({"status": 200, "body": "<h1>Login</h1>", "content_type": "text/html"}, "unexpected answer (200)"),
    (None, "The site did not answer"),
]


def test_what_is_no_report_is_told_in_words(bare: Bare) -> None:
    page = bare.tab()
    for answer, sentence in NO_REPORTS:
        bare.answer_next("test_connection", answer)
        button(page).click()
        expect(live(page)).to_contain_text(sentence)
        expect(live(page)).to_be_visible()
        expect(button(page)).to_have_attribute("aria-disabled", "false")


def test_p28_hostile_server_text_is_shown_as_text(bare: Bare, smtp: Served, settings: Any) -> None:
    hostile = "<img src=x onerror=document.title='owned'><b>bold</b>"
    server = smtp.listen("honest", rules=(on("MAIL", reply=f"550 5.7.1 {hostile}"),))
    reach(settings, smtp.ca_file, server)
    page = bare.tab()
    bare.answer("test_connection", sent=account_of(server, smtp_login=""))
    button(page).click()
    expect(stage(page, "sender").locator("code")).to_have_text(f"550 5.7.1 {hostile}")
    expect(page.locator(".partner-smtp__report img, .partner-smtp__report b")).to_have_count(0)
    assert page.title() != "owned"


# Clear text


def test_p26_warning_about_clear_text_comes_and_goes(bare: Bare) -> None:
    page = bare.tab()
    warning = page.get_by_text("the password is sent in clear text")
    fill_in(page, smtp_login="user", smtp_security="tls")
    expect(warning).to_be_hidden()
    fill_in(page, smtp_security="none")
    expect(warning).to_be_visible()
    fill_in(page, smtp_login="")
    expect(warning).to_be_hidden()
    fill_in(page, smtp_password="x")
    expect(warning).to_be_visible()
    fill_in(page, smtp_security="ssl")
    expect(warning).to_be_hidden()


# Certificates


@together
def test_certificate_can_be_trusted_and_untrusted(admin_page: Page, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    partner = make_partner(**account_of(server), password=RIGHT)
    open_tab(admin_page, partner)
    button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("mail will not be sent")
    fingerprint = admin_page.locator(".partner-smtp-trust code").inner_text()
    assert len(fingerprint.split(":")) == 32
    button(admin_page, "Trust this certificate").click()
    expect(live(admin_page)).to_have_text("This certificate is trusted from now on. Test again.")
    pin = admin_page.locator(".partner-smtp__pin")
    expect(pin.locator("code")).to_have_text(fingerprint)
    expect(admin_page.locator(".partner-smtp__state")).to_contain_text("Changed since the test")
    button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(WORKS)
    pin.get_by_role("button", name="Stop trusting it").click()
    expect(live(admin_page)).to_have_text("This certificate is no longer trusted. Test again.")
    expect(pin).to_be_hidden()
    assert read_again(partner).smtp_pinned_certificate == ""


def test_refused_trust_is_told_in_words(bare: Bare, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **account_of(server), password=RIGHT)
    bare.answer("trust_certificate", sent={"value": "an offer of yesterday"}, name="Acme")
    press(page)
    button(page, "Trust this certificate").click()
    expect(live(page)).to_contain_text("This offer has ended")
    expect(page.locator(".partner-smtp__pin")).to_be_hidden()


@pytest.mark.parametrize(("preferred", "behavior"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_reduced_motion_is_respected(
    bare: Bare, server: Listener, preferred: Literal["reduce", "no-preference"], behavior: str
) -> None:
    page = bare.tab()
    page.emulate_media(reduced_motion=preferred)
    # Of this one element, which goes away with the test.
    page.locator(".partner-smtp__report").evaluate(
        "(report) => { report.scrollIntoView = (how) => { report.dataset.how = JSON.stringify(how); }; }"
    )
    bare.answer("test_connection", sent=account_of(server))
    press(page)
    how = page.locator(".partner-smtp__report").get_attribute("data-how")
    assert json.loads(how or "") == {"block": "nearest", "behavior": behavior}
