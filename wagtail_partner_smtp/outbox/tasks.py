"""The worker as a task of Django's Tasks framework, for any engine.

A task is only told which queue to look at. What is to be done stands in the rows of the outbox: a task that is
lost, late or run twice does no harm.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import django
from django.utils import timezone

from . import announcing, outlook, pulses, sweeping
from .patience import Patience
from .worker import Drain

if TYPE_CHECKING:
    from collections.abc import Callable

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task  # type: ignore[no-redef]

log = logging.getLogger("wagtail_partner_smtp")

IN_A_REQUEST = 5.0
"""Seconds: what has not begun to leave by then waits for the next worker."""
ELSEWHERE = 100.0
"""Seconds; then another task goes on. RQ ends a task after 180 s, in the middle of a message."""


@task()
def deliver_queue(queue_id: int | None = None, booked: str = "") -> None:
    """Send what one queue has, and what else is due. In a request no content leaves after five seconds.

    Where the engine can start a task later, one is booked for when there is something to do again, and meanwhile
    one in case that this one is killed. ``booked`` is the time that a task was booked for, in ISO 8601.
    """
    if _is_immediate():
        with announcing.within_a_request():
            patience = Patience.of(IN_A_REQUEST)
            Drain(is_enough=patience.is_over, only=queue_id, patience=patience).run()
        return
    if booked:
        pulses.unbook(datetime.fromisoformat(booked))
    sweeping.sweep()
    _look_again(outlook.if_killed)
    is_enough = _after(ELSEWHERE)
    if queue_id is not None:
        Drain(is_enough=is_enough, only=queue_id).run()
    Drain(is_enough=is_enough).run()
    if is_enough():
        deliver_queue.enqueue(queue_id)
    _look_again(outlook.next_look)
    announcing.work_done.send_robust(None)


def _look_again(find: Callable[[], datetime | None]) -> None:
    """One task ahead is enough for the whole site, if it comes early enough."""
    if not _backend().supports_defer:
        return
    at = find()
    if at is None or not pulses.book(at, timezone.now()):
        return
    # An engine keeps its own time zone.
    run_after = at if timezone.is_aware(at) else timezone.make_aware(at)
    try:
        deliver_queue.using(run_after=run_after).enqueue(None, booked=at.isoformat())
    # Whatever an engine raises, what it was asked for is in the rows: the next worker that looks finds it.
    except Exception as error:
        pulses.unbook(at)
        facts = {"error": type(error).__name__}
        log.exception("No task was queued for later: %(error)s", facts, extra=facts)


def _is_immediate() -> bool:
    return type(_backend()).__name__ == "ImmediateBackend"


def _backend() -> Any:
    return deliver_queue.get_backend()


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
