"""Conversations without a task: what they may wait for, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from smtp_sandbox.conversation.incoming import Incoming
from smtp_sandbox.conversation.talk import Talk, next_octets


def talked(wait: Callable[[], Awaitable[object]], meanwhile: Callable[[Talk], object]) -> list[str]:
    """What becomes of a coroutine that waits once, while something is done to it."""
    said: list[str] = []

    async def conversation() -> None:
        try:
            said.append("begun")
            await wait()
            said.append("went on")
        except asyncio.CancelledError:
            said.append("cancelled")
            raise
        finally:
            said.append("ended")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: said.append(str(context["exception"])))
        talk = Talk(conversation(), loop)
        talk.begin()
        assert said == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        meanwhile(talk)
        for _ in range(500):
            await asyncio.sleep(0.01)
            if "ended" in said:
                return

    asyncio.run(main())
    return said


def nothing(talk: Talk) -> None:
    assert not talk.is_listening


@pytest.mark.parametrize(
    "wait",
    [
        lambda: asyncio.sleep(0),
        lambda: asyncio.sleep(0.01),
        lambda: asyncio.to_thread(int),
        lambda: asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.01)),
    ],
)
def test_it_waits_for_turns_timers_threads_and_tasks(wait: Callable[[], Awaitable[object]]) -> None:
    assert talked(wait, nothing) == ["begun", "went on", "ended"]


def test_it_goes_on_within_the_call_that_brings_octets() -> None:
    said: list[str] = []

    def bring(talk: Talk) -> None:
        assert talk.is_listening
        talk.hear()
        said.append("heard")
        talk.hear()

    assert talked(next_octets, bring) == ["begun", "went on", "ended"]
    assert said == ["heard"]


@pytest.mark.parametrize("wait", [next_octets, lambda: asyncio.sleep(60)])
def test_it_is_cancelled_wherever_it_waits(wait: Callable[[], Awaitable[object]]) -> None:
    def cancel(talk: Talk) -> None:
        talk.cancel()
        talk.hear()

    assert talked(wait, cancel) == ["begun", "cancelled", "ended"]


def test_it_is_cancelled_even_if_what_it_waits_for_is_done() -> None:
    waiting: list[asyncio.Future[None]] = []

    def wait() -> asyncio.Future[None]:
        waiting.append(asyncio.get_running_loop().create_future())
        return waiting[0]

    def finish_and_cancel(talk: Talk) -> None:
        waiting[0].set_result(None)
        talk.cancel()

    assert talked(wait, finish_and_cancel) == ["begun", "cancelled", "ended"]


def test_it_does_not_begin_once_it_is_cancelled() -> None:
    said: list[str] = []

    async def conversation() -> None:
        said.append("begun")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for turns in range(3):
            talk = Talk(conversation(), loop)
            talk.begin()
            for _ in range(turns):
                await asyncio.sleep(0)
            talk.cancel()
            await asyncio.sleep(0.01)
            said.append(f"cancelled after {turns} turns")

    asyncio.run(main())
    assert said == ["cancelled after 0 turns", "cancelled after 1 turns", "begun", "cancelled after 2 turns"]


def test_octets_do_not_wake_it_while_it_waits_for_something_else() -> None:
    def hear_and_cancel(talk: Talk) -> None:
        talk.hear()
        talk.cancel()

    assert talked(lambda: asyncio.sleep(60), hear_and_cancel) == ["begun", "cancelled", "ended"]


def test_lines_come_whole_however_they_arrive() -> None:
    incoming, lines = Incoming(), []

    async def conversation() -> None:
        while line := await incoming.line(10):
            lines.append(line)
        lines.append(await incoming.read(3))
        lines.append(await incoming.read(100))
        with pytest.raises(asyncio.IncompleteReadError):
            await incoming.read(1)
        lines.append(b"ended")

    async def main() -> None:
        talk = Talk(conversation(), asyncio.get_running_loop())
        talk.begin()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for octets in (b"a", b"b\r", b"\nc\n\n", b"twelve ", b"octets"):
            incoming.octets += octets
            talk.hear()
        incoming.end()
        talk.hear()

    asyncio.run(main())
    assert lines == [b"ab\r\n", b"c\n", b"\n", b"twe", b"lve octets", b"ended"]


def test_many_lines_at_once_leave_others_their_turn() -> None:
    incoming, read, turns = Incoming(), [], []
    incoming.octets += b"NOOP\r\n" * 1000

    async def conversation() -> None:
        while line := await incoming.line(10):
            read.append(line)

    async def main() -> None:
        talk = Talk(conversation(), asyncio.get_running_loop())
        talk.begin()
        while len(read) < 1000:
            turns.append(len(read))
            await asyncio.sleep(0)
        turns.append(len(read))
        talk.cancel()

    asyncio.run(main())
    assert {later - before for before, later in pairwise(turns)} <= {0, 100}


def test_no_line_is_read_once_the_connection_was_aborted_in_another_s_turn() -> None:
    class Aborted(asyncio.Transport):
        def is_closing(self) -> bool:
            return True

    incoming, read = Incoming(), []
    incoming.transport = Aborted()
    incoming.octets += b"NOOP\r\n" * 1000

    async def read_on() -> None:
        while True:
            read.append(await incoming.line(10))

    with pytest.raises(asyncio.IncompleteReadError):
        asyncio.run(read_on())
    assert len(read) == 100
