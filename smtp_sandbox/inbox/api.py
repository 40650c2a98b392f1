"""The JSON API of the inbox: messages, faults and events, described as OpenAPI."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, get_args
from urllib.parse import parse_qsl

from .. import web_server as http
from ..journal.reading import body, header_lines
from ..journal.records import Message
from ..journal.wanted import Wanted
from ..listener import Listener, switch
from ..rules import VERBS, Drop, Rule, Scope
from ..sandbox import Sandbox
from ..web_server import Refused
from .pages import is_wanted
from .parts import attachments, content, download, file_name

Json: TypeAlias = Any

PREFIX = "/api/"
_LONGEST_WAIT = 50.0  # seconds
_PING = 15.0  # seconds
_FILTERS = {"q": "string", "to": "string", "from": "string", "subject": "string", "after": "integer"}

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_RULE: dict[str, Json] = {
    "verb": {"type": "string", "enum": sorted(VERBS)},
    "match": _TEXT,
    "grouped": {"type": "boolean"},
    "reply": _TEXT,
    "delay": {"type": "number", "minimum": 0},
    "hang": {"type": "boolean"},
    "drop": {"type": "string", "enum": list(get_args(Drop))},
    "answered": {"type": "boolean"},
    "after": _COUNT,
    "times": _COUNT,
    "skip": _COUNT,
    "per": {"type": "string", "enum": list(get_args(Scope))},
}
_FAULTS: Json = {
    "type": "object",
    "required": ["rules"],
    "additionalProperties": False,
    "properties": {
        "port": {**_COUNT, "description": "of the listener; without it all listeners"},
        "add": {
            "type": "boolean",
            "default": False,
            "description": "beside those that are on, not in their place",
        },
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["verb"],
                "additionalProperties": False,
                "properties": _RULE,
            },
        },
    },
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a route: the numbers in its path, its query, its body, and the last event that it saw."""

    numbers: tuple[int, ...]
    query: Mapping[str, str]
    body: Json
    last_event: str

    def number(self, name: str, default: int) -> int:
        """A number of the query. Raises Refused if it is none."""
        return _number(name, self.query.get(name, str(default)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation; the description is made of these."""

    method: str
    path: str
    summary: str
    handler: Callable[[Api, Call], Awaitable[http.Response]]
    query: Mapping[str, str]
    body: Json
    kind: str

    def match(self, path: str) -> re.Match[str] | None:
        """The numbers of a path as groups."""
        return re.fullmatch(re.sub(r"\{\w+\}", r"([0-9]{1,18})", self.path), path)

    def describe(self) -> Json:
        """The operation as OpenAPI has it."""
        names = [(name, "path", "integer") for name in re.findall(r"\{(\w+)\}", self.path)]
        names += [(name, "query", kind) for name, kind in self.query.items()]
        described: Json = {
            "summary": self.summary,
            "parameters": [
                {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}
                for name, place, kind in names
            ],
            "responses": {
                "200": {"description": "done", "content": {self.kind: {}}},
                "default": {"description": "refused", "content": {"application/json": {}}},
            },
        }
        if self.body:
            described["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": self.body}},
            }
        return described


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused(400, f"{name} is not a number: {text!r}")
    return int(text)


def as_json(value: Json, status: int = 200, headers: http.Headers = ()) -> http.Response:
    """An answer for a program, in UTF-8."""
    return http.page(
        _dumped(value),
        policy="default-src 'none'",
        kind="application/json",
        status=status,
        extra=(*http.PRIVATE, *headers),
    )


def _dumped(value: Json) -> str:
    # Escaped, what UTF-8 cannot hold would reach the client, whose parser may refuse all of it.
    return json.dumps(value, ensure_ascii=False)


def _is_from_elsewhere(request: http.Request) -> bool:
    """Whether a browser asks for a page that is not ours."""
    site = request.first("sec-fetch-site")
    return site not in ("", "none", "same-origin") or (
        bool(request.every("origin")) and not request.is_from_our_page
    )


class Api:
    """Answers for one sandbox, in its loop."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def answer(self, request: http.Request) -> http.Response:
        """The answer to a request below ``PREFIX``. Raises Refused."""
        if _is_from_elsewhere(request):
            raise Refused(403, "not for pages of other websites")
        route, call = _routed(request)
        return await route.handler(self, call)

    async def describe(self, _: Call) -> http.Response:
        """The description of all routes."""
        paths: dict[str, dict[str, Json]] = {}
        for route in ROUTES:
            paths.setdefault(route.path, {})[route.method.lower()] = route.describe()
        return as_json(
            {"openapi": "3.1.0", "info": {"title": "SMTP sandbox", "version": "1"}, "paths": paths}
        )

    def _found(self, call: Call) -> list[Message]:
        after, query = call.number("after", 0), call.query
        wanted: Wanted = {
            "to": query.get("to"),
            "mail_from": query.get("from"),
            "subject": query.get("subject"),
        }
        try:
            stored = self._sandbox.journal.messages(**wanted)
        except ValueError as error:
            raise Refused(400, str(error).replace("'mail_from'", "'from'")) from error
        return [each for each in stored if each.number > after and is_wanted(each, query.get("q", ""))]

    async def list_messages(self, call: Call) -> http.Response:
        """Some of the messages that are wanted, the oldest first, and how many there are."""
        offset, limit = call.number("offset", 0), call.number("limit", 50)
        # Off the loop, since subjects have to be parsed.
        found = await asyncio.to_thread(self._found, call)
        return as_json({"total": len(found), "messages": _summaries(found[offset : offset + limit])})

    async def wait(self, call: Call) -> http.Response:
        """The first message that is wanted, stored or yet to come; no wait takes it away from another."""
        seconds = min(float(call.number("timeout", 5)), _LONGEST_WAIT)
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            news = self._sandbox.journal.news()
            try:
                # Outside of the timeout, so that it has looked at least once.
                if found := await asyncio.to_thread(self._found, call):
                    return as_json(_summary(found[0]))
                async with asyncio.timeout_at(deadline):
                    await asyncio.wrap_future(news)
            except TimeoutError:
                raise Refused(408, f"no such message within {seconds:g} s") from None
            finally:
                news.cancel()

    def _message(self, call: Call) -> Message:
        for message in self._sandbox.messages:
            if message.number == call.numbers[0]:
                return message
        raise Refused(404, "no such message")

    async def show(self, call: Call) -> http.Response:
        """A message in full."""
        return as_json(await asyncio.to_thread(_details, self._message(call)))

    async def raw(self, call: Call) -> http.Response:
        """A message as it was sent."""
        message = self._message(call)
        return download(message.data, f"message-{message.number}.eml")

    async def attachment(self, call: Call) -> http.Response:
        """An attachment without its transfer encoding."""
        message, number = self._message(call), call.numbers[1]
        parts = await asyncio.to_thread(lambda: attachments(message.email))
        if number >= len(parts):
            raise Refused(404, "no such attachment")
        return download(content(parts[number]), file_name(parts[number], number))

    async def delete(self, call: Call) -> http.Response:
        """Forget a message."""
        if not self._sandbox.journal.remove(call.numbers[0]):
            raise Refused(404, "no such message")
        return as_json({})

    async def delete_all(self, _: Call) -> http.Response:
        """Forget all messages."""
        self._sandbox.journal.discard()
        return as_json({})

    async def authority(self, _: Call) -> http.Response:
        """The certificate to trust."""
        return http.page(self._sandbox.authority.ca_pem(), policy="default-src 'none'", kind=_PEM)

    async def faults(self, _: Call) -> http.Response:
        """What is switched on, by listener."""
        return as_json([_faults_at(listener) for listener in self._sandbox.listeners])

    async def switch(self, call: Call) -> http.Response:
        """Have rules apply before those of the profile, in place of those that are on or beside them."""
        rules, port, add = _read_faults(call.body)
        listeners = self._listeners(port)
        if not listeners:
            raise Refused(404, "there is no listener")
        try:
            number = switch(listeners, rules, add=add)
        except ValueError as error:
            raise Refused(400, str(error)) from error
        return as_json({"id": number, "listeners": [_faults_at(listener) for listener in listeners]})

    async def switch_off(self, call: Call) -> http.Response:
        """Switch off what was switched on, at one listener or all of them."""
        for listener in self._listeners(call.number("port", 0) if "port" in call.query else None):
            listener.switch()
        return as_json({})

    async def take_back(self, call: Call) -> http.Response:
        """Switch off what one request has switched on."""
        had_it = [listener.switch_off(call.numbers[0]) for listener in self._sandbox.listeners]
        if not any(had_it):
            raise Refused(404, "no such fault")
        return as_json({})

    def _listeners(self, port: int | None) -> list[Listener]:
        listeners = [each for each in self._sandbox.listeners if port in (None, each.port)]
        if port is not None and not listeners:
            raise Refused(404, "no listener has that port")
        return listeners

    async def events(self, call: Call) -> http.Response:
        """Each message as it comes, as server-sent events; with ``after`` also those that are there already.

        Who was interrupted goes on behind the event that its ``Last-Event-ID`` names.
        """
        latest = max((each.number for each in self._sandbox.messages), default=0)
        after = _number("Last-Event-ID", call.last_event) if call.last_event else call.number("after", latest)
        headers = [
            ("Content-Type", "text/event-stream"),
            ("X-Content-Type-Options", "nosniff"),
            *http.PRIVATE,
        ]
        return http.Response(200, headers, events=self._news(after))

    async def _news(self, last: int) -> AsyncIterator[bytes]:
        yield b": listening\n\n"
        while True:
            news = self._sandbox.journal.news()
            try:
                fresh = [each for each in self._sandbox.messages if each.number > last]
                for message in fresh:
                    data = _dumped(await asyncio.to_thread(_summary, message))
                    yield f"id: {message.number}\nevent: message\ndata: {data}\n\n".encode("utf-8", "replace")
                    last = message.number
                if not fresh:
                    async with asyncio.timeout(_PING):
                        await asyncio.wrap_future(news)
            except TimeoutError:
                yield b": still here\n\n"
            finally:
                news.cancel()


def _routed(request: http.Request) -> tuple[Route, Call]:
    matches = [(route, match) for route in ROUTES if (match := route.match(request.path))]
    if not matches:
        raise Refused(404, "no such address; GET /api/openapi.json describes all")
    for route, match in matches:
        if route.method == request.method:
            query = dict(parse_qsl(request.query, keep_blank_values=True))
            if unknown := set(query) - set(route.query) - {"token"}:
                raise Refused(400, f"no such parameter: {', '.join(sorted(unknown))}")
            # A form of another website cannot be of this type without the browser asking us first.
            body = _body(request) if route.body else None
            numbers = tuple(map(int, match.groups()))
            return route, Call(numbers, query, body, request.first("last-event-id"))
    methods = {route.method for route, _ in matches}
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    raise Refused(405, f"{request.method} is not possible here", [("Allow", allowed)])


def _body(request: http.Request) -> Json:
    if request.first("content-type").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "the Content-Type has to be application/json")
    try:
        return json.loads(request.body, parse_float=_finite, parse_constant=_finite)
    except ValueError as error:
        raise Refused(400, f"not JSON: {error}") from error
    except RecursionError:
        raise Refused(400, "not JSON: nested too deeply") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value


def _read_faults(value: Json) -> tuple[list[Rule], int | None, bool]:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("rules"), list)
        or set(value) - set(_FAULTS["properties"])
    ):
        raise Refused(400, 'not {"rules": […]}, with "port" for one listener and "add" to keep other rules')
    for name in ("port", "add"):
        if name in value:
            _check(name, value[name], _FAULTS["properties"][name])
    return [_read_rule(each) for each in value["rules"]], value.get("port"), value.get("add", False)


def _read_rule(value: Json) -> Rule:
    if not isinstance(value, dict) or "verb" not in value or set(value) - set(_RULE):
        raise Refused(400, f'a rule has "verb" and other of these: {", ".join(_RULE)}')
    given = {name: each for name, each in value.items() if each is not None}
    for name, each in given.items():
        _check(name, each, _RULE[name])
    try:
        return Rule(**given)
    except (TypeError, ValueError) as error:
        raise Refused(400, str(error)) from error


def _check(name: str, value: Json, schema: Json) -> None:
    # In Python True is a number.
    is_flag = isinstance(value, bool)
    if not isinstance(value, _TYPES[schema["type"]]) or is_flag != (schema["type"] == "boolean"):
        raise Refused(400, f"{name} is not of type {schema['type']}")
    if "enum" in schema and value not in schema["enum"]:
        raise Refused(400, f"{name} is none of {', '.join(schema['enum'])}")
    if "minimum" in schema and not value >= schema["minimum"]:
        raise Refused(400, f"{name} is less than {schema['minimum']}")


def _faults_at(listener: Listener) -> Json:
    rules = [{"id": number, **_rule(rule)} for number, rules in listener.switches.items() for rule in rules]
    return {"port": listener.port, "rules": rules}


def _rule(rule: Rule) -> Json:
    values = {field.name: getattr(rule, field.name) for field in fields(rule)} | {"reply": rule.text or None}
    return {name: value for name, value in values.items() if value is not None}


def _summaries(messages: Iterable[Message]) -> Json:
    return [_summary(message) for message in messages]


def _summary(message: Message) -> Json:
    origin = message.session.origin
    return {
        "number": message.number,
        "received": message.received.isoformat(),
        "mail_from": message.mail_from,
        "rcpt_tos": list(message.rcpt_tos),
        "subject": message.subject,
        "size": len(message.data),
        "listener": {
            "profile": origin.profile,
            "mode": origin.mode,
            "host": origin.host,
            "port": origin.port,
        },
    }


def _details(message: Message) -> Json:
    email, session = message.email, message.session
    return {
        **_summary(message),
        "mail_options": dict(message.mail_options),
        "rcpt_options": [dict(options) for options in message.rcpt_options],
        "headers": [list(each) for each in header_lines(email)],
        "text": body(email, "plain"),
        "html": body(email, "html"),
        "links": list(message.links),
        "attachments": [
            {"name": file_name(part, number), "type": part.get_content_type(), "size": len(content(part))}
            for number, part in enumerate(attachments(email))
        ],
        "session": {
            "peer": session.peer,
            "hello": session.hello,
            "tls": session.tls,
            "cipher": session.cipher,
            "user": session.user,
            "mechanism": session.mechanism,
            "transcript": [list(entry) for entry in tuple(session.transcript)],
        },
    }


def _route(
    method: str,
    path: str,
    handler: Callable[[Api, Call], Awaitable[http.Response]],
    *,
    query: Mapping[str, str] | None = None,
    body: Json = None,
    kind: str = "application/json",
) -> Route:
    return Route(
        method=method,
        path=f"{PREFIX}{path}",
        summary=(handler.__doc__ or "").strip(),
        handler=handler,
        query=query or {},
        body=body,
        kind=kind,
    )


_BINARY = "application/octet-stream"
_PEM = "application/x-pem-file"
ROUTES = (
    _route("GET", "openapi.json", Api.describe),
    _route("GET", "messages", Api.list_messages, query={**_FILTERS, "offset": "integer", "limit": "integer"}),
    _route("GET", "messages/wait", Api.wait, query={**_FILTERS, "timeout": "integer"}),
    _route("GET", "messages/{number}", Api.show),
    _route("GET", "messages/{number}/raw", Api.raw, kind=_BINARY),
    _route("GET", "messages/{number}/attachments/{attachment}", Api.attachment, kind=_BINARY),
    _route("DELETE", "messages/{number}", Api.delete),
    _route("DELETE", "messages", Api.delete_all),
    _route("GET", "ca.pem", Api.authority, kind=_PEM),
    _route("GET", "faults", Api.faults),
    _route("POST", "faults", Api.switch, body=_FAULTS),
    _route("DELETE", "faults", Api.switch_off, query={"port": "integer"}),
    _route("DELETE", "faults/{id}", Api.take_back),
    _route("GET", "events", Api.events, query={"after": "integer"}, kind="text/event-stream"),
)
