"""Sockets that listen, refuse, or never answer; and the two ways of closing a connection."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import select
import socket
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Literal

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_ATTEMPTS = 20

Sockets = tuple[socket.socket, ...]


def bind(host: str, port: int) -> Sockets:
    """Bound sockets that do not listen yet: to connect is refused, and the port is reserved.

    At "localhost" they are 127.0.0.1 and, where there is such a thing, ::1, with the same port; otherwise it is
    one. Port 0 takes a free one. Raises OSError if the port is taken.
    """
    if host != "localhost":
        return (_bound(host, port),)
    for _ in range(_ATTEMPTS):
        first = _bound("127.0.0.1", port)
        try:
            return first, _bound("::1", first.getsockname()[1])
        except OSError as error:
            if error.errno in _NO_IPV6:
                return (first,)
            first.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free at both 127.0.0.1 and ::1")


def is_ip_address(text: str) -> bool:
    """Whether it is an IP address, and no host name."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only on sockets that are explicitly TCP does asyncio switch off Nagle's algorithm.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        where = f"{host}, port {port}" if port else host
        raise type(error)(error.errno, f"{error.strerror}: {where}") from error
    return sock


async def stop_accepting(servers: Sequence[asyncio.Server]) -> None:
    """Close servers once who has connected by now is let in.

    asyncio fails in an assertion and leaves a socket open if it is closed in between.
    """
    listening = [sock.fileno() for server in servers for sock in server.sockets]
    if _is_anybody_waiting(listening):
        await newcomers()
    # Each is let in by a task of its own.
    if len(asyncio.all_tasks()) > 1:
        for descriptor in listening:
            asyncio.get_running_loop().remove_reader(descriptor)
        await turns(3)
    for server in servers:
        server.close()


def _is_anybody_waiting(listening: Sequence[int]) -> bool:
    """Whether somebody has connected whom asyncio, which asks once a turn, may not have seen yet."""
    if not hasattr(select, "poll"):
        return bool(listening and select.select(listening, (), (), 0)[0])
    # Descriptors may be larger than select() bears.
    poll = select.poll()
    for descriptor in listening:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def newcomers() -> None:
    """Let those in who have connected by now: accepting takes asyncio three turns of the loop."""
    await turns(4)


async def turns(count: int) -> None:
    """Let the event loop turn so often."""
    for _ in range(count):
        await asyncio.sleep(0)


def fill_backlog(sock: socket.socket) -> list[socket.socket]:
    """Listen and use up the queue, so that the next client's SYN gets no answer. Keep what is returned."""
    sock.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket(sock.family, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(sock.getsockname())
        fillers.append(filler)
    return fillers


def drop(transport: asyncio.Transport, how: Literal["fin", "rst"]) -> None:
    """Close a connection: "rst" resets the connection; "fin" ends our side of it, without a TLS alert.

    After "fin" the transport is still to be read to its end and closed.
    """
    sock = transport.get_extra_info("socket")
    if how == "rst":
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
        return
    # The client may have gone already.
    with contextlib.suppress(OSError):
        if transport.can_write_eof():
            transport.resume_reading()
            transport.write_eof()
        elif sock is not None:
            sock.shutdown(socket.SHUT_WR)
