"""Which partners' mail needs attention, as conditions on their rows."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from ..smtp.certificate import EXPIRES_SOON
from . import encryption
from .columns import SMTPAuth, SMTPStatus
from .encryption import Kind
from .lookup import has_column
from .saving import SEALED

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

    The last test or the last mail found so, or the password cannot be read since its key is lost, or somebody has
    to sign in again. A partner without a host was never set up.
    """
    failed = Q(smtp_status__in=BROKEN_STATUSES)
    return ~Q(smtp_host="") & (failed | is_key_lost() | needs_consent())


def is_key_lost() -> Q:
    """What the account logs in with was sealed with a key that the settings no longer name."""
    by_password, by_oauth = Q(smtp_auth=SMTPAuth.PASSWORD), Q(smtp_auth=SMTPAuth.OAUTH)
    oauth_lost = _is_lost(Kind.OAUTH_SECRET) | _is_lost(Kind.REFRESH_TOKEN)
    return (by_password & _is_lost(Kind.PASSWORD)) | (by_oauth & oauth_lost)


def needs_consent() -> Q:
    """The provider takes the sign-in of the mailbox no more: somebody has to connect it again."""
    return Q(smtp_auth=SMTPAuth.OAUTH) & ~Q(smtp_oauth_needs_consent="")


def _is_lost(kind: Kind) -> Q:
    column = SEALED[kind]
    known = (Q(**{f"{column}__startswith": text}) for text in encryption.readable_beginnings(kind))
    return ~Q(**{column: ""}) & ~reduce(or_, known)


def certificate_ends_within(days: int) -> Q:
    """The certificate that the last test saw ends within so many days, or has ended.

    The end of one that is trusted by its fingerprint does not matter.
    """
    until = timezone.now() + timedelta(days=days)
    is_pinned = ~Q(smtp_pinned_certificate="") & Q(smtp_pinned_certificate=F("smtp_known_certificate"))
    return Q(smtp_certificate_until__lt=until) & ~is_pinned
