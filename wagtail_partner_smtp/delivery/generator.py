"""From a MIME tree to the bytes that travel."""

from __future__ import annotations

import re
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Policy
from io import BytesIO
from typing import Any

_NEW_LINE = re.compile(r"\r\n|\r|\n")


class _Generator(BytesGenerator):
    """Writes a text at once where Python's writes it line by line, which takes most of its time."""

    def _write_lines(self, lines: str) -> None:
        if lines:
            crlf = _NEW_LINE.sub("\r\n", lines) if "\r" in lines else lines.replace("\n", "\r\n")
            self.write(crlf)


def flattened(mime: Message[Any, Any], policy: Policy[Any]) -> bytes:
    """The message with CRLF line ends, its texts as they are encoded: 8 bits where they are."""
    data = BytesIO()
    _Generator(data, mangle_from_=False, policy=policy).flatten(mime)
    return data.getvalue()
