"""What HTTP runs over here: the session's own way to a server, through the same guard.

``httpcore`` leaves the network to a backend: so it connects to the address that was checked, the certificate
is verified as a mail server's is, and one deadline and one budget hold for everything.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from ..smtp import connecting, network, tls
from ..smtp.errors import Code, DeadlineError, DisconnectedError, TokenError
from ..smtp.settings import Policy
from ..smtp.stages import Stage

ANSWER_BUDGET = 64 * 1024  # octets of an answer, its head included


@dataclass(kw_only=True)
class GuardedBackend(httpcore.NetworkBackend):
    """Connects to what the guard allows, until ``deadline`` (``time.monotonic``); httpcore's own do not count."""

    policy: Policy
    deadline: float

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises ``AddressError``, ``ConnectError``, ``DisconnectedError`` or ``DeadlineError``."""
        endpoints = network.resolve(host, port, self.policy, self.deadline, network.FOR_TOKENS)
        sock, _ = connecting.connect(endpoints, self.deadline)
        return _Stream(sock, self.deadline)


class _Stream(httpcore.NetworkStream):
    def __init__(self, sock: Any, deadline: float) -> None:
        self._sock: Any = sock
        self._deadline = deadline
        self._budget = ANSWER_BUDGET

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises ``TokenError`` once the budget is spent."""
        data: bytes = self._within_deadline(lambda: self._sock.recv(max_bytes))
        if not data and self._budget == ANSWER_BUDGET:
            raise DisconnectedError(Code.DISCONNECTED)
        self._budget -= len(data)
        if self._budget < 0:
            raise TokenError(Code.OAUTH_ANSWER_TOO_LONG, stage=Stage.TOKEN)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            # Not sendall(): over TLS it begins its timeout anew with each record.
            rest = rest[self._within_deadline(lambda: self._sock.send(rest)) :]  # noqa: B023

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Raises ``TLSError``, ``CertificateError`` among them."""
        assert server_hostname is not None
        left = network.remaining(self._deadline)
        self._sock, _ = tls.handshake(self._sock, ssl_context, server_hostname, left)
        return self

    def get_extra_info(self, info: str) -> Any:
        return None

    def _within_deadline(self, act: Any) -> Any:
        try:
            self._sock.settimeout(network.remaining(self._deadline))
            return act()
        except TimeoutError as error:
            raise DeadlineError(Code.DEADLINE_PASSED) from error
        except OSError as error:
            raise DisconnectedError(Code.DISCONNECTED) from error
