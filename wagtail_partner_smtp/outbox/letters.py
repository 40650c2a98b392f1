"""From a Django message to what is queued, and from there to what is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage as MIME
from email.parser import BytesParser
from email.policy import SMTPUTF8
from typing import Any, cast

from django.core.mail import EmailMessage

from ..account.sender import Sender
from ..delivery import envelope
from ..delivery.envelope import Outgoing, first_beyond_ascii
from ..smtp.errors import Code, SettingsError
from ..smtp.names import envelope_address
from ..smtp.settings import Stage
from .rows import QueuedMessage
from .states import Fate

MAX_SUBJECT = 255  # characters that are kept for lists

_FROM = re.compile(rb"^From:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as it is queued."""

    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    content: bytes = field(repr=False)


def write(message: EmailMessage, sender: Sender) -> Letter:
    """The message as it is sent from ``sender``. Raises as ``delivery.envelope.prepare`` does."""
    outgoing = envelope.prepare(message, sender)
    return Letter(
        sender=sender.email,
        recipients=outgoing.recipients,
        subject=str(outgoing.message.subject)[:MAX_SUBJECT],
        message_id=envelope.message_id_of(outgoing.message),
        content=outgoing.content,
    )


def open_recipients(message: QueuedMessage) -> list[str]:
    """Those that the message is yet to be sent to."""
    return [each for each in message.recipient_list if message.fate_of(each) is Fate.UNTRIED]


def outgoing(message: QueuedMessage, content: bytes, email: str) -> Outgoing:
    """What leaves now, from ``email``. Raises ``SettingsError`` for what cannot be sent."""
    if email != message.sender:
        content = _from_another(content, message.sender, email)
    addresses = [email, *message.recipient_list]
    recipients = open_recipients(message)
    return Outgoing(
        message=_Stored(message, content, email, recipients),
        sender=email,
        recipients=recipients,
        content=content,
        other_letters=first_beyond_ascii(map(envelope_address, addresses)),
    )


def _from_another(content: bytes, old: str, new: str) -> bytes:
    """The partner's SMTP Email has changed since the message was queued; the author's name stays."""
    head, gap, body = content.partition(b"\r\n\r\n")
    found = _FROM.search(head)
    written = envelope_address(old).encode()
    if found is None or written not in found[0]:
        raise SettingsError(Code.MESSAGE_INVALID, stage=Stage.DATA, facts={"reason": "From"})
    # The last one: a name may be an address, too.
    name, _, rest = found[0].rpartition(written)
    line = b"".join([name, envelope_address(new).encode(), rest])
    return b"".join([head[: found.start()], line, head[found.end() :], gap, body])


class _Stored(EmailMessage):
    """For the backend of PARTNER_SMTP_TRANSPORT: Django's message of octets that are there already."""

    def __init__(self, message: QueuedMessage, content: bytes, email: str, recipients: list[str]) -> None:
        super().__init__(subject=message.subject, from_email=email, to=recipients)
        self._content = content

    def message(self, **kwargs: Any) -> Any:
        """Whatever policy is asked for: the octets are what they are."""
        parsed = cast("_StoredMIME", BytesParser(_StoredMIME, policy=SMTPUTF8).parsebytes(self._content))
        parsed.content = self._content
        return parsed


class _StoredMIME(MIME):
    """Parsed, so that backends can read headers; as octets it is what was queued."""

    content = b""

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\n") -> bytes:
        linesep = getattr(policy, "linesep", linesep)
        return self.content.replace(b"\r\n", linesep.encode())

    def as_string(self, unixfrom: bool = False, *args: Any, **kwargs: Any) -> str:
        return self.as_bytes().decode(errors="replace")
