"""The command, its threads and its signals; the task, and what crashes leave behind."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import OtherProcess, deliver, in_thread, queue_of, row, states
from tests.support.slow_server import SlowServer
from tests.support.stopwatch import PATIENCE, until
from wagtail_partner_smtp.models import PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox import claiming, sweeping, tasks, worker
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.outbox.worker import Drain, Worker

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)

TO = ["ann@example.com"]


def settings_of(settings: Settings) -> dict[str, Any]:
    names = ("PARTNER_SMTP_CA_FILE", "PARTNER_SMTP_ALLOWED_NETWORKS", "PARTNER_SMTP_SEND_TIMEOUT")
    return {name: getattr(settings, name) for name in names}


COMMAND = ("test_project", "deliver_partner_mail", "--threads", "2")


@pytest.mark.processes
def test_the_command_waits_for_mail_and_ends_at_sigterm(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path, woken: list[int]
) -> None:
    partner = partner_on(smtp.plain)
    with OtherProcess(tmp_path, settings_of(settings), *COMMAND) as other:
        partner.queue_mail("first", "text", TO)
        smtp.wait_for_message(subject="first", timeout=60)
        partner.queue_mail("second", "text", TO)
        smtp.wait_for_message(subject="second", timeout=60)
        until(lambda: states() == {MailState.SENT: 2})
        other.process.send_signal(signal.SIGTERM)
        assert other.process.wait(30) == 0


@pytest.mark.processes
def test_sigterm_finishes_the_message_in_hand_and_leaves_the_rest(
    slow_server: SlowServer, settings: Settings, tmp_path: Path, woken: list[int]
) -> None:
    partner = slow_server.partner(settings)
    partner.queue_mails(make_message(subject=str(number)) for number in range(5))
    with OtherProcess(tmp_path, settings_of(settings), *COMMAND) as other:
        assert slow_server.taken.wait(PATIENCE)
        other.process.send_signal(signal.SIGTERM)
        assert other.read().startswith("Finishing")
        slow_server.may_answer.set()
        assert other.process.wait(30) == 0
    assert states() == {MailState.SENT: 1, MailState.QUEUED: 4}
    assert (slow_server.count(b"MAIL"), queue_of(partner).slots) == (1, {})


@pytest.mark.processes
def test_a_second_sigterm_ends_at_once_and_says_what_is_unknown(
    slow_server: SlowServer, settings: Settings, tmp_path: Path, woken: list[int]
) -> None:
    slow_server.partner(settings).queue_mails(make_message(subject=str(number)) for number in range(3))
    with OtherProcess(tmp_path, settings_of(settings), *COMMAND) as other:
        assert slow_server.taken.wait(PATIENCE)
        other.process.send_signal(signal.SIGTERM)
        # The first one has to be seen before the second: signals of one kind do not queue.
        assert other.read().startswith("Finishing")
        other.process.send_signal(signal.SIGTERM)
        assert other.process.wait(30) == 130
    assert states() == {MailState.UNKNOWN: 1, MailState.QUEUED: 2}


def test_the_command_for_cron_says_what_it_did(smtp: Served, partner_on: PartnerOn, woken: list[int]) -> None:
    refuses = smtp.listen(rules=(on("RCPT", reply="550 5.1.1 No such user"),))
    asks_for_later = smtp.listen(rules=(on("RCPT", reply="450 4.2.0 Greylisted"),))
    for listener, count in ((smtp.plain, 3), (refuses, 2), (asks_for_later, 1)):
        partner_on(listener).queue_mails(make_message(subject=str(number)) for number in range(count))
    out = io.StringIO()
    deliver(stdout=out, threads=2)
    assert out.getvalue() == "3 sent, 2 failed, 0 unknown, 1 waiting\n"
    assert states() == {MailState.SENT: 3, MailState.FAILED: 2, MailState.DEFERRED: 1}
    out = io.StringIO()
    deliver(stdout=out)
    assert out.getvalue() == "0 sent, 0 failed, 0 unknown, 1 waiting\n"
    out = io.StringIO()
    deliver(stdout=out, verbosity=0)
    assert out.getvalue() == ""


def test_the_command_wants_a_thread() -> None:
    with pytest.raises(CommandError, match="from 1"):
        call_command("deliver_partner_mail", once=True, threads=0)


def test_p51_one_that_keeps_silent_holds_one_thread(
    smtp: Served, partner_on: PartnerOn, settings: Settings, woken: list[int]
) -> None:
    silent = smtp.listen(rules=(on("EHLO", hang=True),))
    dead = partner_on(silent)
    dead.queue_mail("dead", "text", TO)
    good = partner_on(smtp.plain)
    good.queue_mails(make_message(subject=str(number)) for number in range(50))
    running = Worker(threads=2)
    thread = in_thread(running.run)
    thread.start()
    try:
        until(lambda: len(smtp.plain.messages) == 50)
        assert silent.connections == 1
        assert row(subject="dead").state == MailState.SENDING
    finally:
        running.stop()
        for session in silent.sessions:
            assert session.number
        silent.close()
        thread.join(60)
    assert not thread.is_alive()


def test_a_worker_outlives_what_goes_wrong(
    smtp: Served, partner_on: PartnerOn, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter([OperationalError("gone"), ZeroDivisionError()])
    usual: Callable[..., Any] = claiming.claim

    def claim(only: int | None = None) -> Any:
        if error := next(errors, None):
            raise error
        return usual(only)

    monkeypatch.setattr(claiming, "claim", claim)
    monkeypatch.setattr(worker, "IDLE", 0.01)
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    running = Worker(threads=1)
    thread = in_thread(running.run)
    thread.start()
    try:
        until(lambda: states() == {MailState.SENT: 1})
    finally:
        running.stop()
        thread.join(30)


# The task


def test_mail_is_sent_within_the_request_where_no_worker_is_set_up(
    smtp: Served, partner_on: PartnerOn
) -> None:
    """Django's default: tasks run at once."""
    with transaction.atomic():
        partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
        assert smtp.plain.connections == 0
    assert states() == {MailState.SENT: 1}


def test_within_a_request_only_its_own_partner_is_served(smtp: Served, partner_on: PartnerOn) -> None:
    other = partner_on(smtp.plain)
    with transaction.atomic():
        other.queue_mail("other", "text", TO)
        transaction.get_connection().run_on_commit.clear()
    partner_on(smtp.plain).queue_mail("own", "text", TO)
    assert [message.subject for message in smtp.plain.messages] == ["own"]


def test_within_a_request_there_is_a_limit(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "IN_A_REQUEST", -1.0)
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    assert (states(), smtp.plain.connections) == ({MailState.QUEUED: 1}, 0)


def test_a_site_may_leave_everything_to_the_command(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_TASKS = False
    partner = partner_on(smtp.plain)
    partner.queue_mail("first", "text", TO)
    assert (states(), smtp.plain.connections) == ({MailState.QUEUED: 1}, 0)
    deliver()
    assert states() == {MailState.SENT: 1}
    settings.PARTNER_SMTP_QUEUE_TASKS = True
    partner.queue_mail("second", "text", TO)
    assert states() == {MailState.SENT: 2}


def test_a_workers_task_serves_everybody(
    smtp: Served, partner_on: PartnerOn, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        partner_on(smtp.plain).queue_mail(str(number), "text", TO)
    monkeypatch.setattr(tasks, "_is_immediate", lambda: False)
    tasks.deliver_queue.call(woken[1])
    assert [message.subject for message in smtp.plain.messages] == ["1", "0", "2"]


# What is left behind


def test_leases_that_ran_out_are_ended(woken: list[int]) -> None:
    partner = make_partner()
    partner.queue_mails(make_message(subject=str(number)) for number in range(3))
    assert claiming.claim() is not None
    past = timezone.now() - timedelta(seconds=1)
    QueuedMessage.objects.filter(subject="0").update(lease_until=past)
    QueuedMessage.objects.filter(subject="1").update(lease_until=past, handed_over_at=past, attempts=1)
    sweeping.sweep()
    found = {message.subject: message for message in QueuedMessage.objects.all()}
    assert [found[each].state for each in "012"] == [MailState.QUEUED, MailState.UNKNOWN, MailState.SENDING]
    assert found["0"].rank == 0
    unknown = found["1"]
    assert (unknown.code, unknown.attempts, unknown.rank) == ("outcome_unknown", 2, None)
    assert [each.state for each in unknown.attempt_rows.all()] == ["unknown"]


def test_a_clock_that_went_too_fast_defers_nothing_for_long(woken: list[int]) -> None:
    partner = make_partner()
    partner.queue_mail("deferred", "text", TO)
    far = timezone.now() + timedelta(days=1)
    QueuedMessage.objects.update(state=MailState.DEFERRED, due_at=far)
    partner.queue_mail("for tomorrow", "text", TO, send_at=far)
    sweeping.sweep()
    assert row(subject="deferred").due_at <= timezone.now()  # type: ignore[operator]
    assert row(subject="for tomorrow").due_at == far


def test_a_queue_of_a_partner_that_is_gone_does_not_stay_stopped(woken: list[int]) -> None:
    partner = make_partner()
    partner.queue_mail("Invoice", "text", TO)
    PartnerQueue.objects.update(stopped_at=timezone.now())
    partner.delete()
    deliver()
    assert states() == {MailState.CANCELLED: 1}


# The database


def test_a_lost_race_is_tried_again(
    smtp: Served, partner_on: PartnerOn, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    errors = iter([DatabaseError(1020, "Record has changed")])
    usual = claiming.claim

    def claim(only: int | None = None) -> Any:
        if error := next(errors, None):
            raise error
        return usual(only)

    monkeypatch.setattr(claiming, "claim", claim)
    Drain().run()
    assert states() == {MailState.SENT: 1}
