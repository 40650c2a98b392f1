"""The JSON API of the inbox: messages, faults and events, described as OpenAPI."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from urllib.parse import parse_qsl

from .. import web_server as http
from ..journal.reading import body, header_lines
from ..journal.records import Message
from ..journal.wanted import Wanted
from ..listener import Listener, switch
from ..rules import Rule
from ..sandbox import Sandbox
from ..web_server import Refused
from . import description
from .description import FAULTS, LONGEST_WAIT, NUMBER, RULE, Json
from .pages import is_wanted
from .parts import attachments, content, download, file_name

PREFIX = "/api/"
_JSON = "application/json"
_BINARY = "application/octet-stream"
_PEM = "application/x-pem-file"
_EVENTS = "text/event-stream"
_PING = 15.0  # seconds
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

    def number(self, name: str) -> int:
        """A number of the query. Raises Refused if it is none."""
        return _number(name, self.query[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation; the description is made of these."""

    method: str
    path: str
    summary: str
    handler: Callable[[Api, Call], Awaitable[http.Response]]
    query: Mapping[str, Json]
    body: Json
    kind: str
    answer: Json
    refusals: tuple[int, ...]

    def match(self, path: str) -> re.Match[str] | None:
        """The numbers of a path as groups."""
        return re.fullmatch(re.sub(r"\{\w+\}", f"({NUMBER})", self.path), path)

    def describe(self) -> Json:
        """The operation as OpenAPI has it."""
        described: Json = {
            "operationId": self.handler.__name__,
            "summary": self.summary,
            "parameters": [
                *description.parameters("path", re.findall(r"\{(\w+)\}", self.path)),
                *description.parameters("query", self.query),
                *description.parameters("header", ["Last-Event-ID"] if self.kind == _EVENTS else []),
            ],
            "responses": description.answers(self.kind, self.answer, self.refusals),
        }
        if self.body:
            described["requestBody"] = {"required": True, **description.content(_JSON, self.body)}
        return described


def _number(name: str, text: str) -> int:
    if not re.fullmatch(NUMBER, text):
        raise Refused(400, f"{name} is not a number: {text!r}")
    return int(text)


def as_json(value: Json, status: int = 200, headers: http.Headers = ()) -> http.Response:
    """An answer for a program, in UTF-8."""
    return http.page(
        _dumped(value),
        policy="default-src 'none'",
        kind=_JSON,
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
        return as_json({**description.FRAME, "paths": paths})

    def _found(self, call: Call) -> list[Message]:
        after, query = call.number("after"), call.query
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
        offset, limit = call.number("offset"), call.number("limit")
        # Off the loop, since subjects have to be parsed.
        found = await asyncio.to_thread(self._found, call)
        return as_json({"total": len(found), "messages": _summaries(found[offset : offset + limit])})

    async def wait_for_message(self, call: Call) -> http.Response:
        """The first message that is wanted, stored or yet to come; no wait takes it away from another."""
        seconds = min(float(call.number("timeout")), LONGEST_WAIT)
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

    async def show_message(self, call: Call) -> http.Response:
        """A message in full."""
        return as_json(await asyncio.to_thread(_details, self._message(call)))

    async def raw_message(self, call: Call) -> http.Response:
        """A message as it was sent."""
        message = self._message(call)
        return download(message.data, f"message-{message.number}.eml")

    async def download_attachment(self, call: Call) -> http.Response:
        """An attachment without its transfer encoding."""
        message, number = self._message(call), call.numbers[1]
        parts = await asyncio.to_thread(lambda: attachments(message.email))
        if number >= len(parts):
            raise Refused(404, "no such attachment")
        return download(content(parts[number]), file_name(parts[number], number))

    async def delete_message(self, call: Call) -> http.Response:
        """Forget a message."""
        if not self._sandbox.journal.remove(call.numbers[0]):
            raise Refused(404, "no such message")
        return as_json({})

    async def delete_all_messages(self, _: Call) -> http.Response:
        """Forget all messages."""
        self._sandbox.journal.discard()
        return as_json({})

    async def show_authority(self, _: Call) -> http.Response:
        """The certificate to trust."""
        return http.page(self._sandbox.authority.ca_pem(), policy="default-src 'none'", kind=_PEM)

    async def list_faults(self, _: Call) -> http.Response:
        """What is switched on, by listener."""
        return as_json([_faults_at(listener) for listener in self._sandbox.listeners])

    async def switch_on(self, call: Call) -> http.Response:
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
        for listener in self._listeners(call.number("port") if "port" in call.query else None):
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

    async def listen(self, call: Call) -> http.Response:
        """Each message as it comes, as server-sent events; with ``after`` also those that are there already.

        Who was interrupted goes on behind the event that its ``Last-Event-ID`` names.
        """
        latest = max((each.number for each in self._sandbox.messages), default=0)
        after = call.number("after") if "after" in call.query else latest
        if call.last_event:
            after = _number("Last-Event-ID", call.last_event)
        headers = [
            ("Content-Type", _EVENTS),
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
            given = dict(parse_qsl(request.query, keep_blank_values=True))
            if unknown := set(given) - set(route.query) - {"token"}:
                raise Refused(400, f"no such parameter: {', '.join(sorted(unknown))}")
            # A form of another website cannot be of this type without the browser asking us first.
            body = _body(request) if route.body else None
            numbers = tuple(map(int, match.groups()))
            query = {**description.defaults(route.query), **given}
            return route, Call(numbers, query, body, request.first("last-event-id"))
    methods = {route.method for route, _ in matches}
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    raise Refused(405, f"{request.method} is not possible here", [("Allow", allowed)])


def _body(request: http.Request) -> Json:
    if request.first("content-type").partition(";")[0].strip().lower() != _JSON:
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
        or set(value) - set(FAULTS["properties"])
    ):
        raise Refused(400, 'not {"rules": […]}, with "port" for one listener and "add" to keep other rules')
    for name in ("port", "add"):
        if name in value:
            _check(name, value[name], FAULTS["properties"][name])
    return [_read_rule(each) for each in value["rules"]], value.get("port"), value.get("add", False)


def _read_rule(value: Json) -> Rule:
    if not isinstance(value, dict) or "verb" not in value or set(value) - set(RULE):
        raise Refused(400, f'a rule has "verb" and other of these: {", ".join(RULE)}')
    given = {name: each for name, each in value.items() if each is not None}
    for name, each in given.items():
        _check(name, each, RULE[name])
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
    answer: Json,
    *refusals: int,
    query: Mapping[str, Json] | None = None,
    body: Json = None,
    kind: str = _JSON,
) -> Route:
    return Route(
        method=method,
        path=f"{PREFIX}{path}",
        summary=(handler.__doc__ or "").strip(),
        handler=handler,
        query=query or {},
        body=body,
        kind=kind,
        answer=answer,
        refusals=refusals,
    )


_DONE, _SUMMARY, _DETAILS = map(description.ref, ("Done", "Summary", "Details"))
_OCTETS, _TEXT = description.OCTETS, description.TEXT
ROUTES = (
    _route("GET", "openapi.json", Api.describe, description.DESCRIPTION),
    _route("GET", "messages", Api.list_messages, description.ref("Messages"), query=description.LISTED),
    _route("GET", "messages/wait", Api.wait_for_message, _SUMMARY, 408, query=description.AWAITED),
    _route("GET", "messages/{number}", Api.show_message, _DETAILS, 404),
    _route("GET", "messages/{number}/raw", Api.raw_message, _OCTETS, 404, kind=_BINARY),
    _route(
        *("GET", "messages/{number}/attachments/{attachment}", Api.download_attachment, _OCTETS, 404),
        kind=_BINARY,
    ),
    _route("DELETE", "messages/{number}", Api.delete_message, _DONE, 404),
    _route("DELETE", "messages", Api.delete_all_messages, _DONE),
    _route("GET", "ca.pem", Api.show_authority, _TEXT, kind=_PEM),
    _route("GET", "faults", Api.list_faults, description.list_of("Listener")),
    _route(
        *("POST", "faults", Api.switch_on, description.ref("SwitchedOn"), 404, 413, 415),
        body=description.ref("Faults"),
    ),
    _route("DELETE", "faults", Api.switch_off, _DONE, 404, query=description.SWITCHED_OFF),
    _route("DELETE", "faults/{id}", Api.take_back, _DONE, 404),
    _route("GET", "events", Api.listen, description.STREAM, query=description.HEARD, kind=_EVENTS),
)
