"""Ports where something other than SMTP answers, or nothing at all."""

from __future__ import annotations

import asyncio
from typing import cast

from ..journal.records import Session
from ..profiles import Service
from ..sockets import drop
from .port import Register


class ServiceConnection(asyncio.Protocol):
    """One connection to such a port."""

    def __init__(self, register: Register, service: Service) -> None:
        self.register, self.service = register, service
        self.session: Session
        self._received = b""
        self._talk: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start talking."""
        self.transport = cast(asyncio.Transport, transport)
        self.session = self.register.opened(self.transport)
        self._talk = asyncio.get_running_loop().create_task(self._speak())

    async def _speak(self) -> None:
        service = self.service
        await asyncio.sleep(service.wait)
        if service.greeting:
            self.session.note("S", service.greeting)
            await self._greet()
        if not (service.answer or service.answers):
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
        if not (self.service.answer or self.service.answers) or self.service.until not in self._received:
            return
        answer = self.service.answer_to(self._received)
        self._received = b""
        self._say(answer or self.service.answer)
        if not answer:
            self._end()

    def _say(self, answer: bytes) -> None:
        if answer:
            self.session.note("S", answer)
            self.transport.write(answer)

    def _end(self) -> None:
        if self.service.end != "open":
            self.session.note("-", f"fault: drop {self.service.end}")
            drop(self.transport, self.service.end)

    def connection_lost(self, error: Exception | None) -> None:
        """Stop talking."""
        if self._talk:
            self._talk.cancel()
        self.register.closed(self.session, self.transport)
