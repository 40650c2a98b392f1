"""Odd greetings and EHLO responses."""

from __future__ import annotations

from ..profiles import EXTENSIONS, Profile
from ..rules import on

PROFILES = (
    Profile(
        "banner-421",
        on("BANNER", reply="421 4.3.2 Too many connections"),
        summary="greets with 421 and closes",
    ),
    Profile(
        "banner-554",
        on("BANNER", reply="554 5.7.1 No SMTP service for you", drop="fin"),
        summary="greets with 554 and closes",
    ),
    Profile(
        "banner-garbage",
        on("BANNER", reply=b"\x00\xff\xfe\x80 what is this"),
        summary="greets with octets that are not SMTP",
    ),
    Profile(
        "banner-multiline",
        on("BANNER", reply="220-localhost ESMTP\r\n220-No unsolicited mail\r\n220 Go ahead"),
        summary="an honest server with a greeting of three lines",
    ),
    Profile(
        "helo-only",
        on("EHLO", reply="502 5.5.1 Command not implemented"),
        auth=(),
        summary="refuses EHLO, takes HELO",
    ),
    Profile("ehlo-minimal", extensions=(), auth=(), summary="EHLO lists no extension"),
    Profile(
        "ehlo-legacy-auth",
        extensions=(*EXTENSIONS, "AUTH=PLAIN LOGIN"),
        summary="lists AUTH= (as old clients need it) beside AUTH",
    ),
    Profile(
        "ehlo-long",
        extensions=(*EXTENSIONS, *(f"X-EXTENSION-{n} {'x' * 400}" for n in range(100))),
        summary="an EHLO response of 100 further lines, 42 KB",
    ),
    Profile(
        "reply-utf8",
        on("MAIL", reply="550 5.7.1 Absender nicht zulässig: ✉ 日本語"),
        summary="refuses the sender in UTF-8",
    ),
    Profile(
        "reply-latin1",
        on("MAIL", reply="550 5.7.1 Expéditeur refusé".encode("latin-1")),
        summary="refuses the sender in Latin-1",
    ),
)
