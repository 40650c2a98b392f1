"""A report as plain text: for a terminal, and for the support of the mail server's provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from .account_columns import SMTPStatus
from .diagnosis.certificate import colons
from .smtp.reply import Reply, strip_controls
from .smtp.settings import SMTPSettings
from .smtp.tls import TLSFacts
from .test_report import TestReport

SYMBOLS: Mapping[str, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


def findings(report: TestReport) -> Iterator[str]:
    """A line for each stage, the server's words in «», each warning, the error and the result."""
    for stage in report.stages:
        reply = f" «{stage.reply}»" if stage.reply else ""
        yield f"  {SYMBOLS[stage.status]} {stage.name:<9}{stage.ms:>8.1f} ms  {stage.message}{reply}"
    for warning in report.warnings:
        yield f"  ! {warning.code}: {warning.message} {warning.hint}"
    if report.error:
        yield f"  ✗ {report.error.code}: {report.error.message} {report.error.hint}"
    yield f"  = {SMTPStatus(report.status).label}"


def for_support(report: TestReport) -> str:
    """Everything that a provider's support asks for. Of login and SMTP Email it shows what ``mask`` leaves."""
    return "\n".join(line.rstrip() for line in _lines(_masked(report)))


def mask(login: str) -> str:
    """The domain, and the first two characters of a name that is longer than three: ``bi…@example.com``."""
    name, at, domain = login.partition("@")
    return f"{name[:2] if len(name) > 3 else ''}…{at}{domain}" if name else login


def _lines(report: TestReport) -> Iterator[str]:
    settings = report.settings
    yield _("Connection test of %(address)s") % {"address": settings.address}
    yield f"  {report.tested_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"  {_('SMTP Login')}: {settings.login or '-'}"
    yield f"  {_('SMTP Email')}: {settings.email or '-'}"
    yield ""
    yield from findings(report)
    if report.tls:
        yield ""
        yield from _certificate(report.tls, report)
    if report.extensions:
        yield ""
        yield _("What the server offers")
        yield from (f"  {keyword} {parameters}" for keyword, parameters in report.extensions.items())


def _certificate(tls: TLSFacts, report: TestReport) -> Iterator[str]:
    yield _("Encryption and certificate")
    if tls.version:
        yield f"  {tls.version} {tls.cipher}"
    yield f"  {report.trust}"
    yield f"  {_('Issued to')}: {tls.subject} ({', '.join(tls.names)})"
    yield f"  {_('Issued by')}: {tls.issuer}"
    if tls.not_after and report.validity:
        yield f"  {_('Valid until')}: {tls.not_after:%Y-%m-%d} ({report.validity.message})"
    yield f"  SHA-256: {colons(tls.sha256)}"


def _masked(report: TestReport) -> TestReport:
    """The same report on masked values, so that our sentences do not show them; nor do the server's words."""
    settings, facts = report.settings, report.facts
    shown = replace(
        settings,
        host=strip_controls(settings.host),
        login=mask(strip_controls(settings.login)),
        email=mask(strip_controls(settings.email)),
    )
    stages = tuple(replace(stage, reply=_masked_reply(stage.reply, settings)) for stage in facts.stages)
    return TestReport(replace(facts, settings=shown, stages=stages), tested_at=report.tested_at)


def _masked_reply(reply: Reply | None, settings: SMTPSettings) -> Reply | None:
    if reply is None:
        return None
    text = reply.text
    # The longer one first: the login can be a part of the address.
    for known in sorted({settings.login, settings.email} - {""}, key=len, reverse=True):
        whole_word = rf"(?<![\w.@-]){re.escape(known)}(?![\w@-])"
        text = re.sub(whole_word, lambda found: mask(found.group()), text, flags=re.IGNORECASE)
    return replace(reply, text=text)
