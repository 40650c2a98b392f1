"""Services that are not mail servers, by how they begin to speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from socket import socket, socketpair

import pytest

from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import ProtocolError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.reply import Redactor
from wagtail_partner_smtp.smtp.services import ask, identify, of_greeting, says_yes_or_no


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"HTTP/1.1 400 Bad", "HTTP"),
        (b"<html>", "HTTP"),
        (b"SSH-2.0-x", "SSH"),
        (b"+OK ready", "POP3"),
        (b"* OK ready", "IMAP"),
        (b"* PREAUTH x", "IMAP"),
        (b"* BYE x", "IMAP"),
        (b"* BAD x", "IMAP"),
        (b"-ERR unknown command `GET`", "Redis"),
        (b"-ERR Protocol error: x", "Redis"),
        (b"-ERR Unknown command.", "POP3"),
        (b"-DENIED x", "Redis"),
        (b"RFB 003", "VNC"),
        (b"AMQP\0", "AMQP"),
        (b"INFO {", "NATS"),
        (b"J\0\0\0\x0a8.0", "MySQL"),
        (b"E\0\0\0\xffx", "MySQL"),
        (b"\x16\x03\x01", "TLS"),
        (b"\x15\x03\x03", "TLS"),
        (b"220 mail", ""),
        (b"", ""),
        (b"J\0\0\0", ""),
        (b"J\0\0\x01\x0a8.0", ""),
        (b"hello", ""),
    ],
)
def test_a_service_is_named_by_its_first_bytes(head: bytes, name: str) -> None:
    assert identify(head) == name


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket]]:
    ours, theirs = socketpair()
    with closing(theirs), closing(Channel(ours, Limits.for_test(PATIENCE), Redactor())) as channel:
        yield channel, theirs


def greeted(pair: tuple[Channel, socket], greeting: bytes) -> Channel:
    channel, server = pair
    server.sendall(greeting)
    with pytest.raises(ProtocolError):
        channel.read_reply()
    return channel


@pytest.mark.parametrize(
    ("code", "name"), [(b"211 end", "FTP"), (b"530 log in", "FTP"), (b"500 what?", ""), (b"200 yes", "")]
)
def test_ftp_is_known_by_its_answer_to_feat(pair: tuple[Channel, socket], code: bytes, name: str) -> None:
    channel = greeted(pair, b"220-Welcome\r\n lines without a code\r\n")
    pair[1].sendall(b"220 ready\r\n" + code + b"\r\n")
    assert of_greeting(channel) == name
    assert pair[1].recv(100) == b"FEAT\r\n"


@pytest.mark.parametrize("rest", [b"", b"220 ready\r\n"], ids=["in its greeting", "before its answer"])
def test_who_leaves_meanwhile_stays_unknown(pair: tuple[Channel, socket], rest: bytes) -> None:
    channel = greeted(pair, b"220-Welcome\r\nhello\r\n")
    pair[1].sendall(rest)
    pair[1].close()
    assert of_greeting(channel) == ""


@pytest.mark.parametrize(
    ("answers", "name", "said"),
    [
        (b"250-here\r\n250 SIZE\r\n", "LMTP", b"LHLO localhost\r\n"),
        (b"500 what?\r\n211-Features\r\n SIZE\r\n211 End\r\n", "FTP", b"LHLO localhost\r\nFEAT\r\n"),
        (b"500 what?\r\n502 no\r\n", "", b"LHLO localhost\r\nFEAT\r\n"),
    ],
)
def test_who_knows_no_hello_is_asked(
    pair: tuple[Channel, socket], answers: bytes, name: str, said: bytes
) -> None:
    channel, server = pair
    server.sendall(answers)
    assert ask(channel) == name
    assert server.recv(100) == said


def test_who_leaves_when_asked_stays_unknown(pair: tuple[Channel, socket]) -> None:
    channel, server = pair
    server.close()
    assert ask(channel) == ""


@pytest.mark.parametrize(("answer", "is_one"), [(b"S", True), (b"N", True), (b"E", False), (b"", False)])
def test_postgresql_says_yes_or_no(answer: bytes, is_one: bool) -> None:
    assert says_yes_or_no(answer) is is_one
