"""Mail that is sent within a request: a visitor waits for a page meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.smtp.accounts import FLOWS
from tests.smtp.conftest import Serve, serve
from tests.smtp.peers import Peer, dialogue
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message, said
from tests.support.outbox import deliver, queue_of, row, states, wait_no_longer
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.outbox import tasks
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import Settings

__all__ = ["serve"]

pytestmark = pytest.mark.django_db(transaction=True)

TO = ["ann@example.com"]
VISITOR = 1.5  # seconds
AGES = 2 * PATIENCE


@pytest.fixture(autouse=True)
def _in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "IN_A_REQUEST", VISITOR)


@pytest.mark.usefixtures("brief_quit")
@pytest.mark.parametrize("place", ["BANNER", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
def test_nobody_waits_for_a_server_that_is_slow_before_the_message(
    place: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on(place, delay=AGES),), extensions=FLOWS["plain"])
    partner = partner_on(listener)
    with Stopwatch() as watch:
        partner.queue_mail("Invoice", "text", TO)
    assert watch.seconds < PATIENCE / 2
    message = row()
    assert (message.state, message.code, message.attempts) == (MailState.DEFERRED, "deadline_passed", 1)
    assert message.due_at is not None


def test_each_step_has_what_the_ones_before_it_have_left(smtp: Served, partner_on: PartnerOn) -> None:
    slow = VISITOR / 3
    rules = tuple(on(place, delay=slow) for place in ("BANNER", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"))
    listener = smtp.listen(rules=rules, extensions=FLOWS["plain"])
    partner_on(listener).queue_mail("Invoice", "text", TO)
    assert states() == {MailState.DEFERRED: 1}
    wait_no_longer()
    deliver()
    assert (states(), len(listener.messages)) == ({MailState.SENT: 1}, 1), "a worker waits"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_message_that_is_on_its_way_is_waited_for(flow: str, smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("DATA-END", delay=VISITOR * 1.5),), extensions=FLOWS[flow])
    with transaction.atomic():
        partner_on(listener).queue_mails(make_message(subject=str(number)) for number in range(2))
    assert states() == {MailState.SENT: 1, MailState.QUEUED: 1}
    assert row(state=MailState.QUEUED).attempts == 0
    listener.wait_idle()
    assert len(said(listener.sessions, "QUIT")) == 1


@pytest.mark.parametrize("flow", FLOWS)
def test_the_answer_to_a_message_has_the_time_of_any_other(
    flow: str, smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    """Not that of ``PARTNER_SMTP_QUEUE_REPLY_TIMEOUT``, ten minutes."""
    listener = smtp.listen(rules=(on("DATA-END", delay=AGES),), extensions=FLOWS[flow])
    partner = partner_on(listener)
    settings.PARTNER_SMTP_SEND_TIMEOUT = VISITOR
    with Stopwatch() as watch:
        partner.queue_mail("Invoice", "text", TO)
    assert watch.seconds < PATIENCE / 2
    assert (row().state, row().code) == (MailState.UNKNOWN, "outcome_unknown")
    deliver()
    assert listener.connections == 1, "it is not sent twice"


def test_what_began_late_and_did_not_end_is_as_if_it_had_not_been_tried(
    serve: Serve, settings: Settings
) -> None:
    """That there was little time left tells nothing of the server, nor of the message."""
    hung: list[bytes] = []

    def answer_mail(peer: Peer) -> None:
        if peer.lines[-2:-1] != [b"."]:
            peer.send(b"250 2.1.0 ok\r\n")
        elif not hung:
            hung.append(peer.lines[-1])
            peer.hang()
        else:
            peer.send(b"250 2.1.0 ok\r\n")

    def answer_data(peer: Peer) -> None:
        peer.send(b"354 go on\r\n")
        peer.read_data()
        if not hung:
            time.sleep(VISITOR * 0.6)
        peer.send(b"250 2.0.0 queued\r\n")

    server = serve(dialogue(MAIL=answer_mail, DATA=answer_data))
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{server.port}"]
    settings.PARTNER_SMTP_SEND_TIMEOUT = PATIENCE
    partner = make_partner(
        password="", smtp_login="", smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none"
    )
    partner.queue_mails(make_message(subject=str(number)) for number in range(2))
    assert states() == {MailState.SENT: 1, MailState.QUEUED: 1}
    left = row(state=MailState.QUEUED)
    assert (left.attempts, left.code, left.lease_token, queue_of(partner).failures) == (0, "", None, 0)
    hung.append(b"")
    deliver()
    assert states() == {MailState.SENT: 2}
