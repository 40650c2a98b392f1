"""What the last mail has shown, from the partner's row, in the form of a connection test's report."""

from __future__ import annotations

from ..account.columns import SMTPStatus
from ..account.row import SMTPAccount
from ..smtp.errors import Code, ReplyError, SMTPError
from ..smtp.reply import Reply
from ..smtp.report import Report
from ..smtp.settings import Stage
from .report import ConnectionReport
from .runner import without_password


def of_last_mail(partner: SMTPAccount) -> ConnectionReport:
    """Without stages, and without anything that a server said. A mail that was taken leaves no ``error``."""
    failure = partner.smtp_failure
    proven = partner.smtp_status == SMTPStatus.OK or None
    report = Report(
        settings=without_password(partner),
        stages=(),
        deliverable=False if failure else proven,
        error=_error(partner) if failure else None,
    )
    return ConnectionReport(report, tested_at=partner.smtp_judged_at)


def _error(partner: SMTPAccount) -> SMTPError:
    failure = partner.smtp_failure
    code = Code(failure["code"]) if failure["code"] in set(Code) else Code.INTERNAL_ERROR
    stage = Stage(failure["stage"]) if failure["stage"] in set(Stage) else None
    number = failure["smtp_code"]
    if not number:
        return SMTPError(code, stage=stage)
    return ReplyError(code, Reply(code=number, enhanced_code=failure["enhanced_code"]), stage=stage)
