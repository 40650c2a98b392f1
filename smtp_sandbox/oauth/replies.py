"""Answers of token endpoints as data: what Microsoft and Google say, and what nobody should."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlencode

from ..web_server import Headers, Response

# What an answer may quote: client_id, tenant, scope, redirect_uri, state.
Facts = Mapping[str, str]

NOT_STORED: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class Reply(Protocol):
    """What is said instead of the honest answer."""

    def answer(self, facts: Facts) -> Response:
        """The answer to a request with these facts."""


def as_json(status: int, body: object, headers: Headers = ()) -> Response:
    """JSON that may not be stored (RFC 6749 5.1)."""
    content = [("Content-Type", "application/json; charset=utf-8"), *NOT_STORED, *headers]
    return Response(status, content, json.dumps(body).encode())


@dataclass(frozen=True, slots=True)
class Raw:
    """Octets as they are."""

    body: bytes = field(default=b"", repr=False)
    status: int = 200
    kind: str = "application/json"
    headers: Headers = ()

    def answer(self, facts: Facts) -> Response:
        """The same for every request."""
        return Response(self.status, [("Content-Type", self.kind), *self.headers], self.body)


@dataclass(frozen=True, slots=True)
class MicrosoftError:
    """An error of Microsoft's identity platform, by the number behind AADSTS; ``text`` may quote facts."""

    number: int
    error: str
    text: str
    suberror: str = ""
    status: int = 400

    def description(self, facts: Facts, *, at: datetime, trace: str, correlation: str) -> str:
        """The text as people read it."""
        told = self.text.format_map(defaultdict(str, facts))
        return (
            f"AADSTS{self.number}: {told} Trace ID: {trace} Correlation ID: {correlation} "
            f"Timestamp: {_stamp(at)}"
        )

    def answer(self, facts: Facts) -> Response:
        """The error with a new trace."""
        at, trace, correlation = datetime.now(UTC), str(uuid.uuid4()), str(uuid.uuid4())
        body: dict[str, object] = {
            "error": self.error,
            "error_description": self.description(facts, at=at, trace=trace, correlation=correlation),
            "error_codes": [self.number],
            "timestamp": _stamp(at),
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        if self.suberror:
            body["suberror"] = self.suberror
        return as_json(self.status, body)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class GoogleError:
    """An error of Google's token endpoint, indented as there."""

    error: str
    text: str = ""
    status: int = 400
    subtype: str = ""

    def answer(self, facts: Facts) -> Response:
        """The same for every request."""
        members = {"error": self.error, "error_description": self.text, "error_subtype": self.subtype}
        body = json.dumps({name: value for name, value in members.items() if value}, indent=2)
        return Response(
            self.status, [("Content-Type", "application/json; charset=utf-8"), *NOT_STORED], body.encode()
        )


@dataclass(frozen=True, slots=True)
class Denial:
    """The person is sent back with an error instead of a code (RFC 6749 4.1.2.1)."""

    error: str
    text: str = ""
    subcode: str = ""

    def answer(self, facts: Facts) -> Response:
        """A redirect to where the request wants the person back, with its state."""
        members = {
            "error": self.error,
            "error_subcode": self.subcode,
            "error_description": self.text,
            "state": facts.get("state", ""),
        }
        query = urlencode({name: value for name, value in members.items() if value})
        target = facts.get("redirect_uri", "")
        return Response(302, [("Location", f"{target}{'&' if '?' in target else '?'}{query}")])
