"""A report as plain text: for a terminal, and for the support of the mail server's provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from ..account.columns import SMTPStatus
from ..diagnosis.certificate import colons
from ..smtp.certificate import TLSFacts
from ..smtp.reply import strip_controls
from ..smtp.report import StageResult, Status
from ..smtp.settings import SMTPSettings, Stage
from .report import ConnectionReport

# Not what is masked already.
_ADDRESS = re.compile(r"(?<![\w.…+-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+")
SYMBOLS: Mapping[str, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


def findings(report: ConnectionReport) -> Iterator[str]:
    """A line for each stage, the server's reply in «», each warning, the error and the result."""
    for stage in report.stages:
        if stage.name == Stage.TOKEN and stage.status == Status.SKIPPED:
            # Those with a password need not hear of tokens.
            continue
        reply = f" «{stage.reply}»" if stage.reply else ""
        yield f"  {SYMBOLS[stage.status]} {stage.name:<9}{stage.ms:>8.1f} ms  {stage.message}{reply}"
    for warning in report.warnings:
        yield f"  ! {warning.code}: {warning.message} {warning.hint}"
    if report.error:
        yield f"  ✗ {report.error.code}: {report.error.message} {report.error.hint}"
    yield f"  = {SMTPStatus(report.status).label}"


def for_support(report: ConnectionReport) -> str:
    """Everything that a provider's support asks for. Of login and addresses it shows what ``mask`` leaves."""
    settings = report.settings
    lines = (
        _("Test of the mail server %(address)s") % {"address": strip_controls(settings.address) or "-"},
        f"  {report.tested_at:%Y-%m-%d %H:%M:%S} UTC",
        f"  {_('SMTP Login')}: {mask(strip_controls(settings.login)) or '-'}",
        f"  {_('SMTP Email')}: {mask(strip_controls(settings.email)) or '-'}",
        *([f"  Message-ID: {report.message_id}"] if report.message_id else []),
        "",
        report.headline,
        *_lines(_masked(report)),
    )
    return "\n".join(line.rstrip() for line in lines)


def mask(login: str) -> str:
    """The domain, and the first two characters of a name that is longer than three: ``bi…@example.com``."""
    name, at, domain = login.partition("@")
    return f"{name[:2] if len(name) > 3 else ''}…{at}{domain}" if name else login


def _lines(report: ConnectionReport) -> Iterator[str]:
    yield from findings(report)
    if report.tls:
        yield ""
        yield from _certificate(report.tls, report)
    if report.extensions:
        yield ""
        yield _("What the server offers")
        yield from (f"  {keyword} {parameters}" for keyword, parameters in report.extensions.items())


def _certificate(tls: TLSFacts, report: ConnectionReport) -> Iterator[str]:
    yield _("Encryption and certificate")
    if tls.version:
        yield f"  {tls.version} {tls.cipher}"
    yield f"  {report.trust}"
    yield f"  {_('Issued to')}: {tls.subject} ({', '.join(tls.names)})"
    yield f"  {_('Issued by')}: {tls.issuer}"
    if tls.not_after and report.validity:
        yield f"  {_('Valid until')}: {tls.not_after:%Y-%m-%d} ({report.validity.message})"
    yield f"  SHA-256: {colons(tls.sha256)}"


def _masked(report: ConnectionReport) -> ConnectionReport:
    """The same report on masked values, so that our sentences do not show them; nor do the server's replies."""
    settings, facts = report.settings, report.facts
    shown = replace(settings, login=mask(settings.login), email=mask(settings.email))
    stages = tuple(_masked_words(stage, settings) for stage in facts.stages)
    return ConnectionReport(replace(facts, settings=shown, stages=stages), tested_at=report.tested_at)


def _masked_words(stage: StageResult, settings: SMTPSettings) -> StageResult:
    if stage.reply:
        return replace(stage, reply=replace(stage.reply, text=_mask_all(stage.reply.text, settings)))
    if said := stage.facts.get("said"):
        return replace(stage, facts={**stage.facts, "said": _mask_all(str(said), settings)})
    return stage


def _mask_all(text: str, settings: SMTPSettings) -> str:
    """``text`` with the login, as a whole word, and all email addresses masked."""
    if settings.login:
        whole_word = rf"(?<![\w.@-]){re.escape(settings.login)}(?![\w@-])"
        text = re.sub(whole_word, lambda found: mask(found.group()), text, flags=re.IGNORECASE)
    return _ADDRESS.sub(lambda found: mask(found.group()), text)
