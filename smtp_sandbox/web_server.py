"""HTTP/1.1 for the sandbox's own pages and endpoints: one request, one answer, the end (RFC 9112)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

LARGEST_BODY = 65536  # octets of a request
Headers = Sequence[tuple[str, str]]

_MOST_TRAILERS = 100
_MOST_DISCARDED = 1_048_576  # octets
_LINGERING = 1.0  # seconds

_NOT_KEPT = ("Cache-Control", "no-store")
# Neither kept nor told to others.
PRIVATE: Headers = (("Referrer-Policy", "no-referrer"), _NOT_KEPT)
# For pages with forms: without a referrer browsers do not say either where a form comes from.
WITH_FORMS: Headers = (("Referrer-Policy", "same-origin"), _NOT_KEPT)


class Refused(Exception):
    """A request that is not answered as asked; the text says why, and what to do instead.

    ``target`` is that of a request that could not be read to its end.
    """

    def __init__(self, status: int, reason: str, headers: Headers = (), target: str = "") -> None:
        super().__init__(reason)
        self.status, self.headers, self.target = status, headers, target

    def page(self) -> Response:
        """The answer, for a browser."""
        return bare(self.status, str(self), self.headers)


def failed() -> Refused:
    """What is said of an error of our own, which goes to the log."""
    return Refused(500, "the sandbox has failed at this; its log says why")


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
        return len(origins) == len(hosts) == 1 and _origin(origins[0]) == hosts[0].lower() != ""

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

    def encode(self, *, with_body: bool = True) -> bytes:
        """Status line, headers and body, which an answer to HEAD is without; the connection ends with it."""
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=self.clock), usegmt=True)
        lines = [
            f"HTTP/1.1 {self.status} {_phrase(self.status)}",
            f"Date: {date}",
            *(f"{name}: {value}" for name, value in self.headers),
            *([] if self.events else [f"Content-Length: {len(self.body)}"]),
            "Connection: close",
        ]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1") + (
            self.body if with_body else b""
        )


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


def bare(status: int, reason: str = "", headers: Headers = ()) -> Response:
    """An answer that says no more than its status and the reason for it."""
    words = f"{status} {_phrase(status)}\n" + (f"{reason}\n" if reason else "")
    kind = "text/plain; charset=utf-8"
    return page(words, policy="default-src 'none'", kind=kind, status=status, extra=(*PRIVATE, *headers))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def parts_of(address: str) -> SplitResult | None:
    """The parts of a URL; ``None`` for what Python's parser raises an error for."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _origin(address: str) -> str:
    parts = parts_of(address)
    return parts.netloc.lower() if parts else ""


async def read(reader: asyncio.StreamReader) -> Request:
    """The next request, its body as long as ``Content-Length`` or its chunks say.

    Raises Refused or asyncio.IncompleteReadError.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        begin = (await reader.read(LARGEST_BODY)).decode("latin-1")
        _, target, *_ = [*begin.split(" ", 2), "", ""]
        raise Refused(431, "request line and headers are too large", target=target) from None
    line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, version = [*line.split(" "), "", ""][:3]
    try:
        if not version.startswith("HTTP/1."):
            raise Refused(400, "a request begins with METHOD ADDRESS HTTP/1.1")
        if parts_of(target) is None:
            raise Refused(400, f"no address: {target!r}")
        request = Request(method, target, [_header(each) for each in lines])
        return replace(request, body=await _body(request, reader))
    except Refused as refused:
        refused.target = target
        raise


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise Refused(400, "a header is NAME: VALUE")
    return name.strip().lower(), value.strip()


async def _body(request: Request, reader: asyncio.StreamReader) -> bytes:
    codings, lengths = request.every("transfer-encoding"), set(request.every("content-length"))
    if codings and lengths:
        raise Refused(400, "a request has either Content-Length or Transfer-Encoding")
    if codings:
        if [each.lower() for each in codings] != ["chunked"]:
            raise Refused(501, "of the transfer codings only chunked is known")
        return await _unchunked(reader)
    if len(lengths) > 1:
        raise Refused(400, "the request has two values of Content-Length")
    length = next(iter(lengths), "0")
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise Refused(400, f"Content-Length is not a number: {length!r}")
    return await reader.readexactly(_allowed(int(length)))


def _allowed(length: int) -> int:
    if length > LARGEST_BODY:
        raise Refused(413, f"a body has at most {LARGEST_BODY} octets")
    return length


async def _unchunked(reader: asyncio.StreamReader) -> bytes:
    """A body in chunks (RFC 9112 7.1), without extensions and trailers."""
    body = bytearray()
    while size := _size(await _line(reader)):
        _allowed(len(body) + size)
        body += await reader.readexactly(size)
        if await _line(reader):
            raise Refused(400, "a chunk is longer than it says")
    for _ in range(_MOST_TRAILERS):
        if not await _line(reader):
            return bytes(body)
    raise Refused(431, "too many trailers")


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
        raise Refused(400, f"the size of a chunk is not a number: {digits[:20]!r}")
    return int(digits, 16)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return (await reader.readuntil(b"\r\n")).removesuffix(b"\r\n")
    except asyncio.LimitOverrunError:
        raise Refused(400, "a line of a chunked body is too long") from None


async def discard(reader: asyncio.StreamReader) -> None:
    """Read for a while what still comes behind a request that was refused.

    A connection that is closed with unread octets is reset, and its client may never see the answer.
    """
    left = _MOST_DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGERING):
            while left > 0 and (octets := await reader.read(LARGEST_BODY)):
                left -= len(octets)
