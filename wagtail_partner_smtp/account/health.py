"""Which partners' mail needs attention, as conditions on their rows."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from itertools import pairwise, product
from operator import or_
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from ..smtp.certificate import EXPIRES_SOON
from . import encryption
from .columns import SMTPStatus
from .encryption import Kind
from .lookup import has_column
from .row import SMTPAccount

Row = TypeVar("Row", bound=Model)

BROKEN_STATUSES = (SMTPStatus.FAILED, SMTPStatus.UNTRUSTED, SMTPStatus.LOGIN_UNUSED)
"""Mail is known not to leave. "Changed", "untested" and "not proven" say nothing about that."""

NOTICE_DAYS = EXPIRES_SOON.days
"""So many days before its end a certificate counts as ending, as in a connection test."""


def is_active(row: object) -> bool:
    """Whether its mail is sent; rows of models that know nothing of it are always active."""
    return bool(getattr(row, "active", True))


def only_active(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those whose mail is sent."""
    active: dict[str, Any] = {"active": True} if has_column(rows.model, "active") else {}
    return rows.filter(**active)


def is_broken() -> Q:
    """Mail cannot be sent.

    The last test or the last mail found so, or the account cannot log in. A partner without a host was never set
    up.
    """
    failed = Q(smtp_status__in=BROKEN_STATUSES)
    return ~Q(smtp_host="") & (failed | cannot_log_in())


def cannot_log_in() -> Q:
    """The settings no longer name the key of what it logs in with, or somebody has to sign in again."""
    # As ranges, each of which an index finds: it does not find what is unequal. They differ in hexadecimal digits
    # alone, which every collation puts into the same order.
    ends = sorted(_at_hand())
    lacking = [Q(smtp_login_needs__gt=one, smtp_login_needs__lt=next_) for one, next_ in pairwise(ends)]
    return reduce(or_, lacking, Q(smtp_login_needs__gt=ends[-1]))


def _at_hand() -> set[str]:
    """What ``smtp_login_needs`` may hold of a login that nothing keeps from being used."""
    secrets, tokens = (
        ("", *encryption.readable_beginnings(kind)) for kind in (Kind.OAUTH_SECRET, Kind.REFRESH_TOKEN)
    )
    oauth = {secret + token for secret, token in product(secrets, tokens)}
    return oauth.union(encryption.readable_beginnings(Kind.PASSWORD))


def has_trusted_certificate(row: SMTPAccount) -> bool:
    """Whether the certificate that was seen last is trusted by its fingerprint: its end does not matter then."""
    known = row.smtp_known_certificate
    return bool(known) and row.smtp_trusted_certificate == known


def certificate_ends_within(days: int, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose certificate, as the last test saw it, ends within so many days, or has ended, and matters."""
    ending = rows.filter(smtp_certificate_until__lt=timezone.now() + timedelta(days=days))
    # Whether a fingerprint was written by an editor's action shows its seal, which no database opens.
    pinned = ending.exclude(smtp_pinned_certificate="").filter(
        smtp_pinned_certificate=F("smtp_known_certificate")
    )
    trusted = [row.pk for row in pinned.order_by().iterator() if has_trusted_certificate(row)]
    return ending.exclude(pk__in=trusted)
