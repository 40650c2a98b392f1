"""Clients that send faster than they are answered, do not read, or say nothing for long."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import cast

import pytest

from smtp_sandbox import Listener, Mode, on
from smtp_sandbox.conversation.dialogue import Conversation
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.raw_client import talking
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
        assert client.has_ended()


def test_each_command_puts_the_end_off(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        _, conversation = connection(smtp.plain)
        before = conversation._heard_at
        assert client.say(NOOP) == [250]
        assert conversation._heard_at > before


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
