"""HTTP/1.1 for the sandbox's own pages and endpoints: one request, one answer, the end (RFC 9112)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

LARGEST_BODY = 65536  # octets of a request
Headers = Sequence[tuple[str, str]]

_NOT_KEPT = ("Cache-Control", "no-store")
# Neither kept nor told to others.
PRIVATE: Headers = (("Referrer-Policy", "no-referrer"), _NOT_KEPT)
# For pages with forms: without a referrer browsers do not say either where a form comes from.
WITH_FORMS: Headers = (("Referrer-Policy", "same-origin"), _NOT_KEPT)


class BadRequest(ValueError):
    """What came is not a request that can be read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; the names of ``headers`` are in lower case."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return urlsplit(self.target).query

    def every(self, name: str) -> list[str]:
        """The values of a header, in any case."""
        return [value for each, value in self.headers if each == name.lower()]

    def first(self, name: str) -> str:
        """The value of a header, or ""."""
        return next(iter(self.every(name)), "")

    @property
    def is_from_our_page(self) -> bool:
        """Whether a browser says that a page of the same host and port asks; of others it says that, too."""
        origins, hosts = self.every("origin"), self.every("host")
        return (
            len(origins) == len(hosts) == 1 and urlsplit(origins[0]).netloc.lower() == hosts[0].lower() != ""
        )

    @property
    def host(self) -> str:
        """The only ``Host``, in lower case and without port and brackets; "" if there is not exactly one."""
        hosts = self.every("host")
        return re.sub(r":\d*$", "", hosts[0]).strip("[]").lower() if len(hosts) == 1 else ""

    def is_for(self, names: Iterable[str]) -> bool:
        """Whether it is addressed to one of these host names and IP addresses, with any port.

        A page whose foreign name is made to resolve to this machine would otherwise read what is here (DNS
        rebinding).
        """
        return self.host in {name.lower() for name in names}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; ``clock`` is by how many seconds its date is wrong. ``events`` come after it, without an end."""

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    clock: float = 0.0
    events: AsyncIterator[bytes] | None = field(default=None, repr=False)

    def encode(self) -> bytes:
        """Status line, headers and body; the connection ends with it."""
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=self.clock), usegmt=True)
        lines = [
            f"HTTP/1.1 {self.status} {_phrase(self.status)}",
            f"Date: {date}",
            *(f"{name}: {value}" for name, value in self.headers),
            *([] if self.events else [f"Content-Length: {len(self.body)}"]),
            "Connection: close",
        ]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + self.body


def page(
    body: str | bytes,
    *,
    policy: str,
    kind: str = "text/html; charset=utf-8",
    status: int = 200,
    extra: Headers = PRIVATE,
) -> Response:
    """An answer for a browser, under a Content Security Policy; it is neither kept nor told to others."""
    headers = [
        ("Content-Type", kind),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        *extra,
    ]
    return Response(status, headers, body.encode("utf-8", "replace") if isinstance(body, str) else body)


def bare(status: int) -> Response:
    """An answer that says no more than its status."""
    words = f"{status} {_phrase(status)}\n"
    return page(words, policy="default-src 'none'", kind="text/plain; charset=utf-8", status=status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


async def read(reader: asyncio.StreamReader) -> Request:
    """The next request, its body as long as ``Content-Length`` says.

    Raises BadRequest, asyncio.IncompleteReadError or asyncio.LimitOverrunError.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, version = [*line.split(" "), "", ""][:3]
    if not version.startswith("HTTP/1."):
        raise BadRequest(line)
    request = Request(method, target, [_header(each) for each in lines])
    length = request.first("content-length") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise BadRequest(f"Content-Length: {length}")
    return Request(method, target, request.headers, await reader.readexactly(int(length)))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
