"""What a connection test comes to, in one line of a table, and the settings that it suggests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.smtp import SMTPSettings


class Outcome(NamedTuple):
    """``code`` is the error's, or that of the warning that decides; ``remedy``: another port is suggested."""

    code: str = ""
    stage: str = ""
    field: str = ""
    ok: bool = True
    deliverable: bool = True
    remedy: bool = False
    reason: str = ""


FINE = Outcome()


def failed(code: str, stage: str, field: str = "", *, remedy: bool = False) -> Outcome:
    return Outcome(code, stage, field, ok=False, deliverable=False, remedy=remedy)


def warned(
    code: str, stage: str, field: str = "", *, deliverable: bool = True, remedy: bool = False
) -> Outcome:
    return Outcome(code, stage, field, deliverable=deliverable, remedy=remedy)


def applied(report: ConnectionReport) -> SMTPSettings:
    suggestion = suggested(report)
    assert suggestion is not None
    port, security = suggestion["smtp_port"], suggestion["smtp_security"]
    return replace(report.settings, port=port, security=security)


def suggested(report: ConnectionReport) -> Any:
    return next(
        (each.suggestion for each in (report.error, *report.warnings) if each and each.suggestion), None
    )


def outcome(report: ConnectionReport) -> Outcome:
    ruled_out = {"cleartext_password"}
    said = report.error or next((each for each in report.warnings if each.code not in ruled_out), None)
    reasons = (str(notice.facts["reason"]) for notice in report.facts.warnings if "reason" in notice.facts)
    return Outcome(
        code=said.code if said else "",
        stage=said.stage if said else "",
        field=said.field if said else "",
        ok=report.ok,
        deliverable=bool(report.deliverable),
        remedy=suggested(report) is not None,
        reason=next(reasons, ""),
    )
