"""From a host name to a connected socket, without ever dialling an address that was not checked."""

from __future__ import annotations

import errno
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .addresses import AddressGuard, IPAddress
from .errors import AddressError, Code, ConnectError, DeadlineError, DisconnectedError, SMTPError
from .settings import Policy, SMTPSettings

MAX_ADDRESSES = 4
MAX_RESOLVER_THREADS = 8

_resolver_slots = threading.BoundedSemaphore(MAX_RESOLVER_THREADS)
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that was checked, with the port: the only thing that is ever dialled."""

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


def resolve(settings: SMTPSettings, policy: Policy, deadline: float) -> list[Endpoint]:
    """The endpoints that may be dialled, in the resolver's order, at most four.

    Raises ``AddressError`` if there is none, ``DeadlineError`` if the resolver does not answer in time.
    """
    host = settings.canonical_host
    addresses = _literal(host) or _look_up(host, deadline)
    guard = AddressGuard(policy.allowed_networks)
    port = settings.effective_port
    allowed = [address for address in addresses if guard.allows(address, port, host)]
    if not allowed:
        raise AddressError(Code.ADDRESS_NOT_ALLOWED, facts={"host": host, "port": port})
    return [Endpoint(address=address, port=port) for address in allowed[:MAX_ADDRESSES]]


def connect(endpoints: Sequence[Endpoint], deadline: float) -> tuple[socket.socket, Endpoint]:
    """A TCP connection to the first endpoint that accepts, each having its share of the time left."""
    error: SMTPError | None = None
    for position, endpoint in enumerate(endpoints):
        share = remaining(deadline) / (len(endpoints) - position)
        try:
            return dial(endpoint, share), endpoint
        except (ConnectError, DeadlineError, DisconnectedError) as failure:
            # Of several, a server that answers says more than a network that is not there.
            if error is None or error.code is Code.NETWORK_UNREACHABLE:
                error = failure
    assert error is not None
    raise error


def dial(endpoint: Endpoint, timeout: float) -> socket.socket:
    """One TCP connection attempt, at most ``timeout`` seconds."""
    family = socket.AF_INET6 if endpoint.address.version == 6 else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectError(Code.NETWORK_UNREACHABLE) from error
    try:
        sock.settimeout(timeout)
        sock.connect((str(endpoint.address), endpoint.port))
        # A delayed small write would cost a round trip: commands are written whole.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        sock.close()
        raise _translate(error) from error
    return sock


def _translate(error: OSError) -> ConnectError | DeadlineError | DisconnectedError:
    if isinstance(error, TimeoutError):
        return DeadlineError(Code.CONNECTION_FILTERED)
    if isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return DisconnectedError(Code.DISCONNECTED)
    if error.errno in _UNREACHABLE:
        return ConnectError(Code.NETWORK_UNREACHABLE)
    return ConnectError(Code.CONNECTION_REFUSED)


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
