"""What people paste into a host field."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.admin.tab.typed_host import TypedHost, parse_host
from wagtail_partner_smtp.smtp.settings import Security

SSL, TLS = Security.SSL, Security.TLS


@pytest.mark.parametrize(
    ("text", "host", "port", "security"),
    [
        ("mail.example.com", "mail.example.com", None, None),
        ("  mail.example.com  ", "mail.example.com", None, None),
        ("mail.example.com.", "mail.example.com.", None, None),
        ("ssl://mail.example.com:465", "mail.example.com", 465, SSL),
        ("SMTPS://mail.example.com/", "mail.example.com", None, SSL),
        ("tls://mail.example.com:587", "mail.example.com", 587, TLS),
        ("starttls://mail.example.com", "mail.example.com", None, TLS),
        ("smtp://mail.example.com:25", "mail.example.com", 25, None),
        ("mail.example.com:587", "mail.example.com", 587, None),
        ("mail.example.com : 587", "mail.example.com", 587, None),
        ("mail.example.com 587", "mail.example.com", 587, None),
        ("mail . example . com", "mail.example.com", None, None),
        ("192.0.2.1:2525", "192.0.2.1", 2525, None),
        ("[::1]:25", "::1", 25, None),
        ("[2001:db8::1]", "2001:db8::1", None, None),
        ("2001:db8::1", "2001:db8::1", None, None),
        ("2001:db8::1 25", "2001:db8::1", 25, None),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1", None, None),
        ("ssl://[2001:db8::1]:465", "2001:db8::1", 465, SSL),
        ("smtp.bücher.example:465", "smtp.bücher.example", 465, None),
        ("mail.example.com:65561", "mail.example.com", 65561, None),
        ("", "", None, None),
        ("   ", "", None, None),
    ],
)
def test_address_is_taken_apart(text: str, host: str, port: int | None, security: Security | None) -> None:
    assert parse_host(text) == TypedHost(host=host, port=port, security=security)


@pytest.mark.parametrize(
    "text",
    [
        "http://mail.example.com",
        "ssl://",
        "mail example com",
        "mail.example.com:smtp",
        "mail.example.com:",
        "mail.example.com:٢٥",
        "user@mail.example.com",
        "user:secret@mail.example.com",
        "mail.example.com/path",
        "1::2::3",
        "[::1",
        "-mail.example.com",
        "a" * 300,
    ],
)
def test_what_names_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_host(text)


@pytest.mark.parametrize(
    "text",
    [
        f"mail.example.com {' ' * 5000}: 25",
        # Taking it apart would last for a minute.
        f"mail{' ' * 100_000}example",
    ],
)
def test_p16_endless_text_is_refused_before_it_is_taken_apart(text: str) -> None:
    with pytest.raises(ValueError, match="too long"):
        parse_host(text)
