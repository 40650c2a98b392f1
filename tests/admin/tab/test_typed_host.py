"""What people paste into a host field."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.admin.tab.typed_host import NotUnderstood, TypedServer, parse_host, parse_port
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.smtp.settings import Security

SSL, TLS = Security.SSL, Security.TLS
FULL_WIDTH = "".join(chr(ord(each) + 0xFEE0) for each in "mail.acme.example:587")


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
        ("https://mail.acme.example/", "mail.acme.example", None, None),
        ("http://mail.acme.example:8080/login?x=1", "mail.acme.example", None, None),
        ("mail.acme.example/webmail", "mail.acme.example", None, None),
        ("mail.acme.example:", "mail.acme.example", None, None),
        ("mail.acme.example Port: 465", "mail.acme.example", 465, None),
        ("mail.acme.example, 465", "mail.acme.example", 465, None),
        ("localhost, Port 587", "localhost", 587, None),
        ("server: 192.0.2.1 port 2525", "192.0.2.1", 2525, None),
        ("[2001:db8::1] Port 25", "2001:db8::1", 25, None),
        (FULL_WIDTH, "mail.acme.example", 587, None),
        ("[mail.acme.example](http://mail.acme.example)", "mail.acme.example", None, None),
        ("[Our server](smtp://mail.acme.example:587)", "mail.acme.example", 587, None),
        ("<smtp.acme.example>", "smtp.acme.example", None, None),
        ("Postausgangsserver: smtp.acme.example (Port 465, SSL/TLS)", "smtp.acme.example", 465, SSL),
        ("Postausgangsserver (SMTP): smtp.acme.example, Port 587, STARTTLS", "smtp.acme.example", 587, TLS),
        ("Outgoing server: smtp.acme.example Port: 587 (TLS 1.2)", "smtp.acme.example", 587, TLS),
        ("SMTP-Server smtp.acme.example Port 587 SSL/TLS", "smtp.acme.example", 587, TLS),
        ("Serveur sortant : smtp.acme.example ; port 465 ; SSL", "smtp.acme.example", 465, SSL),
        ("smtp.acme.example, no encryption, Port 25", "smtp.acme.example", 25, None),
        ("smtp.acme.example (info@acme.example)", "smtp.acme.example", None, None),
        ("mail.example.com:65561", "mail.example.com", 65561, None),
        ("smtp.acme.example 587/tcp", "smtp.acme.example", 587, None),
        ("smtp.acme.example, TLS/587", "smtp.acme.example", 587, TLS),
        ("smtp.acme.example (SMTPS)", "smtp.acme.example", None, SSL),
        ("Outgoing: 2001:db8::1 port 25", "2001:db8::1", 25, None),
        ("smtp:587", "smtp", 587, None),
        ("", "", None, None),
        ("   ", "", None, None),
    ],
)
def test_address_is_taken_apart(text: str, host: str, port: int | None, security: Security | None) -> None:
    assert parse_host(text) == TypedServer(host=host, port=port, security=security)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://mail.example.com",
        "ssl://",
        "mail example com",
        "mail.example.com:smtp",
        "mail.example.com:٢٥",
        "user@mail.example.com",
        "user:secret@mail.example.com",
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
    with pytest.raises(ValueError, match="not understood"):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("info@acme.example", Code.HOST_IS_EMAIL),
        ("mailto:info@acme.example", Code.HOST_IS_EMAIL),
        ("[info@acme.example](mailto:info@acme.example)", Code.HOST_IS_EMAIL),
        ("IMAP: imap.acme.example, SMTP: smtp.acme.example", Code.SEVERAL_HOSTS),
        ("smtp.acme.example 465 or 587", Code.SEVERAL_PORTS),
        ("587", Code.HOST_IS_PORT),
        ("Port: 465 (SSL)", Code.HOST_IS_PORT),
        ("STARTTLS 587", Code.HOST_IS_PORT),
        ("SSL:465", Code.HOST_IS_PORT),
        ("SMTP Port: 587 (recommended)", Code.HOST_IS_PORT),
        ("587/tcp", Code.HOST_IS_PORT),
        ("465 / 587", Code.HOST_IS_PORT),
        ("smtp.acme.example:465 (SSL) / smtp.acme.example:587 (TLS)", Code.SEVERAL_PORTS),
        ("the one at acme", Code.HOST_INVALID),
    ],
)
def test_what_it_is_instead_of_a_host_is_said(text: str, code: Code) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_host(text)
    assert refused.value.code is code
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "port", "security"),
    [
        ("587", 587, None),
        (" 25 ", 25, None),
        ("587.", 587, None),
        (FULL_WIDTH[-3:], 587, None),
        ("587/tcp", 587, None),
        ("Port 587", 587, None),
        ("587 (TLS)", 587, TLS),
        ("587 STARTTLS", 587, TLS),
        ("465, SSL", 465, SSL),
        ("Port: 465 (SSL/TLS)", 465, SSL),
        ("465 (TLS)", 465, SSL),
        ("2525 TLS", 2525, TLS),
        ("STARTTLS 587", 587, TLS),
        ("SSL/TLS 465", 465, SSL),
        ("Port: 465 (SSL)", 465, SSL),
        ("TLS 1.2, Port 587", 587, TLS),
        ("SMTPS: 465", 465, SSL),
        ("465/SSL", 465, SSL),
        ("TLS/587", 587, TLS),
        ("SSL-465", 465, SSL),
        ("smtp-587", 587, None),
        ("Port 587 (recommended)", 587, None),
        ("tcp/587", 587, None),
        ("25 25", 25, None),
        ("", None, None),
    ],
)
def test_port_is_taken_from_the_words_around_it(
    text: str, port: int | None, security: Security | None
) -> None:
    assert parse_port(text) == TypedServer(port=port, security=security)


@pytest.mark.parametrize(
    ("text", "host", "port", "security"),
    [
        ("smtp.acme.example:587", "smtp.acme.example", 587, None),
        ("ssl://smtp.acme.example:465", "smtp.acme.example", 465, SSL),
        ("Postausgangsserver: smtp.acme.example (Port 465, SSL/TLS)", "smtp.acme.example", 465, SSL),
        ("2001:db8::1 25", "2001:db8::1", 25, None),
        ("localhost:25", "localhost", 25, None),
        ("smtp.acme.example", "smtp.acme.example", None, None),
    ],
)
def test_server_in_the_port_field_is_read_as_in_the_host_field(
    text: str, host: str, port: int | None, security: Security | None
) -> None:
    assert parse_port(text) == TypedServer(host=host, port=port, security=security)
    assert parse_host(text) == parse_port(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("smtp", Code.PORT_INVALID),
        ("STARTTLS", Code.PORT_INVALID),
        ("info@acme.example", Code.PORT_INVALID),
        ("-1", Code.PORT_INVALID),
        ("25.0", Code.PORT_INVALID),
        ("1e3", Code.PORT_INVALID),
        ("::1x", Code.PORT_INVALID),
        ("12:30", Code.PORT_INVALID),
        ("192.0.2", Code.PORT_INVALID),
        (f"587{' ' * 100_000}x", Code.PORT_INVALID),
        ("465 or 587", Code.SEVERAL_PORTS),
        ("465 (SSL) / 587 (TLS)", Code.SEVERAL_PORTS),
        ("imap.acme.example 993, smtp.acme.example 587", Code.SEVERAL_HOSTS),
    ],
)
def test_what_it_is_instead_of_a_port_is_said(text: str, code: Code) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_port(text)
    assert refused.value.code is code
