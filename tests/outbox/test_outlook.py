"""A task engine is asked to look again when there is something to do: once for the whole site, and in time."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import queue_of, row, states
from wagtail_partner_smtp import conf
from wagtail_partner_smtp.models import MailState, PartnerQueue, QueuedMessage, WorkerPulse
from wagtail_partner_smtp.outbox import announcing, claiming, outlook, pulses, sweeping, tasks

from .conftest import SetClock

if TYPE_CHECKING:
    from pytest_django import Settings

if django.VERSION >= (6, 0):
    from django.tasks.backends.dummy import DummyBackend
else:
    from django_tasks.backends.dummy import DummyBackend  # type: ignore[assignment]

    # The old ones notice another setting only where they are an installed app.
    with suppress(ImportError):
        import_module("django_tasks.signal_handlers")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

TO = ["ann@customer.example"]
A_MOMENT = timedelta(seconds=2)
NET = timedelta(seconds=301)  # a lease, and a second


class Engine(DummyBackend):
    """Runs nothing, and can be asked for a later time."""


class EngineWithoutClock(Engine):
    supports_defer = False


class EngineThatIsDown(Engine):
    def enqueue(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("no broker")


@pytest.fixture(autouse=True)
def engine(settings: Settings) -> None:
    use(settings, Engine)


def use(settings: Settings, backend: type[Engine]) -> None:
    settings.TASKS = {"default": {"BACKEND": f"{__name__}.{backend.__name__}"}}


def asked() -> list[Any]:
    """The tasks that the engine was asked to start later, the first one first."""
    return [result for result in tasks._backend().results if result.task.run_after is not None]


def looks() -> list[timedelta]:
    """In how long each of them is to start."""
    return [result.task.run_after - timezone.now() for result in asked()]


def run(task: Any) -> None:
    tasks.deliver_queue.call(*task.args, **task.kwargs)


def test_deferred_mail_is_tried_again_without_anybody_asking(
    smtp: Served, partner_on: PartnerOn, set_clock: SetClock
) -> None:
    partner = partner_on(smtp.listen(rules=(on("MAIL", times=1, reply="451 4.3.0 later"),)))
    partner.queue_mail("Invoice", "text", TO)
    tasks.deliver_queue.call(queue_of(partner).pk)
    assert row().state == MailState.DEFERRED
    net, retry = asked()
    assert looks()[0] == pytest.approx(NET, abs=A_MOMENT)
    assert retry.task.run_after == row().due_at
    set_clock(timedelta(minutes=2))
    run(retry)
    assert states() == {MailState.SENT: 1}
    # That of a worker which is killed has nothing to do, and asks for nothing.
    before = len(asked())
    run(net)
    assert len(asked()) == before


def test_others_are_given_time_once_all_is_sent(smtp: Served, partner_on: PartnerOn) -> None:
    seen: list[dict[str, int]] = []

    def receive(**arguments: Any) -> None:
        seen.append(states())

    announcing.work_done.connect(receive)
    try:
        partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
        tasks.deliver_queue.call(None)
    finally:
        announcing.work_done.disconnect(receive)
    assert seen == [{MailState.SENT: 1}]


def test_a_message_for_later_leaves_at_its_time(smtp: Served, partner_on: PartnerOn) -> None:
    send_at = timezone.now() + timedelta(minutes=3)
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO, send_at=send_at)
    tasks.deliver_queue.call(None)
    assert asked()[-1].task.run_after == send_at


def test_a_time_that_is_far_is_reached_in_steps() -> None:
    """A broker may not wait for long."""
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(days=30))
    tasks.deliver_queue.call(None)
    assert looks()[-1] == pytest.approx(outlook.FURTHEST, abs=A_MOMENT)


def test_a_server_that_is_away_is_tried_again(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen(reach="refused"))
    partner.queue_mails([make_message(), make_message()])
    tasks.deliver_queue.call(None)
    assert asked()[-1].task.run_after == queue_of(partner).retry_at


def test_a_rate_is_gone_on_with(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_RATE = 6
    partner_on(smtp.plain).queue_mails([make_message(), make_message()])
    tasks.deliver_queue.call(None)
    assert states() == {MailState.SENT: 1, MailState.QUEUED: 1}
    assert outlook.SOONEST - A_MOMENT <= looks()[-1] <= timedelta(seconds=20)


def test_no_time_is_too_near() -> None:
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(milliseconds=500))
    tasks.deliver_queue.call(None)
    assert all(look > outlook.SOONEST - A_MOMENT for look in looks())


def test_what_another_worker_has_in_hand_is_looked_for_once_its_lease_is_over() -> None:
    make_partner().queue_mails([make_message(), make_message()])
    assert claiming.claim() is not None
    lease_until = timezone.now() + timedelta(seconds=100)
    QueuedMessage.objects.update(lease_until=lease_until)
    assert outlook.next_look() == lease_until + timedelta(seconds=1)


def test_what_is_due_and_in_no_hand_is_looked_for(settings: Settings) -> None:
    """All sessions of its partner may be those of workers that were killed."""
    settings.PARTNER_SMTP_QUEUE_SESSIONS = settings.PARTNER_SMTP_QUEUE_BATCH = 1
    make_partner().queue_mails([make_message(), make_message()])
    QueuedMessage.objects.filter(pk=QueuedMessage.objects.latest("pk").pk).update(
        due_at=timezone.now() - timedelta(days=1)
    )
    look = outlook.next_look()
    assert look is not None
    assert look - timezone.now() == pytest.approx(timedelta(seconds=conf.queue_lease()), abs=A_MOMENT)


def test_a_queue_that_is_stopped_is_not_looked_for(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.listen("auth-535")).queue_mail("Invoice", "text", TO)
    tasks.deliver_queue.call(None)
    assert outlook.next_look() is None
    assert [look > NET - A_MOMENT for look in looks()] == [True], "in case that it had been killed"


def test_nothing_is_asked_where_there_is_nothing_to_do() -> None:
    tasks.deliver_queue.call(None)
    assert asked() == []


def test_however_many_tasks_run_one_is_booked() -> None:
    partner = make_partner()
    partner.queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(minutes=3))
    for _ in range(5):
        tasks.deliver_queue.call(queue_of(partner).pk)
    (look,) = looks()
    assert look == pytest.approx(timedelta(minutes=3), abs=A_MOMENT)


def test_a_task_that_an_engine_lost_is_booked_again(set_clock: SetClock) -> None:
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(minutes=30))
    tasks.deliver_queue.call(None)
    before = len(asked())
    set_clock(outlook.FURTHEST + A_MOMENT)
    tasks.deliver_queue.call(None)
    assert len(asked()) > before


def test_an_earlier_time_takes_the_place_of_a_later_one() -> None:
    now = timezone.now()
    sweeping.sweep()
    sooner, later = now + timedelta(minutes=1), now + timedelta(minutes=2)
    assert [pulses.book(at, now) for at in (later, later, sooner, later)] == [True, False, True, False]
    pulses.unbook(later)
    assert WorkerPulse.objects.get().wake_at == sooner
    pulses.unbook(sooner)
    assert WorkerPulse.objects.get().wake_at is None


def test_a_clock_that_was_put_back_keeps_nobody_from_looking(set_clock: SetClock) -> None:
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(minutes=3))
    set_clock(timedelta(days=1) - timedelta(hours=25))
    sweeping.sweep()
    WorkerPulse.objects.update(wake_at=timezone.now() + timedelta(days=1))
    tasks.deliver_queue.call(None)
    assert asked() != []


def test_an_engine_that_knows_no_later_time_is_not_asked(settings: Settings) -> None:
    use(settings, EngineWithoutClock)
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(minutes=3))
    tasks.deliver_queue.call(None)
    assert asked() == []


def test_p53_an_engine_that_is_down_costs_an_entry_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, EngineThatIsDown)
    make_partner().queue_mail("Invoice", "text", TO, send_at=timezone.now() + timedelta(minutes=3))
    with caplog.at_level(logging.ERROR, "wagtail_partner_smtp"):
        tasks.deliver_queue.call(None)
    assert {record.getMessage() for record in caplog.records} == {
        "No task was queued for later: ConnectionError"
    }
    assert WorkerPulse.objects.get().wake_at is None, "the next one asks again"


def test_mail_of_another_site_is_not_looked_for() -> None:
    partner = make_partner()
    partner.queue_mail("theirs", "text", TO, send_at=timezone.now() + timedelta(minutes=3))
    elsewhere = ContentType.objects.create(app_label="elsewhere", model="customer")
    PartnerQueue.objects.update(partner_type=elsewhere)
    tasks.deliver_queue.call(None)
    assert asked() == []


def test_a_site_without_time_zones_asks_for_an_aware_time(settings: Settings) -> None:
    settings.USE_TZ = False
    make_partner().queue_mail("Invoice", "text", TO, send_at=datetime.now() + timedelta(minutes=3))
    tasks.deliver_queue.call(None)
    assert asked()[-1].task.run_after.tzinfo is not None
