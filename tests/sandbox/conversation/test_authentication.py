"""AUTH in every mechanism, mode and form."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator

import aiosmtplib
import pytest

from smtp_sandbox import MODES, Listener, Sandbox, Token, profiles
from smtp_sandbox.conversation.sasl import MECHANISMS
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import connect, connect_async
from tests.sandbox.raw_client import MAIL, RCPT, bdat, talking
from tests.sandbox.sasl_client import authenticate, decode, encode, responses
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


LOGIN = b"AUTH PLAIN AHVzZXIAcGFzcw==\r\n"


@pytest.mark.parametrize("before", [[MAIL], [MAIL, RCPT], [MAIL, RCPT, bdat(b"x", last=False)]])
def test_nobody_logs_in_during_a_mail_transaction(smtp: Served, before: list[bytes]) -> None:
    """RFC 4954 4."""
    with talking(smtp.plain) as client:
        assert client.say(*before, LOGIN) == [*[250] * len(before), 503]
        assert client.say(b"RSET\r\n", LOGIN, MAIL, RCPT, bdat(b"y")) == [250, 235, 250, 250, 250]

    assert smtp.messages[0].session.user == "user"


def test_where_the_server_begins_there_is_no_initial_response(smtp: Served) -> None:
    """RFC 4954 4."""
    listener = smtp.listen(auth=("CRAM-MD5",))
    with connect(listener) as client:
        client.ehlo()
        assert client.docmd("AUTH", "CRAM-MD5 dXNlcg==") == (501, b"5.7.0 CRAM-MD5 has no initial response")
        assert authenticate(client, "CRAM-MD5", "user", "pass") == 235


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


# Access tokens

BEARERS = ("XOAUTH2", "OAUTHBEARER")


@pytest.fixture
def tokens(smtp: Served) -> Iterator[dict[str, Token]]:
    """Names and access tokens, which the test may change."""
    yield smtp.sandbox.tokens
    smtp.sandbox.tokens.clear()


@pytest.mark.parametrize("initial", [True, False], ids=["initial-response", "challenge"])
@pytest.mark.parametrize("mechanism", BEARERS)
def test_who_has_a_token_logs_in_with_nothing_else(
    smtp: Served, tokens: dict[str, Token], mechanism: str, initial: bool
) -> None:
    tokens["user"] = Token("t0ken")
    listener = smtp.listen("token-only")
    for secret, code in (("t0ken", 235), ("T0KEN", 535), ("pass", 535), ("", 535)):
        with connect(listener) as client:
            assert authenticate(client, mechanism, "user", secret, initial=initial) == code


@pytest.mark.parametrize("mechanism", BEARERS)
def test_a_token_is_good_to_its_end(smtp: Served, tokens: dict[str, Token], mechanism: str) -> None:
    listener = smtp.listen("token-only")
    for seconds, code in ((3600, 235), (-1, 535)):
        tokens["user"] = Token.lasting("t0ken", seconds)
        with connect(listener) as client:
            assert authenticate(client, mechanism, "user", "t0ken") == code


def refused(listener: Listener, mechanism: str, *answers: str) -> list[tuple[int, str]]:
    """What is said to a token, and to each answer; challenges decoded."""
    with connect(listener) as client:
        client.ehlo()
        first = encode(responses(mechanism, "user", "pass")[0])
        said = [client.docmd("AUTH", f"{mechanism} {first}"), *(client.docmd(answer) for answer in answers)]
    return [(code, decode(text) if code == 334 else text.decode()) for code, text in said]


GOOGLE = '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
def test_a_refusal_says_why_and_waits_for_the_answer(smtp: Served, mechanism: str, answer: str) -> None:
    listener = smtp.listen("token-refused")
    assert refused(listener, mechanism, answer) == [
        (334, GOOGLE),
        (535, "5.7.8 Authentication credentials invalid"),
    ]
    assert ("-", "refusal of the token acknowledged") in listener.sessions[0].transcript
    assert not any("something else" in text for _, text in listener.sessions[0].transcript)


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", "AQ=="), ("OAUTHBEARER", "")])
def test_a_wrong_answer_is_noted(smtp: Served, mechanism: str, answer: str) -> None:
    listener = smtp.listen("token-refused")
    assert refused(listener, mechanism, answer)[-1][0] == 535
    assert ("-", "refusal of the token answered with something else") in listener.sessions[0].transcript


@pytest.mark.parametrize(
    ("profile", "answers", "expected"),
    [
        ("token-535", (), [(535, "5.7.8 Authentication credentials invalid")]),
        ("token-not-permitted", (), [(535, "5.7.3 Authentication unsuccessful")]),
        (
            "token-endless",
            ("", "", "*"),
            [(334, GOOGLE), (334, GOOGLE), (334, GOOGLE), (501, "5.7.0 Authentication aborted")],
        ),
    ],
)
def test_other_refusals(
    smtp: Served, profile: str, answers: tuple[str, ...], expected: list[tuple[int, str]]
) -> None:
    assert refused(smtp.listen(profile), "XOAUTH2", *answers) == expected


def test_smtp_that_is_switched_off_is_said_as_microsoft_does(smtp: Served) -> None:
    [(code, text)] = refused(smtp.listen("token-smtp-off"), "XOAUTH2")
    assert (code, text[:8]) == (535, "5.7.139 ")
    assert "SmtpClientAuthentication is disabled" in text


def test_a_server_hangs_up_after_the_challenge(smtp: Served) -> None:
    assert refused(smtp.listen("token-drop"), "XOAUTH2") == [(334, GOOGLE)]
    with pytest.raises(smtplib.SMTPServerDisconnected):
        refused(smtp.listen("token-drop"), "XOAUTH2", "")


@pytest.mark.parametrize(("length", "code"), [(351, 235), (352, 500)])
def test_a_long_command_is_refused(smtp: Served, tokens: dict[str, Token], length: int, code: int) -> None:
    tokens["u"] = Token("x" * length)
    listener = smtp.listen("token-line-512")
    with connect(listener) as client:
        assert authenticate(client, "XOAUTH2", "u", "x" * length) == code
    with connect(listener) as client:
        assert authenticate(client, "XOAUTH2", "u", "x" * length, initial=False) == 235


# Clients of others


@pytest.mark.parametrize("mode", MODES)
def test_aiosmtplib_logs_in_with_a_token(smtp: Served, tokens: dict[str, Token], mode: str) -> None:
    tokens["user"] = Token("t0ken")
    listener = smtp.listen("token-only", mode=mode)  # type: ignore[arg-type]

    async def log_in() -> None:
        async with connect_async(listener) as client:
            await client.auth_xoauth2("user", "t0ken")

    asyncio.run(log_in())

    assert (listener.sessions[0].user, listener.sessions[0].mechanism) == ("user", "XOAUTH2")


def test_aiosmtplib_is_refused(smtp: Served) -> None:
    listener = smtp.listen("token-refused")

    async def log_in() -> None:
        async with connect_async(listener) as client:
            with pytest.raises(aiosmtplib.SMTPAuthenticationError) as raised:
                await client.auth_xoauth2("user", "t0ken")
            assert raised.value.code == 535

    asyncio.run(log_in())
    assert [text for who, text in listener.sessions[0].transcript if "refusal" in text] == [
        "refusal of the token acknowledged"
    ]
