"""Clients that send faster than they are answered, do not read, or say nothing for long."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from smtp_sandbox import Listener, Mode, on
from smtp_sandbox.conversation.dialogue import Conversation
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import send, texts
from tests.sandbox.raw_client import DATA, MAIL, RCPT, talking
from tests.support.stopwatch import PATIENCE

NOOP = b"NOOP " + b"x" * 200 + b"\r\n"
MANY = 4_000
# What the loop reads at once, and what may wait unread.
MOST = 65_536 + 131_072


def connection(listener: Listener) -> tuple[asyncio.Transport, Conversation]:
    [transport] = listener._transports
    return transport, cast(Conversation, transport.get_protocol())


def wait_until_paused(transport: asyncio.Transport) -> None:
    deadline = time.monotonic() + PATIENCE
    while transport.is_reading() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not transport.is_reading()


def wait_until_unchanged(value: Callable[[], int]) -> None:
    before, deadline = -1, time.monotonic() + PATIENCE
    while before != (before := value()) and time.monotonic() < deadline:
        time.sleep(0.3)


def flood(sock: socket.socket, transport: asyncio.Transport) -> int:
    """Send until the server takes no more; how many octets that were."""
    sent, deadline = 0, time.monotonic() + PATIENCE
    sock.setblocking(False)
    while time.monotonic() < deadline:
        try:
            sent += sock.send(NOOP * 1000)
        except BlockingIOError:
            if not transport.is_reading():
                break
            time.sleep(0.005)
    sock.settimeout(PATIENCE)
    return sent


def test_a_busy_server_leaves_to_the_client_what_it_does_not_read(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("VRFY", hang=True),))
    with talking(listener) as client:
        transport, conversation = connection(listener)
        client.say(b"VRFY a\r\n", answers=0)
        sent = flood(client.sock, transport)

        assert len(conversation.incoming.octets) <= MOST < sent


@pytest.mark.parametrize("mode", ["plain", "ssl"])
def test_what_had_to_wait_is_answered(smtp: Served, mode: Mode) -> None:
    listener = smtp.listen(mode=mode, rules=(on("VRFY", delay=0.3, times=1),))
    with talking(listener) as client:
        assert client.say(b"VRFY a\r\n", *[NOOP] * MANY) == [252, *[250] * MANY]

    assert listener.count("NOOP") == MANY


def test_a_client_that_does_not_read_is_not_answered_further(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("NOOP", reply=f"250 {'x' * 8000}"),))
    with talking(listener) as client:
        transport, conversation = connection(listener)
        client.say(*[NOOP] * MANY, answers=0)
        wait_until_paused(transport)
        wait_until_unchanged(lambda: listener.count("NOOP"))

        assert listener.count("NOOP") < MANY
        assert len(conversation.incoming.octets) <= MOST
        assert transport.get_write_buffer_size() < 2**20
        # It goes on where it stopped.
        assert client.say(b"QUIT\r\n", answers=MANY + 1) == [*[250] * MANY, 221]


def test_a_client_that_says_nothing_for_long_is_left(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        _, conversation = connection(smtp.plain)

        def look(seconds: float) -> None:
            conversation._timeout_duration = seconds
            conversation._look()

        smtp.sandbox.thread.run(lambda: look(PATIENCE))
        assert client.say(NOOP) == [250]
        smtp.sandbox.thread.run(lambda: look(0.0))
        # RFC 5321 3.8: it is told.
        assert client.read(1) == [421]
        assert client.has_ended()
    smtp.plain.wait_idle()

    assert smtp.plain.sessions[0].transcript[-3:] == [
        ("-", "nothing came for 0 s"),
        ("S", "421 4.4.2 Timeout, closing the connection"),
        ("-", "closed"),
    ]


def test_a_client_that_waits_for_the_end_for_long_is_left_too(smtp: Served, impatient: float) -> None:
    listener = smtp.listen(rules=(on("NOOP", drop="fin"),))
    with talking(listener) as client:
        assert client.say(NOOP) == []
        listener.wait_idle()

    assert texts(listener)[-2:] == [f"nothing came for {impatient:g} s", "closed"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds after which a silent client is left."""
    begin = Conversation._begin

    def impatiently(self: Conversation, transport: asyncio.Transport) -> None:
        self._timeout_duration = 0.4
        begin(self, transport)

    monkeypatch.setattr(Conversation, "_begin", impatiently)
    return 0.4


@pytest.mark.parametrize("command", [b"", DATA, b"BDAT 1000 LAST\r\n", b"AUTH PLAIN\r\n"])
def test_who_says_nothing_is_told_wherever_it_is(smtp: Served, command: bytes, impatient: float) -> None:
    with talking(smtp.plain) as client:
        if not command.startswith(b"AUTH"):
            client.say(MAIL, RCPT)
        client.say(command, answers=int(command in (DATA, b"AUTH PLAIN\r\n")))
        assert client.read(1) == [421]
        assert client.has_ended()


@pytest.mark.parametrize("by_chunk", [False, True])
def test_a_slow_transfer_is_not_cut(smtp: Served, by_chunk: bool, impatient: float) -> None:
    lines = [b"line\r\n"] * 12
    with talking(smtp.plain) as client:
        client.say(MAIL, RCPT)
        client.say(f"BDAT {6 * len(lines)} LAST\r\n".encode() if by_chunk else DATA, answers=1 - by_chunk)
        for line in lines:
            time.sleep(impatient / 6)
            client.say(line, answers=0)
        assert client.say(b"" if by_chunk else b".\r\n", answers=1) == [250]

    assert len(smtp.messages) == 1


@pytest.mark.parametrize("mode", ["plain", "ssl"])
def test_a_delay_is_kept_and_a_hang_hangs(smtp: Served, mode: Mode, impatient: float) -> None:
    listener = smtp.listen(mode=mode, rules=(on("NOOP", delay=3 * impatient), on("RSET", hang=True)))
    with talking(listener) as client:
        assert client.say(NOOP) == [250]
        client.say(b"RSET\r\n", answers=0)
        client.sock.settimeout(3 * impatient)
        with pytest.raises(TimeoutError):
            client.read(1)

    listener.wait_idle()
    assert texts(listener)[-2:] == ["fault: RSET: hang", "closed"]


def test_the_time_counts_anew_after_a_fault(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("NOOP", delay=0.3),))
    with talking(listener) as client:
        _, conversation = connection(listener)
        began = conversation.loop.time()
        assert client.say(NOOP) == [250]
        assert conversation._heard_at - began >= 0.3


def test_who_does_not_read_is_left_without_a_word(smtp: Served, impatient: float) -> None:
    listener = smtp.listen(rules=(on("NOOP", reply=f"250 {'x' * 8000}"),))
    with talking(listener) as client:
        client.say(*[NOOP] * MANY, answers=0)
        listener.wait_idle()

    assert texts(listener)[-2:] == [f"nothing came for {impatient:g} s", "closed"]


def test_each_octet_puts_the_end_off(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        _, conversation = connection(smtp.plain)
        before = conversation._heard_at
        assert client.say(NOOP) == [250]
        assert conversation._heard_at > before


@pytest.mark.parametrize("mode", ["plain", "ssl"])
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_who_goes_amid_its_commands_makes_no_noise(
    smtp: Served, mode: Mode, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "asyncio")
    listener, gone = smtp.listen(mode=mode), threading.Event()
    with talking(listener) as client:
        # The server is busy meanwhile.
        smtp.sandbox.thread._loop.call_soon_threadsafe(gone.wait, PATIENCE)
        client.say(b"NOOP\r\n" * 5000, answers=0)
        if how == "rst":
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.set()
    listener.wait_idle()

    assert [record.getMessage() for record in caplog.records] == []


def test_nothing_is_logged_of_what_is_as_it_should_be(smtp: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    send(smtp.plain)
    logging.getLogger("mail.log").info("of the client's own server")

    assert [record.getMessage() for record in caplog.records] == ["of the client's own server"]


@pytest.mark.parametrize("command", [b"", b"VRFY a\r\n", b"RSET\r\n"])
def test_nothing_goes_on_once_the_connection_is_lost(smtp: Served, command: bytes) -> None:
    """Whether it waits for the client, in a fault or for a timer."""
    listener = smtp.listen(rules=(on("VRFY", hang=True), on("RSET", delay=PATIENCE)))
    with talking(listener) as client:
        _, conversation = connection(listener)
        client.say(command, answers=0)
        wait_until_unchanged(lambda: sum(listener.commands.values()))
        listener.disconnect()

    assert conversation._timeout_handle is not None
    assert conversation._timeout_handle.cancelled()
