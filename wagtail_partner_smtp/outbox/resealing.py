"""Sealing the content of queued mail with the newest key: piece by piece, resumable, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from . import queues
from .rows import QueuedContent
from .sealing import ContentUnreadable, Piece, Sealer, binding_of

CHUNK = 500  # primary keys read at a time; of content there is one piece in memory


def pieces() -> Iterator[int]:
    """The primary keys of the pieces that older keys sealed."""
    rows = _rows().exclude(key_id=Sealer().newest_id).order_by("pk").values_list("pk", flat=True)
    last = 0
    while ids := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield from ids
        last = ids[-1]


def is_readable(pk: int, sealer: Sealer) -> bool:
    """Whether the piece opens, or has been sent or forgotten meanwhile."""
    row = _rows().filter(pk=pk).select_related("message").first()
    try:
        return row is None or bool(sealer.reseal(_piece(row), binding_of(row.message)))
    except ContentUnreadable:
        return False


def reseal(pk: int, sealer: Sealer) -> bool:
    """Whether it was there, and is sealed anew. Raises ``ContentUnreadable``."""
    row = _rows().filter(pk=pk).select_related("message").first()
    if row is None:
        return False
    piece = sealer.reseal(_piece(row), binding_of(row.message))
    return bool(_rows().filter(pk=pk, key_id=row.key_id).update(key_id=piece.key_id, sealed=piece.sealed))


def _piece(row: QueuedContent) -> Piece:
    return Piece(number=row.number, is_last=row.is_last, key_id=row.key_id, sealed=bytes(row.sealed))


def _rows() -> QuerySet[QueuedContent]:
    return QueuedContent.objects.using(queues.database())
