"""Deletes queued mail that has ended, and content that a crash has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from .. import conf
from ..account.database import persistently
from . import queues, stopping
from .rows import DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage
from .states import ENDED, MailState

CHUNK = 500


def forget() -> tuple[int, int]:
    """How many messages were forgotten, and of how many others the content."""
    before = timezone.now() - timedelta(days=conf.log_days())
    old = queues.messages().filter(state__in=ENDED, ended_at__lt=before)
    return _by_chunks(old, _forget), drop_contents()


def drop_contents() -> int:
    """Of messages that were sent to all, unless it is to be kept: a worker that was killed may have left some."""
    if conf.keep_bodies():
        return 0
    kept = Exists(QueuedContent.objects.using(queues.database()).filter(message=OuterRef("pk")))
    sent = queues.messages().filter(kept, state=MailState.SENT)
    return _by_chunks(sent, _drop)


def drop_queues() -> int:
    """Of partners that are gone, once nothing is left in them."""
    rows = PartnerQueue.objects.using(queues.database()).filter(
        messages__isnull=True, partner_type__in=queues.types_here()
    )
    return sum(1 for queue in rows if stopping.partner_of(queue) is None and queue.delete())


def _forget(old: QuerySet[QueuedMessage]) -> int:
    """Not by Django's cascade, which reads all rows first, their content too."""
    with _held(old) as ids:
        _delete(QueuedContent.objects.filter(message__in=ids))
        _delete(DeliveryAttempt.objects.filter(message__in=ids))
        return _delete(QueuedMessage.objects.filter(pk__in=ids))


def _drop(sent: QuerySet[QueuedMessage]) -> int:
    with _held(sent) as ids:
        _delete(QueuedContent.objects.filter(message__in=ids))
        return len(ids)


@contextmanager
def _held(rows: QuerySet[QueuedMessage]) -> Iterator[list[int]]:
    """The primary keys of those that are still among them, and stay so within it: one transaction."""
    with transaction.atomic(using=rows.db):
        # Whoever wants to have one sent again waits: on every database, what was written is locked.
        rows.update(lease_until=F("lease_until"))
        yield list(rows.values_list("pk", flat=True))


def _delete(rows: QuerySet[Any]) -> int:
    # ``None`` if there is nothing to be looked for.
    return int(rows._raw_delete(queues.database()) or 0)


def _by_chunks(rows: QuerySet[QueuedMessage], action: Callable[[QuerySet[QueuedMessage]], int]) -> int:
    done = last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        done += persistently(partial(action, rows.filter(pk__in=ids)))
        last = ids[-1]
    return done
