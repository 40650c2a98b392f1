"""Send test email: when it is offered, what it sends, and what is told about it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, holding
from tests.browser.bare import Bare
from tests.browser.rendered import OWN, Rendered
from tests.browser.tab.parts import button, field, fill_in, live, open_tab, outcome, press, stage
from tests.support.admin import RIGHT, WRONG, account_of, listen, make_partner, url
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import AbstractPartner

together = pytest.mark.django_db(transaction=True)
"""For what is tested on Wagtail's page, with the site behind it."""

NO_REPORTS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Oops</h1>"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>"}, "unexpected answer (500)"),
    (None, "The site did not answer"),
]
ACCEPTED = "The server has accepted the test email."
REPORT = {"ok": True, "deliverable": True, "headline": ACCEPTED, "stages": []}
STATUSES = {"failed": False, "untrusted": False, "ok": True, "changed": False, "untested": False}
SAVE_FIRST = "Save first, then you can send a test email."


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="starttls")


@pytest.fixture
def partner(server: Listener) -> AbstractPartner:
    return make_partner(**account_of(server), password=RIGHT)


def send_button(page: Page) -> Locator:
    return button(page, "Send test email")


def green_tab(bare: Bare, **values: Any) -> Page:
    """The tab of a partner whose last test was green."""
    return bare.tab(smtp_status="ok", **values)


# Together with the site and a server


@together
def test_after_a_green_test_it_is_offered_and_sent_but_not_twice_in_a_row(
    admin_page: Page, server: Listener, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "PAUSE", timedelta(hours=1))
    open_tab(admin_page, partner)
    expect(send_button(admin_page)).to_be_hidden()
    press(admin_page)
    expect(admin_page.get_by_text(f"To your own address {OWN}")).to_be_visible()
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    expect(live(admin_page)).to_contain_text(ACCEPTED)
    (message,) = server.messages
    assert (message.mail_from, message.rcpt_tos) == ("user@example.com", (OWN,))
    stages = admin_page.get_by_role("list", name="Step by step").get_by_role("listitem")
    expect(stages).to_have_count(10)
    expect(stage(admin_page, "data")).to_contain_text("done")
    expect(stage(admin_page, "data").locator("code")).to_contain_text("250 ")
    expect(stage(admin_page, "rcpt")).to_contain_text("The server accepts mail for 1 recipient.")
    notes = admin_page.locator(".partner-smtp-notes")
    expect(notes).to_contain_text(f"To: {OWN}")
    expect(notes).to_contain_text(str(message.email["Message-ID"]))
    expect(send_button(admin_page)).to_be_disabled()
    expect(send_button(admin_page)).to_be_focused()
    # On another page of the same user as well, until somebody presses it there in spite of that.
    open_tab(admin_page, partner)
    expect(send_button(admin_page)).to_be_disabled()
    expect(admin_page.locator("[data-partner-smtp-email-target=countdown]")).to_contain_text("Again at ")
    assert len(server.messages) == 1


@together
def test_what_is_not_saved_has_to_be_saved_first(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    open_tab(admin_page, partner)
    fill_in(admin_page, smtp_email="other@example.com")
    press(admin_page)
    expect(admin_page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(admin_page)).to_be_hidden()
    admin_page.get_by_role("button", name="Save").first.click()
    admin_page.wait_for_url(f"**{url('list')}")
    open_tab(admin_page, partner)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    assert server.messages[0].mail_from == "other@example.com"


# When it is offered


def test_a_page_offers_it_where_the_last_test_was_green(bare: Bare) -> None:
    for status, is_offered in STATUSES.items():
        page = bare.tab(smtp_status=status)
        expect(send_button(page), status).to_be_visible(visible=is_offered)


def test_after_a_red_test_it_is_not_offered(bare: Bare, server: Listener) -> None:
    page = green_tab(bare)
    bare.answer("test_connection", **account_of(server), password=WRONG)
    press(page)
    expect(send_button(page)).to_be_hidden()
    expect(page.get_by_text(SAVE_FIRST)).to_be_hidden()
    # What only mail can prove or refute is for the site to know.
    for is_deliverable, is_offered in ((False, True), (True, False)):
        answer = {"json": REPORT | {"deliverable": is_deliverable, "offers_email": is_offered}}
        bare.answer_next("test_connection", answer)
        press(page)
        expect(send_button(page)).to_be_visible(visible=is_offered)
        # A symbol of its own, too, for whoever sees no colours.
        is_marked = re.compile(f"outcome--{'ok' if is_deliverable else 'warning'}")
        expect(outcome(page)).to_have_class(is_marked)


def test_a_change_in_the_form_takes_the_offer_back(bare: Bare) -> None:
    page = green_tab(bare)
    expect(send_button(page)).to_be_visible()
    field(page, "smtp_port").press_sequentially("1")
    expect(page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(page)).to_be_hidden()


def test_other_fields_do_not_take_the_offer_back(bare: Bare) -> None:
    page = green_tab(bare)
    fill_in(page, name="Renamed")
    expect(send_button(page)).to_be_visible()


def test_a_new_partner_has_to_be_saved_first(bare: Bare, server: Listener) -> None:
    page = bare.tab()
    bare.answer("test_connection", sent={**account_of(server), "smtp_password": RIGHT})
    press(page)
    expect(page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(page)).to_be_hidden()


def test_without_an_address_a_sentence_says_where_to_add_one(bare: Bare, rendered: Rendered) -> None:
    page = bare.show(rendered.tab(own="", smtp_status="ok"), "form")
    expect(page.get_by_text("Your user account has no email address")).to_be_visible()
    expect(send_button(page)).to_have_count(0)
    link = page.get_by_role("link", name="Add it to your account")
    expect(link).to_have_attribute("href", "/admin/account/")


# What is told


def test_it_works_from_the_keyboard_and_keeps_the_focus(bare: Bare, server: Listener) -> None:
    page = green_tab(bare)
    bare.answer("send_test_email", **account_of(server), password=RIGHT)
    send_button(page).focus()
    send_button(page).press("Enter")
    expect(outcome(page)).to_contain_text(ACCEPTED)
    expect(send_button(page)).to_be_focused()


def test_a_refusal_is_shown_and_marks_its_field(bare: Bare, smtp: Served, settings: Any) -> None:
    words = "550 5.7.1 <img src=x> not yours"
    server = listen(smtp, settings, rules=(on("MAIL", reply=words),))
    page = green_tab(bare)
    bare.answer("send_test_email", **account_of(server), password=RIGHT)
    press(page, "Send test email")
    expect(outcome(page)).to_contain_text("The test email was not sent.")
    expect(outcome(page)).to_contain_text("This login may not send mail from this address (550).")
    expect(stage(page, "mail").locator("code")).to_have_text(words)
    expect(stage(page, "data")).to_contain_text("not reached")
    expect(field(page, "smtp_email")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".partner-smtp__report img")).to_have_count(0)


def test_a_refusal_for_now_leaves_the_green_result(bare: Bare, server: Listener) -> None:
    page = green_tab(bare)
    bare.answer("test_connection", **account_of(server), password=RIGHT)
    press(page)
    too_soon = {
        "ok": False,
        "wait": 7,
        "headline": "No.",
        "error": {"code": "too_soon", "message": "Not yet."},
    }
    with holding(page, "**/send-test-email/**") as asked:
        send_button(page).click()
    expect(outcome(page)).to_be_hidden()
    asked[0].fulfill(json=too_soon)
    expect(live(page)).to_have_text("Not yet.")
    expect(outcome(page)).to_be_visible()
    expect(outcome(page)).to_contain_text("The connection works")
    expect(send_button(page)).to_be_disabled()


def test_the_pause_is_counted_down_for_eyes_and_told_once(bare: Bare) -> None:
    page = green_tab(bare)
    token = page.locator("[name=smtp_test_token]")
    token.evaluate("(each) => { each.value = 'of the last test' }")
    bare.answer_next("send_test_email", {"json": REPORT | {"wait": 2, "token": ""}})
    press(page, "Send test email")
    expect(token).to_have_value("of the last test")
    countdown = page.locator("[data-partner-smtp-email-target=countdown]")
    description = page.locator("#partner-smtp-email-pause")
    expect(countdown).to_have_text(re.compile("Again in [12] s"))
    expect(countdown).to_have_attribute("aria-hidden", "true")
    expect(send_button(page)).to_be_disabled()
    expect(send_button(page)).to_have_attribute("aria-describedby", "partner-smtp-email-pause")
    expect(description).to_contain_text("You can send the next test email at ")
    assert description.evaluate("(each) => each.closest('[role=status], [aria-live]')") is None
    expect(send_button(page)).to_be_enabled()
    expect(live(page)).to_have_text(ACCEPTED)
    expect(countdown).to_have_text("")
    expect(description).to_have_text("")


def test_what_is_pressed_in_the_pause_asks_for_nothing(bare: Bare) -> None:
    page = green_tab(bare)
    bare.answer_next("send_test_email", {"json": REPORT | {"wait": 60}})
    press(page, "Send test email")
    asked: list[str] = []
    page.route("**/send-test-email/**", lambda route: asked.append(route.request.url))
    send_button(page).dispatch_event("click")
    expect(outcome(page)).to_contain_text(ACCEPTED)
    expect(live(page)).to_have_text(ACCEPTED)
    assert asked == []


def test_a_long_pause_is_told_by_its_end(bare: Bare) -> None:
    page = green_tab(bare)
    bare.answer_next("send_test_email", {"json": REPORT | {"wait": 7200}})
    press(page, "Send test email")
    expect(page.locator("[data-partner-smtp-email-target=countdown]")).to_contain_text("Again at ")


def test_while_it_is_sent_nothing_else_starts(bare: Bare, server: Listener) -> None:
    answer = bare.rendered.answer("send_test_email", **account_of(server), password=RIGHT)
    page = green_tab(bare)
    with holding(page, "**/partners/*/**") as asked:
        send_button(page).click()
    expect(live(page)).to_have_text("Sending the test email…")
    expect(send_button(page)).to_have_attribute("aria-disabled", "true")
    # Not click(), which waits until nothing runs.
    send_button(page).dispatch_event("click")
    button(page).dispatch_event("click")
    asked[0].fulfill(**answer)
    expect(outcome(page)).to_contain_text(ACCEPTED)
    assert [route.request.url.split("/")[-3] for route in asked] == ["send-test-email"]


def test_what_is_no_report_is_told_in_words(bare: Bare) -> None:
    page = green_tab(bare)
    for answer, sentence in NO_REPORTS:
        bare.answer_next("send_test_email", answer)
        send_button(page).click()
        expect(live(page)).to_contain_text(sentence)
        expect(live(page)).to_be_visible()
        expect(send_button(page)).to_have_attribute("aria-disabled", "false")


def test_nothing_is_inaccessible(bare: Bare, server: Listener) -> None:
    page = green_tab(bare)
    assert bare.audit() == []
    bare.answer("send_test_email", **account_of(server), password=RIGHT)
    press(page, "Send test email")
    assert bare.audit() == []
