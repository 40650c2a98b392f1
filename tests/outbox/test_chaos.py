"""Workers that are killed at random moments, on one database, with partners that are dead or refuse.

``OUTBOX_CHAOS`` is how many messages take part; the seed is fixed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import OtherProcess, deliver, let_leases_run_out, wait_no_longer
from tests.support.stopwatch import until
from wagtail_partner_smtp.models import PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("woken"),
    pytest.mark.processes,
]

MESSAGES = int(os.environ.get("OUTBOX_CHAOS", "240"))
PARTNERS, DEAD, REFUSING = 12, 1, 1
WORKERS, KILLS, SEED = 3, 6, 20_260_101
COMMAND = ("test_project", "deliver_partner_mail", "--threads", "3")


def test_p47_p48_p51_nothing_is_lost_and_nothing_is_sent_twice(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    dice = random.Random(SEED)  # noqa: S311
    dead = smtp.listen(reach="refused")
    refusing = smtp.listen(rules=(on("RCPT", reply="550 5.1.1 no"),))
    # Slow enough to be killed at.
    healthy = smtp.listen(rules=(on("DATA-END", delay=0.05),))
    servers = [dead] * DEAD + [refusing] * REFUSING + [healthy] * (PARTNERS - DEAD - REFUSING)
    per_partner = MESSAGES // PARTNERS
    healthy_messages = per_partner * (PARTNERS - DEAD - REFUSING)
    for server in servers:
        partner = partner_on(server)
        partner.queue_mails(
            make_message(subject=f"{partner.pk}-{number}", to=[f"c{number}@customer.example"])
            for number in range(per_partner)
        )
    names = ("PARTNER_SMTP_CA_FILE", "PARTNER_SMTP_ALLOWED_NETWORKS", "PARTNER_SMTP_SEND_TIMEOUT")
    values: dict[str, Any] = {name: getattr(settings, name) for name in names}
    # Else the sessions of those who were killed would be in use to the end.
    values |= {"PARTNER_SMTP_QUEUE_BATCH": 10, "PARTNER_SMTP_QUEUE_LEASE": 4.0}
    made = 0

    def start() -> OtherProcess:
        nonlocal made
        made += 1
        folder = tmp_path / str(made)
        folder.mkdir()
        return OtherProcess(folder, values, *COMMAND)

    workers = [start() for _ in range(WORKERS)]
    try:
        for number in range(1, KILLS + 1):
            progress = number * healthy_messages // (KILLS + 2)
            until(lambda progress=progress: len(healthy.messages) >= progress)  # type: ignore[misc]
            time.sleep(dice.uniform(0.0, 0.1))
            victim = dice.randrange(WORKERS)
            workers[victim].process.send_signal(signal.SIGKILL)
            workers[victim].__exit__(None, None, None)
            workers[victim] = start()
    finally:
        for worker in workers:
            worker.process.kill()
            worker.__exit__(None, None, None)
    healthy.wait_idle()
    let_leases_run_out()
    wait_no_longer()
    deliver(threads=2)
    assert QueuedMessage.objects.filter(state=MailState.UNKNOWN).exists(), (
        "somebody was killed amid a message"
    )
    check(healthy, per_partner)


def check(healthy: Any, per_partner: int) -> None:
    received = Counter(message.subject for message in healthy.messages)
    assert max(received.values()) == 1, "nothing twice"
    rows = {message.subject: message for message in QueuedMessage.objects.select_related("queue")}
    assert len(rows) == per_partner * PARTNERS
    for subject, message in rows.items():
        if subject in received:
            assert message.state in {MailState.SENT, MailState.UNKNOWN}
        else:
            assert message.state != MailState.SENT, "nothing lost"
    by_partner: dict[str, Counter[str]] = {}
    for message in rows.values():
        by_partner.setdefault(message.queue.partner_id, Counter())[message.state] += 1
    done = [counts for counts in by_partner.values() if counts[MailState.SENT]]
    assert len(done) == PARTNERS - DEAD - REFUSING
    for counts in done:
        assert counts[MailState.SENT] + counts[MailState.UNKNOWN] == per_partner
    refused = [counts for counts in by_partner.values() if counts[MailState.FAILED]]
    assert [counts[MailState.FAILED] + counts[MailState.UNKNOWN] for counts in refused] == [per_partner]
    (waits,) = [counts for counts in by_partner.values() if counts not in done and counts not in refused]
    assert waits[MailState.QUEUED] + waits[MailState.DEFERRED] == per_partner
    assert PartnerQueue.objects.filter(failures__gt=0).count() == DEAD
