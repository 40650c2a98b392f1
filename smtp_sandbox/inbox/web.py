"""A read-only inbox on loopback: messages and sessions for people to look at."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass

from .. import sockets
from ..journal.records import Message, Session
from ..sandbox import Sandbox
from . import markup, pages

_ADDRESS = "127.0.0.1"
_NAMES = ("localhost", "127.0.0.1", "[::1]")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
# A message's HTML may look as it likes, but neither run scripts nor load anything.
_MESSAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_ROUTE = re.compile(r"/(session|message)/(\d{1,18})(?:/(html|raw))?")
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Response:
    """Status, type, policy and body of an answer."""

    body: str | bytes
    status: str = "200 OK"
    kind: str = "text/html; charset=utf-8"
    policy: str = _PAGE_POLICY

    def encode(self) -> bytes:
        """The answer as octets."""
        body = self.body.encode("utf-8", "replace") if isinstance(self.body, str) else self.body
        head = (
            f"HTTP/1.1 {self.status}\r\nContent-Type: {self.kind}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Security-Policy: {self.policy}\r\nX-Content-Type-Options: nosniff\r\n"
            "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


def _error(status: str) -> Response:
    return Response(f"{status}\n", status, "text/plain; charset=utf-8")


class Inbox:
    """The web server of a sandbox; it shows what the sandbox holds at the moment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.port = 0

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://localhost:{self.port}/"

    def open(self, port: int = 0) -> None:
        """Listen on loopback until the sandbox stops; port 0 takes a free one. Raises OSError if it is taken."""
        sock = sockets.bind(_ADDRESS, port)
        self.port = sock.getsockname()[1]
        server = self._sandbox.thread.submit(asyncio.start_server(self._serve, sock=sock)).result()
        self._sandbox.thread.at_stop(lambda: sockets.stop_accepting(server))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self.answer(head.decode("latin-1")).encode())
                    await writer.drain()
        finally:
            writer.close()

    def answer(self, request: str) -> Response:
        """Answer the head of an HTTP request."""
        line, *headers = request.split("\r\n")
        method, path, version = [*line.split(" "), "", ""][:3]
        if not version.startswith("HTTP/1."):
            return _error("400 Bad Request")
        if not _is_for_us(headers):
            # A foreign name that resolves to loopback would let a web page read the inbox (DNS rebinding).
            return _error("403 Forbidden")
        return self._page(path) if method == "GET" else _error("405 Method Not Allowed")

    def _page(self, path: str) -> Response:
        if path == "/":
            return Response(pages.index(self._sandbox.listeners, self._sandbox.messages))
        if path == "/style.css":
            return Response(markup.style(), kind="text/css; charset=utf-8")
        match = _ROUTE.fullmatch(path)
        found = self._find(match[1], int(match[2])) if match else None
        if match and isinstance(found, Message):
            return _of_message(found, match[3])
        if match and isinstance(found, Session) and not match[3]:
            return Response(pages.session_page(found))
        return _error("404 Not Found")

    def _find(self, kind: str, number: int) -> Message | Session | None:
        if kind == "message":
            return next((one for one in self._sandbox.messages if one.number == number), None)
        sessions = (session for listener in self._sandbox.listeners for session in listener.sessions)
        return next((one for one in sessions if one.number == number), None)


def _is_for_us(headers: list[str]) -> bool:
    hosts = [line[5:].strip() for line in headers if line.lower().startswith("host:")]
    return len(hosts) == 1 and re.sub(r":\d*$", "", hosts[0]).lower() in _NAMES


def _of_message(message: Message, form: str | None) -> Response:
    if form == "raw":
        return Response(message.data, kind="text/plain; charset=utf-8", policy=_MESSAGE_POLICY)
    if form == "html":
        return Response(pages.body(message.email, "html"), policy=_MESSAGE_POLICY)
    return Response(pages.message_page(message))
