"""Clients that send anything in any order: nothing breaks, nothing is left."""

from __future__ import annotations

import contextlib
import logging
import random
import socket

import pytest

from smtp_sandbox.conversation.sasl import MECHANISMS
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE

COMMANDS = (
    *("EHLO", "EHLO me", "HELO me", "RSET", "NOOP", "QUIT", "STARTTLS", "DATA", ".", "*", "", "AUTH"),
    *("VRFY", "VRFY a", "HELP", "HELP EHLO", "EXPN a", "BDAT x", "BDAT 5", "BDAT 99999999999", "BDAT 0 LAST"),
    *("MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>") * 3,
    *(
        "MAIL FROM:<> SIZE=\u0663",
        "BDAT \xb2 LAST",
        "\0",
        "AUTH LOGIN =",
        "AUTH PLAIN ====",
        "AUTH XOAUTH2 AAAA",
    ),
    *(f"AUTH {name}" for name in MECHANISMS),
)
PIECES = (
    *(f"{command}\r\n".encode() for command in COMMANDS),
    *(b"MAIL FROM:<\xff@example.org> SMTPUTF8\r\n", b"\xff\xfe\r\n", b"\x16\x03\x01\x02\x00\x01"),
    *(b"x" * 70_000, b"\n", b"\r", b"NOOP\n"),
)


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_nonsense_breaks_nothing(smtp: Served, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(mode)  # noqa: S311
    listener = smtp.listen(mode=mode, auth=tuple(MECHANISMS))  # type: ignore[arg-type]
    for _ in range(150):
        sock = socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE)
        with sock, contextlib.suppress(OSError):
            sock.sendall(b"".join(dice.choices(PIECES, k=dice.randint(1, 20))))
            sock.shutdown(socket.SHUT_WR)
            while dice.random() < 0.7 and sock.recv(65536):
                pass
    listener.wait_idle()

    assert listener.connections == 150
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert "internal error" not in "".join(map(str, listener.sessions))


def test_an_error_of_our_own_is_not_hidden(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("smtp_sandbox.conversation.hello.offers", lambda *_, **__: 1 / 0)
    with socket.create_connection(("127.0.0.1", smtp.plain.port), timeout=PATIENCE) as sock:
        sock.sendall(b"EHLO me\r\n")
        while sock.recv(1000):
            pass
    smtp.plain.wait_idle()

    assert ("-", "internal error: ZeroDivisionError('division by zero')") in smtp.plain.sessions[0].transcript
    assert "session with" in caplog.text
