"""The one sentence about a whole connection test, or about a test email."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext as _


def headline(*, ok: bool, deliverable: bool | None) -> str:
    if not ok:
        return _("The test failed.")
    if deliverable is None:
        return _("The server answers, but it is not proven that it accepts mail for others.")
    if not deliverable:
        return _("The server answers, but mail will not be sent with these settings as they are.")
    return _("The connection works: mail can be sent with these settings.")


class EmailOutcome(StrEnum):
    """What happened to a test email. Handed over: to ``PARTNER_SMTP_TRANSPORT``, in place of the server."""

    SENT = "sent"
    HANDED_OVER = "handed_over"
    UNKNOWN = "unknown"
    FAILED = "failed"


def email_headline(outcome: EmailOutcome) -> str:
    sentences = {
        EmailOutcome.SENT: _("The server has accepted the test email. Look for it in your mail."),
        EmailOutcome.HANDED_OVER: _("The test email was made, but not sent through the server."),
        EmailOutcome.UNKNOWN: _("It is not known whether the test email was sent."),
        EmailOutcome.FAILED: _("The test email was not sent."),
    }
    return sentences[outcome]
