"""Points in time as in columns: aware, or on a site without ``USE_TZ`` naive and in its ``TIME_ZONE``."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone


def as_stored(moment: datetime) -> datetime:
    """What a column takes, of an aware time."""
    return moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())


def as_aware(stored: datetime) -> datetime:
    """The time that a column holds."""
    is_naive = timezone.is_naive(stored)
    return timezone.make_aware(stored, timezone.get_default_timezone()) if is_naive else stored


def as_local(stored: datetime) -> datetime:
    """The time that a column holds, on the clock of whoever reads it."""
    return timezone.localtime(as_aware(stored))
