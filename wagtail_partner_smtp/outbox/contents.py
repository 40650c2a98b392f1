"""The contents of a batch, read ahead: small ones many at a time, large ones alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from . import queues, sealing
from .rows import QueuedContent, QueuedMessage
from .sealing import Piece, Sealer

AHEAD = 1024 * 1024  # octets
AT_MOST = 100  # messages


class Contents:
    """Reads messages in the order that they are sent in. Memory holds ``AHEAD`` octets, or one message."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._read: dict[int, list[Piece]] = {}

    def has(self, message: QueuedMessage) -> bool:
        """Whether it takes no question to the database."""
        return message.pk in self._read

    def of(self, message: QueuedMessage, following: Iterable[QueuedMessage]) -> bytes:
        """The content; on the way, that of those which follow. Raises ``ContentUnreadable``."""
        if not self.has(message):
            if message.size > AHEAD:
                return sealing.read(message, self._sealer)
            self._read = self._pieces(_small(message, following))
        return self._sealer.unseal(self._read.pop(message.pk, ()), sealing.binding_of(message))

    def _pieces(self, ids: list[int]) -> dict[int, list[Piece]]:
        rows = QueuedContent.objects.using(queues.database()).filter(message__in=ids).order_by("number")
        pieces: dict[int, list[Piece]] = defaultdict(list)
        for owner, number, is_last, key_id, sealed in rows.values_list(
            "message_id", "number", "is_last", "key_id", "sealed"
        ):
            pieces[owner].append(Piece(number=number, is_last=is_last, key_id=key_id, sealed=bytes(sealed)))
        return dict(pieces)


def _small(message: QueuedMessage, following: Iterable[QueuedMessage]) -> list[int]:
    """As many as may be read together."""
    octets = message.size
    ids = [message.pk]
    for each in islice(following, AT_MOST):
        octets += each.size
        if octets > AHEAD:
            break
        ids.append(each.pk)
    return ids
