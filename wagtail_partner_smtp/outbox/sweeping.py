"""Corrects what a crash, a wrong clock or a repair has left behind; each worker that looks for mail does it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from .. import conf
from . import announcing, claiming, judging, letters, pacing, pulses, queues, stopping
from .rows import QueuedMessage
from .settling import attempt_of, waiting_again
from .states import MailState

MOST = 500  # messages in one sweep


def sweep() -> None:
    """End expired leases, resume corrected queues, and record that a worker runs."""
    now = timezone.now()
    pulses.be_seen(now)
    is_over = Q(lease_until__lt=now) | Q(lease_until__gt=claiming.latest_lease(now))
    _end(queues.messages().filter(is_over, state=MailState.SENDING), now)
    _put_back(now)
    for queue in stopping.stopped():
        partner = stopping.partner_of(queue)
        if partner is None or stopping.is_corrected(queue, partner):
            queues.let_go_on(queue)
        else:
            stopping.keep_stopped(queue, partner)


def _put_back(now: datetime) -> None:
    """What waits by a clock that went too fast: nothing is deferred for so long, or was queued after now."""
    waiting = queues.messages().filter(rank__isnull=False)
    waiting.filter(state=MailState.DEFERRED, due_at__gt=now + pacing.LONGEST_WAIT * 2).update(due_at=now)
    ahead = waiting.filter(created_at__gt=now + pacing.MINUTE, due_at__lte=F("created_at"))
    ahead.update(created_at=now, due_at=now, give_up_at=now + timedelta(hours=conf.queue_hours()))


def end_leases(tokens: Iterable[UUID]) -> None:
    """As if they had run out."""
    _end(queues.messages().filter(state=MailState.SENDING, lease_token__in=list(tokens)), timezone.now())


def _end(held: QuerySet[QueuedMessage], now: datetime) -> None:
    unmarked = list(held.filter(handed_over_at__isnull=True).values_list("pk", flat=True)[:MOST])
    if unmarked:
        held.filter(pk__in=unmarked, handed_over_at__isnull=True).update(**waiting_again())
    for message in held.filter(handed_over_at__isnull=False).select_related("queue")[:MOST]:
        _leave_unknown(message, now)


def _leave_unknown(message: QueuedMessage, now: datetime) -> bool:
    """A message whose content may have left, and whose worker says nothing more; whether it was one.

    Its worker may yet know better, and then has the last word: the lease's token stays.
    """
    verdict = judging.unknown(letters.open_recipients(message))
    same = queues.messages().filter(
        pk=message.pk,
        state=MailState.SENDING,
        lease_token=message.lease_token,
        lease_until=message.lease_until,
        handed_over_at__isnull=False,
    )
    values = {
        "state": verdict.state,
        "outcomes": {**message.known_outcomes, **verdict.outcomes},
        "attempts": message.attempts + 1,
        "code": verdict.code,
        "stage": verdict.stage,
        "reply": "",
        "attempted_at": message.handed_over_at,
        "ended_at": now,
        "lease_until": None,
        "due_at": None,
    }
    if not same.update(**values):
        return False
    for name, value in values.items():
        setattr(message, name, value)
    attempt_of(message, verdict, now).save(using=queues.database(), force_insert=True)
    announcing.outcome(message, verdict, stopping.partner_of(message.queue))
    return True
