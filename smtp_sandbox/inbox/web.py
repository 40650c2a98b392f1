"""A read-only inbox: messages and sessions for people to look at."""

from __future__ import annotations

import asyncio
import contextlib
import re

from .. import sockets
from .. import web_server as http
from ..journal.content import body
from ..journal.records import Message, Session
from ..listener import host_name, names_of
from ..sandbox import Sandbox
from . import markup, pages
from .gate import Gate

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


class Inbox:
    """The web server of a sandbox; it shows what the sandbox holds at the moment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._name = "localhost"
        self._gate: Gate
        self.port = 0

    @property
    def url(self) -> str:
        """Where to look."""
        host = f"[{self._name}]" if ":" in self._name else self._name
        return f"http://{host}:{self.port}/"

    @property
    def token(self) -> str:
        """What a browser sends as ``?token=…``, a program as ``Authorization: Bearer …``; "" if none is needed."""
        return self._gate.token

    def open(self, port: int = 0, *, host: str = "localhost", token: str = "") -> None:
        """Listen until the sandbox stops; port 0 takes a free one.

        On another host than loopback's a token is needed, a random one if none is given. Raises OSError if the
        port is taken, ValueError for a token of less than 16 characters or with other characters than a URL has.
        """
        names = (*self._sandbox.authority.names, *names_of(host))
        self._gate = Gate(host, names, token)
        bound = sockets.bind(host, port)
        self._name, self.port = host_name(host), bound[0].getsockname()[1]
        servers = self._sandbox.thread.submit(self._listen(bound)).result()
        self._sandbox.thread.at_stop(lambda: sockets.stop_accepting(servers))

    async def _listen(self, bound: sockets.Sockets) -> list[asyncio.Server]:
        return [await asyncio.start_server(self._serve, sock=sock) for sock in bound]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(_SECONDS):
                    writer.write((await self._answer(reader)).encode())
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> http.Response:
        try:
            request = await http.read(reader)
        except http.BadRequest:
            return http.bare(400)
        if refusal := self._gate.answer(request):
            return refusal
        if request.method != "GET":
            return http.bare(405)
        # Off the loop: to parse a large message takes seconds, in which no listener would answer.
        return await asyncio.to_thread(self._page, request.path)

    def _page(self, path: str) -> http.Response:
        if path == "/":
            return _page(pages.index(self._sandbox.listeners, self._sandbox.messages))
        if path == "/style.css":
            return http.page(markup.style(), policy=_PAGE_POLICY, kind="text/css; charset=utf-8")
        match = _ROUTE.fullmatch(path)
        found = self._find(match[1], int(match[2])) if match else None
        if match and isinstance(found, Message):
            return _of_message(found, match[3])
        if match and isinstance(found, Session) and not match[3]:
            return _page(pages.session_page(found))
        return http.bare(404)

    def _find(self, kind: str, number: int) -> Message | Session | None:
        if kind == "message":
            return next((one for one in self._sandbox.messages if one.number == number), None)
        sessions = (session for listener in self._sandbox.listeners for session in listener.sessions)
        return next((one for one in sessions if one.number == number), None)


def _page(content: str) -> http.Response:
    return http.page(content, policy=_PAGE_POLICY)


def _of_message(message: Message, form: str | None) -> http.Response:
    if form == "raw":
        return http.page(message.data, policy=_MESSAGE_POLICY, kind="text/plain; charset=utf-8")
    if form == "html":
        return http.page(body(message.email, "html"), policy=_MESSAGE_POLICY)
    return _page(pages.message_page(message))
