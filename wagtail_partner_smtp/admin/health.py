"""Which partners' mail needs somebody, as conditions on their rows."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from ..account import SMTPStatus
from ..smtp.tls import EXPIRES_SOON

BROKEN_STATUSES = (SMTPStatus.FAILED, SMTPStatus.UNTRUSTED)
"""The last test found that mail cannot be sent. Neither "changed" nor "untested" says anything about that."""

BROKEN = Q(smtp_status__in=BROKEN_STATUSES)

NOTICE_DAYS = EXPIRES_SOON.days
"""So many days before its end a certificate counts as ending, as in a connection test."""


def certificate_ends_within(days: int) -> Q:
    """The certificate that the last test saw ends within so many days, or has ended.

    One that has ended and is trusted by its fingerprint does not count: a pin excuses the dates.
    """
    now = timezone.now()
    has_ended = Q(smtp_certificate_until__lte=now)
    ends = Q(smtp_certificate_until__lt=now + timedelta(days=days))
    return ends & ~(has_ended & ~Q(smtp_pinned_certificate=""))
