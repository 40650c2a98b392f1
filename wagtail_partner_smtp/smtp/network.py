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
MAX_RESOLVER_THREADS = 8

_resolver_slots = threading.BoundedSemaphore(MAX_RESOLVER_THREADS)


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


def resolve(host: str, port: int, policy: Policy, deadline: float) -> list[Endpoint]:
    """The endpoints that may be connected to, at most four: in the resolver's order, but IPv6 and IPv4 in turn.

    ``host`` is canonical. Raises ``AddressError`` if there is none, ``DeadlineError`` if the resolver does not
    answer in time.
    """
    addresses = _literal(host) or _look_up(host, deadline)
    guard = AddressGuard(policy.allowed_networks)
    allowed = [address for address in addresses if guard.allows(address, port, host)]
    if not allowed:
        only_port = any(guard.allows_on_another_port(address, host) for address in addresses)
        code = Code.PORT_NOT_ALLOWED if only_port else Code.ADDRESS_NOT_ALLOWED
        raise AddressError(code, facts={"host": host, "port": port})
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


def _look_up(host: str, deadline: float) -> list[IPAddress]:
    """``getaddrinfo`` cannot be interrupted: it runs in a daemon thread that is left behind when late."""
    timeout = remaining(deadline)
    if not _resolver_slots.acquire(timeout=timeout):
        raise DeadlineError(Code.DEADLINE_PASSED)
    answer: queue.SimpleQueue[list[IPAddress] | OSError] = queue.SimpleQueue()
    try:
        threading.Thread(target=_answer, args=(host, answer), daemon=True, name="smtp-resolver").start()
    except RuntimeError as error:
        _resolver_slots.release()
        raise AddressError(Code.DNS_UNAVAILABLE, facts={"host": host}) from error
    try:
        result = answer.get(timeout=remaining(deadline))
    except queue.Empty:
        raise DeadlineError(Code.DEADLINE_PASSED) from None
    if isinstance(result, OSError):
        raise _resolver_error(host, result) from result
    return result


def _answer(host: str, answer: queue.SimpleQueue[list[IPAddress] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        answer.put(list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found)))
    except OSError as error:
        answer.put(error)
    except (UnicodeError, ValueError):
        answer.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))
    finally:
        _resolver_slots.release()


def _resolver_error(host: str, error: OSError) -> AddressError:
    no_address = {getattr(socket, name, None) for name in ("EAI_NODATA", "EAI_ADDRFAMILY")}
    if error.errno == socket.EAI_AGAIN:
        return AddressError(Code.DNS_UNAVAILABLE, facts={"host": host})
    if error.errno is not None and error.errno in no_address:
        return AddressError(Code.HOST_WITHOUT_ADDRESS, facts={"host": host})
    return AddressError(Code.HOST_UNKNOWN, facts={"host": host})
