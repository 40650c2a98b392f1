"""Reports the outcome of queued mail after it is stored: to the log, and to the site's own receivers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.dispatch import Signal

from ..account.names import log_facts
from ..account.row import SMTPAccount
from ..signals import mail_failed, mail_sent, mail_unknown, partner_queue_stopped
from .judging import Verdict
from .rows import PartnerQueue, QueuedMessage
from .states import Fate, MailState

log = logging.getLogger("wagtail_partner_smtp")

work_done = Signal()
"""A worker has done what was due, or has worked for a while: for what may take long, as no mail waits for it."""

_somebody_waits = ContextVar("partner_smtp_somebody_waits", default=False)


@contextmanager
def within_a_request() -> Iterator[None]:
    """Mail is sent while a visitor or an editor waits for a page."""
    token = _somebody_waits.set(True)
    try:
        yield
    finally:
        _somebody_waits.reset(token)


def somebody_waits() -> bool:
    return _somebody_waits.get()


_SIGNALS = {
    MailState.SENT: mail_sent,
    MailState.PARTLY: mail_sent,
    MailState.FAILED: mail_failed,
    MailState.CANCELLED: mail_failed,
    MailState.UNKNOWN: mail_unknown,
}
_LEVELS = {
    MailState.SENT: logging.INFO,
    MailState.PARTLY: logging.WARNING,
    MailState.DEFERRED: logging.WARNING,
    MailState.FAILED: logging.ERROR,
    MailState.UNKNOWN: logging.ERROR,
    MailState.CANCELLED: logging.WARNING,
}


def outcome(
    message: QueuedMessage, verdict: Verdict, partner: SMTPAccount | None, *, is_ours: bool = True
) -> None:
    """Errors of receivers are not raised here."""
    facts = _facts(message, partner) | {
        "state": str(verdict.state),
        "attempt": message.attempts,
        "code": verdict.code,
        "stage": verdict.stage,
        # Not the server's reply, which may name the recipient: they are in the row.
        "smtp_code": _smtp_code(verdict.reply),
    }
    if not is_ours:
        text = "Queued message %(queued_message)s of %(partner)s: %(state)s, but it was not in hand any more"
        log.error(text, facts, extra=facts)
        return
    text = "Queued message %(queued_message)s of %(partner)s: %(state)s %(code)s"
    log.log(_LEVELS[verdict.state], text, facts, extra=facts)
    if signal := _signal(message, verdict.state):
        signal.send_robust(QueuedMessage, message=message, partner=partner)


def stopped(queue: PartnerQueue, verdict: Verdict, partner: SMTPAccount | None) -> None:
    """Once for each time that a queue stops, not for each of its messages."""
    facts = log_facts(partner) | {"queue": queue.pk, "code": verdict.code, "stage": verdict.stage}
    log.error("The queued mail of %(partner)s is stopped: %(code)s", facts, extra=facts)
    queue.trouble_code, queue.trouble_stage, queue.trouble_reply = verdict.code, verdict.stage, verdict.reply
    partner_queue_stopped.send_robust(PartnerQueue, queue=queue, partner=partner, code=verdict.code)


def _signal(message: QueuedMessage, state: MailState) -> Signal | None:
    """Whoever hears that it failed may send it anew: that is never said of what somebody has, or may have."""
    fates = (
        {message.fate_of(each) for each in message.recipient_list} if state == MailState.CANCELLED else set()
    )
    if Fate.UNKNOWN in fates:
        return mail_unknown
    return mail_sent if Fate.ACCEPTED in fates else _SIGNALS.get(state)


def _smtp_code(reply: str) -> int | None:
    return int(reply[:3]) if reply[:3].isdecimal() else None


def _facts(message: QueuedMessage, partner: SMTPAccount | None) -> dict[str, Any]:
    facts = log_facts(partner)
    if partner is None:
        facts["partner"] = message.partner_name
    return facts | {"queued_message": message.pk}
