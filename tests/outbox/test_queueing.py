"""What is put into the queue, as part of what transaction, and how often."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import deliver, row, states
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp.account.database import is_lost_race
from wagtail_partner_smtp.backend import HeaderError, PartnerInactive, PartnerMissing, QueuedEmailBackend
from wagtail_partner_smtp.models import Partner, PartnerQueue, QueuedContent, QueuedMessage
from wagtail_partner_smtp.outbox import operations, queueing, tasks
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.smtp.errors import Code, SettingsError

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

pytestmark = pytest.mark.django_db

TO = ["ann@example.com"]
COMMITTED = pytest.mark.django_db(transaction=True)


def queue_and_fail(partner: Partner) -> None:
    with transaction.atomic():
        partner.queue_mail("Invoice", "text", TO)
        raise ZeroDivisionError


def test_what_is_known_of_a_queued_message(woken: list[int]) -> None:
    partner = make_partner(name="Acme")
    queued = partner.queue_mail(
        "Invoice 1", "text", ["Ann <ann@example.com>", "bob@example.com"], key="invoice-1", priority=3
    )
    stored = QueuedMessage.objects.get(pk=queued.pk)
    assert (stored.state, stored.subject, stored.key, stored.priority) == (
        "queued",
        "Invoice 1",
        "invoice-1",
        3,
    )
    assert stored.recipient_list == ["ann@example.com", "bob@example.com"]
    assert (stored.partner_name, stored.queue.partner, stored.sender) == ("Acme", partner, partner.smtp_email)
    assert stored.message_id.endswith("@example.com>")
    assert (stored.attempts, stored.ended_at, stored.lease_token) == (0, None, None)
    assert b"Subject: Invoice 1" in operations.content(stored)


def test_content_is_sealed() -> None:
    make_partner().queue_mail("Subject of the invoice", "body of the invoice", TO)
    (sealed,) = QueuedContent.objects.values_list("sealed", flat=True)
    assert b"invoice" not in bytes(sealed)


@COMMITTED
def test_p49_nothing_is_queued_if_the_transaction_is_rolled_back(woken: list[int]) -> None:
    partner = make_partner()
    with pytest.raises(ZeroDivisionError):
        queue_and_fail(partner)
    assert (woken, states()) == ([], {})


@COMMITTED
def test_p49_workers_are_told_once_and_after_the_commit(woken: list[int]) -> None:
    partner, other = make_partner(), make_partner()
    with transaction.atomic():
        for _ in range(3):
            partner.queue_mail("Invoice", "text", TO)
        with transaction.atomic():
            other.queue_mail("Invoice", "text", TO)
            partner.queue_mail("Invoice", "text", TO)
        assert woken == []
    assert sorted(woken) == sorted(PartnerQueue.objects.values_list("pk", flat=True))


@COMMITTED
def test_workers_are_told_though_a_savepoint_was_rolled_back(woken: list[int]) -> None:
    partner = make_partner()
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            queue_and_fail(partner)
        partner.queue_mail("Invoice", "text", TO)
    assert (len(woken), states()) == (1, {MailState.QUEUED: 1})


@COMMITTED
def test_p53_mail_stays_queued_if_no_task_can_be_queued(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def enqueue(self, queue_id: int) -> None:
            raise ConnectionError("redis is down")

    monkeypatch.setattr(tasks, "deliver_queue", Broken())
    make_partner().queue_mail("Invoice", "text", TO)
    assert states() == {MailState.QUEUED: 1}
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "ConnectionError" in record.getMessage()


def test_a_key_is_queued_once() -> None:
    partner = make_partner()
    first = partner.queue_mail("Invoice", "text", TO, key="invoice-1")
    again = partner.queue_mail("Invoice, again", "text", TO, key="invoice-1")
    assert (again.pk, again.subject) == (first.pk, "Invoice")
    assert states() == {MailState.QUEUED: 1}
    assert QueuedContent.objects.count() == 1


def test_a_key_is_queued_once_though_it_was_sent(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    first = partner.queue_mail("Invoice", "text", TO, key="invoice-1")
    QueuedMessage.objects.update(state=MailState.SENT, rank=None)
    assert partner.queue_mail("Invoice", "text", TO, key="invoice-1").pk == first.pk


def test_keys_of_two_partners_are_different() -> None:
    for partner in (make_partner(), make_partner()):
        partner.queue_mail("Invoice", "text", TO, key="invoice-1")
    assert states() == {MailState.QUEUED: 2}


def test_keys_of_many_messages_are_queued_once_each() -> None:
    partner = make_partner()
    first = partner.queue_mail("known", "text", TO, key="b")
    messages = [make_message(subject=subject) for subject in ("a", "b", "c", "a again", "none", "none too")]
    rows = partner.queue_mails(messages, keys=["a", "b", "c", "a", "", ""])
    assert [each.subject for each in rows] == ["a", "known", "c", "a", "none", "none too"]
    assert (rows[0].pk, rows[1].pk) == (rows[3].pk, first.pk)
    assert states() == {MailState.QUEUED: 5}
    with pytest.raises(ValueError, match="shorter"):
        partner.queue_mails(messages, keys=["a"])


@COMMITTED
def test_a_key_that_two_queue_at_once_is_queued_once(woken: list[int]) -> None:
    partner = make_partner()
    partner.queue_mail("the queue is there", "text", TO)

    def queue(number: int) -> int:
        mine = Partner.objects.get(pk=partner.pk)
        while True:
            try:
                with transaction.atomic():
                    mine.queue_mail(f"other {number}", "text", TO)
                    return mine.queue_mail(f"by {number}", "text", TO, key="invoice-1").pk
            except DatabaseError as error:
                # InnoDB ends one of two transactions that wait for each other; who began it begins again.
                if not is_lost_race(error):
                    raise

    assert len(set(at_once(queue, range(4)))) == 1
    assert states() == {MailState.QUEUED: 6}
    assert QueuedContent.objects.count() == 6


@COMMITTED
def test_the_first_mail_of_a_partner_may_be_queued_by_many_at_once(woken: list[int]) -> None:
    partner = make_partner()
    with usual_transactions():
        at_once(lambda number: Partner.objects.get(pk=partner.pk).queue_mail("x", "text", TO).pk, range(4))
    assert (PartnerQueue.objects.count(), states()) == (1, {MailState.QUEUED: 4})


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"active": False}, PartnerInactive),
        ({"smtp_email": ""}, SettingsError),
    ],
)
def test_what_can_never_be_sent_is_not_queued(values: dict[str, Any], error: type[Exception]) -> None:
    partner = make_partner(**values)
    with pytest.raises(error):
        partner.queue_mail("Invoice", "text", TO)
    assert states() == {}


def test_mail_of_a_partner_that_is_not_saved_is_not_queued() -> None:
    with pytest.raises(PartnerMissing):
        Partner(name="New", smtp_email="a@example.com").queue_mail("Invoice", "text", TO)


@pytest.mark.parametrize("recipients", [[], ["no address"], [""]])
def test_a_message_without_recipients_is_not_queued(recipients: list[str]) -> None:
    with pytest.raises(SettingsError):
        make_partner().queue_mail("Invoice", "text", recipients)
    assert states() == {}


def test_a_message_that_cannot_be_rendered_is_not_queued() -> None:
    with pytest.raises(HeaderError):
        make_partner().queue_mail("Invoice", "text", TO, headers={"X-A": "a\r\nb"})


class Poison(EmailMessage):
    def message(self, *arguments: Any, **options: Any) -> Any:
        raise UnicodeDecodeError("ascii", b"\xff", 0, 1, "no")


def test_p52_of_many_messages_one_that_cannot_be_rendered_fails_alone() -> None:
    partner = make_partner()
    messages = [make_message(), Poison("Poison", "text", to=["x@example.com"]), make_message(to=["no one"])]
    rows = partner.queue_mails([*messages, make_message()], keys=["1", "2", "3", "4"])
    assert [each.state for each in rows] == ["queued", "failed", "failed", "queued"]
    poison, nobody = QueuedMessage.objects.filter(state=MailState.FAILED).order_by("pk")
    assert (poison.code, poison.subject, poison.recipient_list) == (
        "message_invalid",
        "Poison",
        ["x@example.com"],
    )
    assert (nobody.code, nobody.rank, nobody.ended_at is None) == (Code.EMAIL_INVALID, None, False)
    again = partner.queue_mail("Mended", "text", TO, key="2")
    assert again.state == MailState.QUEUED, "the key is free"


def test_many_are_queued_by_few_statements() -> None:
    partner = make_partner()
    partner.queue_mail("the queue is there", "text", TO)
    messages = [make_message(subject=str(number)) for number in range(40)]
    # The queue, then a savepoint or transaction around all, one around the chunk, and rows and content in it.
    with CaptureQueriesContext(connection) as queries:
        partner.queue_mails(messages)
    inserts = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    # SQLite takes so many values in one statement.
    assert len(inserts) <= (4 if connection.vendor == "sqlite" else 2)
    assert len(queries) - len(inserts) <= 5
    assert QueuedContent.objects.count() == 41


def test_chunks_bound_what_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "CHUNK", 3)
    made: list[int] = []
    ahead: list[int] = []

    def messages() -> Iterator[EmailMessage]:
        for number in range(10):
            ahead.append(number - QueuedMessage.objects.count())
            made.append(number)
            yield make_message(subject=str(number))

    rows = make_partner().queue_mails(messages())
    assert [each.subject for each in rows] == [str(number) for number in range(10)]
    assert max(ahead) == 2


@COMMITTED
def test_all_are_queued_or_none(woken: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "CHUNK", 2)

    def messages() -> Iterator[EmailMessage]:
        yield from (make_message() for _ in range(5))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_partner().queue_mails(messages())
    assert (states(), woken) == ({}, [])


def test_a_sites_own_tests_send_what_waits_for_the_commit(
    settings: Settings,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    with django_capture_on_commit_callbacks(execute=True):
        make_partner().queue_mail("Invoice", "text", TO)
    assert ([message.subject for message in mailoutbox], states()) == (["Invoice"], {MailState.SENT: 1})


# The backend


def test_code_that_sends_by_django_queues() -> None:
    partner = make_partner()
    message = make_message(partner)
    message.queue_options = {"key": "a", "priority": 2, "send_at": timezone.now() + timedelta(days=1)}  # type: ignore[attr-defined]
    backend = QueuedEmailBackend()
    assert backend.send_messages([message, make_message(partner), make_message(partner, to=[])]) == 2
    first = row(key="a")
    assert (first.priority, message.queued_message) == (2, first)  # type: ignore[attr-defined]
    assert first.message_id == message.smtp_message_id  # type: ignore[attr-defined]


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="MAILERS took the place of get_connection()")
def test_the_backend_is_found_by_its_public_name() -> None:
    partner = make_partner()
    path = "wagtail_partner_smtp.backend.QueuedEmailBackend"
    assert get_connection(path, partner=partner.slug).send_messages([make_message()]) == 1
    assert states() == {MailState.QUEUED: 1}


def test_the_backend_raises_unless_it_is_to_be_silent(caplog: pytest.LogCaptureFixture) -> None:
    messages = [make_message("nobody"), make_message(make_partner())]
    with pytest.raises(PartnerMissing):
        QueuedEmailBackend().send_messages(messages)
    assert QueuedEmailBackend(fail_silently=True).send_messages(messages) == 1
    assert "partner_missing" in caplog.text


@COMMITTED
def test_addresses_that_are_not_ascii_are_queued_and_sent(
    smtp: Served, partner_on: PartnerOn, woken: list[int]
) -> None:
    partner_on(smtp.plain).queue_mail("Grüße", "Grüße", ["jürgen@straße.example"])
    deliver()
    (message,) = smtp.plain.messages
    assert message.rcpt_tos == ("jürgen@xn--strae-oqa.example",)
    assert states() == {MailState.SENT: 1}
