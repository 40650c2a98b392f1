"""DATA, however the octets of a message arrive."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator

import pytest

from smtp_sandbox import Listener, on
from smtp_sandbox.conversation.dialogue import Conversation
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.raw_client import DATA, MAIL, QUIT, RCPT, bdat, talking
from tests.support.stopwatch import PATIENCE

MESSAGES = {
    b".\r\n": b"",
    b"\r\n.\r\n": b"\r\n",
    b"..\r\n.\r\n": b".\r\n",
    b"a\r\n..b\r\n.\r\n": b"a\r\n.b\r\n",
    b"a\n.\nb\r\n.\r\n": b"a\n.\nb\r\n",
    b"a.\r\nb\r\n.c\r\n.\r\n": b"a.\r\nb\r\nc\r\n",
}


class Line(asyncio.Transport):
    """A transport on which nothing is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


def codes(listener: Listener, pieces: Iterable[bytes]) -> list[bytes]:
    """The codes that a client gets whose octets arrive in these pieces."""

    async def talk() -> list[bytes]:
        conversation, line = Conversation(listener), Line()
        conversation.connection_made(line)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for piece in (b"EHLO localhost\r\n", *pieces):
            for start in range(0, len(piece), len(listener.inlet)):
                part = piece[start : start + len(listener.inlet)]
                conversation.get_buffer(-1)[: len(part)] = part
                conversation.buffer_updated(len(part))
        conversation.connection_lost(None)
        return [each[:3] for each in line.said]

    return asyncio.run(talk())


def splits(octets: bytes) -> Iterator[list[bytes]]:
    for cut in range(len(octets)):
        yield [octets[:cut], octets[cut:]]
    yield [octets[place : place + 1] for place in range(len(octets))]


@pytest.mark.parametrize(("sent", "kept"), MESSAGES.items())
def test_a_message_is_the_same_however_it_arrives(smtp: Served, sent: bytes, kept: bytes) -> None:
    ways = list(splits(sent + QUIT))
    for way in ways:
        assert codes(smtp.plain, [MAIL, RCPT, DATA, *way]) == [
            *(b"220", b"250", b"250", b"250", b"354", b"250", b"221")
        ]

    assert [message.data for message in smtp.plain.messages] == [kept] * len(ways)
    assert {("C", f"[{len(sent)} octets]")} == {
        entry for session in smtp.plain.sessions for entry in session.transcript if entry[1].startswith("[")
    }


def test_what_follows_a_message_is_not_taken_for_it_by_a_fault_within(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA", after=100, delay=0.01),))
    with talking(listener) as client:
        for noop in (b"NOOP\r\n", b"NOOP " + b"x" * 200 + b"\r\n"):
            assert client.say(MAIL, RCPT, DATA, b"short\r\n.\r\n", noop) == [250, 250, 354, 250, 250]

    assert (listener.faults, listener.count("NOOP")) == (2, 2)
    assert [message.data for message in listener.messages] == [b"short\r\n"] * 2


@pytest.mark.parametrize(("length", "code"), [(998, 250), (999, 500), (1000, 500), (5000, 500)])
@pytest.mark.parametrize("place", [0, 1, 2, 40, 2000])
def test_a_line_has_at_most_998_octets(smtp: Served, length: int, code: int, place: int) -> None:
    before, after = b"x" * 70 + b"\r\n", b"y" * 998 + b"\r\n"
    text = before * place + b"z" * length + b"\r\n" + after * 3
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, DATA, text + b".\r\n") == [250, 250, 354, code]
        # The last line of a chunk needs no end.
        assert client.say(MAIL, RCPT, bdat(before * place + b"z" * length)) == [250, 250, code]


def test_too_much_is_not_kept_in_memory(smtp: Served) -> None:
    listener = smtp.listen(size=1000)
    line = b"x" * 70 + b"\r\n"
    with talking(listener) as client:
        client.say(MAIL, RCPT, DATA, answers=3)
        [transport] = listener._transports
        conversation = transport.get_protocol()
        assert isinstance(conversation, Conversation)
        for _ in range(100):
            client.sock.sendall(line * 1000)
            assert len(conversation.incoming.octets) <= 65536 + 2000 + len(listener.inlet)
        assert client.say(b".\r\n", QUIT) == [552, 221]


@pytest.mark.parametrize(
    ("tail", "rest"),
    [
        *((tail, b"z\r\n.\r\n") for tail in (b".\r\n", b"y.\r\n", b".\r\ny", b".\r\nyy")),
        *((b"\r\n.\r", b"\n"), (b"\r\n.", b"\r\n"), (b"\r", b"\n.\r\n")),
    ],
)
def test_the_end_of_too_much_is_neither_missed_nor_seen_too_early(
    smtp: Served, tail: bytes, rest: bytes
) -> None:
    """What is left of it may begin with a dot whose line's beginning was forgotten."""
    listener = smtp.listen(size=1000)

    said = codes(listener, [MAIL, RCPT, DATA, b"x" * 70_000 + tail, rest, QUIT])

    assert said[-2:] == [b"552", b"221"]
    assert len(said) == 7


def test_a_message_of_one_octet_at_a_time_on_the_wire(smtp: Served) -> None:
    with socket.create_connection((smtp.plain.host, smtp.plain.port), timeout=PATIENCE) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in b"EHLO me\r\n" + MAIL + RCPT + DATA + b"..a\r\n.\r\n" + QUIT:
            sock.sendall(bytes([octet]))
        while sock.recv(65536):
            pass

    assert [message.data for message in smtp.plain.messages] == [b".a\r\n"]
