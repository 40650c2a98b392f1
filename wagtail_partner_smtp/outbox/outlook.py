"""When a worker has to look for mail again: the time for an engine that can start a task later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min, OuterRef, Subquery
from django.utils import timezone

from . import claiming, queues
from .rows import PartnerQueue
from .states import MailState

SOONEST = timedelta(seconds=5)
FURTHEST = timedelta(minutes=20)
"""RabbitMQ closes the connection of a worker that has not finished a task after half an hour."""

_A_MOMENT = timedelta(seconds=1)


def next_look() -> datetime | None:
    """When the first message is due that waits, or a lease of what is in hand runs out; ``None`` if there is none.

    What is due already is in other hands, which may be those of a worker that is killed.
    """
    now = timezone.now()
    looks = [at if at > now else claiming.lease_end(now) for at in _times()]
    in_hand = queues.messages().filter(state=MailState.SENDING, queue__partner_type__in=queues.types_here())
    if lease_until := in_hand.aggregate(first=Min("lease_until"))["first"]:
        looks.append(lease_until + _A_MOMENT)
    return _bounded(min(looks), now) if looks else None


def if_killed() -> datetime | None:
    """When to look whether a worker that begins now was killed; ``None`` if there is nothing to do for it."""
    now = timezone.now()
    is_due = any(at <= now for at in _times())
    return _bounded(claiming.lease_end(now) + _A_MOMENT, now) if is_due else None


def _times() -> list[datetime]:
    """When each queue in which something waits may send the first of it. One look at an index for each."""
    waiting = queues.messages().filter(queue=OuterRef("pk"), rank__isnull=False).order_by().values("queue")
    first_due = Subquery(waiting.annotate(first=Min("due_at")).values("first"))
    going = PartnerQueue.objects.using(queues.database()).filter(
        stopped_at__isnull=True, partner_type__in=queues.types_here()
    )
    rows = going.annotate(first_due=first_due).values_list("first_due", "retry_at", "paced_until")
    return [max(filter(None, (due, *held))) for due, *held in rows if due is not None]


def _bounded(at: datetime, now: datetime) -> datetime:
    return min(max(at, now + SOONEST), now + FURTHEST)
