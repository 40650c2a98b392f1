"""Lines over a socket."""

from __future__ import annotations

import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import (
    Code,
    DeadlineError,
    DisconnectedError,
    ProtocolError,
    SettingsError,
)
from wagtail_partner_smtp.smtp.limits import REPLY_BUDGET, Limits
from wagtail_partner_smtp.smtp.reply import Redactor

from .accounts import account, make_session, make_settings, try_out
from .conftest import Clock, Serve
from .peers import Peer

Pair = tuple[Channel, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with closing(theirs), closing(Channel(ours, Limits.for_test(PATIENCE), Redactor())) as channel:
        yield channel, theirs


def test_what_is_asked_of_a_channel_that_was_closed_fails_as_one(pair: Pair) -> None:
    channel, _ = pair
    channel.close()
    assert not channel.is_in_step()
    with pytest.raises(DisconnectedError):
        channel.read_reply()
    with pytest.raises(DisconnectedError):
        channel.command("NOOP")


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        (b"250 ok\r\n", 250, "ok"),
        (b"250 ok\n", 250, "ok"),
        (b"250\r\n", 250, ""),
        (b"250 \r\n", 250, ""),
        (b"250-a\r\n250-b\r\n250 c\r\n", 250, "a b c"),
        (b"250-a\r\n250\r\n", 250, "a"),
        (b"550 5.1.1 no\r\n", 550, "5.1.1 no"),
        (b"250 caf\xe9\r\n", 250, "caf\ufffd"),
    ],
)
def test_a_reply_is_read(pair: Pair, raw: bytes, code: int, text: str) -> None:
    channel, server = pair
    server.sendall(raw)
    reply = channel.read_reply()
    assert (reply.code, reply.text) == (code, text)


@pytest.mark.parametrize("raw", [b"250 a\r\n250 b\r\n"])
def test_the_next_reply_is_left_to_be_read(pair: Pair, raw: bytes) -> None:
    channel, server = pair
    server.sendall(raw)
    assert channel.read_reply().text == "a"
    assert channel.has_unread_data
    assert channel.read_reply().text == "b"
    assert not channel.has_unread_data


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n",
        b"25\r\n",
        b"2500 x\r\n",
        b"150 x\r\n",
        b"650 x\r\n",
        b"\r\n",
        b"250_x\r\n",
        b"\xb2\xb5\xb0 x\r\n",
    ],
)
def test_what_is_no_reply_is_refused_at_once(pair: Pair, raw: bytes) -> None:
    channel, server = pair
    server.sendall(raw)
    with pytest.raises(ProtocolError) as raised:
        channel.read_reply()
    assert raised.value.code is Code.NOT_SMTP


@pytest.mark.parametrize(("raw", "in_step"), [(b"", True), (b"421 bye\r\n", False), (b"4", False)])
def test_what_comes_unasked_is_noticed_and_left_to_be_read(pair: Pair, raw: bytes, in_step: bool) -> None:
    channel, server = pair
    server.sendall(raw)
    assert channel.is_in_step() is in_step
    assert channel.peek() == raw


def test_a_flood_while_a_message_is_written_is_named_as_one(pair: Pair) -> None:
    """Not as a connection that was lost, which is an error of the system as well."""
    channel, server = pair

    def flood() -> None:
        with suppress(OSError):
            server.sendall(b"2" * (4 * REPLY_BUDGET))

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    with pytest.raises(ProtocolError) as raised:
        channel.write(b"x" * 50_000_000)
    assert raised.value.code is Code.REPLY_TOO_LONG
    channel.close()
    thread.join(PATIENCE)


def test_what_cannot_become_a_reply_is_refused_before_its_line_ends(pair: Pair) -> None:
    channel, server = pair
    server.sendall(b"SSH-2.0-")
    with pytest.raises(ProtocolError):
        channel.read_reply()
    assert channel.peek() == b"SSH-2.0-"


def test_p17_a_reply_may_have_64_kib_and_no_more(pair: Pair) -> None:
    assert REPLY_BUDGET == 65536
    channel, server = pair
    server.sendall(b"250 " + b"x" * (REPLY_BUDGET - 6) + b"\r\n")
    assert channel.read_reply().code == 250
    server.sendall(b"2")
    with pytest.raises(ProtocolError) as raised:
        channel.read_reply()
    assert raised.value.code is Code.REPLY_TOO_LONG


@pytest.mark.parametrize("bad", ["a\r\nb", "a\nb", "a\rb", "a\0b", b"a\r\n"])
def test_p31_a_command_is_one_line(pair: Pair, bad: str | bytes) -> None:
    channel, server = pair
    with pytest.raises(SettingsError):
        channel.command(bad)
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.recv(1)


def test_a_closed_connection_is_told_from_silence(pair: Pair) -> None:
    channel, server = pair
    with pytest.raises(DeadlineError):
        channel.read_reply(time.monotonic() + 0.05)
    server.close()
    with pytest.raises(DisconnectedError):
        channel.read_reply()
    with pytest.raises(DisconnectedError):
        channel.write(b"x" * 10)


def test_p16_a_server_that_does_not_read_ends_at_the_deadline(pair: Pair) -> None:
    channel, _ = pair
    with Stopwatch() as watch, pytest.raises(DeadlineError):
        channel.write(b"x" * 20_000_000, time.monotonic() + 0.3)
    assert watch.seconds < 0.5


def test_p16_over_tls_too(serve: Serve, server_context: ssl.SSLContext) -> None:
    def slow_reader(peer: Peer) -> None:
        peer.read_line()
        while peer.sock.recv(4096):
            time.sleep(0.02)

    server = serve(slow_reader, server_context)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sock = socket.create_connection(("127.0.0.1", server.port))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    channel = Channel(sock, Limits.for_delivery(PATIENCE), Redactor())
    with closing(channel):
        channel.start_tls(context, "localhost")
        with Stopwatch() as watch, pytest.raises(DeadlineError):
            channel.write(b"x\n" * 5_000_000, time.monotonic() + 0.4)
        assert watch.seconds < 0.7


def test_a_test_keeps_time_for_finding_out_the_cause(clock: Clock) -> None:
    limits = Limits.for_test(6.0)
    assert limits.connect_deadline() - clock.now == pytest.approx(4.0)
    assert limits.answer_deadline() - clock.now == pytest.approx(5.0)
    clock.now += 3
    assert limits.next_deadline() - clock.now == pytest.approx(3.0)
    assert limits.connect_deadline() - clock.now == pytest.approx(2.0)
    assert limits.answer_deadline() - clock.now == pytest.approx(2.5)


def test_a_delivery_has_a_deadline_for_each_command(smtp: Served, clock: Clock) -> None:
    with make_session(smtp.plain, command_timeout=PATIENCE) as delivery:
        for _ in range(3):
            clock.now += PATIENCE - 1
            assert delivery.limits.next_deadline() - clock.now == pytest.approx(PATIENCE)
            assert delivery.channel.command("NOOP").code == 250


def test_silence_is_noticed_and_leaves_what_comes(pair: Pair) -> None:
    channel, server = pair
    assert channel.is_silent_for(0.02)
    server.sendall(b"220 hi\r\n")
    assert not channel.is_silent_for(PATIENCE)
    assert channel.read_reply().text == "hi"


def test_a_handshake_with_a_connection_that_was_reset_is_translated(serve: Serve) -> None:
    server = serve(Peer.reset)
    context = ssl.create_default_context()
    for _ in range(20):
        sock = socket.create_connection(("127.0.0.1", server.port))
        time.sleep(0.005)
        channel = Channel(sock, Limits.for_test(PATIENCE), Redactor())
        with closing(channel), pytest.raises(DisconnectedError) as raised:
            channel.start_tls(context, "localhost")
        assert raised.value.code is Code.TLS_BROKEN
        assert sock.fileno() < 0


def test_p27_the_transcript_shows_no_secret(smtp: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = b64encode(b"\0billing\0s3cret-password").decode()
    refusal = on("AUTH", reply=f"535 5.7.8 no: AUTH PLAIN {echo}")
    listener = smtp.listen(auth=("PLAIN",), rules=(refusal,))
    settings = account(listener, login="billing", password="s3cret-password")
    try_out(listener, settings=settings, debug_level=1)
    shown = [record.getMessage() for record in caplog.records]
    assert "C: AUTH PLAIN ***" in shown
    assert "S: 535 5.7.8 no: AUTH PLAIN [redacted]" in shown
    assert "C: QUIT" in shown
    assert "s3cret" not in caplog.text
    assert "AGJpbGxpbmcAczNjcmV0" not in caplog.text


def test_without_a_debug_level_there_is_no_transcript(smtp: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="wagtail_partner_smtp")
    try_out(smtp.plain, settings=make_settings(smtp.plain))
    assert caplog.records == []


FLOODED = """
import resource, sys
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, examine
port = int(sys.argv[1])
policy = Policy(timeout=30, allowed_networks=(f"127.0.0.1:{port}",), probe_ports=())
settings = SMTPSettings(host="127.0.0.1", port=port)
examine(SMTPSettings(host="127.0.0.1", port=1), policy)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
codes = {str(examine(settings, policy).error.code) for _ in range(3)}
print(codes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_p17_a_flood_does_not_grow_the_process(serve: Serve) -> None:
    def flood(peer: Peer) -> None:
        while True:
            peer.send(b"220-still talking " * 4000 + b"\r\n")

    server = serve(flood)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", FLOODED, str(server.port)],
        capture_output=True,
        text=True,
        check=True,
        timeout=170,
    )
    codes, grown = done.stdout.rsplit(" ", 1)
    assert codes == "{'reply_too_long'}"
    assert int(grown) < 5 * 1024
