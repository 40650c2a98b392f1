"""A Django message as it leaves in a partner's name: who it is from, whom it goes to, its bytes."""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from email.utils import formataddr, getaddresses, make_msgid, parseaddr
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from ..smtp.errors import Code, SettingsError
from ..smtp.names import envelope_address
from ..smtp.settings import Stage

# Django finds these headers in this spelling only.
_SPELLINGS = {name.lower(): name for name in ("From", "To", "Cc", "Reply-To", "Message-ID")}
_LINE_BREAKERS = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message that is ready to leave. ``recipients`` are bare addresses, each once, Bcc included."""

    message: EmailMessage
    sender: str
    recipients: list[str]
    mime: Message[Any, Any]

    def data(self, extensions: Container[str]) -> bytes:
        """The MIME for a server with these ``extensions``: 7-bit throughout unless it takes 8-bit bodies
        (RFC 6152), addresses in UTF-8 where they need it and it takes them (RFC 6532).
        """
        utf8 = "SMTPUTF8" in extensions and _need_utf8(self.sender, *self.recipients)
        data = _flattened(self.mime, utf8=utf8, cte_type="8bit")
        if "8BITMIME" in extensions or data.isascii():
            return data
        # Read back first: the texts of Django 5.2's own messages refuse to be encoded in 7 bits.
        return _flattened(message_from_bytes(data), cte_type="7bit")


def prepare(message: EmailMessage, email: str, message_id: str = "") -> Outgoing:
    """The message as it is sent from ``email``; ``message`` itself stays as it is.

    ``message_id`` is for a message that has none. Raises ``ValueError`` for what cannot be sent:
    ``SettingsError`` for bad addresses, Django's own errors for bad headers.
    """
    outgoing = addressed(message, email)
    outgoing.extra_headers.setdefault("Message-ID", message_id or new_message_id(email))
    bare = recipients(message)
    mime = outgoing.message()
    if any("\0" in str(value) for value in mime.values()):
        raise SettingsError(Code.CONTROL_CHARACTERS, stage=Stage.DATA)
    return Outgoing(message=outgoing, sender=email, recipients=bare, mime=mime)


def addressed(message: EmailMessage, email: str) -> EmailMessage:
    """A copy that comes from ``email``. The display name is kept; a different original ``From:`` becomes
    ``Reply-To:`` unless the message has one. Django's ``DEFAULT_FROM_EMAIL`` is nobody's choice, and does not.
    """
    headers = {_SPELLINGS.get(name.lower(), name): value for name, value in message.extra_headers.items()}
    if any(name.lower() == "bcc" for name in headers):
        raise ValueError("A header Bcc would be seen by everybody: use the argument bcc of the message.")
    original = str(headers.pop("From", message.from_email))
    _refuse_line_breaks([original], Stage.MAIL)
    name, address = parseaddr(original)
    outgoing = copy.copy(message)
    outgoing.extra_headers = headers
    outgoing.from_email = _with_name(name, email)
    chosen = address and original != settings.DEFAULT_FROM_EMAIL and address.lower() != email.lower()
    if chosen and not message.reply_to and "Reply-To" not in headers:
        outgoing.reply_to = [original]
    return outgoing


def recipients(message: EmailMessage) -> list[str]:
    """The bare addresses, each once, Bcc included. Raises ``SettingsError`` for what is no address."""
    written = [str(recipient) for recipient in message.recipients()]
    _refuse_line_breaks(written, Stage.RCPT)
    return list(dict.fromkeys(map(_bare, written)))


def message_id_of(message: EmailMessage) -> str:
    """The Message-ID that the message was given, or ""."""
    found = (value for name, value in message.extra_headers.items() if name.lower() == "message-id")
    return str(next(found, ""))


def new_message_id(email: str) -> str:
    """A Message-ID in the sender's domain (RFC 5322 3.6.4): it tells nothing of the site's machines."""
    return make_msgid(domain=envelope_address(email).rpartition("@")[2])


def _bare(recipient: str) -> str:
    found = getaddresses([recipient])
    address = found[0][1] if len(found) == 1 else ""
    if not address:
        raise SettingsError(Code.EMAIL_INVALID, stage=Stage.RCPT)
    envelope_address(address)
    return address


def _refuse_line_breaks(values: Iterable[str], stage: Stage) -> None:
    if any(map(_LINE_BREAKERS.search, values)):
        raise SettingsError(Code.CONTROL_CHARACTERS, stage=stage)


def _with_name(name: str, email: str) -> str:
    address = envelope_address(email)
    # formataddr() refuses what only SMTPUTF8 can carry.
    return formataddr((name, address)) if name and address.isascii() else address


def _need_utf8(*addresses: str) -> bool:
    return not all(envelope_address(address).isascii() for address in addresses)


def _flattened(mime: Message[Any, Any], **changes: Any) -> bytes:
    # The legacy policy, of Django 5.2's messages, has no utf8: its headers are encoded already.
    known = {name: value for name, value in changes.items() if hasattr(mime.policy, name)}
    data = BytesIO()
    policy = mime.policy.clone(linesep="\r\n", **known)
    BytesGenerator(data, mangle_from_=False, policy=policy).flatten(mime)
    return data.getvalue()
