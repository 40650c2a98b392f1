"""What users do with queued mail, and what they want to know about it.

Each change is one conditional update for each message or for all, so that it is right whatever a worker does at
the same moment. The numbers returned say how many messages were changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Case, Count, Exists, F, Model, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from .. import conf
from ..account.row import SMTPAccount
from . import pulses, queues, sealing, stopping, waking
from .rows import DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage, WorkerPulse
from .states import CANCELLED_BY_A_PERSON, ENDED, WAITING, Fate, MailState

UNATTENDED_AFTER = timedelta(minutes=20)

_PAGE = 500  # messages read at a time


def can_be_sent_again() -> Q:
    """Which messages ``resend`` is for."""
    return Q(Exists(QueuedContent.objects.filter(message=OuterRef("pk"))), state__in=ENDED)


def can_be_tried_now() -> Q:
    """Which messages ``retry_now`` is for: not those whose own time (``send_at``) has not come."""
    return Q(state=MailState.DEFERRED) | Q(state=MailState.QUEUED, due_at__lte=timezone.now())


def can_be_cancelled() -> Q:
    """Which messages ``cancel`` is for."""
    return Q(state__in=WAITING) | Q(state=MailState.SENDING, handed_over_at__isnull=True)


def resend(messages: QuerySet[QueuedMessage]) -> int:
    """Queue messages that have ended once more, with the Message-ID that they have.

    Only to recipients that the message did not surely reach; one that was sent to all goes to all again. One that
    was cancelled before its own time (``send_at``) waits for it. Messages whose content is gone stay as they are.
    """
    ended = messages.filter(can_be_sent_again()).order_by("pk")
    done = _each_page(ended, _resend)
    return len(done)


def retry_now(messages: QuerySet[QueuedMessage]) -> int:
    """Have waiting messages tried now, also those of a partner whose server did not answer recently.

    Nothing is sent before its own time. A queue that is stopped stays so until ``resume``.
    """
    now, possible = timezone.now(), can_be_tried_now()
    ids = list(messages.filter(possible).values_list("pk", "queue_id"))
    done = 0
    for page in _pages(ids):
        rows = QueuedMessage.objects.filter(possible, pk__in=[pk for pk, _ in page])
        done += rows.update(due_at=now)
    _wake({queue for _, queue in ids}, close_circuits=True)
    return done


def cancel(messages: QuerySet[QueuedMessage]) -> int:
    """Cancel messages that wait, and those in hand whose content has not left yet.

    One whose own time has not come keeps it, should it be sent again.
    """
    now, in_time = timezone.now(), can_be_cancelled()
    its_time = Case(When(state=MailState.QUEUED, due_at__gt=now, then=F("due_at")))
    done = 0
    for page in _pages(list(messages.filter(in_time).values_list("pk", flat=True))):
        done += QueuedMessage.objects.filter(in_time, pk__in=page).update(
            # Before the state, as MariaDB computes one after the other.
            due_at=its_time,
            state=MailState.CANCELLED,
            code=CANCELLED_BY_A_PERSON,
            rank=None,
            lease_token=None,
            lease_until=None,
            ended_at=now,
        )
    return done


def resume(partner: Model) -> bool:
    """Let a partner's queue go on at once: it is neither stopped any more nor waits for the server.

    Whether there was anything to resume.
    """
    queue = queues.find(partner)
    return queue is not None and resume_queue(queue)


def resume_if_corrected(partner: SMTPAccount) -> bool:
    """Let a stopped queue go on if the partner's account was changed since; whether it goes on again."""
    queue = queues.find(partner)
    return queue is not None and stopping.is_corrected(queue, partner) and resume_queue(queue)


def resume_queue(queue: PartnerQueue) -> bool:
    resumed = queues.let_go_on(queue)
    if resumed:
        waking.wake([queue.pk])
    return resumed


def is_content_kept(message: QueuedMessage) -> bool:
    return message.contents.exists()


def content(message: QueuedMessage) -> bytes:
    """The message as it is sent. Raises ``sealing.ContentUnreadable``."""
    return sealing.read(message)


def messages_of(partner: Model) -> QuerySet[QueuedMessage]:
    """The mail of one partner."""
    queue = queues.find(partner)
    return QueuedMessage.objects.filter(queue=queue) if queue else QueuedMessage.objects.none()


def counts(partner: Model | None = None) -> dict[MailState, int]:
    """How many messages are in each state, of one partner or of all."""
    rows = QueuedMessage.objects.all() if partner is None else messages_of(partner)
    found = dict(rows.order_by().values_list("state").annotate(number=Count("*")))
    return {state: found.get(state, 0) for state in MailState}


@dataclass(frozen=True, kw_only=True)
class PartnerMail:
    """How one partner's queue does. ``queue`` is ``None`` for a partner that never queued anything."""

    queue: PartnerQueue | None = None
    counts: Mapping[str, int] = field(default_factory=Counter)

    @property
    def waiting(self) -> int:
        return self._sum(MailState.QUEUED, MailState.DEFERRED, MailState.SENDING)

    @property
    def failed(self) -> int:
        return self._sum(MailState.FAILED, MailState.PARTLY, MailState.UNKNOWN)

    @property
    def is_stopped(self) -> bool:
        """Nothing is sent until somebody corrects the account, and resumes."""
        return self.queue is not None and self.queue.stopped_at is not None

    @property
    def is_held_up(self) -> bool:
        """The server cannot be reached; it is tried again by itself at ``queue.retry_at``."""
        retry_at = self.queue and self.queue.retry_at
        return bool(retry_at and retry_at > timezone.now())

    def _sum(self, *states: MailState) -> int:
        return sum(self.counts.get(state, 0) for state in states)


def overview(partner: Model) -> PartnerMail:
    return overviews([partner]).get(str(partner.pk), PartnerMail())


def overviews(partners: Iterable[Model]) -> dict[str, PartnerMail]:
    """By the partners' primary keys as text, in two queries; those without a queue are missing."""
    found = {queue.pk: queue for queue in queues.of(partners)}
    rows = QueuedMessage.objects.filter(queue__in=list(found)).order_by()
    by_queue: dict[int, Counter[str]] = {}
    # Not of the primary key, which is at none of the index's places.
    for queue_id, state, number in rows.values_list("queue_id", "state").annotate(number=Count("*")):
        by_queue.setdefault(queue_id, Counter())[state] = number
    return {
        queue.partner_id: PartnerMail(queue=queue, counts=by_queue.get(pk, Counter()))
        for pk, queue in found.items()
    }


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """What happened on one day, by the site's clock. ``failed`` holds unknown outcomes too."""

    day: date
    sent: int
    deferred: int
    failed: int


def per_day(
    days: int = 30, partner: Model | None = None, *, within: Iterable[PartnerQueue] | None = None
) -> list[DayCount]:
    """The last days, the earliest first, today included; of one partner, of the queues ``within``, or of all."""
    if partner is not None:
        within = queues.of([partner])
    messages, attempts = QueuedMessage.objects.all(), DeliveryAttempt.objects.filter(state=MailState.DEFERRED)
    if within is not None:
        ids = (
            within.values_list("pk", flat=True)
            if isinstance(within, QuerySet)
            else [queue.pk for queue in within]
        )
        messages, attempts = messages.filter(queue_id__in=ids), attempts.filter(queue_id__in=ids)
    today = _today()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    sent = _by_day(messages.filter(state__in=(MailState.SENT, MailState.PARTLY)), "ended_at", dates)
    failed = _by_day(messages.filter(state__in=(MailState.FAILED, MailState.UNKNOWN)), "ended_at", dates)
    deferred = _by_day(attempts, "at", dates)
    return [DayCount(day=day, sent=sent[day], deferred=deferred[day], failed=failed[day]) for day in dates]


def stopped_queues() -> QuerySet[PartnerQueue]:
    """The queues that wait for somebody."""
    return PartnerQueue.objects.filter(stopped_at__isnull=False).order_by("stopped_at")


def worker_seen_at() -> datetime | None:
    """When a worker last looked for mail to send."""
    return WorkerPulse.objects.filter(name=pulses.name()).values_list("seen_at", flat=True).first()


def unattended_since() -> datetime | None:
    """Since when due mail has had no worker, if that is longer than twenty minutes."""
    late = timezone.now() - UNATTENDED_AFTER
    seen = worker_seen_at()
    if seen is not None and seen > late:
        return None
    going = QueuedMessage.objects.filter(
        queue__stopped_at__isnull=True,
        queue__partner_type__in=queues.types_here(),
        rank__isnull=False,
        due_at__lt=late,
        state__in=WAITING,
    )
    due_since: datetime | None = going.order_by("due_at").values_list("due_at", flat=True).first()
    if due_since is None:
        return None
    return max(due_since, seen) if seen else due_since


def _resend(message: QueuedMessage) -> bool:
    again, now = message.state == MailState.SENT, timezone.now()
    outcomes = {} if again else _accepted(message)
    due = max(message.due_at or now, now)
    same = QueuedMessage.objects.filter(pk=message.pk, state=message.state, ended_at=message.ended_at)
    return bool(
        same.update(
            state=MailState.QUEUED,
            outcomes=outcomes,
            rank=-message.priority,
            due_at=due,
            give_up_at=due + timedelta(hours=conf.queue_hours()),
            ended_at=None,
            lease_token=None,
            lease_until=None,
            handed_over_at=None,
        )
    )


def _accepted(message: QueuedMessage) -> dict[str, dict[str, str]]:
    outcomes = message.known_outcomes
    return {name: each for name, each in outcomes.items() if each["fate"] == Fate.ACCEPTED}


def _each_page(rows: QuerySet[QueuedMessage], change: Any) -> list[int]:
    """The primary keys of those that were changed; memory holds one page of rows."""
    done: list[int] = []
    woken: set[int] = set()
    page = list(rows[:_PAGE])
    while page:
        changed = [message for message in page if change(message)]
        done += [message.pk for message in changed]
        woken |= {message.queue_id for message in changed}
        page = list(rows.filter(pk__gt=page[-1].pk)[:_PAGE])
    _wake(woken)
    return done


def _pages(items: list[Any]) -> Iterable[list[Any]]:
    return (items[start : start + _PAGE] for start in range(0, len(items), _PAGE))


def _wake(queue_ids: set[int], *, close_circuits: bool = False) -> None:
    if close_circuits:
        held = PartnerQueue.objects.filter(pk__in=queue_ids, retry_at__isnull=False)
        held.update(version=F("version") + 1, retry_at=None)
    waking.wake(sorted(queue_ids))


def _today() -> date:
    now = timezone.now()
    return (timezone.localtime(now) if timezone.is_aware(now) else now).date()


def _by_day(rows: QuerySet[Any], column: str, days: list[date]) -> dict[date, int]:
    """In one query, in which each day is a range of the index. The days are cut here: not every MariaDB knows the
    time zones."""
    cut = [_midnight(day) for day in (*days, days[-1] + timedelta(days=1))]
    counts = [
        rows.order_by()
        .filter(**{f"{column}__gte": start, f"{column}__lt": end})
        .annotate(day=Value(number))
        .values("day")
        .annotate(number=Count("*"))
        .values_list("day", "number")
        for number, (start, end) in enumerate(pairwise(cut))
    ]
    # A combined query has the order of the model, which Django 6.1 wants among the columns.
    found = dict(counts[0].union(*counts[1:], all=True).order_by())
    return {day: found.get(number, 0) for number, day in enumerate(days)}


def _midnight(day: date) -> datetime:
    naive = datetime.combine(day, datetime.min.time())
    return timezone.make_aware(naive) if timezone.is_aware(timezone.now()) else naive
