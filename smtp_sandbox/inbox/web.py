"""The inbox: messages and sessions for people to look at."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from .. import sockets
from .. import web_server as http
from ..journal.records import Message, Session
from ..listener import host_name, names_of
from ..sandbox import Sandbox
from . import markup, pages
from .api import PREFIX, Api, as_json
from .gate import Gate
from .parts import MESSAGE_POLICY, attachments, content, download, file_name, html_of

_LOG = logging.getLogger("smtp_sandbox")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
_ROUTE = re.compile(r"/(session|message)/(\d{1,18})(?:/(html|raw|eml|(?:link|attachment)/\d{1,6}))?")
_DELETION = re.compile(r"/(?:message/(\d{1,18})/)?delete")
_SECONDS = 60.0
# Cancelled is who still listens to events or waits for a message when the loop ends.
_ENDS = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError)


class Inbox:
    """The web server of a sandbox; it shows what the sandbox holds at the moment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._api = Api(sandbox)
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
            with contextlib.suppress(*_ENDS):
                async with asyncio.timeout(_SECONDS):
                    events = await self._exchange(reader, writer)
                if events:
                    await _go_on(events, writer)
        finally:
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[bytes] | None:
        """Answer a request; what is returned comes behind the answer, without an end."""
        try:
            request = await http.read(reader)
        except http.Refused as refused:
            writer.write(_refusal(refused, refused.target).encode())
            await writer.drain()
            writer.write_eof()
            await http.discard(reader)
            return None
        is_head = request.method == "HEAD"
        response, data = await self._encoded(request, is_head=is_head)
        writer.write(data)
        await writer.drain()
        return None if is_head else response.events

    async def _encoded(self, request: http.Request, *, is_head: bool) -> tuple[http.Response, bytes]:
        try:
            response = await self._answer(replace(request, method="GET") if is_head else request)
            return response, response.encode(with_body=not is_head)
        except http.Refused as refused:
            response = _refusal(refused, request.path)
        except Exception:
            _LOG.exception("%s %s", request.method, request.target)
            response = _refusal(http.failed(), request.path)
        return response, response.encode(with_body=not is_head)

    async def _answer(self, request: http.Request) -> http.Response:
        if admission := self._gate.answer(request):
            return admission
        if request.path.startswith(PREFIX):
            return await self._api.answer(request)
        if request.method == "POST":
            return self._change(request)
        if request.method != "GET":
            allowed = "POST" if _DELETION.fullmatch(request.path) else "GET, HEAD"
            raise http.Refused(405, f"{request.method} is not possible here", [("Allow", allowed)])
        # Off the loop: to parse a large message takes seconds, in which no listener would answer.
        return await asyncio.to_thread(self._page, request.path, dict(parse_qsl(request.query)))

    def _change(self, request: http.Request) -> http.Response:
        # Any website can send a form to here; the browser says which one does.
        if not request.is_from_our_page:
            raise http.Refused(
                403, "this is only for the pages of this inbox; programs use DELETE /api/messages"
            )
        match = _DELETION.fullmatch(request.path)
        if not match:
            return http.bare(404)
        if not match[1]:
            self._sandbox.journal.discard()
        elif not self._sandbox.journal.remove(int(match[1])):
            return http.bare(404)
        return http.Response(303, [("Location", "/"), *http.WITH_FORMS])

    def _page(self, path: str, query: Mapping[str, str]) -> http.Response:
        if path == "/":
            number = query.get("page", "")
            return _page(
                pages.index(
                    tuple(self._sandbox.listeners),
                    self._sandbox.messages,
                    query.get("q", ""),
                    int(number) if re.fullmatch(r"[0-9]{1,9}", number) else 1,
                )
            )
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


def _refusal(refused: http.Refused, path: str) -> http.Response:
    if path.startswith(PREFIX):
        return as_json({"error": str(refused)}, refused.status, refused.headers)
    return refused.page()


async def _go_on(events: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
    async for event in events:
        writer.write(event)
        await writer.drain()


def _page(html: str) -> http.Response:
    return http.page(html, policy=_PAGE_POLICY, extra=http.WITH_FORMS)


def _of_message(message: Message, form: str | None) -> http.Response:
    kind, _, number = (form or "").partition("/")
    if kind == "raw":
        return http.page(message.data, policy=MESSAGE_POLICY, kind="text/plain; charset=utf-8")
    if kind == "html":
        return http.page(html_of(message.email), policy=MESSAGE_POLICY)
    if kind == "eml":
        return download(message.data, f"message-{message.number}.eml")
    if kind == "link":
        return _link(message, int(number))
    if kind == "attachment":
        return _attachment(message, int(number))
    return _page(pages.message_page(message))


def _link(message: Message, number: int) -> http.Response:
    links = message.links
    if number >= len(links) or not pages.can_be_opened(links[number]):
        return http.bare(404)
    return _page(pages.link_page(message, links[number]))


def _attachment(message: Message, number: int) -> http.Response:
    parts = attachments(message.email)
    if number >= len(parts):
        return http.bare(404)
    return download(content(parts[number]), file_name(parts[number], number))
