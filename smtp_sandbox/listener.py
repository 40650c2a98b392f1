"""A listener: a mode times a profile, on one port."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter as Tally
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import sockets
from .certificates import check_name
from .conversation import Conversation
from .journal import Wanted
from .profiles import Mode, Profile
from .records import Message, Origin, Session
from .rules import Counter
from .services import ServiceConnection

if TYPE_CHECKING:
    from .sandbox import Sandbox

_LONGEST_TRANSCRIPT = 10_000
_AT_LOCALHOST = ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104  # compared with, not listened on


class Listener:
    """One open port. Made by :meth:`Sandbox.listen`; ``host`` is a name that the good certificate holds."""

    def __init__(self, sandbox: Sandbox, profile: Profile, mode: Mode, port: int) -> None:
        self.sandbox, self.profile, self.mode = sandbox, profile, mode
        self.journal, self.certificate = sandbox.journal, profile.certificate
        self.has_enhanced_codes = profile.offers("ENHANCEDSTATUSCODES")
        self.connections = self.faults = 0
        self.commands: Tally[str] = Tally()
        self.met = Counter()
        self._sessions: deque[Session] = deque(maxlen=sandbox.journal.keep)
        self._transports: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._fillers: list[socket.socket] = []
        self._socket = sockets.bind(sandbox.address, port)
        self.port: int = self._socket.getsockname()[1]
        self.host = "localhost" if sandbox.address in _AT_LOCALHOST else sandbox.address
        self.origin = Origin(profile.name, mode, self.host, self.port)

    def __repr__(self) -> str:
        return f"<Listener {self.origin}>"

    @property
    def users(self) -> Mapping[str, str]:
        """Names and passwords."""
        return self.sandbox.users

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The connections since the last reset, in order."""
        return tuple(self._sessions)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages accepted here since the last reset."""
        return self.journal.messages(Wanted(origin=self.origin))

    def count(self, verb: str) -> int:
        """How often a command came since the last reset; "?" counts those that are not SMTP."""
        return self.commands[verb.upper()]

    def reset(self) -> None:
        """Forget sessions, messages and counts, also those of the rules; show the profile's certificate."""
        self.journal.discard(Wanted(origin=self.origin))
        self._sessions.clear()
        self.commands.clear()
        self.met.clear()
        self.connections = self.faults = 0
        self.certificate = self.profile.certificate

    def use_certificate(self, name: str) -> None:
        """Show another certificate from the next handshake on. Raises KeyError for an unknown name."""
        check_name(name)
        self.certificate = name

    def context(self) -> ssl.SSLContext:
        """The server's TLS context of now."""
        return self.sandbox.contexts.get(self.profile, self.certificate)

    def opened(self, transport: asyncio.Transport) -> Session:
        """Record a new connection."""
        self.connections += 1
        self._transports.add(transport)
        host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
        limit = None if self.journal.keep is None else _LONGEST_TRANSCRIPT
        session = Session(self.origin, f"{host}:{port}", datetime.now(UTC), limit=limit)
        self._sessions.append(session)
        return session

    def closed(self, session: Session, transport: asyncio.Transport) -> None:
        """Record the end of a connection, once."""
        self._transports.discard(transport)
        if not session.ended:
            session.note("-", "closed")
            session.ended = True

    def faulted(self) -> None:
        """Count a fault."""
        self.faults += 1

    async def open(self) -> None:
        """Accept connections, or do what the profile has instead. Runs in the sandbox's loop."""
        if self.profile.reach == "unroutable":
            self._fillers = sockets.fill_backlog(self._socket)
        if self.profile.reach == "open":
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._connection, sock=self._socket, backlog=128)

    def _connection(self) -> asyncio.Protocol:
        if self.profile.service:
            return ServiceConnection(self, self.profile.service)
        return Conversation(self)

    def hang_up(self) -> None:
        """Abort every connection. Runs in the sandbox's loop."""
        for transport in tuple(self._transports):
            transport.abort()

    async def shut(self) -> None:
        """Stop accepting and abort. Runs in the sandbox's loop."""
        if self._server:
            await sockets.stop_accepting(self._server)
        self.release()
        self.hang_up()

    def release(self) -> None:
        """Give the port back."""
        self._socket.close()
        for filler in self._fillers:
            filler.close()

    def disconnect(self) -> None:
        """Abort every connection, from any thread."""
        self.sandbox.thread.run(self.hang_up)

    def close(self) -> None:
        """Close the port and its connections, from any thread; records stay."""
        self.sandbox.forget(self)

    def wait_idle(self, timeout: float = 5.0) -> None:
        """Wait until every connection has ended. Raises TimeoutError after ``timeout`` seconds."""
        self.sandbox.thread.submit(self._idle(timeout)).result()

    async def _idle(self, timeout: float) -> None:
        async with asyncio.timeout(timeout):
            await sockets.newcomers()
            while self._transports:
                await asyncio.sleep(0.002)
