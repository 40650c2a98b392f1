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

    def write(self, text: str) -> None:
        self._fp.write(text.encode("utf-8", "surrogateescape"))

    def _write_lines(self, lines: str) -> None:
        if lines:
            self.write(_NEW_LINE.sub("\r\n", lines) if "\r" in lines else lines.replace("\n", "\r\n"))

    def _handle_multipart(self, msg: Message[Any, Any]) -> None:
        self._handle_whole(msg) if isinstance(msg.get_payload(), str) else super()._handle_multipart(msg)

    def _handle_message(self, msg: Message[Any, Any]) -> None:
        self._handle_whole(msg) if isinstance(msg.get_payload(), str) else super()._handle_message(msg)

    def _handle_whole(self, msg: Message[Any, Any]) -> None:
        # Python would decode it by a charset that it may not have.
        self._handle_text(msg)


def flattened(mime: Message[Any, Any], policy: Policy[Any]) -> bytes:
    """The message with CRLF line ends, its texts as they are encoded: 8 bits where they are."""
    data = BytesIO()
    _Generator(data, mangle_from_=False, policy=policy).flatten(mime)
    return data.getvalue()
