"""A visitor sends a form: what is stored, by whom it is mailed, and where one sees that it was not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.exceptions import FieldDoesNotExist

from smtp_sandbox.pytest_plugin import Served
from test_project.pages.models import ContactPage
from tests.support.accounts import NEW_KEY, OLD_KEY
from tests.support.admin import read_again
from tests.support.delivery import EMAIL, LOGIN, PASSWORD, PartnerOn
from tests.support.outbox import deliver, queue_of, row, states
from tests.support.pages import TO, VISITOR, make_page, submissions, submit
from wagtail_partner_smtp.models import AbstractPartner, MailState, PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.signals import mail_failed
from wagtail_partner_smtp.smtp import Code

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def site_mailer_has_nothing() -> Iterator[None]:
    yield
    assert mail.outbox == []


@pytest.fixture
def partner(smtp: Served, partner_on: PartnerOn) -> AbstractPartner:
    return partner_on(smtp.listen(mode="starttls"))


def assert_thanked_and_stored(page: ContactPage, *, sent: dict[str, str] | None = None) -> None:
    """The visitor learns nothing of the mail, and nothing of what was written is lost."""
    response = submit(page, **sent or {})
    assert response.status_code == 200
    assert b"Thank you" in response.content
    assert submissions(page)[-1] == VISITOR | (sent or {})


def test_a_submission_is_mailed_by_the_partner_s_server(smtp: Served, partner: AbstractPartner) -> None:
    page = make_page(partner, to_address=f"{TO}, second@site.example")
    assert_thanked_and_stored(page)
    deliver()
    received = smtp.wait_for_message(to=TO)
    assert (received.session.user, received.mail_from) == (LOGIN, EMAIL)
    assert received.rcpt_tos == (TO, "second@site.example")
    email = received.email
    assert [email["From"], email["To"]] == [EMAIL, f"{TO}, second@site.example"]
    assert [email["Subject"], email["Reply-To"]] == ["From the site", VISITOR["your_email"]]
    assert email["Auto-Submitted"] == "auto-generated"
    assert email.get_content().splitlines()[0] == "Your name: Ann"
    assert states() == {MailState.SENT: 1}


def test_a_page_without_an_address_mails_nobody(partner: AbstractPartner) -> None:
    assert_thanked_and_stored(make_page(partner, to_address=""))
    assert states() == {}


def test_the_page_has_no_address_to_send_from() -> None:
    with pytest.raises(FieldDoesNotExist):
        ContactPage._meta.get_field("from_address")


@pytest.mark.parametrize("own", ["", "office@acme.example"])
def test_without_a_visitor_s_address_answers_go_where_the_partner_s_do(
    own: str, smtp: Served, partner: AbstractPartner
) -> None:
    partner.smtp_reply_to = own
    partner.save()
    assert_thanked_and_stored(make_page(partner), sent={"your_email": ""})
    deliver()
    assert smtp.wait_for_message(to=TO).email["Reply-To"] == (own or None)


def test_an_address_that_no_header_may_hold_does_not_keep_the_mail(
    smtp: Served, partner: AbstractPartner
) -> None:
    """Django's forms take it (RFC 5321 4.1.2 does not)."""
    assert_thanked_and_stored(make_page(partner), sent={"your_email": '"a\x01b"@customer.example'})
    deliver()
    assert smtp.wait_for_message(to=TO).email["Reply-To"] is None


def test_nothing_that_a_visitor_sends_becomes_a_header(smtp: Served, partner: AbstractPartner) -> None:
    page = make_page(partner)
    evil = "\r\nBcc: evil@elsewhere.example\r\nSubject: Evil\r\n\r\nEvil\r\n.\r\nRSET\r\n"
    refused = submit(page, your_email=VISITOR["your_email"] + evil)
    assert b"Thank you" not in refused.content
    assert (submissions(page), states()) == ([], {})

    response = submit(page, your_name="Ann" + evil, message="Hello" + evil)
    assert b"Thank you" in response.content
    deliver()
    received = smtp.wait_for_message(to=TO)
    assert received.rcpt_tos == (TO,)
    assert (received.email["Bcc"], received.email.get_all("Subject")) == (None, ["From the site"])
    assert "evil@elsewhere.example" in received.email.get_content()
    assert len(smtp.messages) == 1


def test_mail_of_a_partner_that_is_switched_off_can_be_sent_later(
    smtp: Served, partner: AbstractPartner
) -> None:
    page = make_page(partner)
    type(partner)._default_manager.update(active=False)
    told: list[tuple[str, str]] = []

    def receive(message: QueuedMessage, **facts: Any) -> None:
        told.append((message.state, message.code))

    mail_failed.connect(receive)
    try:
        assert_thanked_and_stored(page)
        deliver()
    finally:
        mail_failed.disconnect(receive)
    assert told == [(MailState.CANCELLED, Code.PARTNER_INACTIVE)]
    assert states() == {MailState.CANCELLED: 1}
    assert smtp.messages == ()

    type(partner)._default_manager.update(active=True)
    assert operations.resend(QueuedMessage.objects.all()) == 1
    deliver()
    assert smtp.wait_for_message(to=TO).email["Reply-To"] == VISITOR["your_email"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("smtp_email", "", Code.EMAIL_MISSING),
        ("smtp_sender_name", "A\nB", Code.CONTROL_CHARACTERS),
        ("smtp_email", "not an address", Code.EMAIL_INVALID),
    ],
)
def test_a_partner_that_no_message_can_be_from_has_a_failed_one(
    column: str, value: str, code: Code, smtp: Served, partner: AbstractPartner
) -> None:
    page = make_page(partner)
    type(partner)._default_manager.update(**{column: value})
    assert_thanked_and_stored(page)
    failed = row()
    assert (failed.state, failed.code, failed.recipient_list) == (MailState.FAILED, code, [TO])
    assert failed.subject == "From the site"
    assert smtp.messages == ()


def test_mail_of_a_partner_without_a_server_leaves_once_there_is_one(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listen(mode="starttls", auth=()), smtp_login="")
    page, host = make_page(partner), partner.smtp_host
    type(partner)._default_manager.update(smtp_host="")
    assert_thanked_and_stored(page)
    deliver()
    assert queue_of(partner).trouble_code == Code.HOST_MISSING

    mended = read_again(partner)
    mended.smtp_host = host
    mended.save()
    deliver()
    assert smtp.wait_for_message(to=TO).mail_from == EMAIL


def test_mail_of_a_partner_whose_password_is_lost_leaves_once_it_is_typed_again(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = partner_on(smtp.listen(mode="starttls"))
    page = make_page(partner)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert_thanked_and_stored(page)
    deliver()
    assert queue_of(partner).trouble_code == Code.PASSWORD_UNREADABLE
    assert smtp.messages == ()

    mended = read_again(partner)
    mended.set_smtp_password(PASSWORD)
    mended.save()
    deliver()
    assert smtp.wait_for_message(to=TO).session.user == LOGIN


@pytest.mark.parametrize("is_gone", [True, False], ids=["deleted", "never chosen"])
def test_without_a_partner_nothing_is_mailed_and_the_log_says_so(
    is_gone: bool, partner: AbstractPartner, caplog: pytest.LogCaptureFixture
) -> None:
    page = make_page(partner if is_gone else None)
    if is_gone:
        partner.delete()
    with caplog.at_level(logging.INFO, "wagtail_partner_smtp"):
        assert_thanked_and_stored(page)
    (record,) = caplog.records
    assert (record.levelname, vars(record)["code"]) == ("ERROR", "partner_missing")
    assert vars(record)["page"] == page.pk
    assert record.getMessage() == f"A submission of page {page.pk} is not mailed: it has no partner"
    assert not PartnerQueue.objects.exists()


def test_a_subject_that_is_none_is_told_as_a_failed_message(partner: AbstractPartner) -> None:
    assert_thanked_and_stored(make_page(partner, subject="Two\nlines"))
    assert row().state == MailState.FAILED
    assert row().subject == "Two lines"
