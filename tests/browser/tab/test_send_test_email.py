"""Send test email in a real browser, against real servers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, Route, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import Answer, answer_next
from tests.browser.audit import FORM_LIKE, Audit
from tests.browser.strict_policy import enforce, is_enforced
from tests.browser.tab.test_smtp_tab import (
    field,
    fill_in,
    live,
    open_tab,
    outcome,
    stage,
    test_button,
)
from tests.support.admin import account_of, make_partner, reach, url
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT, WRONG = "pass", "wrong-7391"
NO_REPORTS: list[tuple[Answer, str]] = [
    ({"status": 403, "body": "<h1>Oops</h1>"}, "log in again"),
    ({"status": 500, "body": "<h1>Oops</h1>"}, "unexpected answer (500)"),
    (None, "The site did not answer"),
]
OWN = "superuser@example.com"
ACCEPTED = "The server has accepted the test email."
STATUSES = {"failed": False, "untrusted": False, "ok": True, "changed": False, "untested": False}
SAVE_FIRST = "Save first, then you can send a test email."


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    server = smtp.listen("honest", mode="starttls")
    reach(settings, smtp.ca_file, server)
    return server


@pytest.fixture
def partner(server: Listener) -> AbstractPartner:
    return make_partner(**account_of(server), password=RIGHT)


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send test email")


def test(page: Page) -> None:
    test_button(page).click()
    expect(outcome(page)).to_be_visible()


test.__test__ = False  # type: ignore[attr-defined]


def set_status(partner: AbstractPartner, status: str) -> None:
    type(partner)._default_manager.update(smtp_status=status)


def test_after_a_green_test_it_is_offered_and_sent(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    open_tab(admin_page, partner)
    expect(send_button(admin_page)).to_be_hidden()
    test(admin_page)
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
    expect(stage(admin_page, "rcpt")).to_contain_text("The server takes mail for 1 recipient.")
    notes = admin_page.locator(".partner-smtp-notes")
    expect(notes).to_contain_text(f"To: {OWN}")
    expect(notes).to_contain_text(str(message.email["Message-ID"]))
    expect(send_button(admin_page)).to_have_attribute("aria-disabled", "false")


def test_it_works_from_the_keyboard_and_keeps_the_focus(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    button = send_button(admin_page)
    button.focus()
    button.press("Enter")
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    expect(button).to_be_focused()
    assert len(server.messages) == 1


def test_a_page_offers_it_where_the_last_test_was_green(admin_page: Page, partner: AbstractPartner) -> None:
    open_tab(admin_page, partner)
    for status, is_offered in STATUSES.items():
        set_status(partner, status)
        admin_page.reload()
        expect(test_button(admin_page)).to_be_visible()
        expect(send_button(admin_page), status).to_be_visible(visible=is_offered)


def test_after_a_red_test_it_is_not_offered(admin_page: Page, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=WRONG)
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    test(admin_page)
    expect(send_button(admin_page)).to_be_hidden()
    expect(admin_page.get_by_text(SAVE_FIRST)).to_be_hidden()


def test_what_is_not_saved_has_to_be_saved_first(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    open_tab(admin_page, partner)
    fill_in(admin_page, smtp_email="other@example.com")
    test(admin_page)
    expect(admin_page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(admin_page)).to_be_hidden()
    admin_page.get_by_role("button", name="Save").first.click()
    admin_page.wait_for_url(f"**{url('list')}")
    open_tab(admin_page, partner)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    assert server.messages[0].mail_from == "other@example.com"


def test_a_change_in_the_form_takes_the_offer_back(admin_page: Page, partner: AbstractPartner) -> None:
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    field(admin_page, "smtp_port").press_sequentially("1")
    expect(admin_page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(admin_page)).to_be_hidden()


def test_other_fields_do_not_take_the_offer_back(admin_page: Page, partner: AbstractPartner) -> None:
    set_status(partner, "ok")
    admin_page.goto(url("edit", partner))
    fill_in(admin_page, name="Renamed")
    admin_page.get_by_role("tab", name="SMTP").click()
    expect(send_button(admin_page)).to_be_visible()


def test_a_new_partner_has_to_be_saved_first(admin_page: Page, server: Listener) -> None:
    open_tab(admin_page)
    fill_in(admin_page, **account_of(server), smtp_password=RIGHT)
    test(admin_page)
    expect(admin_page.get_by_text(SAVE_FIRST)).to_be_visible()
    expect(send_button(admin_page)).to_be_hidden()


def test_without_an_address_a_sentence_says_where_to_add_one(
    admin_page: Page, partner: AbstractPartner
) -> None:
    User.objects.update(email="")
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    expect(admin_page.get_by_text("Your user account has no email address")).to_be_visible()
    expect(send_button(admin_page)).to_have_count(0)
    admin_page.get_by_role("link", name="Add it to your account").click()
    admin_page.wait_for_url("**/admin/account/")


def test_a_refusal_is_shown_and_marks_its_field(admin_page: Page, smtp: Served, settings: Any) -> None:
    words = "550 5.7.1 <img src=x> not yours"
    server = smtp.listen("honest", rules=(on("MAIL", reply=words),))
    reach(settings, smtp.ca_file, server)
    partner = make_partner(**account_of(server), password=RIGHT)
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("The test email was not sent.")
    expect(outcome(admin_page)).to_contain_text("This login may not send mail from this address (550).")
    expect(stage(admin_page, "mail").locator("code")).to_have_text(words)
    expect(stage(admin_page, "data")).to_contain_text("skipped")
    expect(field(admin_page, "smtp_email")).to_have_attribute("aria-invalid", "true")
    expect(admin_page.locator(".partner-smtp__report img")).to_have_count(0)


def test_a_second_one_too_soon_is_told_in_words(
    admin_page: Page, server: Listener, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "PAUSE", timedelta(hours=1))
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text("You asked for a test email just now.")
    assert len(server.messages) == 1


def test_while_it_is_sent_nothing_else_starts(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    asked: list[Route] = []
    for address in ("send-test-email", "test-connection"):
        admin_page.route(f"**/{address}/**", lambda route: asked.append(route))
    send_button(admin_page).click()
    expect(live(admin_page)).to_have_text("Sending the test email…")
    expect(send_button(admin_page)).to_have_attribute("aria-disabled", "true")
    # Not click(), which waits until nothing runs.
    send_button(admin_page).dispatch_event("click")
    test_button(admin_page).dispatch_event("click")
    while not asked:
        admin_page.wait_for_timeout(50)
    asked[0].continue_()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    assert (len(asked), server.connections, len(server.messages)) == (1, 1, 1)


def test_what_is_no_report_is_told_in_words(admin_page: Page, partner: AbstractPartner) -> None:
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    for answer, sentence in NO_REPORTS:
        answer_next(admin_page, "**/send-test-email/**", answer)
        send_button(admin_page).click()
        expect(live(admin_page)).to_contain_text(sentence)
        expect(live(admin_page)).to_be_visible()
        expect(send_button(admin_page)).to_have_attribute("aria-disabled", "false")


def test_nothing_violates_a_strict_policy(
    admin_page: Page, server: Listener, partner: AbstractPartner
) -> None:
    violations = enforce(admin_page)
    # Wagtail 7.0 has violations of its own on every page.
    admin_page.goto("/admin/snippets/shop/brand/add/")
    admin_page.wait_for_load_state("networkidle")
    of_wagtail = violations()
    open_tab(admin_page, partner)
    test(admin_page)
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    assert violations() <= of_wagtail
    assert is_enforced(admin_page)


def test_nothing_is_inaccessible(audit: Audit, admin_page: Page, partner: AbstractPartner) -> None:
    set_status(partner, "ok")
    open_tab(admin_page, partner)
    assert audit(FORM_LIKE) == []
    send_button(admin_page).click()
    expect(outcome(admin_page)).to_contain_text(ACCEPTED)
    assert audit(FORM_LIKE) == []
