"""Certificates that a careful client refuses, and two that it does not."""

from __future__ import annotations

from ..profiles import Mode, Profile

_TLS: tuple[Mode, ...] = ("ssl", "starttls")

_SUMMARIES = {
    "self-signed": "a self-signed certificate",
    "expired": "a certificate that expired a month ago",
    "not-yet": "a certificate that becomes valid in a month",
    "expires-soon": "a good certificate with three days left",
    "wrong-host": "a certificate for another host",
    "no-ip-san": "a certificate for localhost but not for 127.0.0.1",
    "cn-only": "a host name in the common name only",
    "untrusted": "a certificate of an unknown CA",
    "untrusted-root": "a certificate of an unknown CA, which is sent along",
    "missing-intermediate": "a chain without its intermediate certificate",
    "expired-intermediate": "a chain whose intermediate certificate expired",
    "not-yet-intermediate": "a chain whose intermediate certificate becomes valid in a month",
    "not-a-ca": "a certificate issued by one that is not a CA's",
    "wrong-purpose": "a certificate for clients, not for servers",
    "weak-key": "an RSA key of 1024 bits",
    "revoked": "a certificate on its CA's revocation list",
}

PROFILES = tuple(
    Profile(f"cert-{name}", summary=summary, modes=_TLS, certificate=name)
    for name, summary in _SUMMARIES.items()
)
