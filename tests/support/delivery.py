"""Partners whose server is the sandbox, and messages for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, TypeAlias

import pytest
from django.core.mail import EmailMessage

from smtp_sandbox import Listener, Session
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.account.sender import Sender
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

LOGIN, PASSWORD = "billing", "correct-horse-bättery-7391"
EMAIL = "billing@acme.example"
SENDER = Sender(EMAIL)
SECURITY = {"plain": "none", "ssl": "ssl", "starttls": "tls"}

PartnerOn: TypeAlias = Callable[..., AbstractPartner]
_numbers = count(1)


def partner_maker(smtp: Served, settings: Any) -> PartnerOn:
    """``partner_on(listener, **columns)``: a saved partner whose server the site may reach and trusts."""
    smtp.sandbox.users[LOGIN] = PASSWORD
    settings.PARTNER_SMTP_CA_FILE = smtp.ca_file
    settings.PARTNER_SMTP_SEND_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_TEST_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_PROBE_PORTS = ()
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = []

    def partner_on(listener: Listener, *, password: str = PASSWORD, **values: Any) -> AbstractPartner:
        settings.PARTNER_SMTP_ALLOWED_NETWORKS = [
            *settings.PARTNER_SMTP_ALLOWED_NETWORKS,
            f"127.0.0.1:{listener.port}",
        ]
        slug = f"acme-{next(_numbers)}"
        defaults = {
            "name": slug,
            "slug": slug,
            "smtp_host": "localhost",
            "smtp_port": listener.port,
            "smtp_login": LOGIN,
            "smtp_email": EMAIL,
            "smtp_security": SECURITY[listener.mode],
        }
        partner = get_partner_model()(**defaults | values)
        if password and partner.smtp_login:
            partner.set_smtp_password(password)
        partner.save()
        return type(partner)._default_manager.get(pk=partner.pk)

    return partner_on


def make_message(partner: AbstractPartner | str | None = None, **values: Any) -> EmailMessage:
    """A message, for ``partner`` if there is one."""
    defaults = {
        "subject": "Invoice 42",
        "body": "Please find your invoice below.\n",
        "from_email": EMAIL,
        "to": ["ann@customer.example"],
    }
    message = EmailMessage(**defaults | values)
    if partner is not None:
        message.partner = partner  # type: ignore[attr-defined]
    return message


def said(sessions: Iterable[Session], verb: str) -> list[str]:
    """The commands of that name that the server heard."""
    return [
        line
        for session in sessions
        for direction, line in session.transcript
        if direction == "C" and line.split(" ")[0].upper() == verb
    ]


def text_of(records: Iterable[Any]) -> str:
    """Everything that log records hold."""
    return "\n".join(f"{record.getMessage()} {vars(record)}" for record in records)


partner_mail = pytest.mark.filterwarnings("error::DeprecationWarning", "error::PendingDeprecationWarning")
