"""The site's own mailer, which sends no partner's message."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from ..account.names import named
from ..smtp.errors import Code, SettingsError
from ..smtp.settings import Stage
from .partners import is_of_a_partner

log = logging.getLogger("wagtail_partner_smtp")

SITE_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class WrongMailer(SettingsError):
    """A partner's message was about to leave by the site's own mailer; ``facts["partner"]`` says whose."""


class GuardBackend(BaseEmailBackend):
    """Passes the site's own mail to another backend, and refuses every message that carries ``partner``.

    Mail that is marked as ``THE_SITE``'s passes: the alerts about partners' mail.

    ``guarded`` is the dotted path of that backend, Django's for SMTP if not given; all other options are its own.
    """

    def __init__(self, *, guarded: str = SITE_BACKEND, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(alias=options["alias"]) if options.get("alias") else super().__init__()
        self.fail_silently = fail_silently
        if fail_silently:
            options["fail_silently"] = True
        self.guarded: BaseEmailBackend = import_string(guarded)(**options)

    def open(self) -> bool | None:
        return self.guarded.open()

    def close(self) -> None:
        self.guarded.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Pass them on; the number of messages sent.

        Raises ``WrongMailer`` before any of them has left if one is a partner's. With ``fail_silently`` those are
        left out and the others sent.
        """
        messages = list(email_messages or ())
        wrong = [message for message in messages if is_of_a_partner(message)]
        for message in wrong:
            facts = {"partner": named(message.partner)}  # type: ignore[attr-defined]
            log.error("Mail of %(partner)s was kept from the site's own mailer", facts, extra=facts)
            if not self.fail_silently:
                raise WrongMailer(Code.WRONG_MAILER, stage=Stage.SETTINGS, facts=facts)
        return self.guarded.send_messages([each for each in messages if each not in wrong]) or 0
