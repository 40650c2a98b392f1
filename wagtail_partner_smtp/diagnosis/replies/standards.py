"""Enhanced codes that standards give one meaning: asked last, whatever the words."""

from __future__ import annotations

from ...smtp.errors import Code
from .known import FIRST, LOGIN, RCPT, SENDING, known

_REGISTRY = "https://www.iana.org/assignments/smtp-enhanced-status-codes/"

REPLIES = (
    known(Code.PASSWORD_EXPIRED, enhanced="4.7.12 5.7.12", stages=LOGIN, source=_REGISTRY),
    known(Code.ACCOUNT_DISABLED, enhanced="4.7.13 5.7.13", stages=LOGIN, source=_REGISTRY),
    known(Code.MECHANISM_NOT_ALLOWED, codes=(504,), stages=LOGIN, source="RFC 4954 6"),
    known(
        Code.SENDER_DOMAIN_UNKNOWN,
        enhanced="4.1.8 5.1.8 5.7.27",
        stages=SENDING,
        source="RFC 3463 3.2, RFC 7505 4.2",
    ),
    known(
        Code.SENDER_NOT_AUTHENTIC,
        enhanced="4.7.20 5.7.20 5.7.21 5.7.22 4.7.23 5.7.23 4.7.26 5.7.26",
        stages=SENDING,
        source="RFC 7372 3",
    ),
    known(Code.SITE_IP_WITHOUT_NAME, enhanced="4.7.25 5.7.25", stages=FIRST | SENDING, source="RFC 7372 3"),
    known(Code.MESSAGE_TOO_LARGE, enhanced="5.2.3 5.3.4", stages=SENDING, source="RFC 3463 3.3 and 3.4"),
    known(Code.TOO_MANY_RECIPIENTS, enhanced="4.5.3 5.5.3", stages=RCPT, source="RFC 3463 3.6"),
    known(Code.RECIPIENT_MAILBOX_FULL, enhanced="4.2.2 5.2.2", stages=RCPT, source="RFC 3463 3.3"),
    known(
        Code.RECIPIENT_UNKNOWN,
        enhanced="5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1",
        stages=RCPT,
        source="RFC 3463 3.2 and 3.3, RFC 7505 4.2",
    ),
)
