"""The connection test as the site knows it: what the session found out, with its sentences, and in the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..account.columns import SMTPStatus
from ..account.names import server_facts
from ..diagnosis.replies import judge
from ..smtp import examine
from ..smtp.errors import Code, SettingsError, SMTPError
from ..smtp.report import Report, StageResult, Status
from ..smtp.settings import TEST_STAGES, InputError, Policy, Security, SMTPSettings, Stage
from .report import ConnectionReport

if TYPE_CHECKING:
    from ..account.row import SMTPAccount

__all__ = ["ConnectionReport", "busy", "rejected", "run", "unusable", "without_password"]

log = logging.getLogger("wagtail_partner_smtp")


def run(settings: SMTPSettings, policy: Policy) -> ConnectionReport:
    """Test a connection through all stages of a delivery, but send no mail.

    Never raises for anything that a server or a network can do. A failure is one record of level ERROR in
    the log ``wagtail_partner_smtp``, with ``code``, ``host``, ``port`` and ``stage``, unless there is no host.
    """
    began = datetime.now(UTC)
    report = ConnectionReport(examine(settings, policy, judge), tested_at=began)
    if not report.ok:
        _log_failure(report)
    return report


def rejected(settings: SMTPSettings, errors: Sequence[InputError]) -> ConnectionReport:
    """The report of a test that was not made because of bad input; logged like any failure."""
    report = ConnectionReport(_not_made(settings, errors))
    _log_failure(report)
    return report


def unusable(partner: SMTPAccount, error: SettingsError) -> ConnectionReport:
    """The report of a saved account that cannot even be read, such as one whose password does not open."""
    if not partner.smtp_host:
        return rejected(without_password(partner), [InputError(field="host", code=Code.HOST_MISSING)])
    of_security = error.code is Code.SECURITY_INVALID
    field = "security" if of_security else str(error.facts.get("field", "password"))
    return rejected(without_password(partner), [InputError(field=field, code=error.code)])


def without_password(partner: SMTPAccount) -> SMTPSettings:
    """What is saved of an account, to be told about; an unknown security counts as none."""
    known = partner.smtp_security in list(Security)
    return SMTPSettings(
        host=partner.smtp_host,
        port=partner.smtp_port,
        login=partner.smtp_login,
        email=partner.smtp_email,
        security=Security(partner.smtp_security) if known else Security.NONE,
    )


def busy(settings: SMTPSettings, reason: SMTPError | None = None) -> ConnectionReport:
    """The report of a test that has to wait: because another one runs, or for a ``reason``. Nobody's error."""
    error = reason or SettingsError(Code.BUSY)
    return ConnectionReport(_not_made(settings, [InputError(field="", code=error.code, facts=error.facts)]))


def _not_made(settings: SMTPSettings, errors: Sequence[InputError]) -> Report:
    first = errors[0]
    facts = {**first.facts, "field": first.field} if first.field else first.facts
    failed = StageResult(stage=Stage.SETTINGS, status=Status.FAILED, code=Code(first.code), facts=facts)
    skipped = (StageResult(stage=stage, status=Status.SKIPPED) for stage in TEST_STAGES[1:])
    return Report(
        settings=settings,
        stages=(failed, *skipped),
        deliverable=False,
        error=SettingsError(Code(first.code), stage=Stage.SETTINGS, facts=facts),
        errors=tuple(error for error in errors if error.field),
    )


def _log_failure(report: ConnectionReport) -> None:
    error, settings = report.facts.error, report.settings
    assert error is not None
    if report.status is SMTPStatus.NOT_SET_UP:
        return
    facts = {
        "code": str(error.code),
        "stage": str(error.stage or ""),
        **server_facts(settings.host, settings.effective_port),
    }
    log.error("SMTP connection test failed: %(code)s at %(stage)s (%(host)s:%(port)s)", facts, extra=facts)
