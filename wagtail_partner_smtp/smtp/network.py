"""From a host name to the addresses that may be connected to: no other ever is."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from .addresses import AddressGuard, IPAddress
from .errors import AddressError, Code, DeadlineError
from .settings import Policy

MAX_ADDRESSES = 4
MAX_LOOK_UPS = 8
"""How many look-ups may be waited for at once."""
MAX_ABANDONED = 24
"""How many more may still run that nobody waits for any more."""
FORGOTTEN_AFTER = 60.0
"""Seconds after which an abandoned look-up counts no longer. A name service gives up before that."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that was checked, with the port: the only thing that is ever connected to."""

    address: IPAddress
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"


def remaining(deadline: float) -> float:
    """Seconds until ``deadline`` (``time.monotonic``). Raises ``DeadlineError`` when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineError(Code.DEADLINE_PASSED)
    return left


_Answer = list[IPAddress] | OSError


class LookUps:
    """Asks the system's name service, in threads of which there are never more than a few.

    ``getaddrinfo`` cannot be interrupted: it runs in a daemon thread that is left behind when late.
    """

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MAX_LOOK_UPS)
        self._abandoned: list[tuple[threading.Thread, float]] = []
        self._lock = threading.Lock()

    def addresses(self, host: str, deadline: float) -> list[IPAddress]:
        """In the resolver's order. Raises ``AddressError``, or ``DeadlineError`` if it does not answer in time."""
        if not self._slots.acquire(timeout=remaining(deadline)):
            raise DeadlineError(Code.DEADLINE_PASSED)
        try:
            result = self._answer(host, deadline)
        finally:
            self._slots.release()
        if isinstance(result, OSError):
            raise _resolver_error(host, result) from result
        return result

    def _answer(self, host: str, deadline: float) -> _Answer:
        if self._has_too_many_left():
            raise AddressError(Code.DNS_UNAVAILABLE, facts={"host": host})
        answer: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        thread = threading.Thread(target=lambda: answer.put(_ask(host)), daemon=True, name="smtp-resolver")
        try:
            thread.start()
        except RuntimeError as error:
            raise AddressError(Code.DNS_UNAVAILABLE, facts={"host": host}) from error
        try:
            return answer.get(timeout=remaining(deadline))
        except (queue.Empty, DeadlineError):
            with self._lock:
                self._abandoned.append((thread, time.monotonic()))
            raise DeadlineError(Code.DEADLINE_PASSED) from None

    def _has_too_many_left(self) -> bool:
        now = time.monotonic()
        with self._lock:
            self._abandoned = [
                (thread, since)
                for thread, since in self._abandoned
                if thread.is_alive() and now - since < FORGOTTEN_AFTER
            ]
            return len(self._abandoned) >= MAX_ABANDONED


# Kept apart, so that names typed into forms, however slow, hold up no mail that is on its way.
FOR_TESTS, FOR_DELIVERIES, FOR_TOKENS = LookUps(), LookUps(), LookUps()


def resolve(host: str, port: int, policy: Policy, deadline: float, look_ups: LookUps) -> list[Endpoint]:
    """The endpoints that may be connected to, at most four: in the resolver's order, but IPv6 and IPv4 in turn.

    ``host`` is canonical. Raises ``AddressError`` if there is none, ``DeadlineError`` if the resolver does not
    answer in time.
    """
    guard = AddressGuard(policy.allowed_networks)
    addresses = _literal(host)
    if not addresses and guard.may_ask(host):
        addresses = look_ups.addresses(host, deadline)
    allowed = [address for address in addresses if guard.allows(address, port, host)]
    if not allowed:
        if any(guard.allows_on_another_port(address, host) for address in addresses):
            raise AddressError(Code.PORT_NOT_ALLOWED, facts={"host": host, "port": port})
        if _literal(host) or not guard.may_ask(host):
            raise AddressError(Code.ADDRESS_NOT_ALLOWED, facts={"host": host, "port": port})
        # Anybody can point a public name at one of the site's own network, and would learn whether there is one.
        raise AddressError(Code.HOST_UNKNOWN, facts={"host": host})
    return [Endpoint(address=address, port=port) for address in _alternating(allowed)[:MAX_ADDRESSES]]


def _alternating(addresses: Sequence[IPAddress]) -> list[IPAddress]:
    """RFC 8305 4: a family that is broken as a whole then costs one attempt, not all of them."""
    first = [address for address in addresses if address.version == addresses[0].version]
    others = [address for address in addresses if address.version != addresses[0].version]
    return [address for pair in zip_longest(first, others) for address in pair if address is not None]


def _literal(host: str) -> list[IPAddress]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        return []


def _ask(host: str) -> _Answer:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))
    except OSError as error:
        return error
    except (UnicodeError, ValueError):
        return socket.gaierror(socket.EAI_NONAME, "not a host name")


def _resolver_error(host: str, error: OSError) -> AddressError:
    no_address = {getattr(socket, name, None) for name in ("EAI_NODATA", "EAI_ADDRFAMILY")}
    if error.errno == socket.EAI_AGAIN:
        return AddressError(Code.DNS_UNAVAILABLE, facts={"host": host})
    if error.errno is not None and error.errno in no_address:
        return AddressError(Code.HOST_WITHOUT_ADDRESS, facts={"host": host})
    return AddressError(Code.HOST_UNKNOWN, facts={"host": host})
