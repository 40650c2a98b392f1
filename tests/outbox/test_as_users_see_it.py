"""Queued mail as those see it who queue it: transactions, keys, times, signals, the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from test_project.shop.models import Supplier, Warehouse
from tests.support.delivery import LOGIN, PASSWORD, PartnerOn, make_message, text_of
from tests.support.outbox import deliver, row, states, wait_no_longer
from wagtail_partner_smtp.backend import QueuedEmailBackend
from wagtail_partner_smtp.models import (
    MailState,
    PartnerQueue,
    QueuedContent,
    QueuedMessage,
    SMTPAccountMixin,
)
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.signals import mail_failed, mail_sent, mail_unknown

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

ANN = ["ann@customer.example"]
SIGNALS = {"sent": mail_sent, "failed": mail_failed, "unknown": mail_unknown}

Heard = list[tuple[str, int, str]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Which signals were heard, of which message, and what its row said by then."""
    told: Heard = []
    receivers = []
    for name, signal in SIGNALS.items():

        def receive(message: QueuedMessage, name: str = name, **kwargs: Any) -> None:
            told.append((name, message.pk, QueuedMessage.objects.get(pk=message.pk).state))

        signal.connect(receive)
        receivers.append((signal, receive))
    yield told
    for signal, receive in receivers:
        signal.disconnect(receive)


def subjects(served: Any) -> list[str]:
    return [message.subject for message in served.messages]


# Transactions


def test_what_a_savepoint_takes_back_is_not_sent(
    smtp: Served, partner_on: PartnerOn, woken: list[int]
) -> None:
    partner = partner_on(smtp.plain)
    with transaction.atomic():
        partner.queue_mail("outer", "text", ANN, key="outer")
        with suppress(LookupError), transaction.atomic():
            partner.queue_mail("inner", "text", ANN, key="inner")
            raise LookupError
        partner.queue_mail("later", "text", ANN)
        assert woken == [], "nobody is told before the commit"
    assert len(woken) == 1
    deliver()
    assert subjects(smtp.plain) == ["outer", "later"]
    assert QueuedContent.objects.count() == 0


def test_a_key_that_was_rolled_back_is_free_again(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    with suppress(LookupError), transaction.atomic():
        partner.queue_mail("first", "text", ANN, key="invoice-1")
        raise LookupError
    partner.queue_mail("second", "text", ANN, key="invoice-1")
    deliver()
    assert subjects(smtp.plain) == ["second"]


def test_in_one_transaction_a_key_is_queued_once_and_the_transaction_lives_on(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    with transaction.atomic():
        first = partner.queue_mail("first", "text", ANN, key="invoice-1")
        second = partner.queue_mail("second", "text", ANN, key="invoice-1")
        partner.queue_mail("third", "text", ANN)
    assert first == second
    deliver()
    assert subjects(smtp.plain) == ["first", "third"]


def test_outside_of_a_transaction_a_message_is_stored_whole(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain).queue_mail("x" * 300, "y" * 2_000_000, ANN)
    assert (states(), QueuedContent.objects.count()) == ({MailState.QUEUED: 1}, 4)
    deliver()
    assert len(smtp.plain.messages) == 1


# Keys


@pytest.mark.parametrize("key", ["k" * 255, "Rechnung №1, ÄÖÜ 発票 🧾", " ", "a'b\"c%s\\", "a\nb"])
def test_any_text_is_a_key(key: str, smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    assert partner.queue_mail("1", "text", ANN, key=key) == partner.queue_mail("2", "text", ANN, key=key)
    assert row().key == key


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("a", "a "), ("e\u0301", "\u00e9"), ("ss", "ß")])
def test_keys_that_a_database_may_take_for_the_same_are_two(
    one: str, other: str, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("1", "text", ANN, key=one)
    partner.queue_mail("2", "text", ANN, key=other)
    assert states() == {MailState.QUEUED: 2}


def test_two_partners_may_have_the_same_key(smtp: Served, partner_on: PartnerOn) -> None:
    for number in range(2):
        for _ in range(2):
            partner_on(smtp.plain, slug=f"p{number}{_}").queue_mail(str(number), "text", ANN, key="invoice-1")
    assert states() == {MailState.QUEUED: 4}


def test_a_message_without_a_key_is_queued_as_often_as_it_is_asked_for(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    assert len({partner.queue_mail("1", "text", ANN).pk for _ in range(3)}) == 3


def test_any_model_with_an_account_has_queues_of_its_own(smtp: Served, partner_on: PartnerOn) -> None:
    """Also with a primary key that is no number, and with one that a partner has too."""
    partner = partner_on(smtp.plain)
    account = {
        name: getattr(partner, name) for name in ("smtp_host", "smtp_port", "smtp_email", "smtp_login")
    }
    rows: list[SMTPAccountMixin] = [
        partner,
        Supplier(pk=partner.pk, name="Supplier", **account),
        Warehouse(name="W", **account),
    ]
    for each in rows[1:]:
        each.smtp_security = "none"
        each.set_smtp_password(PASSWORD)
        each.save(force_insert=True)
    for each in rows:
        each.queue_mail(type(each).__name__, "text", ANN, key="invoice-1")
    assert PartnerQueue.objects.count() == 3
    rows[1].delete()
    deliver()
    assert sorted(subjects(smtp.plain)) == ["Partner", "Warehouse"]
    assert row(subject="Supplier").state == MailState.CANCELLED


# When, and before which others


def test_the_higher_the_priority_the_sooner_and_the_earlier_first(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    for number, priority in enumerate([0, -5, 10, 0, 10]):
        partner.queue_mail(f"{priority} {number}", "text", ANN, priority=priority)
    deliver()
    assert subjects(smtp.plain) == ["10 2", "10 4", "0 0", "0 3", "-5 1"]


def test_nothing_leaves_before_its_time(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_HOURS = 1
    partner = partner_on(smtp.plain)
    now = timezone.now()
    partner.queue_mail("past", "text", ANN, send_at=now - timedelta(days=4000))
    partner.queue_mail("future", "text", ANN, send_at=now + timedelta(days=4000), priority=9)
    deliver()
    assert subjects(smtp.plain) == ["past"]
    future = row(subject="future")
    assert (future.state, future.due_at) == (MailState.QUEUED, now + timedelta(days=4000))
    assert future.give_up_at == now + timedelta(days=4000, hours=1)
    wait_no_longer()
    deliver()
    assert subjects(smtp.plain) == ["past", "future"]


def test_the_backends_options_are_those_of_queue_mail(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    later = timezone.now() + timedelta(hours=1)
    message = make_message(partner)
    message.queue_options = {"key": "k", "priority": 3, "send_at": later}  # type: ignore[attr-defined]
    assert QueuedEmailBackend().send_messages([message, message]) == 2
    found = row()
    assert (found.key, found.priority, found.due_at) == ("k", 3, later)
    assert message.queued_message == found  # type: ignore[attr-defined]


# Signals


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, ("sent", MailState.SENT)),
        (on("RCPT", match="*ann@*", reply="550 5.1.1 no"), ("sent", MailState.PARTLY)),
        (on("RCPT", reply="550 5.1.1 no"), ("failed", MailState.FAILED)),
        (on("DATA-END", drop="rst"), ("unknown", MailState.UNKNOWN)),
    ],
)
def test_one_signal_tells_what_became_of_a_message_once_it_is_stored(
    rule: Any, expected: tuple[str, MailState], smtp: Served, partner_on: PartnerOn, heard: Heard
) -> None:
    partner = partner_on(smtp.listen("honest", rules=(rule,) if rule else ()))
    message = partner.queue_mail("Invoice", "text", [*ANN, "bob@customer.example"])
    deliver()
    name, state = expected
    assert heard == [(name, message.pk, state)]


def test_a_message_that_waits_tells_nothing_yet(smtp: Served, partner_on: PartnerOn, heard: Heard) -> None:
    partner = partner_on(smtp.listen("honest", rules=(on("MAIL", times=1, reply="451 4.3.0 later"),)))
    message = partner.queue_mail("Invoice", "text", ANN)
    deliver()
    assert heard == []
    wait_no_longer()
    deliver()
    assert heard == [("sent", message.pk, MailState.SENT)]


def test_mail_of_a_partner_that_is_gone_is_told_of_as_failed(
    smtp: Served, partner_on: PartnerOn, heard: Heard
) -> None:
    """Whoever waits for its invoice to be sent would else wait for ever."""
    partner = partner_on(smtp.plain)
    message = partner.queue_mail("Invoice", "text", ANN)
    partner.delete()
    deliver()
    assert heard == [("failed", message.pk, MailState.CANCELLED)]


def test_of_many_one_that_cannot_be_rendered_is_told_of_once_it_is_stored(
    smtp: Served, partner_on: PartnerOn, heard: Heard
) -> None:
    partner = partner_on(smtp.plain)
    messages = [make_message(), make_message(to=["jane@exa mple.com"])]
    with suppress(LookupError), transaction.atomic():
        partner.queue_mails(messages)
        raise LookupError
    assert heard == []
    with transaction.atomic():
        _, failed = partner.queue_mails(messages)
        assert heard == []
    assert heard == [("failed", failed.pk, MailState.FAILED)]


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
def test_a_receiver_that_raises_harms_no_mail_and_no_other_receiver(
    signal: Any, smtp: Served, partner_on: PartnerOn, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**kwargs: Any) -> None:
        raise LookupError("the receiver's fault")

    for each in SIGNALS.values():
        each.connect(broken, dispatch_uid="broken")
    rules = (
        on("RCPT", match="*fail@*", reply="550 5.1.1 no"),
        on("DATA-END", skip=1, times=1, drop="fin"),
    )
    try:
        partner = partner_on(smtp.listen("honest", rules=rules))
        for name in ("sent", "fail", "unknown", "more"):
            partner.queue_mail(name, "text", [f"{name}@customer.example"])
        deliver()
        deliver()
    finally:
        for each in SIGNALS.values():
            each.disconnect(dispatch_uid="broken")
    assert [name for name, _, _ in heard] == ["sent", "failed", "unknown", "sent"]
    assert states() == {MailState.SENT: 2, MailState.FAILED: 1, MailState.UNKNOWN: 1}
    assert "the receiver's fault" in caplog.text


# The log


def test_records_have_the_queues_id_and_no_secret_address_or_text(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = (
        "550 5.1.1 <ann-secret@customer.example> who? I know " + PASSWORD.encode("ascii", "ignore").decode()
    )
    rules = (
        on("RCPT", match="*ann-secret@*", reply=echo),
        on("RCPT", match="*later@*", reply="451 4.2.1 later@customer.example is full"),
    )
    partner = partner_on(smtp.listen("honest", rules=rules))
    attachments = [("attachment-secret.txt", "attached-secret", "text/plain")]
    to = [["bob-secret@customer.example"], ["ann-secret@customer.example"], ["later@customer.example"]]
    rows = [
        partner.queue_mail(
            "subject-secret", "body-secret", each, html_message="<p>html-secret", attachments=attachments
        )
        for each in to
    ]
    partner.queue_mails([make_message(subject="broken-secret", to=["jane-secret@exa mple.com"])])
    deliver()
    records = [record for record in caplog.records if record.name.startswith("wagtail_partner_smtp")]
    facts = [vars(record) for record in records]
    told = {each["queued_message"]: each["state"] for each in facts if "queued_message" in each}
    assert told == {
        rows[0].pk: "sent",
        rows[1].pk: "failed",
        rows[2].pk: "deferred",
        row(subject="broken-secret").pk: "failed",
    }
    text = text_of(caplog.records)
    assert "secret" not in text
    assert "later@" not in text
    assert PASSWORD not in text
    assert "correct-horse" not in text
    assert [each["smtp_code"] for each in facts if each.get("queued_message") == rows[1].pk] == [550]


def test_the_login_that_a_server_refuses_is_in_no_row_and_no_record(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    partner = partner_on(smtp.listen("auth-535"))
    partner.queue_mail("Invoice", "text", ANN)
    deliver()
    rows = f"{QueuedMessage.objects.values()} {PartnerQueue.objects.values_list('trouble_reply')}"
    assert PASSWORD not in rows + text_of(caplog.records)


# What leaves


def test_what_leaves_is_what_was_queued_whoever_was_to_read_it(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    message = EmailMessage(
        "Grüße",
        "Text\n",
        "Ann <ann@site.example>",
        ["b@customer.example"],
        bcc=["hidden@customer.example"],
        cc=["c@customer.example"],
    )
    (queued,) = partner.queue_mails([message])
    message.subject = "changed afterwards"
    message.to.append("eve@customer.example")
    content = operations.content(queued)
    deliver()
    (received,) = smtp.plain.messages
    assert received.data == content
    assert [each.partition("@")[0] for each in received.rcpt_tos] == ["b", "c", "hidden"]
    assert b"hidden@" not in content
    assert received.email["Subject"] == "Grüße"
    assert received.email["Reply-To"] == "Ann <ann@site.example>"
    assert received.email["Message-ID"] == queued.message_id
    assert received.session.user == LOGIN


def test_a_message_keeps_its_message_id_over_all_attempts(smtp: Served, partner_on: PartnerOn) -> None:
    rules = (on("DATA-END", times=1, reply="451 4.3.0 later"),)
    partner = partner_on(smtp.listen("honest", rules=rules))
    message = make_message(headers={"Message-ID": "<own@site.example>"})
    first, second = partner.queue_mails([make_message(), message])
    for _ in range(2):
        deliver()
        wait_no_longer()
    received = [each.email["Message-ID"] for each in smtp.sandbox.messages]
    assert sorted(received) == sorted([first.message_id, second.message_id])
    assert second.message_id == "<own@site.example>"


def test_the_sites_own_mail_is_not_touched(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", ANN)
    mail.send_mail("The site's own", "text", "site@site.example", ANN)
    deliver()
    assert [message.subject for message in mail.outbox] == ["The site's own"]
    assert subjects(smtp.plain) == ["Invoice"]


def test_queued_mail_has_the_sender_of_when_it_was_queued(smtp: Served, partner_on: PartnerOn) -> None:
    # A name may be an address; only the address itself is another one by then.
    own = "billing@acme.example"
    partner = partner_on(smtp.plain, smtp_sender_name=own, smtp_reply_to="desk@acme.example")
    partner.queue_mail("Invoice", "Text", ANN)
    QueuedEmailBackend(partner=partner.slug).send_messages([make_message(from_email=own)])
    later = {"smtp_sender_name": "Later", "smtp_reply_to": "", "smtp_email": "new@acme.example"}
    type(partner)._default_manager.filter(pk=partner.pk).update(**later)
    deliver()
    assert [(each.email["From"], each.email["Reply-To"], each.mail_from) for each in smtp.messages] == [
        (f'"{own}" <new@acme.example>', "desk@acme.example", "new@acme.example")
    ] * 2
