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
    """Writes a text at once, which Python writes line by line, and parts that are not what they say they are."""

    _fp: BytesIO

    def write(self, text: str) -> None:
        self._fp.write(text.encode("utf-8", "surrogateescape"))

    def _write_lines(self, lines: str) -> None:
        if lines:
            self.write(_NEW_LINE.sub("\r\n", lines) if "\r" in lines else lines.replace("\n", "\r\n"))

    def _dispatch(self, mime: Message[Any, Any]) -> None:
        # A container without its parts is a text, which Python would decode by a charset that it may not have.
        is_container = mime.get_content_maintype() in {"multipart", "message"}
        is_text = is_container and isinstance(mime.get_payload(), str)
        (self._handle_text if is_text else super()._dispatch)(mime)  # type: ignore[misc, attr-defined]


def flattened(mime: Message[Any, Any], policy: Policy[Any]) -> bytes:
    """The message with CRLF line ends, its texts as they are encoded: 8 bits where they are."""
    data = BytesIO()
    _Generator(data, mangle_from_=False, policy=policy).flatten(mime)
    return data.getvalue()
