"""Bodies that cannot travel as they are, in an encoding of MIME (RFC 2045 6)."""

from __future__ import annotations

import base64
import copy
import quopri
import re
from email.message import Message
from typing import Any

from .headers import has_long_line

_LINE_END = re.compile(rb"\r\n|\r")
# Of these Python gives back the octets; all others leave them as they are.
_ENCODED = {"base64", "quoted-printable", "uuencode", "x-uuencode", "uue", "x-uue"}


def fit_for_smtp(mime: Message[Any, Any]) -> Message[Any, Any]:
    """The same tree, or a copy, in which no body holds what 7bit and 8bit exclude (RFC 2045 2.7 and 2.8).

    That is a NUL, which some servers refuse, some delete and some end the line at, and a line of more than 998
    octets, which some refuse and some cut. "binary" needs BINARYMIME (RFC 3030), which is not used.
    """
    if all(map(_is_fit, mime.walk())):
        return mime
    # A part may be an object of the site's own, which stands in other messages as well.
    mime = copy.deepcopy(mime)
    for part in mime.walk():
        if not _is_fit(part):
            (clear_between if part.is_multipart() else encode_body)(part)
    return mime


def encode_body(part: Message[Any, Any]) -> None:
    """Text in quoted-printable, everything else in base64, whatever it was in."""
    raw = _decoded(part)
    if _has_lines(part):
        encoding, body = "quoted-printable", quopri.encodestring(_LINE_END.sub(b"\n", raw))
    else:
        encoding, body = "base64", base64.encodebytes(raw)
    declare(part, encoding)
    part.set_payload(body.decode("ascii"))


def clear_between(part: Message[Any, Any]) -> None:
    """A multipart or a message cannot be encoded as a whole (RFC 2045 6.4); what stands around its parts is for
    nobody (RFC 2046 5.1.1)."""
    if encoding_of(part) == "binary":
        declare(part, "8bit")
    part.preamble = part.epilogue = None


def encoding_of(part: Message[Any, Any]) -> str:
    """What the part says that it is in, in lower case; "" without a word."""
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower()


def declare(part: Message[Any, Any], encoding: str) -> None:
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = encoding


def _is_fit(part: Message[Any, Any]) -> bool:
    if encoding_of(part) == "binary":
        return False
    if part.is_multipart():
        return all(_can_travel(_octets(text)) for text in (part.preamble, part.epilogue) if text)
    return _can_travel(_octets_of(part))


def _can_travel(octets: bytes) -> bool:
    return b"\0" not in octets and not has_long_line(octets)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _octets_of(part: Message[Any, Any]) -> bytes:
    """As they would leave: what ``get_payload()`` gives is decoded by a charset that they may not be in."""
    payload = part._payload  # type: ignore[attr-defined]
    return _octets(payload) if isinstance(payload, str) else b""


def _decoded(part: Message[Any, Any]) -> bytes:
    if encoding_of(part) not in _ENCODED:
        return _octets_of(part)
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw


def _has_lines(part: Message[Any, Any]) -> bool:
    """Whether it is made of lines that quoted-printable can tell: in UTF-16 their ends are others."""
    if part.get_content_maintype() not in {"text", "multipart", "message"}:
        return False
    try:
        return "\n".encode(part.get_content_charset("ascii")) == b"\n"
    except (LookupError, UnicodeError):
        return True
