"""Rules: on which command, how often, and what happens."""

from __future__ import annotations

import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_sandbox import Profile, on
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import MESSAGE, connect, send, texts
from tests.support.stopwatch import PATIENCE, until


def test_a_fault_happens_as_often_as_said_and_is_recorded(smtp: Served) -> None:
    listener = smtp.listen(Profile("greylist", on("RCPT", times=1, reply="451 4.7.1 Try again")))

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(listener)
    send(listener)

    assert refused.value.recipients == {"b@example.org": (451, b"4.7.1 Try again")}
    assert (listener.faults, len(listener.messages)) == (1, 1)
    assert "fault: RCPT: reply 451 4.7.1 Try again" in texts(listener)


def test_reset_makes_the_fault_due_again(smtp: Served) -> None:
    listener = smtp.listen("mail-451")
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(listener)
        listener.reset()


def test_skip_lets_the_first_pass(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("MAIL", skip=1, reply="450 4.7.1 Enough"),))
    send(listener)

    with pytest.raises(smtplib.SMTPSenderRefused):
        send(listener)


def test_a_rule_per_session_counts_anew(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("MAIL", per="session", skip=1, reply="450 4.7.1 Enough"),))
    send(listener)
    send(listener)

    assert len(listener.messages) == 2


def test_a_rule_may_match_one_recipient(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*<BAD@*", reply="550 5.1.1 Unknown"),))
    with connect(listener) as client:
        refused = client.sendmail("a@example.org", ["bad@example.org", "b@example.org"], MESSAGE)

    assert refused == {"bad@example.org": (550, b"5.1.1 Unknown")}
    assert smtp.messages[0].rcpt_tos == ("b@example.org",)


@pytest.mark.parametrize(
    "verb", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "DATA-END", "RSET", "QUIT", "NOOP"]
)
def test_every_command_can_be_delayed_and_still_works(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, delay=0.05),))
    began = time.monotonic()
    with connect(listener) as client:
        client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
        client.rset()
        client.noop()

    assert time.monotonic() - began >= 0.05
    assert (listener.faults, len(listener.messages)) == (1, 1)


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("verb", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA"])
def test_every_command_can_be_dropped(smtp: Served, verb: str, how: str) -> None:
    listener = smtp.listen(rules=(on(verb, drop=how),))  # type: ignore[arg-type]

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(listener)
    listener.wait_idle()

    assert texts(listener)[-2:] == [f"fault: {verb}: drop {how}", "closed"]
    assert listener.messages == ()


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "DATA", "DATA-END"])
def test_every_command_can_hang(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, hang=True),))
    client = smtplib.SMTP(listener.host, listener.port, timeout=PATIENCE)
    assert client.sock is not None

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(client.sendmail, "a@example.org", ["b@example.org"], MESSAGE)
        until(lambda: listener.faults)
        with pytest.raises(TimeoutError):
            sending.result(0.05)
        client.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            sending.result(PATIENCE)
    listener.wait_idle()

    assert f"fault: {verb}: hang" in texts(listener)


def test_data_can_break_off_in_the_middle(smtp: Served) -> None:
    listener = smtp.listen(Profile("torn", on("DATA", after=100, drop="rst")))

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(listener, text=MESSAGE + "x" * 1000)

    assert "fault: DATA after 100 octets: after 100 octets, drop rst" in texts(listener)
    assert listener.messages == ()


def test_data_can_pause_in_the_middle(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA", after=10, delay=0.05),))

    send(listener)

    assert smtp.messages[0].data == MESSAGE.encode()
    assert listener.faults == 1


def test_data_can_be_refused_in_the_middle(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA", after=10, times=1, reply="452 4.3.1 Disk full"),))
    with connect(listener) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
        assert refused.value.smtp_code == 452
        client.sendmail("a@example.org", ["b@example.org"], MESSAGE)

    assert len(listener.messages) == 1


def test_a_server_that_hangs_within_a_message_stops_reading_it(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA", after=10, hang=True),))
    with socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock:
        sock.sendall(b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.sendall(b"x" * 50_000_000)

    assert listener.messages == ()


def test_a_message_refused_after_the_dot_is_not_stored(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA-END", reply="554 5.7.1 Spam"),))

    with pytest.raises(smtplib.SMTPDataError):
        send(listener)

    assert listener.messages == ()


def test_a_message_is_stored_when_only_its_answer_is_lost(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA-END", drop="rst"),))

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(listener)

    assert len(listener.messages) == 1


def test_421_closes(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("NOOP", reply="421 4.3.2 Shutting down"),))
    with connect(listener) as client:
        assert client.noop()[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.docmd("NOOP")


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_the_handshake_can_be_dropped(smtp: Served, mode: str) -> None:
    listener = smtp.listen(mode=mode, rules=(on("TLS", drop="fin"),))  # type: ignore[arg-type]

    with pytest.raises(OSError, match=r"EOF|reset|closed"):
        send(listener)
    listener.wait_idle()

    assert "fault: TLS: drop fin" in texts(listener)


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_the_handshake_can_hang_until_the_client_goes(smtp: Served, mode: str) -> None:
    listener = smtp.listen(mode=mode, rules=(on("TLS", hang=True),))  # type: ignore[arg-type]
    with socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock:
        if mode == "starttls":
            sock.recv(100)
            sock.sendall(b"STARTTLS\r\n")
            assert sock.recv(100).startswith(b"220 ")
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            smtp.client_context().wrap_socket(sock, server_hostname="localhost")
    listener.wait_idle()

    assert texts(listener)[-2:] == ["fault: TLS: hang", "closed"]


def test_senseless_rules_are_errors() -> None:
    with pytest.raises(ValueError, match="no such verb: 'SEND'"):
        on("send", delay=1)
    with pytest.raises(ValueError, match="at least one"):
        on("MAIL")
    with pytest.raises(ValueError, match="after="):
        on("MAIL", after=5, drop="fin")
