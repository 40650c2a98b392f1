"""Headers as they leave: one line of text each, folded at white space, encoded only where it is not ASCII.

Django 6 lets Python's ``email`` package fold, which encodes whatever is longer than a line (RFC 2047): a link in
``List-Unsubscribe`` or a Message-ID in ``References`` means nothing then, and in long texts that are not ASCII
spaces are lost or added. Django 5.2 lets control characters end a header block. A value that is ASCII is therefore
folded here (``Given``), and so are other texts for people on Django 6; every other value is theirs.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.policy import Compat32, EmailPolicy
from email.utils import format_datetime
from typing import Any

from django.core.mail import message as django_message

from ..smtp.errors import Code, SettingsError
from ..smtp.settings import Stage
from .mailboxes import Addressee, encoded, spaced

LINE = 78  # characters, RFC 5322 2.1.1, like the next
LONGEST_LINE = 998  # octets

SEEN_BY_EVERYBODY = frozenset({"bcc", "resent-bcc"})
# The first is the receiving server's (RFC 5321 4.4), the second would name somebody else than the partner.
NOT_OURS = frozenset({"return-path", "sender"})
ADDRESSES = frozenset(
    {
        "to", "cc", "reply-to", "resent-from", "resent-sender", "resent-to", "resent-cc", "errors-to",
        "disposition-notification-to", "mail-followup-to", "mail-reply-to", "return-receipt-to",
    }
)  # fmt: skip

_REGISTRY = HeaderRegistry()
_NAME = re.compile(r"[!-9;-~]+")
_LINE_BREAKS = re.compile(r"[\r\n\0]")
# What Python makes of octets that are not ASCII, in a header that it has read.
_OCTETS = re.compile("[\udc80-\udcff]")
_LINE_END = re.compile(r"\r\n?|\n")
_TOKEN = re.compile(r"[ \t]*[^ \t]+")
# Of programs, not of people: in an encoded-word they would mean nothing.
_IDENTIFIERS = frozenset(
    {
        "message-id",
        "in-reply-to",
        "references",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "feedback-id",
    }
)


class Given(str):
    """A header's value that leaves as it is, folded at white space only. ASCII, but for addresses of RFC 6532."""

    __slots__ = ()


class Written(Given):
    """An addressee as it stands in a header."""

    addressee: Addressee

    def __new__(cls, addressee: Addressee) -> Written:
        text = super().__new__(cls, addressee)
        text.addressee = addressee
        return text


# Of Django 5.2; later it is nothing but ValueError.
_BadHeaderError: type[ValueError] = getattr(django_message, "BadHeaderError", ValueError)


class HeaderError(SettingsError, _BadHeaderError):  # type: ignore[misc, valid-type]
    """A header that cannot leave; ``facts["header"]`` is its name."""

    def __init__(self, code: Code, name: str) -> None:
        shown = re.sub(r"[^!-~]", "?", name)[:LINE]
        super().__init__(code, stage=Stage.DATA, facts={"header": shown})


def clean_value(name: str, value: object) -> str:
    """The value on one line. Raises ``HeaderError`` for what would begin another header, and for a bad name."""
    if not _NAME.fullmatch(name):
        raise HeaderError(Code.HEADER_INVALID, name)
    text = format_datetime(value) if isinstance(value, datetime) else str(value)
    if _LINE_BREAKS.search(text):
        raise HeaderError(Code.CONTROL_CHARACTERS, name)
    text = spaced(text)
    if not text.isascii() and name.lower() in _IDENTIFIERS:
        raise HeaderError(Code.HEADER_INVALID, name)
    return Given(text) if text.isascii() else text


def folded(name: str, value: str) -> bytes:
    """``Name: value`` with its line end. Raises ``HeaderError`` if a line of it is too long for any server."""
    line = f"{name}: {value}"
    if len(line) > LINE:
        line = "\r\n".join(_lines(f"{name}:", _TOKEN.findall(f" {value}")))
    return _short(name, f"{line}\r\n".encode())


class ModernHeaders(EmailPolicy):
    """For the messages of Django 6 and newer, which are made with it."""

    # Values that are known to be good: Python would parse them, which takes long.
    given: frozenset[str] = frozenset()

    def header_max_count(self, name: str) -> int | None:
        return getattr(_kind(name), "max_count", None)

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if self._is_given(name, value):
            return name, Given(value)
        if _is_text(name, value):
            return name, Given(encoded(value))
        return super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value if isinstance(value, Given) else super().header_fetch_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, Given):
            return folded(name, value)
        if isinstance(value, str) and _OCTETS.search(value):
            # Of an attached message that was read. Python 3.13 encodes it as "unknown-8bit", or cannot.
            return _short(name, _as_read(name, value))
        return _short(name, super().fold_binary(name, value))

    def _is_given(self, name: str, value: Any) -> bool:
        if not isinstance(value, str) or _is_of_mime(name):
            return False
        if isinstance(value, Given) or value in self.given:
            return True
        return name.lower() not in _REGISTRY.registry and value.isascii() and value.isprintable()


class LegacyHeaders(Compat32):
    """For the messages of Django 5.2, which encode their headers themselves."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, Given):
            return folded(name, value)
        if (
            isinstance(value, str)
            and value.isascii()
            and value.isprintable()
            and len(name) + len(value) < LINE
        ):
            # There is nothing to fold; Python takes long to find that out.
            return f"{name}: {value}\r\n".encode()
        return _short(name, super().fold_binary(name, value))


class VerbatimHeaders(Compat32):
    """For messages that were read: each header leaves octet by octet as it came."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = "".join(sourcelines).partition(":")
        return name, value.rstrip("\r\n")

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return name, f" {value}"

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}:{value}\r\n".encode("ascii", "surrogateescape")


def _as_read(name: str, value: str) -> bytes:
    lines = _LINE_END.split(f"{name}: {value}".rstrip("\r\n"))
    return "\r\n".join([*lines, ""]).encode("utf-8", "surrogateescape")


def _kind(name: str) -> type:
    # Python makes a class for each question.
    kind: type = _REGISTRY.registry.get(name.lower(), _REGISTRY.default_class)
    return kind


def _is_of_mime(name: str) -> bool:
    return name.lower().startswith(("content-", "mime-"))


def _is_text(name: str, value: Any) -> bool:
    """Whether it is text for people that is not ASCII: encoded as a whole, it loses no space at a fold."""
    return (
        isinstance(value, str)
        and not (value.isascii() or _is_of_mime(name) or _LINE_BREAKS.search(value))
        and issubclass(_kind(name), UnstructuredHeader)
    )


def _lines(line: str, tokens: list[str]) -> list[str]:
    lines = []
    for position, token in enumerate(tokens):
        # An empty first line is legal, but not every server thinks so.
        if len(line) + len(token) > (LINE if position else LONGEST_LINE):
            lines.append(line)
            line = token
        else:
            line += token
    return [*lines, line]


def _short(name: str, data: bytes) -> bytes:
    """The header, folded anew if a line of it is too long: one of an attached message may never have been."""
    if b"\0" in data:
        raise HeaderError(Code.CONTROL_CHARACTERS, name)
    if not has_long_line(data):
        return data
    text = data.decode("utf-8", "surrogateescape").partition(":")[2]
    tokens = _TOKEN.findall(f" {_LINE_BREAKS.sub('', text).strip()}")
    data = "\r\n".join([*_lines(f"{name}:", tokens), ""]).encode("utf-8", "surrogateescape")
    if has_long_line(data):
        raise HeaderError(Code.HEADER_TOO_LONG, name)
    return data


def has_long_line(octets: bytes) -> bool:
    """Whether a line is longer than any server has to take (RFC 5322 2.1.1)."""
    begin = 0
    while len(octets) - begin > LONGEST_LINE:
        end = octets.rfind(b"\n", begin, begin + LONGEST_LINE + 1)
        if end < 0:
            # Or its line end is another one.
            return any(len(line) > LONGEST_LINE for line in octets.splitlines())
        begin = end + 1
    return False
