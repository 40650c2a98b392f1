"""A Django message as it leaves in a partner's name: who it is from, whom it goes to, its bytes."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import make_msgid
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from ..account.sender import Sender
from ..smtp.errors import Code, SettingsError, SMTPError
from ..smtp.names import shown
from ..smtp.settings import Stage
from .headers import ADDRESSES, NOT_OURS, SEEN_BY_EVERYBODY, Given, HeaderError, Written, clean_value
from .mailboxes import Mailbox, one_line, parse, parse_entries, parse_header
from .rendering import rendered
from .seven_bits import in_seven_bits

# Django finds these headers in this spelling only.
_SPELLINGS = {name.lower(): name for name in ("From", "To", "Cc", "Reply-To", "Message-ID")}


class MessageError(SettingsError):
    """The message cannot be rendered; ``facts["reason"]`` is the kind of error that Django or Python raised."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(Code.MESSAGE_INVALID, stage=Stage.DATA, facts={"reason": type(cause).__name__})


class MessageTypeError(MessageError, TypeError):
    """The same where they raised a ``TypeError``."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message that is ready to leave.

    ``recipients`` are bare addresses as they were written, each mailbox once, Bcc included. ``other_letters`` is
    an address of the whole envelope that is not ASCII, so that the headers hold UTF-8 (RFC 6532), or "".
    """

    message: EmailMessage
    sender: str
    recipients: list[str]
    content: bytes
    other_letters: str = ""

    def data(self, extensions: Container[str]) -> bytes:
        """The message for a server with these ``extensions``: 7-bit throughout unless it takes 8-bit bodies
        (RFC 6152). Raises ``MessageError``.
        """
        if self._is_ascii or "8BITMIME" in extensions or (self.other_letters and "SMTPUTF8" in extensions):
            return self.content
        return self._in_seven_bits

    @cached_property
    def _is_ascii(self) -> bool:
        return self.content.isascii()

    @cached_property
    def _in_seven_bits(self) -> bytes:
        with _errors_of_ours():
            return in_seven_bits(self.content)


def prepare(message: EmailMessage, sender: Sender, message_id: str = "") -> Outgoing:
    """The message as it is sent from ``sender``; ``message`` itself stays as it is.

    ``message_id`` is for a message that has none. Raises ``SettingsError``, which is a ``ValueError``, for what
    cannot be sent: bad addresses (``facts["address"]``), ``HeaderError``, ``MessageError``.
    """
    with _errors_of_ours():
        own = Mailbox.of(sender.email, sender.name)
        outgoing = addressed(message, own, sender.reply_to)
        outgoing.extra_headers.setdefault("Message-ID", Given(message_id or _new_message_id(own)))
        mailboxes = _mailboxes(outgoing)
        other_letters = first_beyond_ascii(each.envelope for each in (own, *mailboxes))
        if not other_letters:
            _refuse_utf8_in_headers(outgoing)
        return Outgoing(
            message=outgoing,
            sender=sender.email,
            recipients=[mailbox.address for mailbox in mailboxes],
            content=rendered(outgoing),
            other_letters=other_letters,
        )


def first_beyond_ascii(addresses: Iterable[str]) -> str:
    """The first of these addresses, written as in commands, that is not ASCII; or ""."""
    return next((each for each in addresses if not each.isascii()), "")


def addressed(message: EmailMessage, own: Mailbox, reply_to: str = "") -> EmailMessage:
    """A copy that comes from ``own``, each address and header in the one form that all Djangos write alike.

    A display name of the message is kept. A different original ``From:`` becomes ``Reply-To:`` unless the message
    has one; without either, answers go to ``reply_to``. Django's ``DEFAULT_FROM_EMAIL`` is nobody's choice: it is
    no ``Reply-To:``, and its name only stands where ``own`` has none.
    """
    outgoing = copy.copy(message)
    headers = outgoing.extra_headers = _headers(message)
    original = headers.pop("From", None) or str(message.from_email or "")
    author = parse(original, Stage.MAIL) if original else own
    outgoing.subject = clean_value("Subject", message.subject)
    is_chosen = original != settings.DEFAULT_FROM_EMAIL
    name = (author.name or own.name) if is_chosen else (own.name or author.name)
    outgoing.from_email = Written(replace(own, name=name))
    for name in ("to", "cc", "bcc"):
        setattr(outgoing, name, _written(getattr(message, name), Stage.RCPT))
    outgoing.reply_to = _written(message.reply_to, Stage.DATA)
    if not outgoing.reply_to and "Reply-To" not in headers:
        is_another = is_chosen and author.envelope.lower() != own.envelope.lower()
        answered = author if is_another else Mailbox.of(reply_to) if reply_to else None
        outgoing.reply_to = [Written(answered)] if answered else []
    outgoing.attachments = [_with_clean_name(attachment) for attachment in message.attachments]
    return outgoing


def is_addressed(message: EmailMessage) -> bool:
    """Whether there is anybody to send it to."""
    return any(map(listed, (message.to, message.cc, message.bcc))) or bool(message.recipients())


def message_id_of(message: EmailMessage) -> str:
    """The Message-ID that the message was given, or ""."""
    found = (value for name, value in message.extra_headers.items() if name.lower() == "message-id")
    return str(next(found, ""))


def _new_message_id(own: Mailbox) -> str:
    """In the sender's domain (RFC 5322 3.6.4): it tells nothing of the site's machines."""
    return make_msgid(domain=own.envelope.rpartition("@")[2])


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """Whatever Django and Python raise about a message, as one of our errors."""
    try:
        yield
    except SMTPError:
        raise
    except TypeError as error:
        raise MessageTypeError(error) from error
    except Exception as error:
        raise MessageError(error) from error


def _headers(message: EmailMessage) -> dict[str, str]:
    headers: dict[str, str] = {}
    for written, value in message.extra_headers.items():
        name = _SPELLINGS.get(written.lower(), written)
        if name.lower() in SEEN_BY_EVERYBODY or name in headers:
            raise HeaderError(Code.HEADER_INVALID, written)
        if name.lower() in ADDRESSES:
            headers[name] = Given(", ".join(map(str, parse_header(str(value)))))
        elif name.lower() not in NOT_OURS:
            headers[name] = str(value) if name == "From" else clean_value(name, value)
    return headers


def listed(value: Any) -> list[str]:
    """The entries of a list of addresses; a text alone is one."""
    entries = [value] if isinstance(value, str) else value or ()
    return [str(entry) for entry in entries if entry]


def _written(entries: Any, stage: Stage) -> list[str]:
    return [Written(addressee) for addressee in parse_entries(listed(entries), stage)]


def _mailboxes(outgoing: EmailMessage) -> list[Mailbox]:
    """Who gets the message: each mailbox once, also one whose domain is written in two ways."""
    found: dict[str, Mailbox] = {}
    for text in outgoing.recipients():
        # A message of a site's own class may have recipients of its own.
        addressee = text.addressee if isinstance(text, Written) else parse(str(text))
        if isinstance(addressee, Mailbox):
            found.setdefault(addressee.key, addressee)
    if not found:
        raise SettingsError(Code.EMAIL_INVALID, stage=Stage.RCPT, facts={"address": ", ".join(outgoing.to)})
    return list(found.values())


def _refuse_utf8_in_headers(outgoing: EmailMessage) -> None:
    """UTF-8 in a header needs SMTPUTF8 (RFC 6532), which is asked for by addresses of the envelope."""
    texts = (value for name, value in outgoing.extra_headers.items() if name.lower() in ADDRESSES)
    for text in (*outgoing.reply_to, *texts):
        if not text.isascii():
            raise SettingsError(Code.SMTPUTF8_REQUIRED, stage=Stage.DATA, facts={"address": shown(text)})


def _with_clean_name(attachment: Any) -> Any:
    if not isinstance(attachment, tuple) or not isinstance(attachment[0], str):
        return attachment
    name = one_line(attachment[0])
    return attachment if name == attachment[0] else _renamed(attachment, name)


def _renamed(attachment: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    rest = (name, *attachment[1:])
    return attachment._make(rest) if hasattr(attachment, "_make") else rest
