"""What a crash, a clock or somebody's repair left behind: put right by whoever looks for mail to send."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from ..smtp.errors import Code
from ..smtp.settings import Stage
from . import announcing, letters, pacing, queues, stopping
from .judging import Verdict
from .rows import DeliveryAttempt, QueuedMessage, WorkerPulse
from .settling import waiting_again
from .states import Fate, MailState

MOST = 500  # messages in one sweep

_PULSE = "outbox"


def sweep() -> None:
    """End leases that ran out, let mended queues go on, and say that somebody is there."""
    now = timezone.now()
    _pulse(now)
    _end(_rows().filter(state=MailState.SENDING, lease_until__lt=now), now)
    # Of a clock that went too fast for a while: nothing is deferred for so long.
    far = _rows().filter(
        state=MailState.DEFERRED, rank__isnull=False, due_at__gt=now + pacing.LONGEST_WAIT * 2
    )
    far.update(due_at=now)
    for queue in stopping.stopped():
        partner = stopping.partner_of(queue)
        if partner is None or stopping.is_mended(queue, partner):
            queues.let_go_on(queue)


def end_leases(tokens: Iterable[UUID]) -> None:
    """As if they had run out."""
    _end(_rows().filter(state=MailState.SENDING, lease_token__in=list(tokens)), timezone.now())


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
    outcomes = {name: {"fate": Fate.UNKNOWN.value} for name in letters.open_recipients(message)}
    verdict = Verdict(
        state=MailState.UNKNOWN,
        code=Code.OUTCOME_UNKNOWN.value,
        stage=Stage.DATA.value,
        outcomes=outcomes,
    )
    same = _rows().filter(
        pk=message.pk,
        state=MailState.SENDING,
        lease_token=message.lease_token,
        lease_until=message.lease_until,
        handed_over_at__isnull=False,
    )
    values = {
        "state": verdict.state,
        "outcomes": {**message.outcomes, **outcomes},
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
    DeliveryAttempt.objects.using(queues.database()).create(
        message=message,
        number=message.attempts,
        at=now,
        state=verdict.state,
        code=verdict.code,
        stage=verdict.stage,
        outcomes=outcomes,
    )
    announcing.outcome(message, verdict, stopping.partner_of(message.queue))
    return True


def _pulse(now: datetime) -> None:
    pulses = WorkerPulse.objects.using(queues.database())
    if not pulses.filter(name=_PULSE).update(seen_at=now):
        pulses.get_or_create(name=_PULSE, defaults={"seen_at": now})


def _rows() -> QuerySet[QueuedMessage]:
    return QueuedMessage.objects.using(queues.database())
