"""A queued message as Django's own, for the backend of PARTNER_SMTP_TRANSPORT.

A backend reads its attributes, as those of services with an HTTP interface do, or what ``message()`` returns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage as MIME
from email.message import MIMEPart
from email.mime.base import MIMEBase
from email.parser import BytesParser
from email.policy import SMTP, SMTPUTF8
from typing import Any, cast

import django
from django.core.mail import EmailAlternative, EmailAttachment, EmailMultiAlternatives

from ..account.row import SMTPAccount
from ..delivery.mailboxes import Addressee, Mailbox, parse, parse_header
from ..smtp.errors import SettingsError

# Parts leave as they came.
_AS_READ = SMTP.clone(refold_source="none")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_IN_ATTRIBUTES = frozenset({"subject", "from", "to", "cc", "reply-to"})
_OF_MIME = ("content-", "mime-version")
# What Django writes of an attachment that it is given as name, content and type.
_PLAIN = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version"})
_PLAIN_PARAMETERS = frozenset({"name", "charset"})


class RebuiltMessage(EmailMultiAlternatives):
    """Made of the octets that were queued, which ``message()`` still returns.

    Its ``to``, ``cc`` and ``bcc`` are the ``recipients`` that it is yet to be sent to, in the headers that they
    stand in; those of ``everybody`` that have it already stand in the headers of ``message()`` only.
    """

    def __init__(
        self,
        content: bytes,
        *,
        recipients: Collection[str],
        everybody: Collection[str],
        partner: SMTPAccount | None,
    ) -> None:
        super().__init__()
        self._content = content
        self.partner = partner
        parsed: MIME = BytesParser(policy=_AS_READ).parsebytes(content)
        headers = _headers(parsed)
        self.subject = _decoded(headers.get("subject", ""))
        self.from_email = headers.get("from", "")
        self.reply_to = [str(each) for each in _addressees(headers.get("reply-to", ""))]
        self.extra_headers = {
            name: _decoded(_line(value))
            for name, value in _raw(parsed)
            if name.lower() not in _IN_ATTRIBUTES and not name.lower().startswith(_OF_MIME)
        }
        self._read_recipients(headers, recipients, everybody)
        if django.VERSION < (6, 0) and parsed.get_content_type() == "multipart/related":
            self.mixed_subtype = "related"
        self._read(parsed)

    def message(self, **kwargs: Any) -> Any:
        """Whatever policy is asked for: the octets are what they are."""
        parsed = cast("_StoredMIME", BytesParser(_StoredMIME, policy=SMTPUTF8).parsebytes(self._content))
        parsed.content = self._content
        return parsed

    def _read_recipients(
        self, headers: dict[str, str], recipients: Collection[str], everybody: Collection[str]
    ) -> None:
        left = {parse(each).key: each for each in recipients}
        known = {parse(each).key for each in everybody}
        in_headers = set()
        for name, values in (("To", self.to), ("Cc", self.cc)):
            listed = _addressees(text := headers.get(name.lower(), ""))
            mailboxes = [each for each in listed if isinstance(each, Mailbox)]
            values += [str(each) for each in mailboxes if each.key in left]
            in_headers |= {each.key for each in mailboxes}
            # A header of the sender's own, or a group: it names somebody whom this message does not go to.
            if text and not (mailboxes and known.issuperset(each.key for each in mailboxes)):
                self.extra_headers[name] = _decoded(text)
        self.bcc = [each for key, each in left.items() if key not in in_headers]

    def _read(self, part: MIMEPart) -> None:
        """The text, in its one form or in several, comes first; what comes behind it is attached."""
        parts = _parts(part)
        if part.get_content_type() == "multipart/alternative":
            for each in parts:
                self._read_form(each)
        elif parts and (_is_text(parts[0]) or _parts(parts[0])):
            self._read(parts[0])
            self._attach(parts[1:])
        elif parts:
            self._attach(parts)
        elif _is_text(part):
            self.body, self.content_subtype = _text(part), part.get_content_subtype()
        else:
            self._attach([part])

    def _read_form(self, part: MIMEPart) -> None:
        """One of the forms of the text; a page comes with its images."""
        if parts := _parts(part):
            self._read_form(parts[0])
            self._attach(parts[1:])
        elif part.get_content_type() == "text/plain" and not (self.body or self.alternatives):
            self.body = _text(part)
        else:
            self.alternatives.append(EmailAlternative(_content(part), part.get_content_type()))

    def _attach(self, parts: list[MIMEPart]) -> None:
        for part in parts:
            if _is_plain(part):
                name = part.get_filename()
                self.attachments.append(EmailAttachment(name, _content(part), part.get_content_type()))
            else:
                self.attachments.append(part if django.VERSION >= (6, 0) else _as_base(part))


class _StoredMIME(MIME):
    """Parsed, so that backends can read headers; as octets it is what was queued, unless it is a part of it."""

    content: bytes | None = None

    def as_bytes(self, unixfrom: bool = False, policy: Any = None) -> bytes:
        if self.content is None:
            return super().as_bytes(unixfrom, policy)
        linesep = getattr(policy, "linesep", "\n")
        return self.content.replace(b"\r\n", linesep.encode())

    def as_string(self, unixfrom: bool = False, maxheaderlen: Any = None, policy: Any = None) -> str:
        if self.content is None:
            return super().as_string(unixfrom, maxheaderlen, policy)
        return self.as_bytes(policy=policy).decode(errors="replace")


def _raw(part: MIMEPart) -> Iterator[tuple[str, str]]:
    """Names and values as they came: parsing them may fail, and what fails differs between releases of Python."""
    return ((name, str(value)) for name, value in part.raw_items())


def _headers(part: MIMEPart) -> dict[str, str]:
    return {name.lower(): _line(value) for name, value in _raw(part)}


def _line(value: str) -> str:
    octets = _FOLD.sub("", value).encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "replace").strip()


def _decoded(line: str) -> str:
    with suppress(HeaderParseError, LookupError, ValueError):
        return str(make_header(decode_header(line)))
    return line


def _addressees(text: str) -> list[Addressee]:
    """None for a header that a class of the site's own has written in its own way."""
    with suppress(SettingsError):
        return parse_header(text) if text else []
    return []


def _parts(part: MIMEPart) -> list[MIMEPart]:
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        return []
    return list(part.iter_parts())


def _is_text(part: MIMEPart) -> bool:
    is_body = part.get_content_disposition() in {None, "inline"} and not part.get_filename()
    return is_body and part.get_content_maintype() == "text"


def _is_plain(part: MIMEPart) -> bool:
    """Whether a name, the content and its type are all that there is to an attachment."""
    if part.get_content_maintype() == "multipart" or part.get_content_disposition() == "inline":
        return False
    names = {name.lower() for name, _ in _raw(part)}
    parameters = {name.lower() for name, _ in part.get_params([])[1:]}
    return names <= _PLAIN and parameters <= _PLAIN_PARAMETERS


def _content(part: MIMEPart) -> str | bytes:
    if part.get_content_maintype() == "text":
        return _text(part)
    if part.is_multipart():
        # An attached message.
        return b"".join(each.as_bytes() for each in part.iter_parts())
    return _octets(part)


def _text(part: MIMEPart) -> str:
    octets = _octets(part)
    try:
        text = octets.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = octets.decode(errors="replace")
    text = text.replace("\r\n", "\n")
    # What Django 6 makes of no text at all.
    return "" if text == "\n" else text


def _octets(part: MIMEPart) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _as_base(part: MIMEPart) -> MIMEBase:
    """The same as the kind of part that Django 5.2 lets a message have."""
    base = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    for name in list(base.keys()):
        del base[name]
    for name, value in _raw(part):
        base[name] = _line(value)
    base.set_payload(cast("Any", part.get_payload()))
    return base
