"""Sockets that listen, refuse, or never answer; and the two ways of closing a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Literal

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet: to connect is refused, and the port is reserved.

    Raises OSError if the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only on sockets that are explicitly TCP does asyncio switch off Nagle's algorithm.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


async def stop_accepting(server: asyncio.Server) -> None:
    """Close a server once the connections that it has just accepted have their transports.

    asyncio fails in an assertion and leaves a socket open if it is closed in between.
    """
    for sock in server.sockets:
        asyncio.get_running_loop().remove_reader(sock.fileno())
    await turns(3)
    server.close()


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
