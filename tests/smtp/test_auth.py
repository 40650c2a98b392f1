"""SASL: one mechanism, one attempt, and 235 alone is success."""

from __future__ import annotations

import base64
import hmac
import socket
import traceback
from contextlib import closing

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp.auth import authenticate, choose, refusal_code
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import AuthError, Code, DisconnectedError, SMTPError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.reply import Redactor, Reply

from .accounts import account, code, failed_at, make_session, said, try_out
from .conftest import Serve
from .peers import Answer, Peer, dialogue, drop, hang

ALL = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")


def offering(*mechanisms: str) -> bytes:
    return b"250-peer.test\r\n250 AUTH " + " ".join(mechanisms).encode() + b"\r\n"


def test_the_order_of_mechanisms() -> None:
    for trusted, order in ((True, ALL), (False, ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"))):
        left = {*ALL, "XOAUTH2"}
        chosen = []
        while left - {"XOAUTH2"}:
            chosen.append(choose(left, trusted=trusted))
            left.remove(chosen[-1])
        assert tuple(chosen) == order
    with pytest.raises(AuthError):
        choose({"XOAUTH2"}, trusted=True)


@pytest.mark.parametrize(
    "reply",
    [
        "503 5.5.1 Too many authentication attempts",
        "250 2.0.0 ok",
        "220 hello",
        "354 go on",
        "251 fine",
        "200 ok",
    ],
)
def test_only_235_is_success(smtp: Served, reply: str) -> None:
    listener = smtp.listen(auth=("PLAIN",), rules=(on("AUTH", reply=reply),))
    report = try_out(listener)
    assert (failed_at(report), listener.count("AUTH")) == (("auth_rejected", "auth"), 1)
    assert listener.count("MAIL") == 0


@pytest.mark.parametrize("mechanism", ALL)
def test_challenges_without_end_are_cancelled(serve: Serve, mechanism: str) -> None:
    answers: list[bytes] = []

    def ask(peer: Peer) -> None:
        while not answers or answers[-1] != b"*":
            peer.send(b"334 " + base64.b64encode(b"more") + b"\r\n")
            answers.append(peer.read_line())
            assert len(answers) < 10
        peer.send(b"501 5.7.0 cancelled\r\n")

    server = serve(dialogue(EHLO=offering(mechanism), AUTH=ask))
    report = try_out(server)
    assert code(report) in {"auth_rejected", "server_not_authentic"}
    assert (server.count(b"AUTH"), server.lines[-1]) == (1, b"QUIT")


@pytest.mark.parametrize(
    ("mechanism", "lines"), [("LOGIN", ["AUTH LOGIN", "****", "****"]), ("PLAIN", ["AUTH PLAIN ****"])]
)
def test_a_login_has_no_more_lines_than_it_needs(smtp: Served, mechanism: str, lines: list[str]) -> None:
    listener = smtp.listen(auth=(mechanism,))
    assert try_out(listener).ok
    assert said(listener)[1 : len(lines) + 2] == [*lines, "MAIL FROM:<billing@example.org>"]


def test_a_long_password_waits_for_its_own_line(smtp: Served, users: dict[str, str]) -> None:
    users["user"] = "x" * 1000
    listener = smtp.listen(auth=("PLAIN",))
    assert try_out(listener, settings=account(listener, password="x" * 1000)).ok
    assert said(listener)[1:3] == ["AUTH PLAIN", "****"]


def test_a_long_password_is_not_sent_where_it_was_not_asked_for(smtp: Served) -> None:
    listener = smtp.listen(auth=("PLAIN",), rules=(on("AUTH", reply="500 5.5.6 too long"),))
    report = try_out(listener, settings=account(listener, password="x" * 1000))
    assert (code(report), said(listener)[1:]) == ("auth_rejected", ["AUTH PLAIN", "QUIT"])


def scram(first: bytes, final: bytes | None = None, *, accept: bytes = b"235 ok\r\n") -> Answer:
    def answer(peer: Peer) -> None:
        hello = base64.b64decode(peer.lines[-1].split(b" ")[2])
        nonce = hello.split(b"r=")[1]
        peer.send(b"334 " + base64.b64encode(first.replace(b"NONCE", nonce)) + b"\r\n")
        if peer.read_line() != b"*" and final is not None:
            peer.send(b"334 " + base64.b64encode(final) + b"\r\n")
            peer.read_line()
        peer.send(accept)

    return answer


SALT = base64.b64encode(b"salt-of-16-bytes")


@pytest.mark.parametrize(
    "first",
    [
        b"r=NONCE,s=" + SALT + b",i=4096",
        b"r=another,s=" + SALT + b",i=4096",
        b"r=NONCEx,s=" + SALT + b",i=100",
        b"r=NONCEx,s=" + SALT + b",i=100000000",
        b"r=NONCEx,s=" + SALT + b",i=-1",
        b"r=NONCEx,s=" + SALT + b",i=" + b"9" * 5000,
        b"r=NONCEx,s=" + SALT,
        b"r=NONCEx,s=!!,i=4096",
        b"s=" + SALT + b",i=4096",
        b"",
        b"\xff\xfe",
    ],
    ids=range(11),
)
def test_a_server_that_breaks_scram_gets_no_proof(serve: Serve, first: bytes) -> None:
    server = serve(dialogue(EHLO=offering("SCRAM-SHA-256"), AUTH=scram(first)))
    with Stopwatch() as watch:
        report = try_out(server)
    assert failed_at(report) == ("server_not_authentic", "auth")
    assert server.lines[2:] == [b"*", b"QUIT"]
    assert watch.seconds < 1.0


@pytest.mark.parametrize(
    "final", [b"v=" + base64.b64encode(b"x" * 32), b"e=other-error", b"", "v=é".encode(), b"v=\xff", None]
)
def test_a_server_that_does_not_know_the_password_is_not_believed(serve: Serve, final: bytes | None) -> None:
    first = b"r=NONCEmore,s=" + SALT + b",i=4096"
    server = serve(dialogue(EHLO=offering("SCRAM-SHA-256"), AUTH=scram(first, final)))
    report = try_out(server)
    assert (failed_at(report), report.deliverable) == (("server_not_authentic", "auth"), False)
    assert server.count(b"MAIL") == 0


def test_a_server_that_accepts_scram_at_once_is_not_believed(serve: Serve) -> None:
    server = serve(dialogue(EHLO=offering("SCRAM-SHA-256"), AUTH=b"235 welcome\r\n"))
    assert code(try_out(server)) == "server_not_authentic"


@pytest.mark.parametrize(
    ("smtp_code", "enhanced", "expected"),
    [
        (535, "5.7.8", Code.AUTH_FAILED),
        (535, "", Code.AUTH_FAILED),
        (534, "5.7.9", Code.APPLICATION_PASSWORD_REQUIRED),
        (535, "5.7.139", Code.BASIC_AUTH_DISABLED),
        (525, "5.7.13", Code.ACCOUNT_DISABLED),
        (500, "5.7.8", Code.AUTH_FAILED),
        (530, "5.7.0", Code.ENCRYPTION_REQUIRED),
        (538, "5.7.11", Code.ENCRYPTION_REQUIRED),
        (454, "4.7.0", Code.AUTH_TEMPORARY),
        (432, "4.7.12", Code.AUTH_TEMPORARY),
        (432, "4.3.2", Code.CONNECTION_LIMIT),
        (421, "", Code.AUTH_TEMPORARY),
        (435, "", Code.AUTH_TEMPORARY),
        (503, "5.5.1", Code.AUTH_REJECTED),
        (500, "5.5.6", Code.AUTH_REJECTED),
        (504, "5.5.4", Code.AUTH_REJECTED),
    ],
)
def test_a_refusal_means_what_its_codes_say(smtp_code: int, enhanced: str, expected: Code) -> None:
    assert refusal_code(Reply(code=smtp_code, enhanced_code=enhanced)) is expected


class Locals:
    """All local variables of an error's frames, and of those of its causes, as error reports show them."""

    def __init__(self, error: BaseException) -> None:
        self.text = ""
        while error is not None:
            for frame, _ in traceback.walk_tb(error.__traceback__):
                self.text += (
                    repr(frame.f_locals) if "wagtail_partner_smtp" in frame.f_code.co_filename else ""
                )
            error = error.__cause__ or error.__context__  # type: ignore[assignment]


@pytest.mark.parametrize("mechanism", ALL)
@pytest.mark.parametrize(
    "answer", [b"535 5.7.8 no\r\n", b"334 \r\n", b"334 bW9yZQ==\r\n", b"garbage\r\n", hang, drop, Peer.reset]
)
def test_p30_a_failed_login_leaves_no_password_in_the_frames_of_its_error(
    serve: Serve, mechanism: str, answer: Answer
) -> None:
    server = serve(dialogue(EHLO=offering(mechanism), AUTH=answer))
    settings = account(server, password="s3cret-password")
    with pytest.raises(SMTPError) as raised:
        make_session(server, settings, command_timeout=0.2).open()
    shown = Locals(raised.value).text
    assert "SMTPSession" in shown
    assert "s3cret" not in shown
    assert base64.b64encode(b"\0user\0s3cret-password").decode() not in shown
    assert base64.b64encode(b"s3cret-password").decode() not in shown


def test_p30_a_login_that_cannot_be_sent_leaves_no_password_in_the_frames() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    channel = Channel(ours, Limits.for_test(PATIENCE), Redactor())
    with closing(channel), pytest.raises(DisconnectedError) as raised:
        authenticate(channel, "PLAIN", account(25, password="s3cret-password"))
    shown = Locals(raised.value).text
    assert "s3cret" not in shown
    assert base64.b64encode(b"\0user\0s3cret-password").decode() not in shown


def test_a_space_behind_a_challenge_is_not_part_of_it(serve: Serve) -> None:
    challenge = b"<1896.697170952@peer.test>"

    def answer(peer: Peer) -> None:
        peer.send(b"334 " + base64.b64encode(challenge) + b" \r\n")
        peer.read_line()
        peer.send(b"235 welcome\r\n")

    server = serve(dialogue(EHLO=offering("CRAM-MD5"), AUTH=answer))
    assert try_out(server).ok
    proof = hmac.new(b"pass", challenge, "md5").hexdigest()
    assert base64.b64decode(server.lines[2]) == f"user {proof}".encode()


@pytest.mark.parametrize("last", [b"235 2.7.0 welcome\r\n", b"334 \r\n", b"334 bW9yZQ==\r\n"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_cancelled_login_has_failed_whatever_is_answered(serve: Serve, mechanism: str, last: bytes) -> None:
    def insist(peer: Peer) -> None:
        peer.send(b"334 bW9yZQ==\r\n")
        while peer.read_line() != b"*":
            peer.send(b"334 bW9yZQ==\r\n")
        peer.send(last)

    server = serve(dialogue(EHLO=offering(mechanism), AUTH=insist, **{"*": last}))
    assert failed_at(try_out(server)) == ("auth_rejected", "auth")
    assert (server.lines.count(b"*"), server.count(b"MAIL")) == (1, 0)
