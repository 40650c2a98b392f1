"""What a client has sent and nobody has read yet."""

from __future__ import annotations

import asyncio

from .talk import next_octets

# What may wait unread while a conversation is busy; then the client has to wait.
_MOST = 131_072
# Lines, some milliseconds; then the other connections and a stop have their turn.
_MOST_AT_ONCE = 100


class Incoming:
    """The octets of a connection, in the order of their arrival."""

    def __init__(self) -> None:
        self.octets = bytearray()
        self.transport: asyncio.Transport | None = None
        self._has_ended = self._is_paused = False
        self._lines_at_once = 0

    def end(self) -> None:
        """No more will come."""
        self._has_ended = True

    def hold(self) -> None:
        """Leave more to the client for now, if nobody reads what has come."""
        if self.transport and not self._is_paused and len(self.octets) > _MOST:
            self._is_paused = True
            self.transport.pause_reading()

    async def more(self) -> None:
        """Wait for further octets. Raises IncompleteReadError at the end."""
        if self._has_ended:
            raise asyncio.IncompleteReadError(b"", None)
        if self._is_paused and self.transport:
            self._is_paused = False
            self.transport.resume_reading()
        self._lines_at_once = 0
        await next_octets()

    async def line(self, limit: int) -> bytes | None:
        """The next line with its LF; None if it has more than so many octets before that.

        Raises IncompleteReadError at the end of the stream.
        """
        self._lines_at_once += 1
        if self._lines_at_once > _MOST_AT_ONCE:
            self._lines_at_once = 1
            await asyncio.sleep(0)
        octets, start = self.octets, 0
        while (end := octets.find(b"\n", start)) < 0:
            start = len(octets)
            if start > limit:
                return None
            await self.more()
        return None if end > limit else self.take(end + 1)

    async def read(self, count: int) -> bytes:
        """What there is, up to so many octets, at least one. Raises IncompleteReadError at the end."""
        while not self.octets:
            await self.more()
        return self.take(count)

    def take(self, count: int) -> bytes:
        """The first octets, which are then read."""
        with memoryview(self.octets) as view:
            taken = bytes(view[:count])
        del self.octets[:count]
        return taken
