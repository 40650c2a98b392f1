"""TCP connections: several addresses are tried side by side, and the first that accepts wins (RFC 8305)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .errors import Code, ConnectError, DeadlineError, DisconnectedError
from .network import Endpoint, remaining

ATTEMPT_DELAY = 0.25  # seconds after which the next address is tried too (RFC 8305 5)

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

Failure = ConnectError | DeadlineError | DisconnectedError


def dial(endpoint: Endpoint, timeout: float) -> socket.socket:
    """One TCP connection, at most ``timeout`` seconds."""
    return connect([endpoint], time.monotonic() + timeout)[0]


def connect(endpoints: Sequence[Endpoint], deadline: float) -> tuple[socket.socket, Endpoint]:
    """A TCP connection to the first endpoint that accepts; the others are closed without a byte.

    The next is tried when the last has failed or been silent for a quarter of a second, and none is given up
    before ``deadline`` (``time.monotonic``). If all fail, what the first one that was reachable said is raised.
    """
    remaining(deadline)
    race = _Race()
    try:
        for position, endpoint in enumerate(endpoints, 1):
            race.enter(endpoint)
            patience = deadline if position == len(endpoints) else time.monotonic() + ATTEMPT_DELAY
            if winner := race.wait(min(patience, deadline)):
                return _made_ready(winner.sock), winner.endpoint
        raise race.failure()
    finally:
        race.close()


def _made_ready(sock: socket.socket) -> socket.socket:
    sock.setblocking(True)
    # A delayed small write would cost a round trip: commands are written whole.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@dataclass(kw_only=True)
class _Attempt:
    sock: socket.socket
    endpoint: Endpoint
    position: int


@dataclass
class _Race:
    failures: dict[int, Failure] = field(default_factory=dict)
    attempts: dict[int, _Attempt] = field(default_factory=dict)

    def enter(self, endpoint: Endpoint) -> None:
        position = len(self.failures) + len(self.attempts)
        family = socket.AF_INET6 if endpoint.address.version == 6 else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            self.failures[position] = ConnectError(Code.NETWORK_UNREACHABLE)
            return
        try:
            sock.setblocking(False)
            sock.connect((str(endpoint.address), endpoint.port))
        except BlockingIOError:
            pass
        except OSError as error:
            sock.close()
            self.failures[position] = _translate(error)
            return
        self.attempts[position] = _Attempt(sock=sock, endpoint=endpoint, position=position)

    def wait(self, until: float) -> _Attempt | None:
        """The winner, or ``None`` once it is ``until`` or all have failed."""
        while self.attempts and (left := until - time.monotonic()) > 0:
            for attempt in self._decided(left):
                del self.attempts[attempt.position]
                if not (code := attempt.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                    return attempt
                attempt.sock.close()
                self.failures[attempt.position] = _translate(OSError(code, os.strerror(code)))
        return None

    def failure(self) -> Failure:
        """Of several errors, one of a server that answers or is silent says more than one of an unreachable
        network."""
        for position in self.attempts:
            self.failures[position] = DeadlineError(Code.CONNECTION_FILTERED)
        failures = [self.failures[position] for position in sorted(self.failures)]
        telling = (each for each in failures if each.code is not Code.NETWORK_UNREACHABLE)
        return next(telling, failures[0])

    def close(self) -> None:
        for attempt in self.attempts.values():
            attempt.sock.close()

    def _decided(self, seconds: float) -> Iterator[_Attempt]:
        # Not select(): a process with more than 1,024 files open could not ask.
        with selectors.DefaultSelector() as selector:
            for attempt in self.attempts.values():
                selector.register(attempt.sock, selectors.EVENT_WRITE, attempt)
            found = [key.data for key, _ in selector.select(seconds)]
        yield from sorted(found, key=lambda attempt: attempt.position)


def _translate(error: OSError) -> Failure:
    if isinstance(error, TimeoutError):
        return DeadlineError(Code.CONNECTION_FILTERED)
    if isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return DisconnectedError(Code.DISCONNECTED)
    if error.errno in _UNREACHABLE:
        return ConnectError(Code.NETWORK_UNREACHABLE)
    return ConnectError(Code.CONNECTION_REFUSED)
