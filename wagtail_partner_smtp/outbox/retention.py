"""Deletes queued mail that has ended, and content that a crash has left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from .. import conf
from . import queues, stopping
from .rows import DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage
from .states import ENDED, MailState

CHUNK = 500


def forget() -> tuple[int, int]:
    """How many messages were forgotten, and of how many others the content."""
    before = timezone.now() - timedelta(days=conf.log_days())
    old = queues.messages().filter(state__in=ENDED, ended_at__lt=before)
    forgotten = sum(_delete(ids) for ids in _chunks(old))
    return forgotten, drop_contents()


def drop_contents() -> int:
    """Of messages that were sent to all, unless it is to be kept: a worker that was killed may have left some."""
    if conf.keep_bodies():
        return 0
    contents = QueuedContent.objects.using(queues.database())
    kept = Exists(contents.filter(message=OuterRef("pk")))
    sent = queues.messages().filter(kept, state=MailState.SENT)
    dropped = 0
    for ids in _chunks(sent):
        contents.filter(message__in=ids, message__state=MailState.SENT)._raw_delete(str(contents.db))
        dropped += len(ids)
    return dropped


def drop_queues() -> int:
    """Of partners that are gone, once nothing is left in them."""
    rows = PartnerQueue.objects.using(queues.database()).filter(
        messages__isnull=True, partner_type__in=queues.types_here()
    )
    return sum(1 for queue in rows if stopping.partner_of(queue) is None and queue.delete())


def _delete(ids: list[int]) -> int:
    """Not by Django's cascade, which reads all rows first, their content too."""
    using = queues.database()
    ended = QueuedMessage.objects.using(using).filter(pk__in=ids, state__in=ENDED)
    for model in (QueuedContent, DeliveryAttempt):
        rows: QuerySet[Any] = model.objects.using(using).filter(message__in=ids)
        rows._raw_delete(using)
    return int(ended._raw_delete(using))


def _chunks(rows: QuerySet[QueuedMessage]) -> Iterator[list[int]]:
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
        last = ids[-1]
