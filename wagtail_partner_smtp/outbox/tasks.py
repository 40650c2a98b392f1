"""The worker as a task of Django's Tasks framework, whatever engine carries it.

A task is only told which queue to look at. What is to be done stands in the rows of the outbox: a task that is
lost, late or run twice does no harm.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import django

from . import sweeping
from .worker import Drain

if TYPE_CHECKING:
    from collections.abc import Callable

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task  # type: ignore[no-redef]

IN_A_REQUEST = 5.0  # seconds
ELSEWHERE = 100.0
"""Seconds; then another task goes on. RQ ends a task after 180 s, in the middle of a message."""


@task()
def deliver_queue(queue_id: int) -> None:
    """Send what one queue has, and what else is due. Run within a request it stops after five seconds."""
    if _is_immediate():
        Drain(is_enough=_after(IN_A_REQUEST), only=queue_id).run()
        return
    sweeping.sweep()
    is_enough = _after(ELSEWHERE)
    Drain(is_enough=is_enough, only=queue_id).run()
    Drain(is_enough=is_enough).run()
    if is_enough():
        deliver_queue.enqueue(queue_id)


def _is_immediate() -> bool:
    backend: Any = deliver_queue.get_backend()
    return type(backend).__name__ == "ImmediateBackend"


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
