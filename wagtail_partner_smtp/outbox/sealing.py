"""Content of queued mail at rest: in pieces, AES-256-GCM, with keys made of the same secrets as the passwords'.

A piece opens only as this piece of this message: the message's UUID, queue, sender and recipients, the piece's
number and whether it is the last are associated data of the cipher.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..account.encryption import NONCE_BYTES, Key, keys

if TYPE_CHECKING:
    from .rows import QueuedMessage

PIECE = 512 * 1024
"""Octets of a piece."""

AHEAD = PIECE
"""Octets of content that are read ahead of their turn."""

_MAIL = b"wagtail_partner_smtp/mail/v1"


class ContentUnreadable(ValueError):
    """The content cannot be read; ``reason`` is "gone", "key_lost" or "not_for_this_message"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece as it is stored."""

    number: int
    is_last: bool
    key_id: str
    sealed: bytes = field(repr=False)


class Sealer:
    """The keys, derived once for any number of messages."""

    def __init__(self) -> None:
        self._keys = {key.id: key for key in keys(_MAIL)}
        self._newest: Key = next(iter(self._keys.values()))

    @property
    def newest_id(self) -> str:
        return self._newest.id

    def seal(self, content: bytes, binding: bytes) -> Iterator[Piece]:
        """The pieces of ``content``, one after the other."""
        whole = memoryview(content)
        starts = range(0, max(len(content), 1), PIECE)
        for number, start in enumerate(starts):
            is_last = number == len(starts) - 1
            yield self._piece(whole[start : start + PIECE], binding, number, is_last)

    def unseal(self, pieces: Iterable[Piece], binding: bytes) -> bytes:
        """What was sealed. Raises ``ContentUnreadable``, also where pieces are missing."""
        plain: list[bytes] = []
        ended = False
        for number, piece in enumerate(pieces):
            if ended or piece.number != number:
                raise ContentUnreadable("not_for_this_message")
            plain.append(self._open(piece, binding))
            ended = piece.is_last
        if not plain:
            raise ContentUnreadable("gone")
        if not ended:
            raise ContentUnreadable("not_for_this_message")
        return plain[0] if len(plain) == 1 else b"".join(plain)

    def reseal(self, piece: Piece, binding: bytes) -> Piece:
        """The piece under the newest key. Raises ``ContentUnreadable``."""
        return self._piece(self._open(piece, binding), binding, piece.number, piece.is_last)

    def _piece(self, plain: bytes | memoryview, binding: bytes, number: int, is_last: bool) -> Piece:
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound_to(self._newest.id, binding, number, is_last)
        sealed = AESGCM(self._newest.material).encrypt(nonce, plain, bound)
        return Piece(number=number, is_last=is_last, key_id=self._newest.id, sealed=b"".join([nonce, sealed]))

    def _open(self, piece: Piece, binding: bytes) -> bytes:
        key = self._keys.get(piece.key_id)
        if key is None:
            raise ContentUnreadable("key_lost")
        bound = _bound_to(key.id, binding, piece.number, piece.is_last)
        sealed = memoryview(piece.sealed)
        try:
            return AESGCM(key.material).decrypt(bytes(sealed[:NONCE_BYTES]), sealed[NONCE_BYTES:], bound)
        except InvalidTag:
            raise ContentUnreadable("not_for_this_message") from None


def binding_of(message: QueuedMessage) -> bytes:
    """What the pieces of a message are bound to."""
    bound = (str(message.uuid), message.queue_id, message.sender, message.recipients)
    return json.dumps(bound).encode()


def read(message: QueuedMessage) -> bytes:
    """The content of a message. Raises ``ContentUnreadable``."""
    return Sealer().unseal(_stored(message), binding_of(message))


class Reader:
    """Reads the content of messages in their turn; that of small ones a few ahead, in one statement for all.

    Memory holds one message, and besides at most ``AHEAD`` octets.
    """

    def __init__(self, messages: Sequence[QueuedMessage]) -> None:
        self._sealer = Sealer()
        self._coming = deque(messages)
        self._read: dict[int, Piece] = {}

    def read(self, message: QueuedMessage) -> bytes:
        """The content of one of the messages. Raises ``ContentUnreadable``."""
        if message.pk not in self._read:
            self._read = self._read_ahead(message)
        piece = self._read.pop(message.pk, None)
        pieces = [piece] if piece else _stored(message)
        return self._sealer.unseal(pieces, binding_of(message))

    def _read_ahead(self, message: QueuedMessage) -> dict[int, Piece]:
        while self._coming and self._coming[0].pk != message.pk:
            self._coming.popleft()
        octets, ids = 0, []
        for each in self._coming:
            octets += each.size
            if octets > AHEAD:
                break
            ids.append(each.pk)
        if len(ids) < 2:
            return {}
        rows = message.contents.model._default_manager.using(message._state.db).filter(message__in=ids)
        found = rows.values_list("message_id", "number", "is_last", "key_id", "sealed")
        return {row[0]: _piece(*row[1:]) for row in found}


def _stored(message: QueuedMessage) -> Iterator[Piece]:
    """One piece in memory at a time, by a statement for each: no cursor of the server has to be kept open."""
    # From where the message was read: a replica may not have its content yet.
    contents = message.contents.db_manager(message._state.db).order_by("number")
    rows = contents.values_list("number", "is_last", "key_id", "sealed")
    first = 0
    while found := list(rows.filter(number__gte=first)[:1]):
        piece = _piece(*found[0])
        yield piece
        if piece.is_last:
            return
        first = piece.number + 1


def _piece(number: int, is_last: bool, key_id: str, sealed: bytes | memoryview) -> Piece:
    return Piece(number=number, is_last=is_last, key_id=key_id, sealed=bytes(sealed))


def _bound_to(key_id: str, binding: bytes, number: int, is_last: bool) -> bytes:
    return b"%s|%s|%d|%d" % (key_id.encode(), binding, number, is_last)
