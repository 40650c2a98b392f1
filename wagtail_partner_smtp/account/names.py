"""Names of a row with an SMTP account outside of its table: in leases, signed values and the log."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from ..smtp.errors import SMTPError
from ..smtp.reply import strip_controls
from .row import SMTPAccount

MAX_HOST = 255  # characters of a host in the log

MAX_NAME = 255  # characters of a slug there, as many as the column has

NOBODY = "nobody"


def is_saved(row: Model | None) -> bool:
    """Whether there is a row of it in the database."""
    return row is not None and row.pk is not None and not row._state.adding


def name_of(row: Model) -> str:
    """Its model and its primary key, ``shop.customer:42``; proxies have the name of their model."""
    model = row._meta.concrete_model or type(row)
    return f"{model._meta.label_lower}:{row.pk}"


def named(partner: object) -> str:
    """What an error or the log calls whom somebody has named: an account, or a slug on one line."""
    if isinstance(partner, SMTPAccount) and is_saved(partner):
        return name_of(partner)
    return strip_controls(partner)[:MAX_NAME] if isinstance(partner, str) and partner else NOBODY


def log_facts(partner: SMTPAccount | None, error: Exception | None = None) -> dict[str, Any]:
    """Whose mail a record of the log is about, and which server: ``partner``, ``host``, ``port``.

    Without a partner the ``error`` tells who was named, if it knows.
    """
    if partner is None:
        facts = error.facts if isinstance(error, SMTPError) else {}
        return {"partner": facts.get("partner", NOBODY), "host": "", "port": None}
    return {"partner": name_of(partner), **server_facts(partner.smtp_host, partner.smtp_port)}


def server_facts(host: str, port: int | None) -> dict[str, Any]:
    """``host`` and ``port`` for a record of the log, in which nobody may write a line of their own."""
    return {"host": strip_controls(host)[:MAX_HOST], "port": port}
