"""Claiming messages: a batch of one partner, for one session, with a lease.

A claim is a constant number of statements, whatever waits: the queues that may be served, the next messages of one
of them, the queue's row by compare-and-swap, the messages by one conditional update, and what of them was got.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID, uuid4

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from .. import conf
from . import pacing, queues
from .rows import PartnerQueue, QueuedMessage
from .states import MailState

CANDIDATES = 20  # queues looked at in one claim
LOOKS = 10  # at most, where others were faster at each
WORTH_A_SESSION = 20  # messages: for fewer, another connection and login take longer than they save
AHEAD = 2000  # messages looked at in one claim
SLOT = timedelta(minutes=1)
"""How long the session of a worker that says nothing more counts: less than its messages stay in its hand, since
one session too many harms nobody."""
PRECEDENCE = timedelta(minutes=1)
"""For so long after its time a queue with trouble comes after all others."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Messages of one queue that one worker has claimed."""

    queue: PartnerQueue
    token: UUID
    messages: list[QueuedMessage]


class _OvertakenError(Exception):
    """Somebody else wrote the queue's row meanwhile: whether there is more to take shows at the next look."""


def claim(only: int | None = None) -> Batch | None:
    """The next batch of a queue, or of the queue ``only``; ``None`` if there is nothing that may be sent now."""
    for _ in range(LOOKS):
        with suppress(_OvertakenError):
            return _claim_once(only)
    return None


def claim_more(batch: Batch) -> list[QueuedMessage]:
    """The next messages for the same session, under the same lease; none if it is to end."""
    for _ in range(LOOKS):
        now = timezone.now()
        queue = PartnerQueue.objects.using(queues.database()).filter(pk=batch.queue.pk).first()
        if queue is None or not _may_go_on(queue, batch.token, now) or others_wait(queue):
            break
        with suppress(_OvertakenError):
            return _take(queue, conf.queue_batch(), batch.token, now) or []
    return []


def others_wait(queue: PartnerQueue) -> bool:
    """Whether another queue has mail that could leave now."""
    now = timezone.now()
    return any(_wanted(each, now) for each in _candidates(now, None) if each.pk != queue.pk)


def live_slots(queue: PartnerQueue, now: datetime) -> dict[str, float]:
    """The sessions in use. A lease that ends too late is one of a clock that has been put back."""
    latest = latest_lease(now).timestamp()
    slots: dict[str, float] = queue.slots
    return {token: end for token, end in slots.items() if now.timestamp() < end <= latest}


def latest_lease(now: datetime) -> datetime:
    """No lease ends later, unless the clock has been put back."""
    return now + timedelta(seconds=2 * conf.queue_lease())


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=conf.queue_lease())


def slot_end(now: datetime) -> datetime:
    return min(now + SLOT, lease_end(now))


def _candidates(now: datetime, only: int | None) -> QuerySet[PartnerQueue]:
    """Those that wait longest first; queues with trouble after the others, unless they have waited for long."""
    due = QueuedMessage.objects.filter(queue=OuterRef("pk"), rank__isnull=False, due_at__lte=now)
    # One look at an index for each queue. Of EXISTS, MariaDB makes a list of all that is due, however long.
    first = Subquery(due.order_by("rank", "due_at", "pk").values("pk")[:1])
    going = Q(retry_at__isnull=True) | Q(retry_at__lte=now) | Q(retry_at__gt=now + pacing.LONGEST_WAIT)
    paced = Q(paced_until__isnull=True) | Q(paced_until__lte=now) | Q(paced_until__gt=now + pacing.MINUTE)
    rows = PartnerQueue.objects.using(queues.database()).filter(
        going, paced, stopped_at__isnull=True, partner_type__in=queues.types_here()
    )
    rows = rows.alias(first=first).filter(first__isnull=False)
    if only is not None:
        rows = rows.filter(pk=only)
    has_trouble = Q(failures__gt=0) & Q(retry_at__gt=now - PRECEDENCE)
    last = Case(When(has_trouble, then=Value(1)), default=Value(0))
    return rows.order_by(last, F("served_at").asc(nulls_first=True), "pk")[:CANDIDATES]


def _wanted(queue: PartnerQueue, now: datetime) -> int:
    """How many messages may be taken: one to try out a server that did not answer, none if no session is free."""
    in_use = len(live_slots(queue, now))
    if queue.failures:
        return int(in_use == 0)
    if in_use >= sessions_allowed(queue, now):
        return 0
    return conf.queue_batch()


def _may_go_on(queue: PartnerQueue, token: UUID, now: datetime) -> bool:
    """Whether a session may have further messages: nothing speaks against it that was learnt of the server."""
    slots = live_slots(queue, now)
    is_held = queue.stopped_at is not None or queue.failures > 0
    return not is_held and str(token) in slots and len(slots) <= sessions_allowed(queue, now)


def sessions_allowed(queue: PartnerQueue, now: datetime) -> int:
    since = now - queue.learnt_at if queue.learnt_at else timedelta()
    return pacing.recovered_sessions(queue.learnt_sessions, since, conf.queue_sessions())


def rate_allowed(queue: PartnerQueue, now: datetime) -> int | None:
    since = now - queue.learnt_at if queue.learnt_at else timedelta()
    return pacing.recovered_rate(queue.learnt_rate, since, conf.queue_rate())


def _claim_once(only: int | None) -> Batch | None:
    """Raises ``_OvertakenError`` if there was a queue, and others were faster."""
    now, overtaken = timezone.now(), None
    for queue in _candidates(now, only):
        token = uuid4()
        try:
            messages = _take(queue, _wanted(queue, now), token, now)
        except _OvertakenError as error:
            overtaken = error
            continue
        if messages is not None:
            return Batch(queue=queue, token=token, messages=messages)
    if overtaken is not None:
        raise overtaken
    return None


def _due(queue: PartnerQueue, now: datetime) -> QuerySet[QueuedMessage]:
    waiting = queues.messages().filter(queue=queue, rank__isnull=False, due_at__lte=now)
    return waiting.order_by("rank", "due_at", "pk")


def _take(queue: PartnerQueue, wanted: int, token: UUID, now: datetime) -> list[QueuedMessage] | None:
    """So many of the queue's next messages, or as many as its rate allows; what was got of them.

    If fewer wait than its sessions could take, a fair share: what one session holds, no other sends.

    ``None``: there are none that may leave now. Raises ``_OvertakenError``. Then the token holds nothing.
    """
    sessions = sessions_allowed(queue, now)
    ahead = _due(queue, now).values_list("pk", flat=True)[: min(wanted * sessions, AHEAD)]
    if not wanted or not (ids := list(ahead)):
        return None
    ids = ids[: min(wanted, max(WORTH_A_SESSION, ceil(len(ids) / sessions)))]
    allowance = pacing.allowance(rate_allowed(queue, now), queue.paced_until, now, len(ids))
    if not allowance.messages:
        if queue.paced_until and queue.paced_until > now + pacing.MINUTE:
            # Of a clock that has been put back; else nobody would ever write another time.
            queues.swap(queue, {"paced_until": allowance.free_at})
        return None
    slots = live_slots(queue, now) | {str(token): slot_end(now).timestamp()}
    values = {"slots": slots, "served_at": now, "paced_until": allowance.free_at}
    if not queues.swap(queue, values):
        raise _OvertakenError
    rows = queues.messages()
    waiting = rows.filter(pk__in=ids[: allowance.messages], rank__isnull=False)
    waiting.update(
        state=MailState.SENDING,
        rank=None,
        lease_token=token,
        lease_until=lease_end(now),
        handed_over_at=None,
    )
    got = rows.filter(pk__in=ids, lease_token=token, state=MailState.SENDING)
    by_id = {message.pk: message for message in got}
    return [by_id[pk] for pk in ids if pk in by_id]
