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
    # RFC 959 4.2: only the first and the last line of a reply begin with its code.
    Profile(
        "ftp-lines",
        summary="an FTP server whose replies have lines without a code",
        service=Service(
            b"220-Welcome\r\n  This is a private system.\r\n220 Have a nice day.\r\n",
            b"500 Unknown command.\r\n",
            answers=((b"FEAT", b"211-Features:\r\n EPRT\r\n MDTM\r\n211 End\r\n"),),
        ),
    ),
    Profile(
        "ftp-features",
        summary="an FTP server that greets in one line and lists its features before a login",
        service=Service(
            b"220 (vsFTPd 3.0.5)\r\n",
            b"500 Unknown command.\r\n",
            answers=((b"FEAT", b"211-Features:\r\n EPRT\r\n MDTM\r\n211 End\r\n"),),
        ),
    ),
    Profile(
        "https",
        summary="a web server behind TLS",
        service=Service(
            answer=b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", end="fin", encrypted=True
        ),
    ),
    Profile(
        "postgresql",
        summary="a PostgreSQL server: closes at what it does not understand, answers a request for encryption",
        service=Service(answers=((bytes.fromhex("0000000804d2162f"), b"N"),), until=b"", end="fin"),
    ),
    Profile(
        "mysql",
        summary="a MySQL or MariaDB server: greets in binary",
        service=Service(
            b"Y\0\0\0\x0a10.11.6-MariaDB\0\x08\0\0\0abcdefgh\0",
            b"!\0\0\x01\xff\x84\x04#08S01Got packets out of order",
            until=b"",
            end="fin",
        ),
    ),
    Profile(
        "redis",
        summary="a Redis server: silent until a line came",
        # A hello of TLS is no line to it: it reads up to the first NUL.
        service=Service(answers=((b"EHLO", b"-ERR unknown command 'EHLO', with args beginning with: \r\n"),)),
    ),
    Profile(
        "rabbitmq",
        summary="a RabbitMQ server: answers anything else by the header of its protocol (AMQP), and closes",
        service=Service(answer=b"AMQP\0\0\x09\x01", until=b"", end="fin"),
    ),
)
