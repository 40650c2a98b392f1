"""Partners, and results of connection tests, made up for a test."""

from __future__ import annotations

from typing import Any

from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.certificate import TLSFacts
from wagtail_partner_smtp.smtp.errors import Code, ConnectError
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.settings import SMTPSettings, Stage

PASSWORD = "correct horse bättery 電池"
OLD_KEY, NEW_KEY = "old key " * 8, "new key " * 8
CERTIFICATE, OTHER_CERTIFICATE = "c0" * 32, "d1" * 32

_count = 0


def make_partner(*, password: str = PASSWORD, **values: Any) -> Partner:
    """A saved partner with a complete account."""
    global _count
    _count += 1
    defaults = {
        "name": f"Partner {_count}",
        "slug": f"partner-{_count}",
        "smtp_host": "mail.example.com",
        "smtp_port": 587,
        "smtp_login": "billing",
        "smtp_email": "billing@example.com",
        "smtp_security": "tls",
    }
    partner = Partner(**defaults | values)
    if password:
        partner.set_smtp_password(password)
    partner.save()
    return Partner.objects.get(pk=partner.pk)


def set_columns(partner: Partner, **values: Any) -> None:
    """Change the row below the model."""
    Partner.objects.filter(pk=partner.pk).update(**values)


def column(partner: Partner, name: str) -> Any:
    """What is in the database."""
    return Partner.objects.values_list(name, flat=True).get(pk=partner.pk)


def make_report(settings: SMTPSettings, *, ok: bool = True, tls: TLSFacts | None = None) -> ConnectionReport:
    error = None if ok else ConnectError(Code.CONNECTION_REFUSED, stage=Stage.CONNECT)
    return ConnectionReport(Report(settings=settings, stages=(), deliverable=ok, tls=tls, error=error))


VERIFIED = TLSFacts(verified=True, sha256=CERTIFICATE)
PINNED = TLSFacts(pinned=True, sha256=CERTIFICATE)
UNVERIFIED = TLSFacts(sha256=CERTIFICATE)
