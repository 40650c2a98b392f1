"""Records that a worker looks for mail, and when a task engine was asked to start the next one."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import Q, QuerySet

from . import queues
from .rows import WorkerPulse


def name() -> str:
    """Of this site's row: another project, with other models, may use the same tables."""
    types = ",".join(map(str, sorted(queues.types_here())))
    return hashlib.sha256(types.encode()).hexdigest()[:32]


def be_seen(now: datetime) -> None:
    if not _row().update(seen_at=now):
        WorkerPulse.objects.using(queues.database()).get_or_create(name=name(), defaults={"seen_at": now})


def book(at: datetime, now: datetime) -> bool:
    """Note that an engine is asked to look at that time; whether nobody has asked it to look by then."""
    is_free = Q(wake_at__isnull=True) | Q(wake_at__lte=now) | Q(wake_at__gt=at)
    return bool(_row().filter(is_free).update(wake_at=at))


def unbook(at: datetime) -> None:
    """The time has come, or the engine does not take it. Another booking stays."""
    _row().filter(wake_at=at).update(wake_at=None)


def _row() -> QuerySet[WorkerPulse]:
    return WorkerPulse.objects.using(queues.database()).filter(name=name())
