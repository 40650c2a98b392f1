"""Ports that cannot be reached, or where something other than SMTP answers."""

from __future__ import annotations

from ..profiles import Profile, Service
from ..rules import on

PROFILES = (
    Profile("refuse", summary="connection refused", reach="refused"),
    Profile("unroutable", summary="the connection attempt gets no answer", reach="unroutable"),
    Profile("silent", summary="accepts and never says a word", service=Service()),
    Profile("close", summary="accepts and closes at once", service=Service(end="fin")),
    # At once it would meet some clients while they connect and others while they read.
    Profile("reset", summary="accepts and resets after 50 ms", service=Service(wait=0.05, end="rst")),
    Profile(
        "drip",
        summary="a greeting of one octet every 50 ms that never ends",
        service=Service(greeting=b"220-localhost is awake\r\n", pause=0.05, endless=True),
    ),
    Profile("slow-banner", on("BANNER", delay=2.0), summary="greets after 2 s"),
    Profile(
        "endless",
        summary="a multi-line greeting without an end",
        service=Service(greeting=b"220-localhost still has to say this\r\n" * 50, endless=True),
    ),
    Profile(
        "http",
        summary="a web server: silent until it is spoken to",
        service=Service(answer=b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", end="fin"),
    ),
    Profile(
        "ssh",
        summary="an SSH server",
        service=Service(b"SSH-2.0-OpenSSH_9.9\r\n", b"Invalid SSH identification string.\r\n", end="fin"),
    ),
    Profile(
        "pop3",
        summary="a POP3 server",
        service=Service(b"+OK POP3 server ready\r\n", b"-ERR Unknown command.\r\n"),
    ),
    Profile(
        "imap",
        summary="an IMAP server",
        service=Service(b"* OK IMAP4rev1 ready\r\n", b"* BAD Unknown command\r\n"),
    ),
    Profile(
        "ftp",
        summary="an FTP server; it greets with 220 too",
        service=Service(b"220 FTP server ready.\r\n", b"530 Please login with USER and PASS.\r\n"),
    ),
)
