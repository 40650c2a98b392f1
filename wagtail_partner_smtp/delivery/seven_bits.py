"""The same message in 7 bits, for servers without 8BITMIME."""

from __future__ import annotations

from email.header import Header
from email.message import Message
from email.parser import BytesParser
from email.policy import Policy
from typing import Any

from .generator import flattened
from .headers import VerbatimHeaders
from .transfer_encoding import clear_between, declare, encode_body, encoding_of

_VERBATIM: Policy[Any] = VerbatimHeaders(linesep="\r\n", max_line_length=None, cte_type="8bit")


def in_seven_bits(data: bytes) -> bytes:
    """The same message for a server without 8BITMIME (RFC 6152).

    Only what has 8 bits is changed, whatever is wrong with its declarations: bodies become quoted-printable or
    base64 (RFC 2045 6), headers encoded-words. What stands around the parts, for nobody, is left out.
    """
    mime = BytesParser(policy=_VERBATIM).parsebytes(data)
    for part in mime.walk():
        _encode_headers(part)
        if part.is_multipart():
            _encode_between(part)
        elif not str(part.get_payload() or "").isascii():
            encode_body(part)
    return flattened(mime, _VERBATIM)


def _encode_between(part: Message[Any, Any]) -> None:
    around = f"{part.preamble or ''}{part.epilogue or ''}"
    if not around.isascii():
        clear_between(part)
    if encoding_of(part) in {"8bit", "binary"}:
        declare(part, "7bit")


def _encode_headers(part: Message[Any, Any]) -> None:
    headers = list(part.raw_items())
    if all(value.isascii() for _, value in headers):
        return
    # replace_header() finds the first of several that have one name.
    for name, _ in headers:
        del part[name]
    for name, value in headers:
        part.set_raw(name, value if value.isascii() else f" {_encoded(value)}")


def _encoded(value: str) -> str:
    raw = value.encode("ascii", "surrogateescape").strip()
    try:
        return Header(raw.decode(), "utf-8").encode()
    except UnicodeDecodeError:
        return Header(raw, "unknown-8bit").encode()
