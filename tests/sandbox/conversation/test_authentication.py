"""AUTH in every mechanism, mode and form."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator

import pytest

from smtp_sandbox import MODES, Sandbox, profiles
from smtp_sandbox.conversation.sasl import MECHANISMS
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import connect, connect_async
from tests.sandbox.sasl_client import authenticate, encode
from tests.support.stopwatch import PATIENCE

PASSWORD = "pässwörd ✉"


def test_every_mechanism_is_one_that_profiles_name() -> None:
    assert tuple(MECHANISMS) == profiles.MECHANISMS


@pytest.fixture
def smtp(smtp: Served) -> Iterator[Served]:
    smtp.sandbox.users["jörg"] = PASSWORD
    yield smtp
    del smtp.sandbox.users["jörg"]


@pytest.mark.parametrize("initial", [True, False], ids=["initial-response", "challenge"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_right_password_is_accepted(smtp: Served, mechanism: str, mode: str, initial: bool) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]

    with connect(listener) as client:
        assert authenticate(client, mechanism, "jörg", PASSWORD, initial=initial) == 235

    session = listener.sessions[0]
    assert (session.user, session.mechanism) == ("jörg", mechanism)
    assert encode(PASSWORD) not in str(session)


@pytest.mark.parametrize("initial", [True, False], ids=["initial-response", "challenge"])
@pytest.mark.parametrize(("user", "password"), [("jörg", "wrong"), ("nobody", PASSWORD), ("jörg", "")])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_wrong_users_and_passwords_are_refused(
    smtp: Served, mechanism: str, user: str, password: str, initial: bool
) -> None:
    listener = smtp.listen(auth=(mechanism,))

    with connect(listener) as client:
        assert authenticate(client, mechanism, user, password, initial=initial) == 535
        assert client.noop()[0] == 250

    assert listener.sessions[0].user is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_smtplib_logs_in(smtp: Served, mechanism: str, mode: str) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]

    with connect(listener) as client:
        assert client.login("user", "pass") == (235, b"2.7.0 Authentication successful")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_aiosmtplib_logs_in(smtp: Served, mechanism: str, mode: str) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]

    async def log_in() -> None:
        async with connect_async(listener) as client:
            await client.login("user", "pass")

    asyncio.run(log_in())

    assert listener.sessions[0].mechanism == mechanism


@pytest.mark.parametrize("name", ["plain", "Plain", "PLAIN"])
def test_mechanisms_are_known_in_any_case(smtp: Served, name: str) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd("AUTH", f"{name} {encode(chr(0) + 'user' + chr(0) + 'pass')}")[0] == 235


@pytest.mark.parametrize("mechanism", ["PLAIN", "XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("initial", [True, False], ids=["initial-response", "challenge"])
def test_tokens_may_be_long(mechanism: str, initial: bool) -> None:
    token = "t" * 8900  # 12 KB in base64
    with Sandbox(users={"user": token}) as sandbox:
        listener = sandbox.listen(auth=(mechanism,))
        with connect(listener) as client:
            assert authenticate(client, mechanism, "user", token, initial=initial) == 235


@pytest.mark.parametrize(
    ("mode", "over_tls", "code"), [("plain", False, 538), ("starttls", False, 538), ("ssl", True, 235)]
)
def test_auth_may_wait_for_tls(smtp: Served, mode: str, over_tls: bool, code: int) -> None:
    listener = smtp.listen("auth-after-tls", mode=mode)  # type: ignore[arg-type]
    client = connect(listener) if over_tls else smtplib.SMTP(listener.host, listener.port, timeout=PATIENCE)

    with client:
        client.ehlo()
        assert client.has_extn("auth") == over_tls
        assert authenticate(client, "PLAIN", "user", "pass") == code


def test_starttls_forgets_what_was_said_in_clear_text(smtp: Served) -> None:
    listener = smtp.listen(mode="starttls", auth_after_tls=False)
    with smtplib.SMTP(listener.host, listener.port, timeout=PATIENCE) as client:
        client.login("user", "pass")
        client.starttls(context=smtp.client_context())
        assert client.docmd("MAIL", "FROM:<a@example.org>")[0] == 503
        assert authenticate(client, "PLAIN", "user", "pass") == 235


@pytest.mark.parametrize(
    ("argument", "code"),
    [("", 501), ("DIGEST-MD5", 504), ("PLAIN ?", 501), ("PLAIN =", 501), ("PLAIN dXNlcgBwYXNz", 501)],
)
def test_malformed_auth_is_refused(smtp: Served, argument: str, code: int) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd("AUTH", argument)[0] == code


def test_an_aborted_login_and_a_second_one(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd("AUTH", "LOGIN")[0] == 334
        assert client.docmd("*")[0] == 501
        assert client.login("user", "pass")[0] == 235
        assert client.docmd("AUTH", "LOGIN")[0] == 503


def test_another_identity_is_refused(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd("AUTH", "PLAIN " + encode("boss\0user\0pass"))[0] == 535


@pytest.mark.parametrize("message", ["p=tls-unique,,n=user,r=x", "n,,r=x", "n,,n=user,r="])
def test_malformed_scram_is_refused(smtp: Served, message: str) -> None:
    listener = smtp.listen("auth-scram-sha-256")
    with connect(listener) as client:
        client.ehlo()
        assert client.docmd("AUTH", f"SCRAM-SHA-256 {encode(message)}")[0] == 501


def test_mail_needs_a_login_where_one_is_required(smtp: Served) -> None:
    with connect(smtp.listen("auth-required")) as client:
        client.ehlo()
        assert client.mail("a@example.org")[0] == 530
        client.login("user", "pass")
        assert client.mail("a@example.org")[0] == 250


def test_mail_needs_tls_where_it_is_required(smtp: Served) -> None:
    listener = smtp.listen("starttls-required", mode="starttls")
    with smtplib.SMTP(listener.host, listener.port, timeout=PATIENCE) as client:
        client.ehlo()
        assert client.mail("a@example.org")[0] == 530
