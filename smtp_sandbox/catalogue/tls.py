"""Faulty STARTTLS and TLS."""

from __future__ import annotations

from ..profiles import Mode, Profile
from ..rules import on

_STARTTLS: tuple[Mode, ...] = ("starttls",)
_TLS: tuple[Mode, ...] = ("ssl", "starttls")

PROFILES = (
    Profile("starttls-missing", modes=_STARTTLS, offers_starttls=False, summary="does not offer STARTTLS"),
    Profile(
        "starttls-454",
        on("STARTTLS", reply="454 4.7.0 TLS not available due to temporary reason"),
        modes=_STARTTLS,
        summary="offers STARTTLS and refuses it with 454",
    ),
    Profile(
        "starttls-drop", on("TLS", drop="fin"), modes=_STARTTLS, summary="says 220 to STARTTLS and closes"
    ),
    Profile(
        "starttls-lies",
        on("STARTTLS", reply="220 2.0.0 Ready to start TLS"),
        modes=_STARTTLS,
        summary="says 220 to STARTTLS and goes on in clear text",
    ),
    Profile(
        "starttls-inject",
        modes=_STARTTLS,
        injects="250-localhost\r\n250 AUTH PLAIN LOGIN",
        summary="sends clear text behind the 220 of STARTTLS, as an attacker would, then TLS",
    ),
    Profile(
        "starttls-required",
        modes=_STARTTLS,
        tls_required=True,
        summary="refuses MAIL with 530 before STARTTLS",
    ),
    Profile("tls10-only", modes=_TLS, tls_min="TLSv1", tls_max="TLSv1", summary="speaks TLS 1.0 only"),
    Profile("tls12-only", modes=_TLS, tls_min="TLSv1.2", tls_max="TLSv1.2", summary="speaks TLS 1.2 only"),
    Profile("tls13-only", modes=_TLS, tls_min="TLSv1.3", summary="speaks TLS 1.3 only"),
    Profile(
        "no-shared-cipher",
        modes=_TLS,
        tls_max="TLSv1.2",
        ciphers="ECDHE-RSA-AES128-GCM-SHA256",
        summary="has an ECDSA key and RSA ciphers",
    ),
    Profile("client-cert", modes=_TLS, client_certificate=True, summary="demands a client certificate"),
)
