"""Stores the outcome of a message, and of the batch that it was sent in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Value, When
from django.utils import timezone

from .. import conf
from ..account.database import persistently
from ..account.row import SMTPAccount, rows_of
from ..delivery import evidence
from ..delivery.evidence import Finding
from ..diagnosis.consequences import Consequence
from ..smtp.reply import enhanced_code
from ..smtp.settings import Stage
from . import announcing, claiming, judging, letters, pacing, queues, stopping
from .judging import Verdict
from .rows import MAX_REPLY, DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage
from .statements import Change, update_mine
from .states import Fate, MailState

GIVEN_UP_AT_ONCE = 500  # messages

_SESSION = {str(Stage.CONNECT), str(Stage.EHLO), str(Stage.STARTTLS), str(Stage.AUTH)}


class LeaseLost(Exception):
    """The message is no longer ours: it was cancelled, or our lease ran out."""


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """The outcome of one message, and what has to be written about it."""

    message: QueuedMessage
    verdict: Verdict
    partner: SMTPAccount | None
    values: dict[str, Any]
    at: datetime

    @property
    def change(self) -> Change:
        # Once it was swept to "unknown" we know better; and the same may be written twice.
        states = (MailState.SENDING, MailState.UNKNOWN, self.verdict.state)
        return Change(pk=self.message.pk, states=states, values=self.values)


@dataclass(kw_only=True)
class Ledger:
    """What happened in one batch.

    The outcome of a message that was sent is written together with the mark of the next one, in one statement,
    since most of the time that a message takes is the database's: ``flush()`` writes it at once. So it is stored
    before the next message leaves.
    """

    queue: PartnerQueue
    token: UUID
    began: datetime = field(default_factory=timezone.now)
    outcomes: Counter[str] = field(default_factory=Counter)
    answered: bool = False
    trouble: Verdict | None = None
    finding: Finding | None = None
    _pending: _Outcome | None = None
    _untold: list[tuple[_Outcome, bool]] = field(default_factory=list)
    _done: list[QueuedMessage] = field(default_factory=list)
    _attempts: list[DeliveryAttempt] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.outcomes[MailState.SENT] + self.outcomes[MailState.PARTLY]

    def hand_over(self, message: QueuedMessage) -> None:
        """Note that the content is about to leave. Raises ``LeaseLost``."""
        pending, now = self._pending, timezone.now()
        values = {"handed_over_at": now, "lease_until": claiming.lease_end(now)}
        mark = Change(pk=message.pk, states=(MailState.SENDING,), values=values)
        if pending is None:
            marked = persistently(lambda: update_mine(self.token, mark))
        else:
            is_ours, marked = persistently(lambda: self._write_and(mark, pending))
            self._written(pending, is_ours)
        if not marked:
            raise LeaseLost
        message.handed_over_at = now

    def settle(self, message: QueuedMessage, verdict: Verdict, partner: SMTPAccount | None) -> None:
        """Write down an outcome; where all went well, with the next mark. Then whoever listens is told."""
        self.flush()
        now = timezone.now()
        verdict = _of_its_age(message, verdict, now)
        values = _values(message, verdict, now)
        self._pending = _Outcome(message=message, verdict=verdict, partner=partner, values=values, at=now)
        if verdict.state != MailState.SENT or verdict.consequence is not None:
            self.flush()

    def flush(self) -> None:
        """Write what is not written, and tell what is not told."""
        if (pending := self._pending) is not None:
            self._written(pending, persistently(lambda: self._write(pending)))
        while self._untold:
            outcome, is_ours = self._untold.pop(0)
            announcing.outcome(outcome.message, outcome.verdict, outcome.partner, is_ours=is_ours)

    def _write(self, outcome: _Outcome) -> bool:
        """Whether the message was still ours."""
        return bool(update_mine(self.token, outcome.change))

    def _write_and(self, mark: Change, outcome: _Outcome) -> tuple[bool, bool]:
        """Whether the one message was still ours, and the next one is."""
        if (count := update_mine(self.token, outcome.change, mark)) in {0, 2}:
            return count == 2, count == 2
        # One of them is not, and the database does not say which; both may be written twice.
        return self._write(outcome), bool(update_mine(self.token, mark))

    def _written(self, outcome: _Outcome, is_ours: bool) -> None:
        self._pending = None
        for name, value in outcome.values.items():
            setattr(outcome.message, name, value)
        if is_ours:
            self._note(outcome.message, outcome.verdict, outcome.at)
            self._find(_finding_of(outcome.verdict, outcome.partner))
        # Not here: the next message is marked, and whoever is told may take long.
        self._untold.append((outcome, is_ours))

    def hold(self, verdict: Verdict) -> None:
        """Note what several messages together have shown of the server."""
        self.trouble = verdict
        self._find(_finding_of(verdict, None))

    def store(self, partner: SMTPAccount | None) -> None:
        """Write what can be written for many messages at once."""
        self.flush()
        persistently(self._store_attempts)
        if self.sent and partner is not None:
            persistently(lambda: _note_time(partner))

    def close(self, partner: SMTPAccount | None, left: Collection[QueuedMessage]) -> None:
        """Give back what was not tried, and tell the queue what is known of the server now."""
        self.flush()
        if left:
            persistently(lambda: give_back([message.pk for message in left], self.token))
        self.store(partner)
        before = persistently(lambda: queues.change(self.queue.pk, lambda row: self._changes(row, partner)))
        if partner is not None:
            evidence.note(partner, self.finding)
        if self.trouble is not None and self.trouble.consequence is Consequence.RETRY_LATER:
            _give_up_old(self.queue, self.trouble, partner)
        if before is not None and before.stopped_at is None and self._stops():
            assert self.trouble is not None
            announcing.stopped(before, self.trouble, partner)

    def _stops(self) -> bool:
        return self.trouble is not None and self.trouble.consequence is Consequence.STOP_PARTNER

    def _note(self, message: QueuedMessage, verdict: Verdict, now: datetime) -> None:
        self.answered |= bool(verdict.reply)
        self.outcomes[verdict.state] += 1
        if verdict.consequence is not None:
            self.trouble = verdict
        self._attempts.append(attempt_of(message, verdict, now))
        if verdict.state == MailState.SENT:
            self._done.append(message)
        else:
            persistently(self._store_attempts)

    def _find(self, finding: Finding | None) -> None:
        if finding is not None:
            self.finding = self.finding.followed_by(finding) if self.finding else finding

    def _store_attempts(self) -> None:
        """In few statements for all messages that were sent; the rest of each such message goes with them."""
        attempts = DeliveryAttempt.objects.using(queues.database())
        attempts.bulk_create([attempt for attempt in self._attempts if attempt.pk is None])
        self._attempts = []
        if self._done and not conf.keep_bodies():
            contents = QueuedContent.objects.using(queues.database())
            # Not of one that somebody has queued again meanwhile.
            ours = contents.filter(message__lease_token=self.token, message__state=MailState.SENT)
            ours.filter(message__in=[message.pk for message in self._done]).delete()
        self._done = []

    def _changes(self, row: PartnerQueue, partner: SMTPAccount | None) -> dict[str, Any]:
        now = timezone.now()
        slots = claiming.live_slots(row, now)
        slots.pop(str(self.token), None)
        values: dict[str, Any] = {"slots": slots}
        if self.sent:
            values["last_sent_at"] = now
        if self.answered:
            values |= {"failures": 0, "retry_at": None}
        if self.trouble is not None:
            values |= self._troubles(row, self.trouble, partner, now, others=len(slots))
        return values

    def _troubles(
        self,
        row: PartnerQueue,
        verdict: Verdict,
        partner: SMTPAccount | None,
        now: datetime,
        *,
        others: int,
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            "trouble_code": verdict.code,
            "trouble_stage": verdict.stage,
            "trouble_reply": verdict.reply[:MAX_REPLY],
            "trouble_at": now,
        }
        if verdict.consequence is Consequence.STOP_PARTNER:
            values |= {"stopped_at": now, "stopped_account": stopping.fingerprint(partner)}
            if row.stopped_at is None:
                values["stop_told_at"] = None
        elif verdict.consequence is Consequence.RETRY_LATER:
            failures = 1 if self.sent else row.failures + 1
            values |= {"failures": failures, "retry_at": now + pacing.back_off(failures)}
        if verdict.is_limit:
            values |= self._learnt(row, verdict, now, others)
        return values

    def _learnt(self, row: PartnerQueue, verdict: Verdict, now: datetime, others: int) -> dict[str, Any]:
        """Less of what the server said is too much: sessions, or messages."""
        if verdict.stage in _SESSION:
            return {"learnt_sessions": max(1, others), "learnt_at": now} if others else {}
        minutes = max(1.0, (now - self.began).total_seconds() / 60)
        rate = pacing.lowered(claiming.rate_allowed(row, now), int(self.sent / minutes))
        return {"learnt_rate": rate, "learnt_at": now}


def _finding_of(verdict: Verdict, partner: SMTPAccount | None) -> Finding | None:
    """What it tells of the partner's account, whose part another transport does not play."""
    if conf.transport():
        return None
    accepted = [name for name, each in verdict.outcomes.items() if each["fate"] == Fate.ACCEPTED]
    if accepted and partner is not None:
        return evidence.taken(partner, accepted)
    number, _, text = verdict.reply.partition(" ")
    return evidence.failed(
        verdict.code,
        verdict.stage,
        verdict.consequence,
        smtp_code=int(number) if number.isdecimal() else None,
        enhanced_code=enhanced_code(text),
    )


def _give_up_old(queue: PartnerQueue, verdict: Verdict, partner: SMTPAccount | None) -> None:
    """With a server that nobody reaches, one attempt speaks for all that are too old to be tried again."""
    now = timezone.now()
    old = queues.messages().filter(queue=queue, rank__isnull=False, due_at__lte=now, give_up_at__lte=now)
    for message in old.order_by("pk")[:GIVEN_UP_AT_ONCE]:
        outcomes = {name: {"fate": Fate.UNTRIED.value} for name in letters.open_recipients(message)}
        tried = judging.given_up(replace(verdict, outcomes=outcomes), message.known_outcomes)
        values = _values(message, tried, now) | {"attempts": message.attempts}
        if old.filter(pk=message.pk).update(**values):
            for name, value in values.items():
                setattr(message, name, value)
            announcing.outcome(message, tried, partner)


def attempt_of(message: QueuedMessage, verdict: Verdict, at: datetime) -> DeliveryAttempt:
    """The row, not stored yet, of the attempt that the message has just had."""
    return DeliveryAttempt(
        message=message,
        queue_id=message.queue_id,
        number=message.attempts,
        at=at,
        state=verdict.state,
        code=verdict.code,
        stage=verdict.stage,
        reply=verdict.reply[:MAX_REPLY],
        outcomes=dict(verdict.outcomes),
    )


def give_back(ids: list[int], token: UUID) -> int:
    """Let messages wait again whose content surely did not leave, at the place that they had."""
    ours = queues.messages().filter(pk__in=ids, lease_token=token, state=MailState.SENDING)
    return ours.update(**waiting_again())


def waiting_again() -> dict[str, Any]:
    first = When(attempts=0, then=Value(MailState.QUEUED.value))
    return {
        "state": Case(first, default=Value(MailState.DEFERRED.value)),
        "rank": -F("priority"),
        "lease_token": None,
        "lease_until": None,
        "handed_over_at": None,
    }


def _of_its_age(message: QueuedMessage, verdict: Verdict, now: datetime) -> Verdict:
    """While a message waits for its partner's account to be corrected, its age does not count."""
    waits = verdict.state == MailState.DEFERRED and verdict.consequence is not Consequence.STOP_PARTNER
    if not waits or now < message.give_up_at:
        return verdict
    return judging.given_up(verdict, message.known_outcomes)


def _values(message: QueuedMessage, verdict: Verdict, now: datetime) -> dict[str, Any]:
    attempts = message.attempts + 1
    values: dict[str, Any] = {
        "state": verdict.state,
        "outcomes": {**message.known_outcomes, **verdict.outcomes},
        "attempts": attempts,
        "code": verdict.code,
        "stage": verdict.stage,
        "reply": verdict.reply[:MAX_REPLY],
        "attempted_at": now,
        "lease_until": None,
        "handed_over_at": None,
    }
    if verdict.state != MailState.DEFERRED:
        return values | {"rank": None, "due_at": None, "ended_at": now}
    is_stopped = verdict.consequence is Consequence.STOP_PARTNER
    wait = timedelta() if is_stopped else pacing.back_off(_attempts_since_queued(message) + 1)
    return values | {"rank": -message.priority, "due_at": now + wait, "ended_at": None}


def _attempts_since_queued(message: QueuedMessage) -> int:
    """How often it was tried since it was queued, or queued again by a person: then the pauses begin anew.

    ``give_up_at`` tells when that was. If ``PARTNER_SMTP_QUEUE_HOURS`` was changed since, some pauses are as long
    as those of an earlier or a later attempt.
    """
    queued_at = message.give_up_at - timedelta(hours=conf.queue_hours())
    if not message.attempts or queued_at <= message.created_at:
        return message.attempts
    made = DeliveryAttempt.objects.using(queues.database()).filter(message=message, at__gte=queued_at)
    return persistently(made.count)


def _note_time(partner: SMTPAccount) -> None:
    using = str(partner._state.db)
    rows_of(partner, using).filter(pk=partner.pk).update(smtp_last_mail_at=timezone.now())
