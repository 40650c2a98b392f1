"""A worker that is killed at any moment: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import OtherProcess, deliver, let_leases_run_out, states
from wagtail_partner_smtp.models import QueuedContent, QueuedMessage
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("woken"),
    pytest.mark.processes,
]

MODULE = "tests.support.outbox_process"
COUNT = 5
# At the third message: what the server has, and what the rows say of it once the lease has run out.
KILLED = {
    "claimed": (0, {}),
    # The second's outcome is written with the third's mark.
    "unmarked": (2, {MailState.UNKNOWN: 1}),
    "marked": (2, {MailState.UNKNOWN: 1}),
    "answered": (3, {MailState.UNKNOWN: 1}),
    "unwritten": (3, {MailState.UNKNOWN: 1}),
    # Together with the mark of the fourth.
    "written": (3, {MailState.UNKNOWN: 1}),
    "closed": (5, {}),
}


def settings_of(settings: Settings) -> dict[str, Any]:
    names = ("PARTNER_SMTP_CA_FILE", "PARTNER_SMTP_ALLOWED_NETWORKS", "PARTNER_SMTP_SEND_TIMEOUT")
    return {name: getattr(settings, name) for name in names}


@pytest.mark.parametrize("stage", KILLED)
def test_p47_a_worker_killed_at_any_stage_loses_nothing_and_sends_nothing_twice(
    stage: str, smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=f"Invoice {number}") for number in range(COUNT))
    number = "1" if stage in {"claimed", "closed"} else "3"
    with OtherProcess(tmp_path, settings_of(settings), MODULE, stage, number) as worker:
        assert worker.read() == stage
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
    smtp.plain.wait_idle()
    received, ended = KILLED[stage]
    assert len(smtp.plain.messages) == received
    deliver()
    assert len(smtp.plain.messages) == received, "a lease that has not run out is respected"
    let_leases_run_out()
    deliver()
    unknown = ended.get(MailState.UNKNOWN, 0)
    assert states() == {MailState.SENT: COUNT - unknown} | ended
    subjects = [message.subject for message in smtp.plain.messages]
    assert len(subjects) == len(set(subjects)), "nothing twice"
    lost = {f"Invoice {number}" for number in range(COUNT)} - set(subjects)
    doubtful = QueuedMessage.objects.filter(state=MailState.UNKNOWN).values_list("subject", flat=True)
    assert lost <= set(doubtful), "nothing lost"
    assert QueuedContent.objects.filter(message__state=MailState.UNKNOWN).count() == unknown


def test_p42_an_answer_that_comes_after_the_lease_ran_out_has_the_last_word(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", ["ann@example.com"])
    with OtherProcess(tmp_path, settings_of(settings), MODULE, "answered", "1") as worker:
        assert worker.read() == "answered"
        let_leases_run_out()
        deliver()
        assert states() == {MailState.UNKNOWN: 1}
        worker.go_on()
        assert worker.process.wait(30) == 0
    assert states() == {MailState.SENT: 1}
    assert len(smtp.plain.messages) == 1


def test_p47_a_worker_that_lost_its_lease_does_not_send(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", ["ann@example.com"])
    with OtherProcess(tmp_path, settings_of(settings), MODULE, "unmarked", "1") as worker:
        assert worker.read() == "unmarked"
        let_leases_run_out()
        deliver()
        assert states() == {MailState.SENT: 1}
        worker.go_on()
        assert worker.process.wait(30) == 0
    assert states() == {MailState.SENT: 1}
    assert len(smtp.plain.messages) == 1


def test_p48_four_workers_send_each_message_once(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 7
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 4
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=f"Invoice {number}") for number in range(200))
    values = settings_of(settings) | {"PARTNER_SMTP_QUEUE_BATCH": 7, "PARTNER_SMTP_QUEUE_SESSIONS": 4}
    workers = []
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = ("test_project", "deliver_partner_mail", "--once", "--threads", "2")
        workers.append(OtherProcess(folder, values, *command))
    try:
        assert [worker.process.wait(120) for worker in workers] == [0] * 4
    finally:
        for worker in workers:
            worker.__exit__(None, None, None)
    deliver()
    assert states() == {MailState.SENT: 200}
    subjects = [message.subject for message in smtp.plain.messages]
    assert len(subjects) == len(set(subjects)) == 200
