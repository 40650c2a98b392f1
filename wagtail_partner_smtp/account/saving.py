"""What saving does to an SMTP account: decided here from values, written by ``account``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

from ..smtp.names import canonical_host
from ..smtp.settings import DEFAULT_PORT, Destination, Security
from .columns import SMTPAuth, SMTPStatus
from .encryption import Kind, OAuthTarget
from .oauth_values import OAUTH_COLUMNS

Values = Mapping[str, Any]

DESTINATION = ("smtp_host", "smtp_port", "smtp_login", "smtp_security")
"""The columns of where the password may be sent."""

TARGET = tuple(f"smtp_oauth_{each.name}" for each in fields(OAuthTarget))
"""Of the columns of OAuth, those that its secret is bound to."""

_OF_THE_SERVER = ("smtp_host", "smtp_port", "smtp_login", "smtp_email", "smtp_security")

FILLED_IN = (*_OF_THE_SERVER, "smtp_auth", *OAUTH_COLUMNS)
"""Columns that people fill in, and that a connection test is about, besides the secrets."""

SEALED: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PASSWORD: "smtp_password_encrypted",
        Kind.OAUTH_SECRET: "smtp_oauth_secret_encrypted",
        Kind.REFRESH_TOKEN: "smtp_oauth_refresh_token_encrypted",
        Kind.ACCESS_TOKEN: "smtp_oauth_access_token_encrypted",
        Kind.CERTIFICATE: "smtp_pinned_certificate_encrypted",
    }
)

SECRETS = (SEALED[Kind.PASSWORD], SEALED[Kind.OAUTH_SECRET])
"""Of these, the columns of what people type."""

CACHED_TOKEN: Values = MappingProxyType(
    {
        SEALED[Kind.ACCESS_TOKEN]: "",
        "smtp_oauth_token_issued_at": None,
        "smtp_oauth_token_expires_at": None,
        "smtp_oauth_renewing": None,
        "smtp_oauth_renewing_until": None,
    }
)
"""The columns of the access token in store and of its renewal, and what they hold without one."""

CONNECTION: Values = MappingProxyType(
    {
        SEALED[Kind.REFRESH_TOKEN]: "",
        **CACHED_TOKEN,
        "smtp_oauth_connected_as": "",
        "smtp_oauth_connected_at": None,
        "smtp_oauth_needs_consent": "",
    }
)
"""The columns of what an OAuth provider has given, and what they hold before it has."""

PIN: Values = MappingProxyType({"smtp_pinned_certificate": "", SEALED[Kind.CERTIFICATE]: ""})
"""The columns of a certificate that is trusted by an action of its own, and what they hold without one."""

# In this order: stopped queues know their account by it.
ACCOUNT = (
    *_OF_THE_SERVER,
    "smtp_pinned_certificate",
    "smtp_auth",
    *OAUTH_COLUMNS,
    *SECRETS,
    "smtp_oauth_connected_at",
)
"""What people decide about an account: if one of these changes, it is another account than the one before."""

OF_OAUTH = ("smtp_auth", *OAUTH_COLUMNS, SEALED[Kind.OAUTH_SECRET], "smtp_oauth_connected_at")
"""Of these, the columns that mean nothing to an account with a password."""

NEVER_TESTED = (SMTPStatus.NOT_SET_UP, SMTPStatus.UNTESTED)
"""Of these nobody has ever known whether mail leaves."""

EVIDENCE: Values = MappingProxyType({"smtp_judged_at": None, "smtp_failure": {}, "smtp_failures": 0})
"""The columns of what mail has shown, and what they hold for an account by which none was sent."""

_AHEAD = timedelta(minutes=10)


def not_known_since(moment: datetime) -> Q:
    """Accounts of which nothing newer is known than ``moment``, a time as in the columns.

    What was known later than now was written by a clock that was wrong, or in another zone or hour of one: until
    that time came, nothing would be stored.
    """
    later_than_now = Q(smtp_judged_at__gt=timezone.now() + _AHEAD)
    return Q(smtp_judged_at__isnull=True) | Q(smtp_judged_at__lte=moment) | later_than_now


STANDING = ("smtp_status", "smtp_test_summary", "smtp_failure", "smtp_failures", "smtp_relay_proven_at")
"""The columns of what is known of an account, which say whether mail changes it."""

MACHINE_WRITTEN = (
    "smtp_uuid",
    *SECRETS,
    *CONNECTION,
    *PIN,
    "smtp_known_certificate",
    "smtp_known_certificate_at",
    "smtp_status",
    "smtp_status_since",
    "smtp_tested_at",
    "smtp_test_summary",
    *EVIDENCE,
    "smtp_relay_proven_at",
    "smtp_certificate_until",
    "smtp_last_mail_at",
    "smtp_alert_state",
    "smtp_alerted_until",
)
"""Columns that ``save()`` leaves alone, since only the machine writes them, or an action of its own."""

NEVER_ASSIGNED = ("smtp_uuid", "smtp_pinned_certificate", *SEALED.values())
"""Of these, the columns that even ``update_fields`` does not write: the mixin alone makes their values."""


def destination(values: Values) -> Destination:
    """Where the account's password may go. An impossible host stands for itself.

    Raises ``ValueError`` for an unknown security.
    """
    port = values["smtp_port"]
    return Destination(
        host=one_spelling(values["smtp_host"]),
        port=DEFAULT_PORT if port is None else int(port),
        login=values["smtp_login"],
        security=Security(values["smtp_security"]),
    )


def oauth_target(values: Values) -> OAuthTarget:
    """Where the account's OAuth secret may go."""
    return OAuthTarget(**{name.removeprefix("smtp_oauth_"): values[name] for name in TARGET})


def is_same_target(one: Values, other: Values) -> bool:
    """Whether an OAuth secret of the one may be used for the other: same destination, same application."""
    return not is_moved(one, other) and oauth_target(one) == oauth_target(other)


def is_same_application(one: Values, other: Values) -> bool:
    """Whether tokens of the one are good for the other: the same permissions, too."""
    return is_same_target(one, other) and not _differ(one, other, OAUTH_COLUMNS)


def changes(stored: Values, new: Values, *, typed: Collection[Kind]) -> dict[str, Any]:
    """What writing ``new`` over ``stored`` makes of the other columns (those of typed secrets excepted).

    ``typed`` are the secrets that are written anew, or removed.
    """
    result: dict[str, Any] = {}
    if moved := is_moved(stored, new):
        result["smtp_relay_proven_at"] = None
        if not _is_same_server(stored, new):
            result |= {
                "smtp_known_certificate": "",
                "smtp_known_certificate_at": None,
                "smtp_certificate_until": None,
                **PIN,
            }
    result |= _forgotten(stored, new, typed)
    names = ["smtp_email", "smtp_auth"]
    if new["smtp_auth"] == SMTPAuth.OAUTH:
        names += OAUTH_COLUMNS
    if moved or typed or _differ(stored, new, names):
        result |= untested(stored, new)
    return result


def untested(stored: Values, new: Values) -> dict[str, Any]:
    """What is known of an account that has become another one."""
    # Written even if it stays as it is: a test of the old values may end at this moment.
    result = {"smtp_status": _status_of_changed(stored, new), **EVIDENCE}
    if result["smtp_status"] != stored["smtp_status"]:
        result["smtp_status_since"] = timezone.now()
    return result


def _status_of_changed(stored: Values, new: Values) -> SMTPStatus:
    if not new["smtp_host"]:
        return SMTPStatus.NOT_SET_UP
    return SMTPStatus.UNTESTED if stored["smtp_status"] in NEVER_TESTED else SMTPStatus.CHANGED


def _forgotten(stored: Values, new: Values, typed: Collection[Kind]) -> dict[str, Any]:
    """What is not kept: tokens that are good no more, and secrets that are neither used nor could be read."""
    uses_oauth = new["smtp_auth"] == SMTPAuth.OAUTH
    result = _unused(Kind.PASSWORD if uses_oauth else Kind.OAUTH_SECRET, stored, new)
    if not uses_oauth and stored["smtp_auth"] != SMTPAuth.OAUTH:
        return result
    if not uses_oauth or not is_same_application(stored, new):
        # Written even if there are none: a renewal may end at this moment.
        result |= CONNECTION
    elif Kind.OAUTH_SECRET in typed:
        # So that the next use proves the new secret.
        result |= CACHED_TOKEN
    return result


def _unused(kind: Kind, stored: Values, new: Values) -> dict[str, Any]:
    """The other method's secret opens again if somebody changes back, but not for other values."""
    lost = is_moved(stored, new) or (kind is not Kind.PASSWORD and not is_same_target(stored, new))
    return {SEALED[kind]: ""} if lost and stored[SEALED[kind]] else {}


def _differ(one: Values, other: Values, names: Collection[str]) -> bool:
    return any(one[name] != other[name] for name in names)


def assign(instance: Model, values: Values) -> None:
    for name, value in values.items():
        setattr(instance, name, value)


def defer(instance: Model, names: Collection[str]) -> dict[str, Any]:
    """Have ``save()`` leave these columns as they are in the row, and return the values that the instance had."""
    return {name: instance.__dict__.pop(name) for name in names if name in instance.__dict__}


@contextmanager
def left_alone(instance: Model, names: Collection[str]) -> Iterator[None]:
    """Within it the columns are deferred, so that ``save()`` does not write them."""
    hidden = defer(instance, names)
    try:
        yield
    finally:
        instance.__dict__.update(hidden)


def one_spelling(host: str) -> str:
    """The canonical host; an impossible one trimmed."""
    try:
        return canonical_host(host)
    except ValueError:
        return host.strip()


def is_moved(stored: Values, new: Values) -> bool:
    """Whether they do not lead to the same destination, or to none."""
    try:
        return destination(stored) != destination(new)
    except ValueError:
        return True


def _is_same_server(stored: Values, new: Values) -> bool:
    try:
        return destination(stored).server == destination(new).server
    except ValueError:
        return False
