"""The OAuth server's port: HTTPS, the faults in effect, and a record of what was asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

from .. import sockets
from .. import web_server as http
from ..profiles import Profile
from ..tls.trust import Trust
from . import consent, dialects
from .core import Core
from .faults import ABSENT, Endpoint, Fault, Trouble
from .questions import Question

_LOG = logging.getLogger("smtp_sandbox")
# Cancelled is who is still here when the loop ends.
_ENDS = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError)
_TICK = 0.005  # seconds between two looks at whether a held answer is released
_PROFILE = Profile("oauth")


@dataclass(kw_only=True)
class Asked:
    """A request as it came; ``status`` is None until it is answered, ``fault`` names the one that it met."""

    endpoint: Endpoint
    dialect: str
    tenant: str
    method: str
    parameters: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    client_id: str
    grant_type: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    fault: str = ""


class Port:
    """Where it listens. Everything here runs in the sandbox's loop, unless it says otherwise."""

    def __init__(self, core: Core, trust: Trust, host: str) -> None:
        self._core, self._trust = core, trust
        self.certificate = "good"
        self.host, self.port = host, 0
        self.requests: list[Asked] = []
        self.faults: list[Trouble] = []
        self.connections = 0
        self._arrived = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._servers: list[asyncio.Server] = []

    @property
    def origin(self) -> str:
        """Its address as far as the path."""
        return f"https://{self.host}:{self.port}"

    async def open(self, address: str, port: int) -> None:
        """Listen; port 0 takes a free one. Raises OSError if it is taken."""
        bound, context = sockets.bind(address, port), self._context()
        self.port = bound[0].getsockname()[1]
        self._servers = [
            await asyncio.start_server(self._serve, sock=sock, ssl=context, ssl_shutdown_timeout=1.0)
            for sock in bound
        ]

    def _context(self) -> ssl.SSLContext:
        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = self._trust.contexts.get(_PROFILE, self.certificate)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Asked at each handshake, with a server name or without.
        context.sni_callback = choose
        return context

    async def shut(self) -> None:
        """Stop accepting, and abort what is open."""
        await sockets.stop_accepting(self._servers)
        self.hang_up()

    def hang_up(self) -> None:
        """Abort every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def wait_for_requests(self, count: int) -> None:
        """Until so many have come since the last reset."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            with contextlib.suppress(*_ENDS):
                await self._exchange(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http.read(reader)
        except http.Refused as refused:
            await _send(writer, refused.page(), None)
            await http.discard(reader)
            return
        try:
            response, trouble = await self._answer(request, writer)
        except http.Refused as refused:
            response, trouble = refused.page(), None
        except Exception:
            _LOG.exception("%s %s", request.method, request.target)
            response, trouble = http.failed().page(), None
        await _send(writer, response, trouble.fault if trouble else None)

    async def _answer(
        self, request: http.Request, writer: asyncio.StreamWriter
    ) -> tuple[http.Response, Trouble | None]:
        if not request.is_for((self.host, *self._trust.authority.names)):
            reason = f"the server is not called {request.host!r}; give the sandbox that name (--name, names=)"
            raise http.Refused(403, reason)
        if request.path == consent.STYLE_PATH:
            return consent.style(), None
        if (found := dialects.route(request.path)) is None:
            return http.bare(404), None
        if request.method not in ("GET", "POST"):
            raise http.Refused(405, f"{request.method} is not possible here", [("Allow", "GET, POST")])
        question = Question(request, self.origin, *found)
        asked = await self._record(question, request)
        trouble = self._trouble(asked)
        if trouble:
            await _wait(trouble, writer)
        response = _faulty(trouble.fault, question, self._core) if trouble else self._core.answer(question)
        asked.status = response.status
        return response, trouble

    async def _record(self, question: Question, request: http.Request) -> Asked:
        asked = Asked(
            endpoint=question.endpoint,
            dialect=question.dialect.name,
            tenant=question.tenant,
            method=question.method,
            parameters=dict(question.payload.data),
            headers=dict(request.headers),
            client_id=question.facts["client_id"],
            grant_type=question.payload.grant_type or "",
        )
        async with self._arrived:
            self.requests.append(asked)
            self._arrived.notify_all()
        return asked

    def _trouble(self, asked: Asked) -> Trouble | None:
        """Each of those in effect counts the request, the first that is due is met."""
        due = [each for each in tuple(self.faults) if each.is_due(asked.endpoint, asked.grant_type)]
        asked.fault = due[0].fault.name if due else ""
        return due[0] if due else None


async def _wait(trouble: Trouble, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(trouble.fault.delay)
    while trouble.fault.hang and not (trouble.is_released or writer.is_closing()):
        await asyncio.sleep(_TICK)


def _faulty(fault: Fault, question: Question, core: Core) -> http.Response:
    response = fault.reply.answer(question.facts) if fault.reply else core.answer(question)
    if fault.changes and response.status == 200:
        response = replace(response, body=_changed(response.body, fault.changes))
    return replace(response, headers=[*response.headers, *fault.headers], clock=fault.clock)


def _changed(body: bytes, changes: Mapping[str, object]) -> bytes:
    members = {**json.loads(body), **changes}
    return json.dumps({name: value for name, value in members.items() if value is not ABSENT}).encode()


async def _send(writer: asyncio.StreamWriter, response: http.Response, fault: Fault | None) -> None:
    data = response.encode()
    if fault is None:
        writer.write(data)
        await writer.drain()
        return
    if fault.drop:
        data = data[: fault.after]
    step = 1 if fault.pause else max(1, len(data))
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
        await writer.drain()
        await asyncio.sleep(fault.pause)
    while fault.endless and not writer.is_closing():
        writer.write(response.body)
        await writer.drain()
        # To drain what is short, or what nobody reads any more, gives no other task its turn.
        await asyncio.sleep(0)
    if fault.drop:
        sockets.drop(cast(asyncio.Transport, writer.transport), fault.drop)
