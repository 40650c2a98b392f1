"""Messages and their parts as they can be read, whatever somebody has sent.

What Python's parser cannot make sense of is an exception in it, often at a header that nobody asked for. Here it
is a header without its parameters, a part without a name, or its octets.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage, Message, MIMEPart
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy, compat32
from typing import Any, cast

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# As Postfix's mime_nesting_limit. Each level takes some calls, of which Python allows a thousand.
_MOST_LEVELS = 100
_WITH_PARAMETERS = ("content-type", "content-disposition")
# Of the surrogates those that do not stand for an octet.
_NO_OCTET = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class _Policy(EmailPolicy):
    """That of ``email.policy.SMTPUTF8``, for which each header is one."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The header; without its parameters or as text, if it cannot be read as what it is."""
        try:
            return super().header_fetch_parse(name, value)
        except Exception:
            return self._without_parameters(name, value)

    def _without_parameters(self, name: str, value: str) -> Any:
        if name.lower() not in _WITH_PARAMETERS:
            return legible("".join(value.splitlines()))
        try:
            return super().header_fetch_parse(name, value.partition(";")[0])
        except Exception:
            # RFC 2045 5.2: then it is plain text.
            return super().header_fetch_parse(name, "")


_POLICY = cast("EmailPolicy[EmailMessage]", _Policy(linesep="\r\n", utf8=True))


def head(data: bytes) -> bytes:
    """The octets up to the first empty line, where the headers have ended at the latest."""
    end = _BLANK_LINE.search(data)
    return data[: end.end()] if end else data


def parsed(data: bytes) -> EmailMessage:
    """The message; if its structure cannot be read or is too deep, its headers and the rest as one part."""
    try:
        email = message_from_bytes(data, policy=_POLICY)
        if not _is_deep(email):
            return email
    except Exception:  # noqa: S110  # the reason is in the message
        pass
    return BytesHeaderParser(policy=_POLICY).parsebytes(data)


def _is_deep(email: Message) -> bool:
    level: list[Any] = [email]
    for _ in range(_MOST_LEVELS):
        level = [part for each in level if each.is_multipart() for part in each.get_payload()]
    return bool(level)


def subject(data: bytes) -> str:
    """The decoded Subject, or ""; nothing else of the message is looked at."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(head(data))
    for name, value in headers.raw_items():
        if name.lower() == "subject":
            return legible(str(_POLICY.header_fetch_parse(name, str(value))))
    return ""


def legible(text: str) -> str:
    """The text as UTF-8 can hold it: octets in it are read as such, what is none is replaced."""
    octets = _NO_OCTET.sub("\ufffd", text).encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "replace")


def header_lines(email: MIMEPart) -> list[tuple[str, str]]:
    """Names and values as they were sent."""
    return [(legible(name), legible(str(value))) for name, value in email.raw_items()]


def body(email: MIMEPart, kind: str) -> str:
    """The text of the part that is the body of that kind ("plain" or "html"), or ""."""
    part = email.get_body((kind,))
    if part is None:
        return ""
    try:
        return legible(str(part.get_content()))
    except Exception:
        # As of an unknown charset; the octets are better than nothing.
        return octets(part).decode("latin-1")


def octets(part: MIMEPart) -> bytes:
    """The content of a part without its transfer encoding; b"" for a multipart."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def name_of(part: MIMEPart) -> str:
    """What the part is called, or ""."""
    return legible(part.get_filename() or "")
