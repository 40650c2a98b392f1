"""Services that are not mail servers, by how they begin to speak."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.smtp.services import identify


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
        (b"hello", ""),
    ],
)
def test_a_service_is_named_by_its_first_bytes(head: bytes, name: str) -> None:
    assert identify(head) == name
