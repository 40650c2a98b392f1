"""A listener: a mode times a profile, on one port."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count

from . import sockets
from .conversation.dialogue import COMMANDS, Conversation
from .conversation.services import ServiceConnection
from .journal.messages import Journal
from .journal.records import Message, Origin, Session
from .profiles import Mode, Profile
from .rules import Counter, Rule
from .sense import check_rules, shows_certificate
from .thread import LoopThread
from .tls.certificates import check_name
from .tls.trust import Trust
from .tokens import Issued, Token

_LONGEST_TRANSCRIPT = 10_000
_MOST_AT_ONCE = 65_536  # octets
_SWITCHES = count(1)
_AT_LOCALHOST = ("localhost", "127.0.0.1", "0.0.0.0", "::")  # noqa: S104  # compared with, not listened on


def names_of(address: str) -> tuple[str, ...]:
    """The names that certificates have to hold for clients of that address, beside those of loopback."""
    return () if address in _AT_LOCALHOST else (address,)


def host_name(address: str) -> str:
    """Under what name that address is reached; the good certificate holds it, if it is loopback's."""
    return "localhost" if address in _AT_LOCALHOST else address


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the listeners of a sandbox share; ``close`` closes one of them, from any thread."""

    address: str
    users: Mapping[str, str]
    tokens: Mapping[str, Token]
    issued: Issued
    trust: Trust
    journal: Journal
    thread: LoopThread
    close: Callable[[Listener], None]


class Listener:
    """One open port. Made by :meth:`Sandbox.listen`; ``host`` is a name that the good certificate holds."""

    def __init__(self, surroundings: Surroundings, profile: Profile, mode: Mode, port: int) -> None:
        self._around, self.profile, self.mode = surroundings, profile, mode
        self.certificate = profile.certificate
        self.connections = self.faults = 0
        self.commands: Tally[str] = Tally()
        self.met = Counter()
        self.switches: Mapping[int, tuple[Rule, ...]] = {}
        self.switched_on: tuple[Rule, ...] = ()
        # One for all connections: for each read asyncio would allocate 256 KiB, which is a call of the system.
        self.inlet = memoryview(bytearray(_MOST_AT_ONCE))
        self._sessions: deque[Session] = deque(maxlen=self.journal.keep)
        self._transports: set[asyncio.Transport] = set()
        self.servers: list[asyncio.Server] = []
        self._fillers: list[socket.socket] = []
        self._sockets = sockets.bind(surroundings.address, port)
        self.port: int = self._sockets[0].getsockname()[1]
        self.host = host_name(surroundings.address)
        self.origin = Origin(profile.name, mode, self.host, self.port)

    def __repr__(self) -> str:
        return f"<Listener {self.origin}>"

    @property
    def users(self) -> Mapping[str, str]:
        """Names and passwords."""
        return self._around.users

    @property
    def tokens(self) -> Mapping[str, Token]:
        """Names and access tokens."""
        return self._around.tokens

    @property
    def issued(self) -> Issued:
        """The access tokens of the sandbox's OAuth server."""
        return self._around.issued

    @property
    def journal(self) -> Journal:
        """The messages of all listeners."""
        return self._around.journal

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust; the file lives until the sandbox stops."""
        return self._around.trust.ca_file

    def client_context(self, *, certificate: bool = False) -> ssl.SSLContext:
        """A client's context that trusts the sandbox's CA only; with a client certificate if asked for."""
        return self._around.trust.client_context(certificate=certificate)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The connections since the last reset, in order."""
        return tuple(self._sessions)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages accepted here since the last reset."""
        return self.journal.messages(at=self)

    def count(self, verb: str) -> int:
        """How often a command came since the last reset; "?" counts those that are not SMTP.

        Raises ValueError for what is neither: it would always be 0.
        """
        if verb.upper() not in (*COMMANDS, "?"):
            raise ValueError(
                f'no such command: {verb!r}; known are {", ".join(COMMANDS)}, and "?" for others'
            )
        return self.commands[verb.upper()]

    def reset(self) -> None:
        """Forget sessions, messages and counts, also those of the rules; be again as the profile says."""
        self.journal.discard(at=self)
        self._sessions.clear()
        self.commands.clear()
        self.met.clear()
        self.connections = self.faults = 0
        self.certificate = self.profile.certificate
        self.switch()

    def switch(self, *rules: Rule, add: bool = False) -> int:
        """Have rules apply before those of the profile, from the next command on; without any, only the latter.

        They take the place of those that were switched on before, or with ``add`` come behind them, and are
        counted anew. Returns the number by which ``switch_off`` takes them back. Raises ValueError for a rule
        that no client can meet here; then all stays as it was.
        """
        return switch([self], rules, add=add)

    def switch_off(self, number: int) -> bool:
        """Take back what one ``switch`` has switched on, and nothing else; says whether it was there."""
        is_there = number in self.switches
        self._have({each: rules for each, rules in self.switches.items() if each != number})
        return is_there

    def _have(self, switches: Mapping[int, tuple[Rule, ...]]) -> None:
        # Sessions look at these at any time: they are replaced, never changed.
        self.switches = switches
        self.switched_on = tuple(chain.from_iterable(switches.values()))

    def _switch(self, number: int, rules: Iterable[Rule], *, add: bool) -> None:
        # Copies, as rules are counted by their identity.
        self._have({**(self.switches if add else {}), number: tuple(replace(rule) for rule in rules)})

    def use_certificate(self, name: str) -> None:
        """Show another certificate from the next handshake on.

        Raises KeyError for an unknown name, ValueError where there is no handshake.
        """
        check_name(name)
        if self.mode == "plain":
            raise ValueError('mode "plain" shows no certificate; listen with mode="ssl" or mode="starttls"')
        if not shows_certificate(self.profile):
            raise ValueError(f"the profile {self.profile.name!r} never comes to a handshake of SMTP")
        self.certificate = name

    def context(self) -> ssl.SSLContext:
        """The server's TLS context of now."""
        return self._around.trust.contexts.get(self.profile, self.certificate)

    def opened(self, transport: asyncio.Transport) -> Session:
        """Record a new connection."""
        self.connections += 1
        self._transports.add(transport)
        host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
        peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        limit = None if self.journal.keep is None else _LONGEST_TRANSCRIPT
        session = Session(self.origin, peer, datetime.now(UTC), limit=limit)
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
            self._fillers = [filler for sock in self._sockets for filler in sockets.fill_backlog(sock)]
        if self.profile.reach == "open":
            loop = asyncio.get_running_loop()
            service = self.profile.service
            context = self.context() if service and service.encrypted else None
            self.servers = [
                await loop.create_server(self._connection, sock=sock, backlog=128, ssl=context)
                for sock in self._sockets
            ]

    def _connection(self) -> asyncio.Protocol:
        if self.profile.service:
            return ServiceConnection(self, self.profile.service)
        return Conversation(self)

    def hang_up(self) -> None:
        """Abort every connection. Runs in the sandbox's loop."""
        for transport in tuple(self._transports):
            transport.abort()

    def release(self) -> None:
        """Give the port back."""
        for sock in (*self._sockets, *self._fillers):
            sock.close()

    def disconnect(self) -> None:
        """Abort every connection, from any thread."""
        self._around.thread.run(self.hang_up)

    def close(self) -> None:
        """Close the port and its connections, from any thread; records stay. May be called twice."""
        self._around.close(self)

    def wait_idle(self, timeout: float = 5.0) -> None:
        """Wait until every connection has ended. Raises TimeoutError after ``timeout`` seconds."""
        self._around.thread.submit(self._idle(timeout)).result()

    async def _idle(self, timeout: float) -> None:
        async with asyncio.timeout(timeout):
            await sockets.newcomers()
            while self._transports:
                await asyncio.sleep(0.002)


def switch(listeners: Sequence[Listener], rules: Sequence[Rule], *, add: bool = False) -> int:
    """Switch rules on at each of them, under one number.

    Raises ValueError for a rule that no client can meet at any of them.
    """
    check_rules([(each.profile, each.mode) for each in listeners], rules)
    number = next(_SWITCHES)
    for listener in listeners:
        listener._switch(number, rules, add=add)
    return number


async def shut(listeners: Sequence[Listener]) -> None:
    """Have all of them stop accepting, and abort. Runs in the sandbox's loop."""
    await sockets.stop_accepting([server for listener in listeners for server in listener.servers])
    for listener in listeners:
        listener.release()
        listener.hang_up()
