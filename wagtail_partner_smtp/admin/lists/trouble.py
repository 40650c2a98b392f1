"""Why a partner's mail cannot be sent: one sentence, from the stored result of the test."""

from __future__ import annotations

from ...account.health import BROKEN_STATUSES
from ...account.row import SMTPAccount
from ..mail_words import short_reason


def why(partner: SMTPAccount) -> str:
    """In the current language, without anything that the server said; empty unless the state is a broken one.

    What keeps mail from being sent whatever the test found has a sentence of its own: see ``MailStatusColumn``.
    """
    if partner.smtp_status not in BROKEN_STATUSES:
        return ""
    summary = partner.smtp_test_summary
    code = summary.get("cause") or summary.get("code", "")
    return short_reason(code, summary.get("stage", ""), partner)
