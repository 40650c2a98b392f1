"""Ready-made sessions of clients."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import aiosmtplib

from smtp_sandbox import Listener
from smtp_sandbox.sockets import turns
from tests.support.stopwatch import PATIENCE

MESSAGE = "From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\nText\r\n"


def connect(listener: Listener, *, host: str = "", context: ssl.SSLContext | None = None) -> smtplib.SMTP:
    """Connect as the listener's mode demands, certificates verified."""
    context = context or listener.client_context()
    host = host or listener.host
    if listener.mode == "ssl":
        return smtplib.SMTP_SSL(host, listener.port, timeout=PATIENCE, context=context)
    client = smtplib.SMTP(host, listener.port, timeout=PATIENCE)
    if listener.mode == "starttls":
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    return client


@asynccontextmanager
async def connect_async(listener: Listener) -> AsyncIterator[aiosmtplib.SMTP]:
    """The same with aiosmtplib."""
    client = aiosmtplib.SMTP(
        hostname=listener.host,
        port=listener.port,
        use_tls=listener.mode == "ssl",
        start_tls=listener.mode == "starttls",
        tls_context=listener.client_context() if listener.mode != "plain" else None,
        timeout=PATIENCE,
    )
    async with client:
        transport = cast(asyncio.Transport, client.transport)
        yield client
    # A test's loop may end before TLS has been shut down in good order.
    transport.abort()
    await turns(2)


def send(listener: Listener, *, to: str = "b@example.org", text: str | bytes = MESSAGE) -> None:
    """Send one message."""
    with connect(listener) as client:
        client.sendmail("a@example.org", [to], text)


def texts(listener: Listener, direction: str = "-") -> list[str]:
    """What one side said in the listener's first session."""
    return [text for who, text in listener.sessions[0].transcript if who == direction]
