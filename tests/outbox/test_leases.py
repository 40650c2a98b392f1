"""What a worker has in hand stays its own however long a server takes, and is soon free once it is killed."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import OtherProcess, in_thread, queue_of, row, states
from tests.support.slow_server import SlowServer
from tests.support.stopwatch import PATIENCE, until
from wagtail_partner_smtp.models import MailState, PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox import claiming, leases, sweeping
from wagtail_partner_smtp.outbox.claiming import Batch
from wagtail_partner_smtp.outbox.worker import Drain

from .conftest import SetClock

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

SOON = timedelta(seconds=0.1)


@pytest.fixture
def batch(db: None) -> Batch:
    make_partner().queue_mails(make_message(subject=str(number)) for number in range(2))
    batch = claiming.claim()
    assert batch is not None
    return batch


def delivering() -> threading.Thread:
    thread = in_thread(Drain().run)
    thread.start()
    return thread


def slot_ends() -> list[float]:
    (queue,) = PartnerQueue.objects.all()
    return list(queue.slots.values())


def test_p42_a_message_stays_in_hand_until_its_answer_comes(
    slow_server: SlowServer, settings: Settings, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "SLOT", SOON)
    slow_server.partner(settings).queue_mail("Invoice", "text", ["ann@example.com"])
    thread = delivering()
    assert slow_server.taken.wait(PATIENCE)
    # Each time less than a lease later; together more than one.
    for hours in (1, 2, 3):
        before, slots = row().lease_until, slot_ends()
        assert before is not None
        set_clock(timedelta(seconds=200 * hours))
        until(lambda before=before: row().lease_until > before)  # type: ignore[misc]
        until(lambda slots=slots: slot_ends() > slots)  # type: ignore[misc]
        sweeping.sweep()
        assert states() == {MailState.SENDING: 1}
    slow_server.may_answer.set()
    thread.join(PATIENCE)
    assert states() == {MailState.SENT: 1}
    assert slot_ends() == []


@pytest.mark.processes
def test_p47_the_session_of_a_killed_worker_is_free_long_before_its_messages(
    smtp: Served, partner_on: PartnerOn, settings: Settings, set_clock: SetClock, tmp_path: Path
) -> None:
    settings.PARTNER_SMTP_QUEUE_SESSIONS, settings.PARTNER_SMTP_QUEUE_BATCH = 1, 2
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=str(number)) for number in range(5))
    names = ("CA_FILE", "ALLOWED_NETWORKS", "SEND_TIMEOUT", "QUEUE_SESSIONS", "QUEUE_BATCH")
    values: dict[str, Any] = {
        f"PARTNER_SMTP_{name}": getattr(settings, f"PARTNER_SMTP_{name}") for name in names
    }
    with OtherProcess(tmp_path, values, "tests.support.outbox_process", "marked", "1") as worker:
        assert worker.read() == "marked"
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
    assert claiming.claim() is None
    set_clock(claiming.SLOT + timedelta(seconds=1))
    sweeping.sweep()
    batch = claiming.claim()
    assert batch is not None
    assert [message.subject for message in batch.messages] == ["2", "3"]
    held = QueuedMessage.objects.filter(subject__in=["0", "1"])
    assert set(held.values_list("state", flat=True)) == {MailState.SENDING}
    assert len(queue_of(partner).slots) == 1


def test_what_was_taken_from_a_worker_is_not_its_own_again(batch: Batch) -> None:
    sweeping.end_leases([batch.token])
    PartnerQueue.objects.update(slots={})
    leases.renew(batch)
    assert set(QueuedMessage.objects.values_list("state", "lease_until")) == {(MailState.QUEUED, None)}
    assert slot_ends() == []


def test_a_renewal_that_fails_is_tried_again(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[Batch] = []

    def renew(batch: Batch) -> None:
        renewals.append(batch)
        if len(renewals) < 3:
            raise OperationalError("gone")

    monkeypatch.setattr(leases, "renew", renew)
    monkeypatch.setattr(claiming, "SLOT", SOON)
    with leases.kept(batch):
        until(lambda: len(renewals) > 3)
    assert keepers() == []


def test_what_hangs_for_ever_is_not_kept_for_ever(
    batch: Batch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARTNER_SMTP_QUEUE_REPLY_TIMEOUT = settings.PARTNER_SMTP_QUEUE_LEASE = 0.2
    with leases.kept(batch):
        until(lambda: keepers() == [])


def keepers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "outbox-leases"]
