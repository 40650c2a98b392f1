"""The sandbox takes and refuses addresses as Postfix and Exim do where these two agree."""

from __future__ import annotations

import smtplib
from base64 import b64encode
from contextlib import closing

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE

from .daemon import LOGIN, PASSWORD, MailServer

pytestmark = pytest.mark.servers

LOCAL_PARTS = (
    *("a", "a.b", ".a", "a.", "a..b", ".", "a%b", "a!b", "a+b", "a\\b", "a(b)", "a" * 65),
    *('"a b"', '"a@b"', '"a"', '""', '"a\\"b"', '"a>b"', '"a".b', 'a."b"'),
    *("", "a b", "a,b", "a;b", "a:b", "a[b", 'a"b"', '"a', "a@b", "a()b", "a\0", "a\x01"),
)
DOMAINS = (
    *("example.org", "localhost", "b-c.example", ".".join(["x" * 60] * 4), "127.0.0.1", "[127.0.0.1]"),
    *("[IPv6:::1]", "[x]", "[300.1.1.1]", "", ".example", "b..example", "-b.example", "b-.example"),
    *(
        "b_c.example",
        "example.org.",
        "ex ample.org",
        "ex!ample.org",
        "ex,ample.org",
        "(x)",
        "ex\x01ample.org",
    ),
    *(f"{'x' * 64}.example", "b\0.example", "ü.example"),
)
ADDRESSES = (
    *(f"<{local}@example.org>" for local in LOCAL_PARTS),
    *(f"<a@{domain}>" for domain in DOMAINS),
    *(
        "<>",
        "<a>",
        "<postmaster>",
        "<Postmaster>",
        "<@x.example:a@example.org>",
        "<@x.example,@y.example:a@b.org>",
    ),
    *("<a@example.org", "<a@example.org>x", "<<a@example.org>>"),
)
COMMANDS = tuple(f"{command}:{address}" for command in ("MAIL FROM", "RCPT TO") for address in ADDRESSES)
OTHERS = (
    "RSET",
    "RSET x",
    "NOOP",
    "NOOP x y",
    "DATA x",
    "EHLO",
    "EHLO [127.0.0.1]",
    "MAIL FROM:<ü@ü.example> SMTPUTF8",
)


def connect(host: str, port: int, *, has_login: bool = False) -> smtplib.SMTP:
    client = smtplib.SMTP(host, port, timeout=PATIENCE)
    client.ehlo()
    if has_login:
        response = b64encode(f"\0{LOGIN}\0{PASSWORD}".encode()).decode()
        assert client.docmd("AUTH PLAIN", response)[0] == 235
    return client


def answers(
    host: str, port: int, *, has_login: bool = False, commands: tuple[str, ...] = (*COMMANDS, *OTHERS)
) -> dict[str, bool]:
    """Whether each command is taken as far as its form goes."""
    taken: dict[str, bool] = {}
    client = connect(host, port, has_login=has_login)
    for number, command in enumerate(commands):
        # Both servers hang up after a few errors, and Exim after a few commands that carry no mail.
        if number % 3 == 2:
            client.close()
            client = connect(host, port, has_login=has_login)
        client.docmd("RSET")
        if command.startswith(("RCPT", "DATA")):
            client.docmd("MAIL FROM:<x@example.org>")
        if command.startswith("DATA"):
            client.docmd("RCPT TO:<postmaster>")
        client.send(f"{command}\r\n".encode())
        code, _ = client.getreply()
        # 550: the form is good, but there is no such mailbox.
        taken[command] = code // 100 == 2 or code == 550
    client.close()
    return taken


def test_it_takes_what_both_take_and_refuses_what_both_refuse(
    postfix_server: MailServer, exim_server: MailServer, smtp: Served
) -> None:
    postfix = answers(postfix_server.host, postfix_server.ports["trusting"])
    exim = answers(exim_server.host, exim_server.ports["clear"], has_login=True)
    sandbox = answers(smtp.plain.host, smtp.plain.port)

    agreed = {command: taken for command, taken in postfix.items() if exim[command] == taken}
    assert {command: sandbox[command] for command in agreed} == agreed
    assert len(agreed) > 100
    assert set(agreed.values()) == {True, False}


def test_without_a_domain_only_the_postmaster_is_taken_and_only_as_recipient(
    exim_server: MailServer, smtp: Served
) -> None:
    commands = ("MAIL FROM:<postmaster>", "RCPT TO:<Postmaster>", "RCPT TO:<a>", "MAIL FROM:<a>")
    exim = answers(exim_server.host, exim_server.ports["clear"], has_login=True, commands=commands)
    sandbox = answers(smtp.plain.host, smtp.plain.port, commands=commands)

    assert list(exim.values()) == list(sandbox.values()) == [False, True, False, False]


def test_help_is_answered_as_by_exim(exim_server: MailServer, smtp: Served) -> None:
    with (
        closing(connect(exim_server.host, exim_server.ports["clear"])) as exim,
        closing(connect(smtp.plain.host, smtp.plain.port)) as sandbox,
    ):
        assert [client.docmd("HELP MAIL")[0] for client in (exim, sandbox)] == [214, 214]
