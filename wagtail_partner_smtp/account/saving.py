"""What saving does to an SMTP account: decided here from values, written by ``account``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.utils import timezone

from ..smtp.names import canonical_host
from ..smtp.settings import DEFAULT_PORT, Destination, Security

Values = Mapping[str, Any]

FILLED_IN = (
    "smtp_host",
    "smtp_port",
    "smtp_login",
    "smtp_email",
    "smtp_security",
    "smtp_pinned_certificate",
)
"""Columns that people fill in, and that a connection test is about, besides the password."""

SEALED = "smtp_password_encrypted"

MACHINE_WRITTEN = (
    "smtp_uuid",
    SEALED,
    "smtp_known_certificate",
    "smtp_known_certificate_at",
    "smtp_status",
    "smtp_status_since",
    "smtp_tested_at",
    "smtp_test_summary",
    "smtp_certificate_until",
    "smtp_last_mail_at",
    "smtp_alert_state",
    "smtp_alerted_until",
)
"""Columns that only the machine writes."""

NEVER_ASSIGNED = ("smtp_uuid", SEALED)
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


def changes(stored: Values, new: Values, *, password_changed: bool) -> dict[str, Any]:
    """What writing ``new`` over ``stored`` makes of the other columns (the sealed password excepted)."""
    result: dict[str, Any] = {}
    if moved := _is_moved(stored, new):
        result |= {
            "smtp_known_certificate": "",
            "smtp_known_certificate_at": None,
            "smtp_certificate_until": None,
        }
        if new["smtp_pinned_certificate"] == stored["smtp_pinned_certificate"]:
            result["smtp_pinned_certificate"] = ""
    names = ("smtp_email", "smtp_pinned_certificate")
    if moved or password_changed or any(new[name] != stored[name] for name in names):
        # Written even if it stays "untested": a test of the old values may end at this very moment.
        untested = stored["smtp_status"] == "untested"
        result["smtp_status"] = "untested" if untested else "changed"
        if result["smtp_status"] != stored["smtp_status"]:
            result["smtp_status_since"] = timezone.now()
    return result


def assign(instance: Model, values: Values) -> None:
    for name, value in values.items():
        setattr(instance, name, value)


@contextmanager
def left_alone(instance: Model, names: Collection[str]) -> Iterator[None]:
    """Within it the columns are deferred, so that ``save()`` does not write them."""
    hidden = {name: instance.__dict__.pop(name) for name in names if name in instance.__dict__}
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


def _is_moved(stored: Values, new: Values) -> bool:
    try:
        return destination(stored) != destination(new)
    except ValueError:
        return True
