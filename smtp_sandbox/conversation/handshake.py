"""The server's part of a TLS handshake, in the middle of a connection or at its start."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from typing import cast


class _Outspoken(sslproto.SSLProtocol):
    _outgoing: ssl.MemoryBIO

    # asyncio closes after a failed handshake without the alert that says why (RFC 8446 6.2), which mail
    # servers send.
    def _on_handshake_complete(self, handshake_exc: BaseException | None) -> None:
        if handshake_exc is not None and self._transport is not None:
            cast(asyncio.Transport, self._transport).write(self._outgoing.read())
        super()._on_handshake_complete(handshake_exc)


async def encrypt(
    transport: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext
) -> asyncio.Transport:
    """Wait for the client's hello and shake hands; what ``loop.start_tls`` does, but with alerts.

    Raises OSError (which ssl.SSLError is) if the handshake fails or is broken off; the transport is closed then,
    and the protocol hears nothing of it.
    """
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()
    layer = _Outspoken(
        loop,
        protocol,
        context,
        waiter,
        server_side=True,
        call_connection_made=False,
        ssl_shutdown_timeout=1.0,
    )
    transport.pause_reading()
    transport.set_protocol(layer)
    layer.connection_made(transport)
    transport.resume_reading()
    try:
        await waiter
    except BaseException:
        transport.abort()
        raise
    # Where we break off the connection, asyncio wakes the waiter without an error.
    if layer._app_transport is None:
        raise ConnectionAbortedError("the connection was closed")
    return layer._app_transport
