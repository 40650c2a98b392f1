"""Endpoints that are slow, gone, or no token endpoint at all."""

from __future__ import annotations

import gzip
import json

from ...rules import Drop
from ..faults import PREFIX, Fault
from ..replies import Raw

_HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"
_HUGE = 70 * 1024


def _padded(octets: int) -> bytes:
    token = {"access_token": "too-long", "token_type": "Bearer", "expires_in": 3600, "padding": "x" * octets}
    return json.dumps(token).encode()


def _raw(name: str, summary: str, reply: Raw) -> Fault:
    return Fault(name=f"{PREFIX}{name}", summary=summary, reply=reply)


def _dropping(name: str, summary: str, how: Drop, after: int = 0) -> Fault:
    return Fault(name=f"{PREFIX}{name}", summary=summary, drop=how, after=after)


FAULTS = (
    Fault(name=f"{PREFIX}slow", summary="answers after 5 s", delay=5.0),
    Fault(name=f"{PREFIX}hang", summary="does not answer until it is released", hang=True),
    Fault(name=f"{PREFIX}drip", summary="takes 0.2 s for each octet of the answer", pause=0.2),
    _dropping("drop", "closes without an answer", "fin"),
    _dropping("reset", "resets the connection instead of an answer", "rst"),
    _dropping("drop-in-headers", "closes in the middle of the headers", "fin", 40),
    _dropping("drop-in-body", "closes before the answer's last octet", "fin", -1),
    _raw("redirect", "sends the client elsewhere", Raw(status=302, headers=[("Location", "/elsewhere")])),
    _raw(
        "redirect-307",
        "sends the client elsewhere, with its secrets",
        Raw(status=307, headers=[("Location", "/elsewhere")]),
    ),
    _raw("html", "answers 200 with a web page", Raw(_HTML, kind="text/html; charset=utf-8")),
    _raw("nonsense", "answers 200 with something that is not JSON", Raw(b'{"access_token": ')),
    _raw("json-list", "answers 200 with JSON that is no object", Raw(b'["access_token"]')),
    _raw("empty", "answers 200 with nothing", Raw()),
    _raw("not-utf8", "answers 200 with octets that are not UTF-8", Raw(b'{"access_token": "\xff"}')),
    _raw("too-long", "answers with 70 KiB", Raw(_padded(_HUGE))),
    Fault(
        name=f"{PREFIX}endless",
        summary="answers without end",
        reply=Raw(b'{"access_token": "' + b"x" * 1000),
        endless=True,
    ),
    _raw(
        "gzip",
        "answers with 10 MiB in a few KiB of gzip",
        Raw(gzip.compress(_padded(10 * 1024**2), mtime=0), headers=[("Content-Encoding", "gzip")]),
    ),
    _raw(
        "busy",
        "answers 429 with Retry-After",
        Raw(b'{"error": "rate_limit_exceeded"}', status=429, headers=[("Retry-After", "30")]),
    ),
    _raw("500", "answers 500 with a web page", Raw(_HTML, status=500, kind="text/html; charset=utf-8")),
    _raw(
        "503",
        "answers 503 with a web page and Retry-After",
        Raw(_HTML, status=503, kind="text/html; charset=utf-8", headers=[("Retry-After", "30")]),
    ),
    _raw("404", "answers 404 with a web page", Raw(_HTML, status=404, kind="text/html; charset=utf-8")),
    Fault(name=f"{PREFIX}clock-ahead", summary="has a clock that is an hour fast", clock=3600.0),
    Fault(name=f"{PREFIX}clock-behind", summary="has a clock that is an hour slow", clock=-3600.0),
)
