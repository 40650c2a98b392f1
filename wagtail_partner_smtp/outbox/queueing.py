"""Puts mail into the queue, as part of the current transaction.

Mail is rendered and sealed here, so that what is sent is what was meant when it was queued; the account is read
anew when it is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from math import inf
from operator import attrgetter
from typing import Any, TypeVar
from uuid import uuid4

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import conf
from ..account.names import is_saved
from ..account.row import SMTPAccount
from ..account.sender import Sender
from ..account.times import as_aware, as_stored
from ..delivery.envelope import listed
from ..delivery.partners import missing, usable
from ..smtp.errors import Code, SettingsError, SMTPError
from ..smtp.reply import strip_controls
from ..smtp.settings import Stage
from . import announcing, letters, queues, waking
from .judging import Verdict
from .letters import Letter
from .rows import PartnerQueue, QueuedContent, QueuedMessage
from .sealing import Sealer, binding_of
from .statements import insert
from .states import MailState

CHUNK = 500  # messages in one statement …
CHUNK_OCTETS = 4 * 1024 * 1024  # … unless their content is larger
MAX_KEY = 255  # characters
MAX_PRIORITY = 32767

LONGEST_AHEAD = timedelta(days=36_600)

_TRIES = 3

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Options:
    """When, and before which others. The higher the ``priority``, the sooner.

    A ``send_at`` without a time zone is in the site's own. Raises ``ValueError`` for what no column holds.
    """

    priority: int = 0
    send_at: datetime | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.priority, int) or abs(self.priority) > MAX_PRIORITY:
            raise ValueError(f"priority must be an integer from {-MAX_PRIORITY} to {MAX_PRIORITY}")
        if not isinstance(self.send_at, datetime | None):
            raise ValueError("send_at must be a datetime, or None")

    def due(self, now: datetime) -> datetime:
        """The time for a column. Raises ``ValueError`` for a time that dates cannot represent."""
        if self.send_at is None:
            return now
        try:
            due = as_stored(as_aware(self.send_at))
            is_near = due - now <= LONGEST_AHEAD
        except OverflowError:
            is_near = False
        if not is_near:
            raise ValueError(f"send_at must be at most {LONGEST_AHEAD.days} days ahead")
        return due


def queue_one(
    partner: SMTPAccount, message: EmailMessage, *, key: str = "", options: Options | None = None
) -> QueuedMessage:
    """Queue one message. Raises what ``send_mail`` raises for a message or an account that cannot be used.

    A message with a ``key`` that the partner's queue has seen is not queued again: the first one is returned.
    """
    desk = _Desk(usable(partner), options or Options())
    return desk.queue([desk.write(message, _valid(key))])[0]


def queue_or_note(partner: SMTPAccount, message: EmailMessage) -> QueuedMessage:
    """Queue one message for somebody to whom no error is of use, such as the visitor of a page.

    What cannot leave is stored as failed, with the reason. The message of a partner that is switched off is
    cancelled when its turn comes, and can be sent again.
    """
    desk = _Desk(partner, Options(), is_noting=True)
    return desk.queue([desk.write_or_note(message, "")])[0]


def queue_many(
    partner: SMTPAccount,
    messages: Iterable[EmailMessage],
    *,
    keys: Iterable[str] | None = None,
    options: Options | None = None,
) -> list[QueuedMessage]:
    """Queue any number of messages, all or none; a message that cannot be rendered is stored as failed.

    ``keys`` has one for each message. Both may be generators: memory holds one chunk of content.
    """
    desk = _Desk(usable(partner), options or Options())
    pairs = _paired(messages, keys)
    queued: list[QueuedMessage] = []
    with transaction.atomic(desk.using):
        entries = (desk.write_or_note(message, _valid(key)) for message, key in pairs)
        for chunk in _portions(entries, lambda entry: entry.row.size, CHUNK):
            queued += desk.queue(chunk)
    return queued


@dataclass(slots=True)
class _Entry:
    row: QueuedMessage
    content: bytes | None = field(repr=False)


class _Desk:
    """One partner's queue while mail is put into it.

    What is wrong with the account is raised at once, or else noted with each message.
    """

    def __init__(self, partner: SMTPAccount, options: Options, *, is_noting: bool = False) -> None:
        self._partner = partner
        if not is_saved(partner):
            raise missing(str(partner))
        if not is_noting:
            _sender_of(partner)
        self.using = queues.database()
        self._now = timezone.now()
        self._due = options.due(self._now)
        self._priority = options.priority
        self._queue: PartnerQueue = queues.find_or_make(partner)
        self._sealer = Sealer()
        self._give_up = max(self._due, self._now) + timedelta(hours=conf.queue_hours())
        self._blank = self._blank_row()

    def write(self, message: EmailMessage, key: str) -> _Entry:
        letter = letters.write(message, self._sender)
        message.smtp_message_id = letter.message_id  # type: ignore[attr-defined]
        row = self._row(letter, key)
        row.rank, row.due_at = -self._priority, self._due
        return _Entry(row=row, content=letter.content)

    def write_or_note(self, message: EmailMessage, key: str) -> _Entry:
        try:
            return self.write(message, key)
        # Not only SMTPError: a message of a site's own class fails by whatever error it likes.
        except Exception as error:
            row = self._row(_unreadable(message, self._partner.smtp_email), key)
            row.state, row.ended_at = MailState.FAILED, self._now
            # The key is that of the message that will be queued after this one is corrected.
            row.key_digest = None
            row.code = str(error.code) if isinstance(error, SMTPError) else Code.MESSAGE_INVALID.value
            row.stage = str(getattr(error, "stage", None) or "")
            return _Entry(row=row, content=None)

    def queue(self, chunk: list[_Entry]) -> list[QueuedMessage]:
        """The rows, or those that were there with the same keys."""
        if any(entry.row.key_digest for entry in chunk):
            rows = self._store_new(chunk)
        else:
            rows = [entry.row for entry in chunk]
            with transaction.atomic(self.using):
                self._store(chunk)
        self._announce([entry.row for entry in chunk if entry.content is None])
        if any(row.due_at is not None for row in rows):
            waking.wake([self._queue.pk])
        return rows

    def _announce(self, failed: list[QueuedMessage]) -> None:
        """Those that were stored as failed, once that is committed."""
        for row in failed:
            verdict = Verdict(state=MailState.FAILED, code=row.code, stage=row.stage)
            tell = partial(announcing.outcome, row, verdict, self._partner)
            transaction.on_commit(tell, using=self.using)

    @cached_property
    def _sender(self) -> Sender:
        return _sender_of(self._partner)

    def _row(self, letter: Letter, key: str) -> QueuedMessage:
        own = {
            "uuid": uuid4(),
            "sender": letter.sender,
            "recipients": "\n".join(letter.recipients),
            "outcomes": {},
            "subject": letter.subject,
            "message_id": letter.message_id[:255],
            "size": len(letter.content),
            "key": key,
            "key_digest": self._digest(key),
        }
        # In the order of the columns: by their names, Django takes five times as long.
        row = QueuedMessage(*(self._blank | own).values())  # type: ignore[misc]
        row.queue = self._queue
        return row

    def _blank_row(self) -> dict[str, Any]:
        """What all rows have in common, by column."""
        fields = QueuedMessage._meta.concrete_fields
        return {str(field.attname): field.get_default() for field in fields} | {
            "queue_id": self._queue.pk,
            "partner_name": self._queue.partner_name,
            "priority": self._priority,
            "created_at": self._now,
            "give_up_at": self._give_up,
        }

    def _digest(self, key: str) -> str | None:
        return hashlib.sha256(f"{self._queue.pk}:{key}".encode()).hexdigest() if key else None

    def _store_new(self, chunk: list[_Entry]) -> list[QueuedMessage]:
        """Somebody else may store the same keys at the same moment: the unique index decides."""
        for attempt in range(_TRIES):
            first: dict[str, _Entry] = {}
            own = [entry for entry in chunk if _noted(first, entry)]
            known = self._known(list(first), is_locked=attempt > 0)
            new = [entry for entry in own if entry.row.key_digest not in known]
            try:
                with transaction.atomic(self.using):
                    self._store(new)
            except IntegrityError:
                if attempt == _TRIES - 1:
                    raise
                continue
            stored = {digest: entry.row for digest, entry in first.items()} | known
            return [stored.get(entry.row.key_digest or "", entry.row) for entry in chunk]
        raise AssertionError("unreachable")

    def _known(self, digests: list[str], *, is_locked: bool) -> dict[str, QueuedMessage]:
        """Locked, a transaction sees what was committed since it began (MariaDB's REPEATABLE READ)."""
        rows = QueuedMessage.objects.using(self.using).filter(key_digest__in=digests)
        if not is_locked:
            return {str(row.key_digest): row for row in rows}
        with transaction.atomic(self.using):
            return {str(row.key_digest): row for row in rows.select_for_update()}

    def _store(self, entries: list[_Entry]) -> None:
        if not entries:
            return
        rows = [entry.row for entry in entries]
        ids = insert(QueuedMessage, _COLUMNS, list(map(attrgetter(*_COLUMNS), rows)))
        for row, pk in zip(rows, ids, strict=True):
            row.pk, row._state.db, row._state.adding = pk, self.using, False
        for pieces in _portions(self._pieces(entries), lambda piece: len(piece[-1])):
            insert(QueuedContent, _PIECE_COLUMNS, pieces)

    def _pieces(self, entries: list[_Entry]) -> Iterator[tuple[Any, ...]]:
        for entry in entries:
            if entry.content is not None:
                for piece in self._sealer.seal(entry.content, binding_of(entry.row)):
                    yield entry.row.pk, piece.number, piece.is_last, piece.key_id, piece.sealed


def _sender_of(partner: SMTPAccount) -> Sender:
    """Raises ``SettingsError`` for an account that nothing can be sent from."""
    if not partner.smtp_email:
        raise SettingsError(Code.EMAIL_MISSING, stage=Stage.SETTINGS, facts={"field": "email"})
    return Sender.of(partner)


_COLUMNS = [str(field.attname) for field in QueuedMessage._meta.concrete_fields if not field.primary_key]
_PIECE_COLUMNS = ("message_id", "number", "is_last", "key_id", "sealed")


def _noted(first: dict[str, _Entry], entry: _Entry) -> bool:
    """Whether the entry has no key, or is the first one with it."""
    digest = entry.row.key_digest
    return digest is None or first.setdefault(digest, entry) is entry


def _valid(key: str) -> str:
    # PostgreSQL stores no NUL.
    if not isinstance(key, str) or len(key) > MAX_KEY or "\0" in key:
        raise ValueError(f"a key must be a text of at most {MAX_KEY} characters, without NUL")
    return key


def _paired(
    messages: Iterable[EmailMessage], keys: Iterable[str] | None
) -> Iterable[tuple[EmailMessage, str]]:
    if keys is None:
        return ((message, "") for message in messages)
    return zip(messages, keys, strict=True)


def _portions(items: Iterable[T], octets_of: Callable[[T], int], most: float = inf) -> Iterator[list[T]]:
    """As many of the items as may be held, or carried by one statement: ``most``, or ``CHUNK_OCTETS``."""
    portion: list[T] = []
    octets = 0
    for item in items:
        portion.append(item)
        octets += octets_of(item)
        if len(portion) >= most or octets >= CHUNK_OCTETS:
            yield portion
            portion, octets = [], 0
    if portion:
        yield portion


def _unreadable(message: EmailMessage, email: str) -> Letter:
    """What can be told of a message that cannot be rendered."""
    recipients = [strip_controls(each) for each in (*listed(message.to), *listed(message.cc))]
    return Letter(
        sender=email,
        recipients=recipients,
        subject=strip_controls(str(message.subject))[: letters.MAX_SUBJECT],
        message_id="",
        content=b"",
    )
