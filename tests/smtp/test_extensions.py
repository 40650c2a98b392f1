"""EHLO and its list."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import Code, ReplyError
from wagtail_partner_smtp.smtp.extensions import (
    MAX_EXTENSIONS,
    mechanisms,
    parse,
    recipient_limit,
    say_ehlo,
    shown,
    size_limit,
)
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.reply import Redactor

from .accounts import make_settings, said, try_out


def listed(*lines: bytes) -> dict[str, str]:
    return parse([b"peer.test greets you", *lines])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b"SIZE 1000"], {"SIZE": "1000"}),
        ([b"size"], {"SIZE": ""}),
        ([b"STARTTLS", b"8BITMIME"], {"STARTTLS": "", "8BITMIME": ""}),
        ([b"AUTH PLAIN LOGIN"], {"AUTH": "PLAIN LOGIN"}),
        ([b"AUTH=PLAIN LOGIN"], {"AUTH": "PLAIN LOGIN"}),
        ([b"AUTH=PLAIN LOGIN", b"AUTH plain CRAM-MD5"], {"AUTH": "PLAIN LOGIN CRAM-MD5"}),
        ([b"AUTH"], {"AUTH": ""}),
        ([b"", b" ", b"-x", b"!bad", b"\xff\xfe"], {}),
        ([b"X-EVIL \x1b[31m\x00\xff"], {"X-EVIL": "[31m\ufffd"}),
    ],
)
def test_the_list_is_read(lines: list[bytes], expected: dict[str, str]) -> None:
    assert listed(*lines) == expected


@pytest.mark.parametrize(
    ("said", "limit"),
    [("1000", 1000), (" 1000 ", 1000), ("0", None), ("", None), ("much", None), ("10x", None)],
)
def test_the_size_that_a_server_takes_is_read(said: str, limit: int | None) -> None:
    assert size_limit({"SIZE": said}) == limit


def test_who_says_nothing_of_sizes_and_recipients_has_no_limit() -> None:
    assert (size_limit({}), recipient_limit({})) == (None, None)


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("RCPTMAX=50", 50),
        ("MAILMAX=5 rcptmax=7", 7),
        ("RCPTMAX=0", None),
        ("RCPTMAX=", None),
        ("XRCPTMAX=5", None),
        ("RCPTMAX=5x", None),
        ("RCPTMAX=1234567", None),
    ],
)
def test_the_number_of_recipients_that_a_server_takes_is_read(said: str, limit: int | None) -> None:
    assert recipient_limit({"LIMITS": said}) == limit


def test_the_first_line_is_a_greeting_and_no_extension() -> None:
    assert parse([b"STARTTLS"]) == {}


def test_p17_the_list_is_cut() -> None:
    found = listed(*(f"X-{number}".encode() for number in range(1000)), b"X-LONG " + b"y" * 5000)
    assert len(found) == MAX_EXTENSIONS
    assert len(listed(b"X-LONG " + b"y" * 5000)["X-LONG"]) < 300


def test_p27_a_password_in_the_list_is_taken_out() -> None:
    offered = listed(
        b"X-ECHO s3cret", b"X-S3CRET", b"X-SOME s3cret others", b"DSN s3cret", b"SIZE 1000", b"AUTH PLAIN"
    )
    expected = {"X-SOME": "others", "DSN": "", "SIZE": "1000", "AUTH": "PLAIN"}
    assert shown(offered, Redactor("u", "s3cret")) == expected


def test_mechanisms_are_those_of_auth() -> None:
    assert mechanisms({"AUTH": "PLAIN LOGIN"}) == {"PLAIN", "LOGIN"}
    assert mechanisms({}) == mechanisms({"AUTH": ""}) == frozenset()


@pytest.mark.parametrize(
    ("hostname", "hello"),
    [
        ("mail.site.example", "EHLO mail.site.example"),
        ("laptop", "EHLO [127.0.0.1]"),
        ("web_1.internal", "EHLO [127.0.0.1]"),
        ("büro.local", "EHLO [127.0.0.1]"),
        ("mail.site.example.", "EHLO [127.0.0.1]"),
        ("my pc.example", "EHLO [127.0.0.1]"),
        ("10.0.0.1", "EHLO [127.0.0.1]"),
        ("", "EHLO [127.0.0.1]"),
    ],
)
def test_the_machine_says_its_name_if_servers_take_it_or_else_its_address(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, hostname: str, hello: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: hostname)
    try_out(smtp.plain, settings=make_settings(smtp.plain))
    assert said(smtp.plain)[0] == hello


def test_the_site_can_give_another_name(smtp: Served) -> None:
    try_out(smtp.plain, settings=make_settings(smtp.plain), local_hostname="Büro.site.example")
    assert said(smtp.plain)[0] == "EHLO xn--bro-hoa.site.example"


@pytest.mark.parametrize(
    ("replies", "code"),
    [
        (b"550 private\r\n502 private\r\n", Code.EHLO_REFUSED),
        (b"450 private\r\n", Code.SERVER_BUSY),
        (b"502 private\r\n421 private\r\n", Code.SERVER_BUSY),
    ],
)
def test_a_refused_ehlo_is_an_error_without_words(replies: bytes, code: Code) -> None:
    ours, theirs = socket.socketpair()
    with closing(theirs), closing(Channel(ours, Limits.for_test(1.0), Redactor())) as channel:
        theirs.sendall(replies)
        with pytest.raises(ReplyError) as raised:
            say_ehlo(channel, "site.example")
    assert (raised.value.code, raised.value.reply.text, raised.value.smtp_error) == (code, "", b"")
