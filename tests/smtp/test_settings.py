"""Values: one spelling of a host, what is refused before any connection."""

from __future__ import annotations

import base64

import pytest

from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp import Policy, Security, SMTPSettings, reply
from wagtail_partner_smtp.smtp.settings import (
    MAX_LOGIN,
    MAX_PASSWORD,
    InputError,
    UnverifiedTest,
    input_errors,
)

from .accounts import EMAIL, account, code, make_settings, said, try_out


def test_equal_destinations_are_equal_however_they_are_written() -> None:
    one = SMTPSettings(host="Mail.Example.com.", login="a", security=Security.TLS)
    other = SMTPSettings(host="mail.example.com", port=25, login="a", security=Security.TLS)
    assert one.destination == other.destination


@pytest.mark.parametrize(
    ("host", "security", "address"),
    [
        ("mail.example.com", Security.NONE, "smtp://mail.example.com:25"),
        ("2001:db8::1", Security.SSL, "ssl://[2001:db8::1]:25"),
        ("[2001:db8::1]", Security.TLS, "tls://[2001:db8::1]:25"),
    ],
)
def test_an_address_shows_scheme_host_and_port(host: str, security: Security, address: str) -> None:
    assert SMTPSettings(host=host, security=security).address == address


def test_a_security_as_plain_text_is_that_security() -> None:
    assert SMTPSettings(host="x", security="tls").security is Security.TLS  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="starttls"):
        SMTPSettings(host="x", security="starttls")  # type: ignore[arg-type]


def test_a_policy_for_unverified_tests_as_plain_text_is_that_policy() -> None:
    assert Policy(unverified_test="refuse").unverified_test is UnverifiedTest.REFUSE  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="never"):
        Policy(unverified_test="never")  # type: ignore[arg-type]


def test_a_password_is_not_in_the_repr() -> None:
    assert "s3cret" not in repr(SMTPSettings(host="x", login="u", password="s3cret"))


@pytest.mark.parametrize("host", ["", "  ", "\t"])
def test_p05_no_host_is_an_error_and_nothing_is_connected(smtp: Served, host: str) -> None:
    report = try_out(smtp.plain, settings=account(smtp.plain, host=host))
    assert (code(report), smtp.plain.connections) == ("host_missing", 0)
    assert report.errors == (InputError(field="host", code="host_missing"),)


@pytest.mark.parametrize("port", [0, -1, 65536, 65561, 70000])
def test_p11_an_impossible_port_is_an_error_and_nothing_is_connected(smtp: Served, port: int) -> None:
    report = try_out(smtp.plain, settings=account(smtp.plain, port=port))
    assert (code(report), smtp.plain.connections) == ("port_invalid", 0)


@pytest.mark.parametrize("host", ["127.0.0.1:25", "localhost:25", "smtp://localhost", "local host"])
def test_p11_a_host_with_more_than_a_host_is_an_error(host: str) -> None:
    assert input_errors(SMTPSettings(host=host)) == (InputError(field="host", code="host_invalid"),)


@pytest.mark.parametrize("name", ["host", "login", "password", "email"])
@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\ud800", "\r\nRCPT TO:<x@example.org>"])
def test_p31_line_ends_in_a_value_are_an_error_and_nothing_is_connected(
    smtp: Served, name: str, bad: str
) -> None:
    settings = account(smtp.plain)
    values = {"host": settings.host, "login": "user", "password": "pass", "email": EMAIL}
    values[name] = values[name][:3] + bad + values[name][3:]
    report = try_out(smtp.plain, settings=account(smtp.plain, **values))
    assert (code(report), smtp.plain.connections) == ("control_characters", 0)
    assert report.errors == (InputError(field=name, code="control_characters"),)


@pytest.mark.parametrize("name", ["peer\r\nMAIL FROM:<x@example.org>", "peer\0"])
def test_p31_line_ends_in_the_ehlo_name_are_never_sent(smtp: Served, name: str) -> None:
    report = try_out(smtp.plain, settings=make_settings(smtp.plain), local_hostname=name)
    assert code(report) == "control_characters"
    assert said(smtp.plain) == ["QUIT"]


@pytest.mark.parametrize(
    "email", ["x", "@", "a@", "@b", "a b@c", "a@b@c", "<a@b>", "a@b,c@d", "a@b:c", "a@💩.la"]
)
def test_what_is_no_email_address_is_refused(email: str) -> None:
    assert input_errors(SMTPSettings(host="x", email=email)) == (
        InputError(field="email", code="email_invalid"),
    )


@pytest.mark.parametrize("email", ['"odd user"@example.com', "to@[192.0.2.1]", "zoë@straße.example", ""])
def test_every_address_that_mail_can_be_sent_from_is_taken(email: str) -> None:
    assert not input_errors(SMTPSettings(host="x", email=email))


@pytest.mark.parametrize(
    ("name", "value"), [("login", "us\u200ber"), ("email", "\u200bann@example.com\u2060")]
)
def test_an_invisible_character_is_named(name: str, value: str) -> None:
    (error,) = input_errors(SMTPSettings(host="x", **{"password": "p\u200bw", name: value}))  # type: ignore[arg-type]
    characters = {"login": "U+200B", "email": "U+200B U+2060"}[name]
    assert (error.field, error.code) == (name, "invisible_characters")
    assert error.facts == {"characters": characters}


@pytest.mark.parametrize(("name", "limit"), [("login", 255), ("password", 4096), ("email", 254)])
def test_p16_a_value_that_is_too_long_is_refused_before_anything_is_made_of_it(
    smtp: Served, name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def forms(*values: str) -> set[str]:
        made.append(sum(map(len, values)))
        return set()

    for name_of_forms in ("_spellings", "_encodings"):
        monkeypatch.setattr(reply, name_of_forms, forms)
    report = try_out(smtp.plain, settings=account(smtp.plain, **{name: "a" * 2_000_000}))
    assert report.errors == (InputError(field=name, code="value_too_long", facts={"limit": limit}),)
    assert (smtp.plain.connections, made) == (0, [])


@pytest.mark.parametrize(("name", "limit"), [("login", 255), ("password", 4096)])
def test_a_length_is_counted_in_octets(name: str, limit: int) -> None:
    fits, spills = "ü" * (limit // 2), "ü" * (limit // 2) + "aa"
    values = {"login": "u", "password": "p"}
    assert input_errors(SMTPSettings(host="x", **values | {name: fits})) == ()  # type: ignore[arg-type]
    (error,) = input_errors(SMTPSettings(host="x", **values | {name: spills}))  # type: ignore[arg-type]
    assert (error.field, error.code) == (name, "value_too_long")


def test_the_longest_login_and_password_fit_into_a_line_of_auth() -> None:
    """RFC 4954 4 and RFC 4616 2."""
    assert len(base64.b64encode(bytes(MAX_LOGIN + MAX_PASSWORD + 2))) < 12_288


def test_a_login_needs_a_password_and_all_errors_are_told() -> None:
    errors = input_errors(SMTPSettings(host="", port=0, login="u", email="x"))
    assert [(error.field, error.code) for error in errors] == [
        ("host", "host_missing"),
        ("port", "port_invalid"),
        ("password", "password_missing"),
        ("email", "email_invalid"),
    ]


def test_no_port_is_25() -> None:
    assert make_settings(1, port=None).effective_port == 25
