"""What people paste into a host field: ``ssl://mail.example.com:465``, ``mail.example.com:587``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...smtp.names import MAX_HOST_TEXT, canonical_host
from ...smtp.settings import Security

# A plain smtp:// says nothing about encryption: most servers that are written so offer STARTTLS.
_SCHEMES: dict[str, Security | None] = {
    "smtp": None,
    "smtps": Security.SSL,
    "ssl": Security.SSL,
    "starttls": Security.TLS,
    "tls": Security.TLS,
}
_SPACE_AT_PUNCTUATION = re.compile(r"\s*([.:/\[\]])\s*")
_BRACKETED = re.compile(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>[0-9]+))?")
_ADDRESS_OR_NAME = re.compile(r"(?P<host>\S+?)(?:[:\s](?P<port>[0-9]+))?")
_BARE_IPV6 = re.compile(r"(?P<host>[^\s:\[\]]*(?::[^\s:\[\]]*){2,})(?:\s(?P<port>[0-9]+))?")


@dataclass(frozen=True, kw_only=True)
class TypedHost:
    """A host field taken apart; ``None`` for what was not in it. ``port`` may be out of range."""

    host: str
    port: int | None = None
    security: Security | None = None


def parse_host(text: str) -> TypedHost:
    """Take a typed or pasted server address apart.

    An empty text gives an empty host. Raises ``ValueError`` for what names no host.
    """
    text = text.strip()
    if len(text) > MAX_HOST_TEXT:
        # The field's own limit is asked too late, and a long run of spaces would take the pattern minutes.
        raise ValueError("too long for a host")
    text = _SPACE_AT_PUNCTUATION.sub(r"\1", text)
    if not text:
        return TypedHost(host="")
    security, rest = _split_scheme(text)
    match = _BRACKETED.fullmatch(rest) or _BARE_IPV6.fullmatch(rest) or _ADDRESS_OR_NAME.fullmatch(rest)
    if match is None:
        raise ValueError("not a host")
    canonical_host(match["host"])
    port = int(match["port"]) if match["port"] else None
    return TypedHost(host=match["host"], port=port, security=security)


def _split_scheme(text: str) -> tuple[Security | None, str]:
    scheme, separator, rest = text.rpartition("://")
    if not separator:
        return None, text
    if scheme.lower() not in _SCHEMES:
        raise ValueError("not a mail server's scheme")
    return _SCHEMES[scheme.lower()], rest.rstrip("/")
