"""A message as it travels."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")
# Lines that a server which does not know BDAT, though it says so, would take for one more recipient, or for the
# begin of another message.
_COMMAND = re.compile(rb"^[ \t]*(?:RCPT[ \t]|DATA[ \t]*\r?$)", re.IGNORECASE | re.MULTILINE)


def with_crlf(data: bytes) -> bytes:
    """The message with CRLF for each of its line ends and at its end (RFC 5321 2.3.8)."""
    pairs = data.count(b"\r\n")
    if pairs != data.count(b"\n") or pairs != data.count(b"\r"):
        data = _LINE_END.sub(b"\r\n", data)
    return data if not data or data.endswith(b"\r\n") else data + b"\r\n"


def dot_stuffed(lines: bytes) -> bytes:
    """For DATA (RFC 5321 4.5.2): leading dots doubled, and the final dot. ``lines`` end with CRLF."""
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def reads_like_commands(lines: bytes) -> bool:
    """Whether a server that takes content for commands could be made to send other mail."""
    return bool(_COMMAND.search(lines))
