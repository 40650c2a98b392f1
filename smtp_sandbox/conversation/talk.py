"""A conversation that is moved on by what comes in, without a task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

# What is waited for is a future, None for a turn of the loop, or this for the client's next octets.
_OCTETS = object()


@coroutine
def next_octets() -> Generator[object, None, None]:
    """Wait until the client has sent more, or no more will come."""
    yield _OCTETS


class Talk:
    """Runs a coroutine in the callbacks of its connection.

    A task would begin a turn of the loop for each line: that is half of the time of a short command. What needs to
    be in a task, as ``asyncio.timeout`` does, cannot be awaited; futures and ``asyncio.sleep`` can.
    """

    def __init__(self, conversation: Coroutine[object, None, None], loop: asyncio.AbstractEventLoop) -> None:
        self._conversation, self._loop = conversation, loop
        self._awaited: asyncio.Future[Any] | None = None
        # Whether it waits for the client.
        self.is_listening = False

    def begin(self) -> None:
        """Start in the next turn of the loop."""
        self._wait_for(None)

    def hear(self) -> None:
        """Go on if it waits for the client, who has sent something or ended."""
        if self.is_listening:
            self.is_listening = False
            self._go_on()

    def cancel(self) -> None:
        """Raise CancelledError where it waits, also if what it waits for is done."""
        if self._awaited:
            awaited, self._awaited = self._awaited, None
            awaited.cancel()
        elif self.is_listening:
            self.is_listening = False
        else:
            return
        self._go_on(asyncio.CancelledError())

    def _go_on(self, error: BaseException | None = None) -> None:
        try:
            awaited = self._conversation.throw(error) if error else self._conversation.send(None)
        except (StopIteration, asyncio.CancelledError):
            return
        if awaited is _OCTETS:
            self.is_listening = True
        else:
            self._wait_for(awaited)

    def _wait_for(self, awaited: object) -> None:
        if isinstance(awaited, asyncio.Future):
            future = awaited
        else:
            future = self._loop.create_future()
            self._loop.call_soon(_done, future)
        # As a task says to a future that was awaited.
        future._asyncio_future_blocking = False
        self._awaited = future
        future.add_done_callback(self._awake)

    def _awake(self, future: asyncio.Future[Any]) -> None:
        # It is still called for what was awaited when the conversation was cancelled.
        if future is self._awaited:
            self._awaited = None
            self._go_on()


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
