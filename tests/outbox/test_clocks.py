"""Clocks that jump: mail may be late by a moment, but it is neither stuck, nor lost, nor sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import deliver, queue_of, row, states
from wagtail_partner_smtp.delivery.sessions import SessionPool
from wagtail_partner_smtp.models import MailState, QueuedMessage
from wagtail_partner_smtp.outbox import claiming, sweeping

from .conftest import SetClock

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

ANN = ["ann@customer.example"]
YEAR = timedelta(days=365)


JUMPS = [YEAR, timedelta(hours=5), -timedelta(hours=5), -YEAR]


@pytest.mark.parametrize("by", JUMPS)
def test_mail_queued_by_a_wrong_clock_leaves_by_the_right_one(
    by: timedelta, smtp: Served, partner_on: PartnerOn, set_clock: SetClock
) -> None:
    partner = partner_on(smtp.plain)
    set_clock(by)
    partner.queue_mails([make_message(), make_message()])
    set_clock(timedelta())
    deliver()
    assert states() == {MailState.SENT: 2}


def test_a_time_that_was_asked_for_is_kept_whatever_clock_goes_wrong(
    smtp: Served, partner_on: PartnerOn, set_clock: SetClock
) -> None:
    send_at = timezone.now() + timedelta(days=30)
    set_clock(timedelta(days=7))
    partner_on(smtp.plain).queue_mail("Invoice", "text", ANN, send_at=send_at)
    set_clock(timedelta())
    deliver()
    assert (row().state, row().due_at) == (MailState.QUEUED, send_at)


@pytest.mark.parametrize("by", JUMPS)
def test_a_wrong_clock_at_a_refusal_holds_up_neither_message_nor_partner(
    by: timedelta, smtp: Served, partner_on: PartnerOn, set_clock: SetClock, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_RATE = 6
    settings.PARTNER_SMTP_QUEUE_HOURS = 24 * 366 * 2
    rules = (on("MAIL", times=1, reply="451 4.3.0 later"), on("BANNER", skip=1, times=1, reply="421 busy"))
    partner = partner_on(smtp.listen("honest", rules=rules))
    partner.queue_mails([make_message(), make_message()])
    set_clock(by)
    deliver()
    deliver()
    set_clock(timedelta())
    for minutes in range(0, 400, 4):
        set_clock(timedelta(minutes=minutes))
        deliver()
    assert states() == {MailState.SENT: 2}
    assert queue_of(partner).retry_at is None


@pytest.mark.parametrize("by", JUMPS)
def test_the_lease_of_a_worker_that_died_by_a_wrong_clock_ends(
    by: timedelta, smtp: Served, partner_on: PartnerOn, set_clock: SetClock
) -> None:
    partner = partner_on(smtp.plain)
    set_clock(by)
    partner.queue_mails([make_message(), make_message()])
    assert claiming.claim() is not None
    set_clock(timedelta())
    deliver()
    set_clock(timedelta(minutes=11))
    deliver()
    assert states() == {MailState.SENT: 2}
    assert len(smtp.plain.messages) == 2


@pytest.mark.parametrize("by", JUMPS)
@pytest.mark.parametrize("is_marked", [True, False])
def test_a_clock_that_jumps_while_mail_is_in_hand_sends_nothing_twice(
    by: timedelta,
    is_marked: bool,
    smtp: Served,
    partner_on: PartnerOn,
    set_clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And another worker comes by at that moment."""
    partner = partner_on(smtp.plain)
    partner.queue_mails([make_message(subject=str(number)) for number in range(3)])
    usual = SessionPool.deliver

    def deliver_while_the_clock_jumps(pool: SessionPool, *args: Any) -> Any:
        if not is_marked:
            set_clock(by)
            sweeping.sweep()
        answer = usual(pool, *args)
        if is_marked:
            set_clock(by)
            sweeping.sweep()
        return answer

    with monkeypatch.context() as jumping:
        jumping.setattr(SessionPool, "deliver", deliver_while_the_clock_jumps)
        deliver()
    for minutes in (0, 11, 90):
        set_clock(timedelta(minutes=minutes))
        deliver()
    received = [message.subject for message in smtp.plain.messages]
    assert sorted(received) == ["0", "1", "2"]
    assert states() == {MailState.SENT: 3}


def test_a_clock_that_goes_back_and_forth_all_the_time_sends_each_message_once(
    smtp: Served, partner_on: PartnerOn, set_clock: SetClock, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 3
    partner = partner_on(smtp.listen("honest", rules=(on("MAIL", skip=4, times=3, reply="451 4.3.0 later"),)))
    for by in (0, 3, -2, 40, -40, 1, 0):
        set_clock(timedelta(hours=by))
        partner.queue_mails([make_message(subject=str(by)) for _ in range(2)])
        deliver()
    for minutes in (0, 30, 90, 200):
        set_clock(timedelta(minutes=minutes))
        deliver()
    assert states() == {MailState.SENT: 14}
    assert QueuedMessage.objects.filter(due_at__isnull=False).count() == 0
