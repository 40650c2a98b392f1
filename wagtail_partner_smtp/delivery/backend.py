"""An email backend for Django that uses the partners' own sessions, without any fallback.

A message names its partner by ``message.partner`` (an object with an SMTP account, or a slug), or the backend
is made for one: ``MAILERS = {"acme": {"BACKEND": …, "OPTIONS": {"partner": "acme"}}}``. The site's own server
is never used for a partner's mail.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import router, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.names import log_facts, name_of
from ..account.row import SMTPAccount, rows_of
from ..account.sender import Sender
from ..smtp.errors import Code, SMTPError
from ..smtp.receipt import Receipt
from . import envelope, evidence
from .partners import PartnerError, PartnerInactive, PartnerMissing, partner_of, refuse_unusable
from .sessions import SessionPool
from .transport import hand_over

__all__ = ["EmailBackend", "PartnerError", "PartnerInactive", "PartnerMissing"]

log = logging.getLogger("wagtail_partner_smtp")

# Recipients whom the message did not surely reach, and what the log says of their number.
_MISSED = {
    "refused": "recipients refused: %(refused)s",
    "unknown": "recipients whose outcome is unknown: %(unknown)s",
    "untried": "recipients not tried: %(untried)s",
}


class EmailBackend(BaseEmailBackend):
    """Sends each message through its partner's server.

    ``partner`` is the one for messages that name none. ``timeout`` is the limit of each command in seconds,
    ``PARTNER_SMTP_SEND_TIMEOUT`` if not given; a ``pool`` brings its own. After sending,
    ``message.smtp_receipt`` holds the server's answer and the recipients that it refused (``None`` if the
    message was not sent) and ``message.smtp_message_id`` the Message-ID. A message that was not sent, or
    whose outcome is unknown, keeps its Message-ID when it is sent again.
    """

    def __init__(
        self,
        *,
        partner: SMTPAccount | str | None = None,
        timeout: float | None = None,
        pool: SessionPool | None = None,
        fail_silently: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alias = kwargs.get("alias")
        self.fail_silently = fail_silently
        self.partner = partner
        self._pool = pool or SessionPool(timeout)
        self._delivered_for: dict[str, SMTPAccount] = {}
        self._keep_open = False
        self._lock = threading.RLock()

    def open(self) -> bool:
        """Keep sessions open between calls; they are opened when the first message needs them."""
        with self._lock:
            opened = not self._keep_open
            self._keep_open = True
            return opened

    def close(self) -> None:
        """End all sessions politely."""
        with self._lock:
            self._keep_open = False
            self._pool.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send one after the other over as few sessions as possible; the number of messages sent.

        The first error ends it and is raised, unless ``fail_silently``, which goes on with the next message.
        """
        with self._lock:
            evidence.write_waiting()
            try:
                return sum(self._send_or_note(message) for message in email_messages or ())
            finally:
                if not self._keep_open:
                    self._pool.close()
                while self._delivered_for:
                    _note_time(self._delivered_for.popitem()[1])

    def _send_or_note(self, message: EmailMessage) -> bool:
        if not envelope.is_addressed(message):
            return False
        partner = None
        try:
            partner = partner_of(message, self.partner)
            return self._send(message, partner)
        # Not only SMTPError: a message that cannot be rendered fails by whatever error it likes.
        except Exception as error:
            _log_failure(partner, error)
            if partner is not None and isinstance(error, SMTPError):
                evidence.note(partner, evidence.of_error(error))
            if not self.fail_silently:
                raise
            return False

    @sensitive_variables("settings")
    def _send(self, message: EmailMessage, partner: SMTPAccount) -> bool:
        settings = partner.smtp_settings()
        refuse_unusable(settings)
        outgoing = envelope.prepare(message, Sender.of(partner), _message_id_again(message))
        message.smtp_message_id = envelope.message_id_of(outgoing.message)  # type: ignore[attr-defined]
        message.smtp_receipt = None  # type: ignore[attr-defined]
        warnings: Sequence[Code] = ()
        if path := conf.transport():
            receipt = hand_over(path, outgoing, self.alias or "partner")
        else:
            receipt, warnings = self._pool.deliver(settings, outgoing)
            self._delivered_for[name_of(partner)] = partner
            evidence.note(partner, evidence.taken(partner, receipt.accepted))
        message.smtp_receipt = receipt  # type: ignore[attr-defined]
        _log_sent(partner, receipt, warnings)
        return True


def _message_id_again(message: EmailMessage) -> str:
    """That of the last attempt, unless it succeeded: what is sent again then is another message."""
    sent = getattr(message, "smtp_receipt", None) is not None
    return "" if sent else getattr(message, "smtp_message_id", "")


def _note_time(partner: SMTPAccount) -> None:
    """Keep when mail was last delivered, once nothing that the caller does can hold a lock on the row."""
    if partner.pk is None:
        return
    using = router.db_for_write(type(partner), instance=partner)
    now = timezone.now()

    def update() -> None:
        rows_of(partner, using).filter(pk=partner.pk).update(smtp_last_mail_at=now)

    # Who commits by hand has no such moment; the mail is out, so nothing may be raised any more.
    with suppress(transaction.TransactionManagementError):
        transaction.on_commit(update, using=using, robust=True)


def _log_failure(partner: SMTPAccount | None, error: Exception) -> None:
    facts = log_facts(partner, error)
    # The text of an error that is not ours could hold anything; its kind cannot.
    facts |= {"code": type(error).__name__, "stage": "", "smtp_code": None}
    if isinstance(error, SMTPError):
        smtp_code = error.reply.code if error.reply else None
        facts |= {"code": str(error.code), "stage": str(error.stage or ""), "smtp_code": smtp_code}
    log.error("Mail of %(partner)s was not sent: %(code)s", facts, extra=facts)


def _log_sent(partner: SMTPAccount, receipt: Receipt, warnings: Sequence[Code]) -> None:
    missed = {name: len(getattr(receipt, name)) for name in _MISSED}
    facts = log_facts(partner) | missed | {"warnings": " ".join(warnings)}
    if not (any(missed.values()) or warnings):
        log.info("Mail of %(partner)s was sent", facts, extra=facts)
        return
    parts = [text for name, text in _MISSED.items() if missed[name]]
    if warnings:
        parts.append("warnings: %(warnings)s")
    text = f"Mail of %(partner)s was sent, but: {'; '.join(parts)}"
    log.warning(text, facts, extra=facts)
