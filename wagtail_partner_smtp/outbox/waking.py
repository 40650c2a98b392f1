"""Tells workers that there is something to do, after it is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections, transaction

from .. import conf
from . import queues

log = logging.getLogger("wagtail_partner_smtp")


def wake(queue_ids: Iterable[int]) -> None:
    """After the commit of what is going on, have these queues looked at.

    Once for each queue, however much is put into it; not at all if it is rolled back, or if the site wants no
    tasks.
    """
    if not conf.queue_tasks():
        return
    using = queues.database()
    for queue_id in queue_ids:
        call = _Wake(queue_id)
        if not _is_going_to(call, using):
            transaction.on_commit(call, using=using)


@dataclass(frozen=True)
class _Wake:
    queue_id: int

    def __call__(self) -> None:
        from .tasks import deliver_queue  # the task needs apps that are loaded

        try:
            deliver_queue.enqueue(self.queue_id)
        # Whatever an engine raises, the mail is in the queue: the next worker that looks finds it.
        except Exception as error:
            facts = {"queue": self.queue_id, "error": type(error).__name__}
            log.exception("No task was queued for outgoing mail: %(error)s", facts, extra=facts)


def _is_going_to(call: _Wake, using: str) -> bool:
    return any(call in entry for entry in connections[using].run_on_commit)
