"""The same message in 7 bits, for servers without 8BITMIME."""

from __future__ import annotations

import base64
import quopri
import re
from email.header import Header
from email.message import Message
from email.parser import BytesParser
from email.policy import Policy
from typing import Any

from .generator import flattened
from .headers import VerbatimHeaders

_VERBATIM: Policy[Any] = VerbatimHeaders(linesep="\r\n", max_line_length=None, cte_type="8bit")


def in_seven_bits(data: bytes) -> bytes:
    """The same message for a server without 8BITMIME (RFC 6152).

    Only what has 8 bits is changed, whatever is wrong with its declarations: bodies become quoted-printable or
    base64 (RFC 2045 6), headers encoded-words. What stands around the parts, for nobody, loses its letters.
    """
    mime = BytesParser(policy=_VERBATIM).parsebytes(data)
    for part in mime.walk():
        _encode_headers(part)
        if part.is_multipart():
            _encode_between(part)
        else:
            _encode_body(part)
    return flattened(mime, _VERBATIM)


def _encode_body(part: Message[Any, Any]) -> None:
    if str(part.get_payload() or "").isascii():
        return
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    if part.get_content_maintype() in {"text", "multipart", "message"}:
        encoding, body = "quoted-printable", quopri.encodestring(raw.replace(b"\r\n", b"\n"))
    else:
        encoding, body = "base64", base64.encodebytes(raw)
    _declare(part, encoding)
    part.set_payload(body.decode("ascii"))


def _encode_between(part: Message[Any, Any]) -> None:
    """A multipart or a message cannot be encoded as a whole (RFC 2045 6.4)."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in {"8bit", "binary"}:
        _declare(part, "7bit")
    for name in ("preamble", "epilogue"):
        text = getattr(part, name)
        if text and not text.isascii():
            setattr(part, name, re.sub(r"[^\x00-\x7f]+", "?", text))


def _declare(part: Message[Any, Any], encoding: str) -> None:
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = f" {encoding}"


def _encode_headers(part: Message[Any, Any]) -> None:
    for name, value in part.items():
        if not (name.isascii() and str(value).isascii()):
            part.replace_header(name, _encoded(str(value)))


def _encoded(value: str) -> str:
    raw = value.encode("ascii", "surrogateescape").strip()
    try:
        return " " + Header(raw.decode(), "utf-8").encode()
    except UnicodeDecodeError:
        return " " + Header(raw, "unknown-8bit").encode()
