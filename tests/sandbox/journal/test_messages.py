"""Messages and transcripts: what arrives, and how to wait for it."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from smtp_sandbox import MODES, Listener, Service
from smtp_sandbox.conversation.sasl import MECHANISMS
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import MESSAGE, connect, connect_async, send, texts
from tests.sandbox.sasl_client import authenticate
from tests.support.stopwatch import PATIENCE


@pytest.mark.parametrize("mode", MODES)
def test_a_message_arrives_as_it_was_sent(smtp: Served, mode: str) -> None:
    send(getattr(smtp, mode))

    message = smtp.wait_for_message(to="b@example.org", subject="Hello")

    assert (message.mail_from, message.rcpt_tos) == ("a@example.org", ("b@example.org",))
    assert message.data == MESSAGE.encode()
    assert message.email["Subject"] == "Hello"
    assert (message.session.tls is not None) == (mode != "plain")


@pytest.mark.parametrize("mode", MODES)
def test_aiosmtplib_sends_and_awaits(smtp: Served, mode: str) -> None:
    listener = getattr(smtp, mode)

    async def exchange() -> bytes:
        async with connect_async(listener) as client:
            await client.login("user", "pass")
            await client.sendmail("a@example.org", ["c@example.org"], MESSAGE)
        return (await smtp.await_message(to="c@example.org")).data

    assert asyncio.run(exchange()) == MESSAGE.encode()
    assert smtp.messages[0].session.user == "user"


def test_dots_and_empty_messages_survive(smtp: Served) -> None:
    send(smtp.plain, text=".\r\n..two\r\n\r\n.\r\nend\r\n.\r\n")
    with connect(smtp.plain) as client:
        client.ehlo()
        client.mail("a@example.org")
        client.rcpt("b@example.org")
        client.docmd("DATA")
        assert client.docmd(".")[0] == 250

    assert [m.data for m in smtp.messages] == [b".\r\n..two\r\n\r\n.\r\nend\r\n.\r\n", b""]


def test_a_large_message_survives(smtp: Served) -> None:
    text = ("x" * 70 + "\r\n") * 10_000

    send(smtp.plain, text=text)

    assert smtp.messages[0].data == text.encode()


def test_waiting_in_vain_lists_what_came(smtp: Served) -> None:
    send(smtp.plain)

    with pytest.raises(TimeoutError, match=r"(?s)to=z@example.org.*a@example.org -> b@example.org: 'Hello'"):
        smtp.wait_for_message(to="z@example.org", timeout=0.01)


def test_awaiting_in_vain_says_that_nothing_came(smtp: Served) -> None:
    with pytest.raises(TimeoutError, match=r"no message \(any\) within 0.01 s; none arrived"):
        asyncio.run(smtp.await_message(timeout=0.01))


def test_a_waiting_thread_is_woken_by_its_message(smtp: Served) -> None:
    found: list[bytes] = []
    waiter = threading.Thread(target=lambda: found.append(smtp.wait_for_message(subject="Second").data))
    waiter.start()
    send(smtp.plain)
    send(smtp.plain, text="Subject: Second\r\n\r\n2\r\n")
    waiter.join(PATIENCE)

    assert found == [b"Subject: Second\r\n\r\n2\r\n"]


def test_transcripts_hold_both_sides_inside_tls_and_no_secret(smtp: Served) -> None:
    with connect(smtp.starttls) as client:
        client.login("user", "pass")
    smtp.starttls.wait_idle()

    session = smtp.starttls.sessions[0]
    assert ("C", "AUTH PLAIN ****") in session.transcript
    assert ("S", "235 2.7.0 Authentication successful") in session.transcript
    assert texts(smtp.starttls)[0].startswith("TLSv1.")
    assert texts(smtp.starttls)[-1] == "closed"
    assert session.ended
    assert (session.user, session.mechanism) == ("user", "PLAIN")


def test_a_password_sent_after_a_refusal_is_masked(smtp: Served) -> None:
    listener = smtp.listen(auth=())
    with connect(listener) as client:
        client.ehlo()
        assert client.docmd("AUTH", "LOGIN")[0] == 503
        assert client.docmd("c2VjcmV0")[0] == 500

    assert "c2VjcmV0" not in str(listener.sessions[0])


def say(listener: Listener, *chunks: bytes) -> str:
    """Say each chunk, wait for an answer to it, and return the transcript."""
    with socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE) as sock:
        for chunk in chunks:
            sock.recv(10_000)
            sock.sendall(chunk)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(10_000):
            pass
    listener.wait_idle()
    return str(listener.sessions[0])


SECRET = b"c2VjcmV0"
LOGINS = {
    "initial response": [b"AUTH PLAIN " + SECRET],
    "any case": [b"auth plain " + SECRET],
    "space before": [b" AUTH PLAIN " + SECRET],
    "tab between": [b"AUTH\tPLAIN\t" + SECRET],
    "equals sign": [b"AUTH=PLAIN " + SECRET],
    "no mechanism": [b"AUTH " + SECRET],
    "unknown mechanism": [b"AUTH X-" + SECRET + b" " + SECRET],
    "several words": [b"AUTH PLAIN AAAA " + SECRET],
    "bare CR": [b"AUTH PLAIN\r" + SECRET],
    "form feed": [b"AUTH PLAIN x\x0c" + SECRET],
    "line separator": [b"AUTH PLAIN x\xe2\x80\xa8" + SECRET],
    "behind a bare CR": [b"NOOP\rAUTH PLAIN " + SECRET],
    "responses": [b"AUTH LOGIN", SECRET, SECRET],
    "not base64": [b"AUTH LOGIN", b"?" + SECRET],
    "after a refusal": [b"AUTH GSSAPI", SECRET],
    "after a space": [b" AUTH LOGIN", SECRET],
    "after a tab": [b"AUTH\tLOGIN", SECRET, SECRET],
    "no space": [b"AUTHPLAIN " + SECRET],
    "no space at all": [b"AUTHPLAIN" + SECRET],
    "AUTHENTICATE": [b"AUTHENTICATE PLAIN " + SECRET],
    "behind PASS": [b"PASS" + SECRET],
    "as in POP3": [b"USER me", b"PASS " + SECRET],
    "as in IMAP": [b"LOGIN me " + SECRET],
}


@pytest.mark.parametrize("profile", ["honest", "auth-535", "auth-none", "auth-after-tls", "pop3"])
@pytest.mark.parametrize("said", LOGINS.values(), ids=LOGINS)
def test_no_secret_is_in_a_transcript(smtp: Served, profile: str, said: list[bytes]) -> None:
    chunks = [b"EHLO me\r\n", *(one + b"\r\n" for one in said)]

    transcript = say(smtp.listen(profile), *chunks)

    assert SECRET.decode() not in transcript
    assert "****" in transcript


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("initial", [True, False], ids=["initial-response", "challenge"])
@pytest.mark.parametrize("password", ["pass", "the wrong one"])
def test_no_response_of_a_mechanism_is_in_a_transcript(
    smtp: Served, mechanism: str, initial: bool, password: str
) -> None:
    listener = smtp.listen(auth=(mechanism,))
    with connect(listener) as client:
        authenticate(client, mechanism, "user", password, initial=initial)
    listener.wait_idle()

    said = [text for who, text in listener.sessions[0].transcript if who == "C"]
    assert [text for text in said if not text.lower().startswith("ehlo")] == [
        f"AUTH {mechanism} ****" if initial and mechanism != "CRAM-MD5" else f"AUTH {mechanism}",
        *["****"] * (len(said) - 3),
        "QUIT",
    ]


def test_a_login_in_pieces_is_masked_where_no_smtp_is_spoken(smtp: Served) -> None:
    service = Service(b"220 hello\r\n", b"250 yes\r\n", until=b"+")
    listener = smtp.listen(service=service)

    assert "c2Vj" not in say(listener, b"EHLO me\r\nAUTH PLAIN x+", b"c2Vj+\r\n")


def test_what_is_no_secret_can_be_read(smtp: Served) -> None:
    transcript = say(smtp.plain, b"EHLO me\r\n", b"AUTH LOGIN\r\n", b"*\r\n", b"VRFY PASS\r\n", b"AUTH\r\n")

    assert "C EHLO me" in transcript
    assert "C AUTH LOGIN\n" in transcript
    assert "C VRFY PASS\n" in transcript
    assert "C AUTH\n" in transcript


def test_long_lines_are_cut_in_transcripts(smtp: Served) -> None:
    transcript = say(smtp.plain, b"NOOP " + b"x" * 60_000 + b"\r\n")

    assert "x… [60005 characters]" in transcript
    assert len(transcript) < 3000


def test_the_null_sender_is_empty(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.sendmail("", ["b@example.org"], MESSAGE)

    assert smtp.messages[0].mail_from == ""
