"""From a Django message to what is queued, and from there to what is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from django.core.mail import EmailMessage

from ..account.row import SMTPAccount
from ..account.sender import Sender
from ..delivery import envelope
from ..delivery.envelope import Outgoing, first_beyond_ascii
from ..smtp.errors import Code, SettingsError
from ..smtp.names import envelope_address
from ..smtp.settings import Stage
from .rebuilding import RebuiltMessage
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
        # The octets are what leaves.
        message=EmailMessage(subject=message.subject, from_email=email, to=recipients),
        sender=email,
        recipients=recipients,
        content=content,
        other_letters=first_beyond_ascii(map(envelope_address, addresses)),
    )


def rebuilt(message: QueuedMessage, outgoing: Outgoing, partner: SMTPAccount | None) -> Outgoing:
    """The same for a backend that asks for more than the octets."""
    whole = RebuiltMessage(
        outgoing.content,
        recipients=outgoing.recipients,
        everybody=message.recipient_list,
        partner=partner,
    )
    return replace(outgoing, message=whole)


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
