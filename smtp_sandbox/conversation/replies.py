"""Enhanced status codes (RFC 3463) for servers that do not speak them."""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?m)^(\d{3}[ -])[245]\.\d{1,3}\.\d{1,3} ")


def without_enhanced_codes(reply: str) -> str:
    """The reply as a server says it that does not list ENHANCEDSTATUSCODES (RFC 2034)."""
    return _ENHANCED.sub(r"\1", reply)


def multi_line(code: int, lines: list[str]) -> str:
    """The lines as one reply (RFC 5321 4.2.1)."""
    *first, last = lines
    return "\r\n".join([*(f"{code}-{line}" for line in first), f"{code} {last}"])
