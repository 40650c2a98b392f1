"""The address of an endpoint that is spoken to over HTTPS (RFC 9110 4.2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .names import PORT_RANGE, canonical_host

HTTPS_PORT = 443
_SCHEME = "https"
# urlsplit() takes line ends and tabs out without a word.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
# What RFC 3986 2 lets an address be made of.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


class NotHTTPS(ValueError):
    """The address is of another scheme."""


@dataclass(frozen=True, kw_only=True)
class WebAddress:
    """Canonical host, port, and path with query."""

    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str) -> WebAddress:
        """Raises ``NotHTTPS``, and ``ValueError`` for what is no address, or has a user or a fragment.

        A host that is not ASCII is taken, the rest has to be percent-encoded.
        """
        text = text.strip()
        if _BLANK.search(text):
            raise ValueError("a blank within an address")
        parts = urlsplit(text)
        if parts.scheme != _SCHEME:
            raise NotHTTPS("not an address that begins with https://")
        if "@" in parts.netloc or parts.fragment or not parts.hostname:
            raise ValueError("not the address of an endpoint")
        target = parts.path or "/"
        if parts.query:
            target = f"{target}?{parts.query}"
        if not _CHARACTERS.fullmatch(target):
            raise ValueError("characters that no address may have")
        port = HTTPS_PORT if parts.port is None else parts.port
        if port not in PORT_RANGE:
            raise ValueError("no port")
        return cls(host=canonical_host(parts.hostname), port=port, target=target)

    @property
    def authority(self) -> str:
        """Host and port as the header ``Host`` names them (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{_SCHEME}://{self.authority}{self.target}"
