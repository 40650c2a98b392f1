"""What is kept of queued mail, for how long, and under which key; who is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest.mock import patch

import django
import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import NEW_KEY, OLD_KEY, make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import deliver, in_thread, row, states, wait_no_longer
from wagtail_partner_smtp.account.database import persistently
from wagtail_partner_smtp.models import (
    DeliveryAttempt,
    PartnerQueue,
    QueuedContent,
    QueuedMessage,
    SMTPAccountMixin,
)
from wagtail_partner_smtp.outbox import (
    claiming,
    judging,
    operations,
    retention,
    sealing,
    sending,
    settling,
)
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.signals import mail_failed, mail_sent, mail_unknown, partner_queue_stopped

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

TO = ["ann@example.com"]


# Retention


def test_old_mail_is_forgotten(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    settings.PARTNER_SMTP_LOG_DAYS = 10
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=str(number)) for number in range(3))
    deliver()
    partner.queue_mails(make_message(subject=subject) for subject in ("waits", "unknown"))
    old = timezone.now() - timedelta(days=11)
    QueuedMessage.objects.filter(subject__in=["0", "1"]).update(ended_at=old)
    QueuedMessage.objects.filter(subject="unknown").update(state=MailState.UNKNOWN, rank=None, ended_at=old)
    QueuedMessage.objects.filter(subject="waits").update(created_at=old)
    out = io.StringIO()
    call_command("forget_partner_mail", stdout=out)
    assert out.getvalue() == "3 messages deleted, and the content of 0 others\n"
    assert set(QueuedMessage.objects.values_list("subject", flat=True)) == {"2", "waits"}
    assert DeliveryAttempt.objects.count() == 1
    assert QueuedContent.objects.count() == 1


def test_content_that_a_killed_worker_left_is_dropped(settings: Settings) -> None:
    partner = make_partner()
    partner.queue_mails(make_message(subject=str(number)) for number in range(3))
    QueuedMessage.objects.exclude(subject="2").update(
        state=MailState.SENT, rank=None, ended_at=timezone.now()
    )
    settings.PARTNER_SMTP_KEEP_BODIES = True
    assert retention.drop_contents() == 0
    settings.PARTNER_SMTP_KEEP_BODIES = False
    assert retention.drop_contents() == 2
    assert [each.message.subject for each in QueuedContent.objects.all()] == ["2"]


Purge: TypeAlias = Callable[[], object]


@pytest.fixture(params=[retention.forget, retention.drop_contents])
def purge(request: pytest.FixtureRequest) -> Purge:
    """What deletes, and one old message that it would delete something of."""
    make_partner().queue_mail("Invoice", "text", TO)
    old = timezone.now() - timedelta(days=1000)
    QueuedMessage.objects.update(state=MailState.SENT, rank=None, ended_at=old)
    settling.attempt_of(row(), judging.unknown(()), old).save()
    purge: Purge = request.param
    return purge


def kept() -> tuple[dict[str, int], int, int]:
    return states(), QueuedContent.objects.count(), DeliveryAttempt.objects.count()


def test_nothing_is_deleted_of_a_message_that_is_sent_again_meanwhile(purge: Purge) -> None:
    done: list[int] = []

    def send_again_first(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith(("UPDATE", "DELETE")) and not done:
            done.append(0)
            done.append(operations.resend(QueuedMessage.objects.all()))
        return execute(sql, *arguments)

    with connection.execute_wrapper(send_again_first):
        purge()
    assert done == [0, 1]
    assert kept() == ({MailState.QUEUED: 1}, 1, 1)


@pytest.mark.parametrize("purge", [retention.forget], indirect=True)
def test_a_message_that_is_being_deleted_is_not_sent_again(purge: Purge) -> None:
    done: list[int] = []

    def send_again() -> int:
        return operations.resend(QueuedMessage.objects.all())

    # For MariaDB that is a deadlock, which it ends by an error for the one who wants to send.
    rival = in_thread(lambda: done.append(persistently(send_again)))

    def send_again_meanwhile(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE") and rival.ident is None:
            rival.start()
            rival.join(0.5)
        return execute(sql, *arguments)

    with connection.execute_wrapper(send_again_meanwhile):
        purge()
    rival.join()
    assert (done, kept()) == ([0], ({}, 0, 0))


def test_a_purge_that_meets_a_locked_database_tries_again(purge: Purge) -> None:
    failures = iter([OperationalError("database is locked")])

    def locked_once(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE") and (error := next(failures, None)):
            raise error
        return execute(sql, *arguments)

    with patch.object(connection, "close"), connection.execute_wrapper(locked_once):
        purge()
    assert QueuedContent.objects.count() == 0


def test_a_message_that_is_sent_again_at_once_keeps_its_content(smtp: Served, partner_on: PartnerOn) -> None:
    """The content of what was sent is deleted at the end of the batch."""
    partner_on(smtp.plain).queue_mails(make_message(subject=str(number)) for number in range(2))
    first = QueuedMessage.objects.filter(subject="0")
    batch = claiming.claim()
    assert batch is not None
    resent = 0

    def send_the_first_again() -> bool:
        nonlocal resent
        resent = resent or operations.resend(first)
        return bool(resent)

    sending.send(batch, send_the_first_again)
    assert [each.message.subject for each in QueuedContent.objects.all()] == ["0"]
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["0", "1", "0"]
    assert kept()[:2] == ({MailState.SENT: 2}, 0)


def test_the_queue_of_a_partner_that_is_gone_is_dropped_when_it_is_empty() -> None:
    partner, other = make_partner(), make_partner()
    for each in (partner, other):
        each.queue_mail("Invoice", "text", TO)
    partner.delete()
    assert retention.drop_queues() == 0
    QueuedMessage.objects.all().delete()
    assert retention.drop_queues() == 1
    assert PartnerQueue.objects.get().partner == other


# Keys


def rotate(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("rotate_partner_smtp_keys", *arguments, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def old(settings: Settings) -> SMTPAccountMixin:
    """A partner with two messages, one of them in four pieces, under the older of two keys."""
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = make_partner()
    large = ("invoice.bin", bytes(range(256)) * 5000, "application/octet-stream")
    partner.queue_mail("large", "text", TO, attachments=[large])
    partner.queue_mail("small", "text", TO)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    return partner


def test_content_opens_without_the_old_key_once_it_was_sealed_anew(
    old: SMTPAccountMixin, settings: Settings
) -> None:
    before = [operations.content(message) for message in QueuedMessage.objects.order_by("pk")]
    assert rotate("--check")[0] == 1
    code, out = rotate()
    assert code == 0
    assert "Content of queued mail: 5 sealed anew" in out
    assert rotate("--check")[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert [operations.content(message) for message in QueuedMessage.objects.order_by("pk")] == before


def test_content_that_cannot_be_read_is_left_as_it_is(old: SMTPAccountMixin) -> None:
    piece = QueuedContent.objects.filter(message__subject="small")
    piece.update(sealed=b"y" * 50)
    code, out = rotate()
    assert (code, bytes(piece.get().sealed)) == (1, b"y" * 50)
    assert "4 sealed anew, 1 unreadable" in out


def test_without_its_key_a_message_waits(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    partner = partner_on(smtp.plain)
    settings.PARTNER_SMTP_KEYS = [OLD_KEY, NEW_KEY]
    partner.queue_mail("Invoice", "text", TO)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, "content_key_lost")
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    operations.retry_now(QueuedMessage.objects.all())
    deliver()
    assert states() == {MailState.SENT: 1}


def test_p36_content_opens_for_its_own_message_only() -> None:
    partner = make_partner()
    first = partner.queue_mail("first", "text", TO)
    second = partner.queue_mail("second", "text", ["eve@example.com"])
    QueuedContent.objects.filter(message=second).delete()
    QueuedContent.objects.filter(message=first).update(message=second)
    with pytest.raises(sealing.ContentUnreadable, match="not_for_this_message"):
        operations.content(second)


def test_pieces_open_whole_and_in_their_order_only(old: SMTPAccountMixin) -> None:
    message = row(subject="large")
    pieces = QueuedContent.objects.filter(message=message)
    pieces.filter(number=3).delete()
    with pytest.raises(sealing.ContentUnreadable, match="not_for_this_message"):
        operations.content(message)
    pieces.filter(number=2).update(is_last=True)
    with pytest.raises(sealing.ContentUnreadable, match="not_for_this_message"):
        operations.content(message)


# Signals, log and alerts


class Heard:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.told: list[tuple[str, str]] = []

    def __call__(self, signal: Any, message: QueuedMessage, partner: Any, **arguments: Any) -> None:
        names = {id(mail_sent): "sent", id(mail_failed): "failed", id(mail_unknown): "unknown"}
        self.told.append((message.key, names[id(signal)]))
        stored = QueuedMessage.objects.get(pk=message.pk)
        self.calls.append((message.key, stored.state))


@pytest.fixture
def heard() -> Any:
    listener = Heard()
    signals = (mail_sent, mail_failed, mail_unknown)
    for each in signals:
        each.connect(listener)
    yield listener
    for each in signals:
        each.disconnect(listener)


def test_receivers_are_told_once_it_is_stored(smtp: Served, partner_on: PartnerOn, heard: Heard) -> None:
    rules = (
        on("RCPT", match="*fails@*", reply="550 5.1.1 no"),
        on("RCPT", match="*later@*", reply="450 4.2.0 later"),
        on("DATA-END", skip=1, drop="fin"),
    )
    partner = partner_on(smtp.listen(rules=rules))
    for name in ("sent", "fails", "later", "unknown"):
        partner.queue_mail("Invoice", "text", [f"{name}@example.com"], key=name)
    deliver()
    assert heard.calls == [("sent", "sent"), ("fails", "failed"), ("unknown", "unknown")]


@pytest.mark.parametrize("is_deleted", [False, True])
def test_what_somebody_may_have_did_not_fail_though_the_rest_is_cancelled(
    is_deleted: bool, smtp: Served, partner_on: PartnerOn, heard: Heard
) -> None:
    """Who hears of a failure may send the message anew."""
    later = on("RCPT", match="*later@*", reply="450 4.2.0 later")
    partner = partner_on(smtp.listen(rules=(later,)))
    partner.queue_mail("Invoice", "text", ["ann@example.com", "later@example.com"], key="some")
    partner.queue_mail("Invoice", "text", ["later@example.com"], key="nobody")
    partner.queue_mail("Invoice", "text", ["ann@example.com", "later@example.com"], key="who knows")
    deliver()
    outcomes = {"ann@example.com": {"fate": "unknown"}}
    QueuedMessage.objects.filter(key="who knows").update(outcomes=outcomes)
    rows = type(partner)._default_manager.filter(pk=partner.pk)
    rows.delete() if is_deleted else rows.update(active=False)
    wait_no_longer()
    deliver()
    assert sorted(heard.told) == [("nobody", "failed"), ("some", "sent"), ("who knows", "unknown")]
    assert states() == {MailState.CANCELLED: 3}


def test_what_a_receiver_raises_harms_nobody(smtp: Served, partner_on: PartnerOn) -> None:
    def broken(**arguments: Any) -> None:
        raise ZeroDivisionError

    mail_sent.connect(broken)
    try:
        partner_on(smtp.plain).queue_mails(make_message() for _ in range(3))
        deliver()
    finally:
        mail_sent.disconnect(broken)
    assert states() == {MailState.SENT: 3}


def test_the_log_names_the_message(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="wagtail_partner_smtp")
    queued = partner_on(smtp.plain).queue_mail("Secret subject", "text", TO)
    deliver()
    (record,) = [each for each in caplog.records if hasattr(each, "queued_message")]
    assert (record.queued_message, record.state, record.attempt) == (queued.pk, "sent", 1)  # type: ignore[attr-defined]
    assert "Secret subject" not in str(vars(record))
    assert "ann@example.com" not in str(vars(record))


def test_people_are_told_once_that_a_queue_is_stopped(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.ADMINS = (
        ["admin@site.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@site.example")]
    )
    told: list[str] = []

    def receive(code: str, **arguments: Any) -> None:
        told.append(code)

    partner_queue_stopped.connect(receive)
    try:
        partner = partner_on(smtp.plain, name="Acme & Söhne", password="wrong")
        partner.queue_mails(make_message() for _ in range(3))
        deliver()
        deliver()
    finally:
        partner_queue_stopped.disconnect(receive)
    assert told == ["auth_failed"]
    (message,) = mail.outbox
    assert "Acme & Söhne" in message.body
    assert "password" in message.body
    assert "535" not in message.body


def test_a_mail_about_it_that_cannot_be_sent_harms_nobody(
    smtp: Served, partner_on: PartnerOn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError

    monkeypatch.setattr("wagtail_partner_smtp.alerts.mail.send_stopped", fail)
    partner_on(smtp.plain, password="wrong").queue_mail("Invoice", "text", TO)
    deliver()
    assert states() == {MailState.DEFERRED: 1}
