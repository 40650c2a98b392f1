"""Whether a server asks for a client certificate. No public function of Python's ``ssl`` tells."""

from __future__ import annotations

import ssl

_CERTIFICATE_REQUEST = (22, 13)  # a handshake record, and the message in it (RFC 8446 5.1 and 4)


class _Connection(ssl.SSLSocket):
    asks_for_certificate = False


def attentive(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, whose connections then note what they are asked for."""
    context.sslsocket_class = _Connection
    context._msg_callback = _note_request  # type: ignore[attr-defined]
    return context


def asks_for_certificate(connection: ssl.SSLSocket) -> bool:
    """Servers ask for what they insist on, but some also for what they can do without."""
    return isinstance(connection, _Connection) and connection.asks_for_certificate


def _note_request(
    connection: _Connection, direction: str, version: int, content: int, message: int, data: bytes
) -> None:
    if direction == "read" and (content, message) == _CERTIFICATE_REQUEST:
        connection.asks_for_certificate = True
