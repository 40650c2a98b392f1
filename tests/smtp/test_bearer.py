"""Access tokens: two mechanisms, both ways to be refused, and where a token never goes."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from smtp_sandbox import Listener, Sandbox, Token, TokenRefusal
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp import Security, SMTPError, SMTPSettings, examine
from wagtail_partner_smtp.smtp.auth import choose
from wagtail_partner_smtp.smtp.bearer import Refusal, refusal_code, understand
from wagtail_partner_smtp.smtp.errors import AuthError, Code
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.reply import REDACTED, Redactor, Reply
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.session import SMTPSession
from wagtail_partner_smtp.smtp.settings import input_errors

from .accounts import (
    code,
    codes,
    failed_at,
    make_policy,
    make_session,
    said,
    stage,
    statuses,
    token_account,
    try_out,
)
from .conftest import Serve
from .peers import Answer, Peer, Server, dialogue, drop, hang
from .test_auth import Locals, offering

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
ENCRYPTED = ("ssl", "starttls")
MAILBOX = "billing@example.org"
# As long as they come, in the shape of a JWT.
LONG = ".".join(
    "".join(itertools.islice(itertools.cycle(letters), 4096)) for letters in ("eyJ0", "qZ7-_x", "Ab3")
)
FACTS = {"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}


def try_token(listener: Listener, **values: Any) -> Report:
    return try_out(listener, settings=token_account(listener, **values))


def over_tls(server: Server, sandbox: Sandbox, **values: Any) -> Report:
    """The test of a scripted server with a good certificate."""
    settings = token_account(server, **({"host": "localhost", "security": "ssl"} | values))
    return examine(settings, make_policy(server.port, sandbox=sandbox, probe_ports=()))


def facts(report: Report) -> dict[str, Any]:
    assert report.error is not None
    return dict(report.error.facts)


@pytest.fixture
def tokens(smtp_sandbox: Sandbox) -> Any:
    yield smtp_sandbox.tokens
    smtp_sandbox.tokens.clear()


# Logging in


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("mode", ENCRYPTED)
def test_a_token_logs_in_with_one_command(smtp: Served, mode: Any, mechanism: str) -> None:
    listener = smtp.listen(mode=mode, auth=("PLAIN", "LOGIN", mechanism))
    report = try_token(listener)
    assert (report.ok, report.deliverable, report.error) == (True, True, None)
    assert stage(report, "auth").facts["mechanism"] == mechanism
    assert (listener.count("AUTH"), listener.sessions[0].mechanism) == (1, mechanism)
    assert f"AUTH {mechanism} ****" in said(listener)


def test_what_both_vendors_have_comes_first() -> None:
    assert choose({"PLAIN", *MECHANISMS}, trusted=True, token=True) == "XOAUTH2"
    assert choose({"LOGIN", "OAUTHBEARER"}, trusted=True, token=True) == "OAUTHBEARER"


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [
        ("XOAUTH2", "user=a=b,c@example.org\x01auth=Bearer t0ken\x01\x01"),
        (
            "OAUTHBEARER",
            "n,a=a=3Db=2Cc@example.org,\x01host=localhost\x01port={}\x01auth=Bearer t0ken\x01\x01",
        ),
    ],
)
def test_what_is_said_is_that_of_the_specification(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox, mechanism: str, expected: str
) -> None:
    server = serve(dialogue(EHLO=offering(mechanism)), server_context)
    assert over_tls(server, smtp_sandbox, login="a=b,c@example.org", access_token="t0ken").ok
    (line,) = (line for line in server.lines if line.startswith(b"AUTH"))
    assert base64.b64decode(line.split(b" ")[2]).decode() == expected.format(server.port)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("profile", ["token-only", "token-line-512"])
def test_a_long_token_waits_for_its_own_line(smtp: Served, tokens: Any, profile: str, mechanism: str) -> None:
    tokens[MAILBOX] = Token(LONG)
    listener = smtp.listen(profile, mode="ssl", auth=(mechanism,))
    assert try_token(listener, login=MAILBOX, access_token=LONG).deliverable
    assert said(listener)[1:3] == [f"AUTH {mechanism}", "****"]


def lines_of(listener: Listener, token: str) -> list[str]:
    assert try_token(listener, login="u", access_token=token).ok
    lines = said(listener)[1:3]
    listener.reset()
    return lines


def test_a_command_line_is_used_to_its_last_octet(smtp: Served, tokens: Any) -> None:
    listener = smtp.listen("token-line-512", mode="ssl", auth=("XOAUTH2",))
    # "AUTH XOAUTH2 " and base64 of the token with 21 octets around it: 509 octets, and with one more 513.
    tokens["u"] = Token("x" * 351)
    assert lines_of(listener, "x" * 351)[0] == "AUTH XOAUTH2 ****"
    tokens["u"] = Token("x" * 352)
    assert lines_of(listener, "x" * 352) == ["AUTH XOAUTH2", "****"]


def test_an_expired_token_is_refused(smtp: Served, tokens: Any) -> None:
    listener = smtp.listen("token-only", mode="ssl")
    tokens["user"] = Token.lasting("t0ken", 3600)
    assert try_token(listener, access_token="t0ken").ok
    tokens["user"] = Token.lasting("t0ken", -1)
    report = try_token(listener, access_token="t0ken")
    assert (failed_at(report), facts(report)["status"]) == (("token_refused", "auth"), "invalid_token")


# Refusals


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("mode", ENCRYPTED)
@pytest.mark.parametrize(
    ("profile", "expected", "smtp_code", "known"),
    [
        ("token-refused", "token_refused", 535, FACTS),
        ("token-scope", "token_scope_missing", 535, {**FACTS, "status": "insufficient_scope"}),
        ("token-535", "token_refused", 535, {"status": "535", "schemes": "", "scope": ""}),
        ("token-not-permitted", "mailbox_not_permitted", 535, {"status": "535", "schemes": "", "scope": ""}),
        ("token-smtp-off", "smtp_auth_disabled", 535, {"status": "535", "schemes": "", "scope": ""}),
        ("token-endless", "token_refused", 501, FACTS),
        ("token-drop", "token_refused", None, FACTS),
    ],
)
def test_a_refused_token_is_told_with_what_the_server_said(
    smtp: Served, mode: Any, mechanism: str, profile: str, expected: str, smtp_code: int | None, known: Any
) -> None:
    listener = smtp.listen(profile, mode=mode, auth=(mechanism,))
    report = try_token(listener)
    assert (failed_at(report), report.deliverable) == ((expected, "auth"), False)
    if profile == "token-scope":
        known = {"status": "insufficient_scope", "schemes": "bearer", "scope": "email.send"}
    assert facts(report) == known
    assert report.error is not None
    assert (report.error.reply and report.error.reply.code) == smtp_code
    assert (listener.count("AUTH"), listener.connections, listener.count("MAIL")) == (1, 1, 0)
    assert listener.count("QUIT") == (0 if profile == "token-drop" else 1)


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", b""), ("OAUTHBEARER", b"AQ==")])
@pytest.mark.parametrize("last", [b"535 5.7.8 no\r\n", b"334 eyJ9\r\n"], ids=["refused", "endless"])
def test_the_challenge_of_a_refusal_is_answered(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox, mechanism: str, answer: bytes, last: bytes
) -> None:
    def refuse(peer: Peer) -> None:
        peer.send(b"334 " + base64.b64encode(json.dumps({"status": "401"}).encode()) + b"\r\n")
        peer.read_line()
        peer.send(last)

    server = serve(dialogue(EHLO=offering(mechanism), AUTH=refuse), server_context)
    report = over_tls(server, smtp_sandbox)
    assert (code(report), facts(report)["status"]) == ("token_refused", "401")
    _, _, *rest = server.lines
    assert rest == [answer, *([b"*"] if last.startswith(b"334") else []), b"QUIT"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_sandbox_sees_a_proper_answer(smtp: Served, mechanism: str) -> None:
    listener = smtp.listen("token-refused", mode="ssl", auth=(mechanism,))
    try_token(listener)
    listener.wait_idle()
    assert ("-", "refusal of the token acknowledged") in listener.sessions[0].transcript


@pytest.mark.parametrize("last", [drop, Peer.reset, hang], ids=["drop", "reset", "hang"])
def test_a_refusal_is_known_though_its_end_never_comes(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox, last: Callable[[Peer], None]
) -> None:
    def refuse(peer: Peer) -> None:
        peer.send(b"334 " + base64.b64encode(b'{"status":"invalid_token"}') + b"\r\n")
        peer.read_line()
        last(peer)

    server = serve(dialogue(EHLO=offering("XOAUTH2"), AUTH=refuse), server_context)
    settings = token_account(server, host="localhost", security="ssl")
    policy = make_policy(server.port, sandbox=smtp_sandbox)
    with pytest.raises(AuthError) as raised:
        SMTPSession(settings, policy, Limits.for_delivery(0.3)).open()
    assert (raised.value.code, raised.value.facts["status"]) == (Code.TOKEN_REFUSED, "invalid_token")


@pytest.mark.parametrize("reply", [b"503 5.5.1 no\r\n", b"250 2.0.0 ok\r\n", b"504 5.5.4 what?\r\n"])
def test_only_235_is_success_for_a_token_too(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox, reply: bytes
) -> None:
    server = serve(dialogue(EHLO=offering("XOAUTH2"), AUTH=reply), server_context)
    assert failed_at(over_tls(server, smtp_sandbox)) == ("auth_rejected", "auth")
    assert (server.count(b"AUTH"), server.count(b"MAIL")) == (1, 0)


KNOWN = Refusal(status="401")
SAID_ALL = Refusal(status="401", schemes="bearer mac", scope="a b")


@pytest.mark.parametrize(
    ("smtp_code", "enhanced", "refusal", "expected"),
    [
        (535, "5.7.8", None, Code.TOKEN_REFUSED),
        (535, "", None, Code.TOKEN_REFUSED),
        (534, "5.7.9", None, Code.TOKEN_REFUSED),
        (500, "5.7.8", None, Code.TOKEN_REFUSED),
        (535, "5.7.3", None, Code.MAILBOX_NOT_PERMITTED),
        (535, "5.7.3", Refusal(), Code.MAILBOX_NOT_PERMITTED),
        (535, "5.7.3", KNOWN, Code.TOKEN_REFUSED),
        (535, "5.7.139", None, Code.SMTP_AUTH_DISABLED),
        (535, "5.7.139", KNOWN, Code.SMTP_AUTH_DISABLED),
        (525, "5.7.13", None, Code.ACCOUNT_DISABLED),
        (432, "4.3.2", None, Code.CONNECTION_LIMIT),
        (454, "4.7.0", KNOWN, Code.AUTH_TEMPORARY),
        (421, "", None, Code.AUTH_TEMPORARY),
        (538, "5.7.11", None, Code.ENCRYPTION_REQUIRED),
        (500, "5.5.6", None, Code.AUTH_REJECTED),
        (501, "5.5.4", None, Code.AUTH_REJECTED),
        (500, "5.5.6", KNOWN, Code.TOKEN_REFUSED),
        (535, "5.7.8", Refusal(status="insufficient_scope"), Code.TOKEN_SCOPE_MISSING),
    ],
)
def test_a_refusal_means_what_codes_and_challenge_say(
    smtp_code: int, enhanced: str, refusal: Refusal | None, expected: Code
) -> None:
    assert refusal_code(Reply(code=smtp_code, enhanced_code=enhanced), refusal) is expected


@pytest.mark.parametrize(
    ("challenge", "refusal"),
    [
        (b'{"status":"401","schemes":"bearer mac","scope":"a b"}', SAID_ALL),
        (b'{"status":401}', KNOWN),
        (b'{"status":true,"schemes":["bearer"],"scope":null}', Refusal()),
        (b'{"status":{"a":1}}', Refusal()),
        (b"[" * 100_000, Refusal()),
        (b"[1]", Refusal()),
        (b"null", Refusal()),
        (b"", Refusal()),
        (b"\xff\xfe\x00", Refusal()),
        (b'{"status":' + b"9" * 5000 + b"}", Refusal()),
        (b"Username:", Refusal()),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_challenge_is_understood_or_says_nothing(challenge: bytes, refusal: Refusal) -> None:
    assert understand(challenge) == refusal


def test_a_token_may_be_too_long_for_a_server(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox
) -> None:
    def refuse(peer: Peer) -> None:
        peer.send(b"334 \r\n")
        peer.read_line()
        peer.send(b"500 5.5.6 SASL response limit exceeded\r\n")

    server = serve(dialogue(EHLO=offering("XOAUTH2"), AUTH=refuse), server_context)
    assert failed_at(over_tls(server, smtp_sandbox, access_token=LONG)) == ("token_too_long", "auth")
    assert server.lines[2] == base64.b64encode(f"user=user\x01auth=Bearer {LONG}\x01\x01".encode())


def test_a_long_token_is_not_sent_where_it_was_not_asked_for(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox
) -> None:
    server = serve(dialogue(EHLO=offering("XOAUTH2"), AUTH=b"500 5.5.1 what?\r\n"), server_context)
    assert code(over_tls(server, smtp_sandbox, access_token=LONG)) == "auth_rejected"
    assert server.lines[1:] == [b"AUTH XOAUTH2", b"QUIT"]


# Where a token never goes


@pytest.mark.parametrize("profile", ["honest", "auth-scram-sha-256", "auth-none", "auth-no-common"])
@pytest.mark.parametrize("mode", ENCRYPTED)
def test_a_token_is_never_used_as_a_password(smtp: Served, mode: Any, profile: str) -> None:
    listener = smtp.listen(profile, mode=mode)
    report = try_token(listener)
    assert (failed_at(report), report.deliverable) == (("token_not_supported", "auth"), False)
    assert facts(report)["offered"] == ", ".join(sorted(listener.profile.auth))
    assert (listener.count("AUTH"), listener.count("MAIL")) == (0, 0)


@pytest.mark.parametrize("mode", ENCRYPTED)
def test_a_password_is_never_used_as_a_token(smtp: Served, mode: Any) -> None:
    listener = smtp.listen("token-only", mode=mode)
    report = try_out(listener)
    assert (failed_at(report), listener.count("AUTH")) == (("no_common_mechanism", "auth"), 0)


@pytest.mark.parametrize("mode", ["plain", "starttls"])
def test_without_encryption_nothing_is_connected(smtp: Served, mode: Any) -> None:
    listener = smtp.listen("token-only", mode=mode, auth_after_tls=False)
    report = try_token(listener, security=Security.NONE)
    assert (failed_at(report), listener.connections) == (("token_needs_encryption", "settings"), 0)
    with pytest.raises(SMTPError) as raised:
        make_session(listener, token_account(listener, security=Security.NONE)).open()
    assert (raised.value.code, listener.connections) == (Code.TOKEN_NEEDS_ENCRYPTION, 0)


def test_a_stripped_starttls_ends_the_session_though_others_may_go_on(smtp: Served) -> None:
    listener = smtp.listen("starttls-missing", mode="starttls", auth=MECHANISMS, auth_after_tls=False)
    settings = token_account(listener)
    report = try_out(listener, settings=settings, opportunistic_starttls=True)
    assert (code(report), listener.count("AUTH")) == ("starttls_not_offered", 0)
    with pytest.raises(SMTPError) as raised:
        make_session(listener, settings, opportunistic_starttls=True).open()
    assert (raised.value.code, listener.count("AUTH")) == (Code.STARTTLS_NOT_OFFERED, 0)


@pytest.mark.parametrize("typed", [True, False])
def test_a_token_is_not_sent_over_an_unverified_connection(smtp: Served, typed: bool) -> None:
    listener = smtp.listen("token-only", mode="ssl", certificate="untrusted")
    report = try_token(listener, password_typed=typed)
    assert (report.ok, report.deliverable, statuses(report)["auth"]) == (True, False, "skipped")
    assert (codes(report), listener.count("AUTH")) == (["certificate_not_verified", "token_not_sent"], 0)


def test_a_pinned_certificate_is_trusted_with_a_token(smtp: Served) -> None:
    listener = smtp.listen("token-only", mode="ssl", certificate="untrusted")
    seen = try_token(listener).tls
    assert seen is not None
    report = try_token(listener, pinned_certificate=seen.sha256)
    assert (report.deliverable, listener.count("AUTH")) == (True, 1)


# Values


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"login": ""}, [("login", "login_missing")]),
        ({"login": "a\x01auth=Bearer x"}, [("login", "control_characters")]),
        ({"password": "s3cret"}, [("password", "password_and_token")]),
        ({"access_token": "a b"}, [("access_token", "token_invalid")]),
        ({"access_token": "a\x01b"}, [("access_token", "token_invalid")]),
        ({"access_token": "tökén"}, [("access_token", "token_invalid")]),
        ({"access_token": "a\r\nMAIL FROM:<>"}, [("access_token", "token_invalid")]),
        ({"security": Security.NONE}, [("security", "token_needs_encryption")]),
    ],
)
def test_what_does_not_go_with_a_token_is_an_error(values: Any, expected: list[tuple[str, str]]) -> None:
    given = {"host": "mail.example.com", "login": MAILBOX, "access_token": "t0ken", "security": "tls"}
    found = input_errors(SMTPSettings(**given | values))
    assert [(error.field, error.code) for error in found] == expected


# Secrets

SECRET = "eyJhbGciOiJub25l.c2VjcmV0LXBheWxvYWQtb2Y.sIgNaTuRe_of-the~token+42/x"
XOAUTH2 = f"user={MAILBOX}\x01auth=Bearer {SECRET}\x01\x01"
OAUTHBEARER = f"n,a={MAILBOX},\x01host=mail.example.com\x01port=587\x01auth=Bearer {SECRET}\x01\x01"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ECHOES = {
    "as it is": SECRET,
    "capitals": SECRET.upper(),
    "its head": SECRET.split(".")[0],
    "its payload": SECRET.split(".")[1],
    "a piece": SECRET[20:36],
    "base64": b64(SECRET),
    "base64 without padding": b64(SECRET).rstrip("="),
    "URL-safe": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "one octet later": b64("x" + SECRET)[4:-4],
    "two octets later": b64("xx" + SECRET)[4:-4],
    "hex": SECRET.encode().hex(),
    "XOAUTH2": b64(XOAUTH2),
    "OAUTHBEARER": b64(OAUTHBEARER),
    "a piece of XOAUTH2": b64(XOAUTH2)[60:100],
    "percent": SECRET.replace("/", "%2F").replace("+", "%2B"),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("before", ["5.7.8 no: ", "5.7.8 <", "x:"])
@pytest.mark.parametrize("began", [False, True])
def test_a_repeated_token_is_taken_out(echo: str, before: str, began: bool) -> None:
    redactor = Redactor(MAILBOX, access_token=SECRET)
    redactor.auth_began = began
    text = redactor.clean(f"{before}{echo}> end".encode())
    assert (
        text.replace(f"{REDACTED}=", REDACTED).replace(f"{REDACTED}=", REDACTED) == f"{before}{REDACTED}> end"
    )


def test_other_words_stay() -> None:
    sentence = (
        "250-mail.example.com ENHANCEDSTATUSCODES, see https://support.example.com/mail?p=WebLoginRequired"
    )
    assert Redactor(MAILBOX, access_token=SECRET).clean(sentence.encode()) == sentence


def test_a_token_is_not_in_the_repr() -> None:
    assert "t0ken" not in repr(SMTPSettings(host="x", login="u", access_token="t0ken"))


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("echo", ["reply", "challenge"])
def test_what_a_server_repeats_is_in_no_report_and_in_no_transcript(
    serve: Serve,
    server_context: Any,
    smtp_sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    mechanism: str,
    echo: str,
) -> None:
    def repeat(peer: Peer) -> None:
        response = peer.lines[-1].split(b" ")[2]
        if echo == "challenge":
            told = {"status": SECRET, "schemes": response.decode(), "scope": f"x {SECRET[:30]} {SECRET[30:]}"}
            peer.send(b"334 " + base64.b64encode(json.dumps(told).encode()) + b"\r\n")
            peer.read_line()
        peer.send(b"535 5.7.8 you said " + response + b", which is " + SECRET.encode() + b"\r\n")

    server = serve(dialogue(EHLO=offering(mechanism), AUTH=repeat), server_context)
    settings = token_account(server, host="localhost", security="ssl", login=MAILBOX, access_token=SECRET)
    with caplog.at_level(logging.DEBUG):
        report = examine(settings, make_policy(server.port, sandbox=smtp_sandbox, debug_level=1))
    assert code(report) == "token_refused"
    shown = repr(report) + str(report.error) + repr(report.error and report.error.facts) + caplog.text
    response = OAUTHBEARER.replace("mail.example.com", "localhost").replace("587", str(server.port))
    assert f"AUTH {mechanism} ***" in caplog.text
    assert pieces_of(SECRET, shown) == pieces_of(b64(XOAUTH2), shown) == pieces_of(b64(response), shown) == []


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_line_of_a_long_token_is_not_shown_at_all(
    smtp: Served, tokens: Any, caplog: pytest.LogCaptureFixture, mechanism: str
) -> None:
    tokens["user"] = Token(LONG)
    listener = smtp.listen("token-only", mode="ssl", auth=(mechanism,))
    with caplog.at_level(logging.INFO):
        assert try_out(listener, settings=token_account(listener, access_token=LONG), debug_level=1).ok
    at = caplog.messages.index(f"C: AUTH {mechanism}")
    assert caplog.messages[at + 1 : at + 4] == ["S: 334", "C: ***", "S: 235 2.7.0 Authentication successful"]


def pieces_of(secret: str, shown: str) -> list[str]:
    return [secret[at : at + 10] for at in range(len(secret) - 9) if secret[at : at + 10] in shown]


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize(
    "answer", [b"535 5.7.8 no\r\n", b"334 \r\n", b"334 bW9yZQ==\r\n", b"garbage\r\n", hang, drop, Peer.reset]
)
def test_a_failed_login_leaves_no_token_in_the_frames_of_its_error(
    serve: Serve, server_context: Any, smtp_sandbox: Sandbox, mechanism: str, answer: Answer
) -> None:
    server = serve(dialogue(EHLO=offering(mechanism), AUTH=answer), server_context)
    settings = token_account(server, host="localhost", security="ssl", access_token=SECRET)
    policy = make_policy(server.port, sandbox=smtp_sandbox)
    with pytest.raises(SMTPError) as raised:
        SMTPSession(settings, policy, Limits.for_delivery(0.3)).open()
    shown = Locals(raised.value).text
    assert "SMTPSession" in shown
    assert pieces_of(SECRET, shown) == []


# What is acted on is read before anything is taken out of it.


@pytest.mark.parametrize("secret", ["XOAUTH2", "OAUTHBEARER", "8BITMIME", "5.7.139", "AUTH", "235"])
def test_a_secret_that_reads_like_an_answer_changes_nothing(smtp: Served, tokens: Any, secret: str) -> None:
    tokens["user"] = Token(secret)
    listener = smtp.listen("token-only", mode="ssl")
    session = make_session(listener, token_account(listener, access_token=secret))
    with session:
        assert session.authenticated
        assert "8BITMIME" in session.extensions
        assert session.shown_extensions == session.extensions
    refusing = smtp.listen("token-smtp-off", mode="ssl")
    report = try_token(refusing, access_token=secret)
    assert code(report) == "smtp_auth_disabled"
    assert report.extensions == session.extensions


def test_a_second_hello_of_a_session_is_understood_as_the_first(smtp: Served) -> None:
    session = make_session(smtp.ssl)
    with session:
        first = dict(session.extensions)
        smtp.ssl.disconnect()
        session.abort()
        session.open_again()
        assert session.extensions == first


def test_a_refusal_of_the_sandbox_may_be_anything(smtp: Served) -> None:
    how = TokenRefusal(
        '{"status":"' + "é" * 500 + '\\u202e","scope":"a\\r\\nb\\ud800"}', "454 4.7.0 Later", always=True
    )
    report = try_token(smtp.listen("token-only", mode="ssl", token_refusal=how))
    assert code(report) == "auth_temporary"
    assert facts(report) == {"status": "é" * 300, "schemes": "", "scope": "a b"}
