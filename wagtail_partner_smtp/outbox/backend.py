"""An email backend for Django that queues: for code that sends through Django's mail functions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from ..account.names import log_facts
from ..account.row import SMTPAccount
from ..delivery import envelope
from ..delivery.partners import partner_of
from ..smtp.errors import SMTPError
from . import queueing
from .queueing import Options

log = logging.getLogger("wagtail_partner_smtp")


class QueuedEmailBackend(BaseEmailBackend):
    """Queues each message for its partner: that of ``message.partner``, else that which the backend is made for.

    ``message.queue_options`` may be a mapping with ``key``, ``priority`` and ``send_at``, as ``queue_mail`` takes
    them. Afterwards ``message.queued_message`` is the row, and ``message.smtp_message_id`` the Message-ID.
    """

    def __init__(
        self, *, partner: SMTPAccount | str | None = None, fail_silently: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.alias = kwargs.get("alias")
        self.fail_silently = fail_silently
        self.partner = partner

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue one after the other; the number of messages queued.

        The first error ends it and is raised, unless ``fail_silently``, which goes on with the next message.
        """
        return sum(self._queue_or_note(message) for message in email_messages or ())

    def _queue_or_note(self, message: EmailMessage) -> bool:
        if not envelope.is_addressed(message):
            return False
        partner = None
        try:
            partner = partner_of(message, self.partner)
            options = dict(getattr(message, "queue_options", None) or {})
            key = options.pop("key", "")
            row = queueing.queue_one(partner, message, key=key, options=Options(**options))
        except SMTPError as error:
            facts = log_facts(partner, error) | {"code": str(error.code), "stage": str(error.stage or "")}
            log.error("Mail of %(partner)s was not queued: %(code)s", facts, extra=facts)
            if not self.fail_silently:
                raise
            return False
        message.queued_message = row  # type: ignore[attr-defined]
        return True
