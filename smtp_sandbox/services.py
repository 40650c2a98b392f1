"""Ports where something other than SMTP answers, or nothing at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from .sockets import drop

if TYPE_CHECKING:
    from .listener import Listener
    from .records import Session


@dataclass(frozen=True, slots=True)
class Service:
    """What a port says that does not speak SMTP.

    After ``wait`` seconds ``greeting`` is said; ``pause`` seconds pass between its octets, and with ``endless``
    it is said again and again. ``answer`` is said when something came that ends in ``until``; then the connection
    stays open, or ends by FIN or RST.
    """

    greeting: bytes = b""
    answer: bytes = b""
    until: bytes = b"\n"
    wait: float = 0.0
    pause: float = 0.0
    endless: bool = False
    end: Literal["open", "fin", "rst"] = "open"


class ServiceConnection(asyncio.Protocol):
    """One connection to such a port."""

    def __init__(self, listener: Listener, service: Service) -> None:
        self.listener, self.service = listener, service
        self.session: Session
        self._received = b""
        self._talk: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start talking."""
        self.transport = cast(asyncio.Transport, transport)
        self.session = self.listener.opened(self.transport)
        self._talk = asyncio.get_running_loop().create_task(self._speak())

    async def _speak(self) -> None:
        service = self.service
        await asyncio.sleep(service.wait)
        if service.greeting:
            self.session.note("S", service.greeting)
            await self._greet()
        if not service.answer and service.end != "open":
            self._end()

    async def _greet(self) -> None:
        while True:
            step = 1 if self.service.pause else len(self.service.greeting)
            for start in range(0, len(self.service.greeting), step):
                self.transport.write(self.service.greeting[start : start + step])
                await asyncio.sleep(self.service.pause)
            if not self.service.endless:
                return
            # Unread octets would grow without bound in front of a client that has stopped reading.
            while self.transport.get_write_buffer_size() > 65536:
                await asyncio.sleep(0.01)

    def data_received(self, data: bytes) -> None:
        """Answer what came, once it is complete."""
        self.session.heard(data[:200], is_command=False)
        self._received = (self._received + data)[-65536:]
        if self.service.answer and self.service.until in self._received:
            self._received = b""
            self.session.note("S", self.service.answer)
            self.transport.write(self.service.answer)
            self._end()

    def _end(self) -> None:
        if self.service.end != "open":
            self.session.note("-", f"fault: drop {self.service.end}")
            drop(self.transport, self.service.end)

    def connection_lost(self, error: Exception | None) -> None:
        """Stop talking."""
        if self._talk:
            self._talk.cancel()
        self.listener.closed(self.session, self.transport)
