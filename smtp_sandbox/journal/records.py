"""What the sandbox saw: sessions with their transcripts, and messages."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from . import content, reading
from .masking import Mask

Direction: TypeAlias = Literal["S", "C", "-"]
Entry: TypeAlias = tuple[Direction, str]

T = TypeVar("T", bound=Hashable)

PIPELINED = "pipelined"
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
# Of sessions and messages, over all sandboxes.
NUMBERS = count(1)
_LONGEST_LINE = 2048


def _text(data: str | bytes) -> str:
    return data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[:_LONGEST_LINE]}… [{len(line)} characters]"


@lru_cache(maxsize=4096)
def shared(value: T) -> T:
    """The same object for equal values: sessions repeat a few lines and addresses, and a long run stays small."""
    return value


@lru_cache(maxsize=64)
def no_options(count: int) -> tuple[Mapping[str, str], ...]:
    """The parameters of so many recipients that have none."""
    return (NO_OPTIONS,) * count


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """The listener that a session belongs to."""

    profile: str
    mode: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.profile}:{self.mode}@{self.port}"


@dataclass(slots=True, eq=False)
class Session:
    """One connection, from accept to close.

    ``tls`` and ``cipher`` are None without TLS, ``user`` and ``mechanism`` without a successful AUTH.
    ``transcript`` holds ("S" | "C" | "-", text): server, client, and what happened to the connection; beyond
    ``limit`` entries the oldest half is dropped. ("-", "pipelined") stands before what the client sent without
    waiting for the answer before it.
    """

    origin: Origin
    peer: str
    started: datetime
    tls: str | None = None
    cipher: str | None = None
    hello: str | None = None
    user: str | None = None
    mechanism: str | None = None
    ended: bool = False
    limit: int | None = field(default=None, repr=False)
    transcript: list[Entry] = field(default_factory=list, repr=False)
    number: int = field(default_factory=lambda: next(NUMBERS), repr=False)
    _mask: Mask = field(init=False, default_factory=Mask, repr=False)

    def heard(self, data: bytes, *, is_command: bool) -> None:
        """Note what the client said, without secrets; what is no command may be one after an AUTH."""
        self.note("C", self._mask(_text(data), is_command=is_command))

    def note(self, direction: Direction, text: str | bytes) -> None:
        """Add to the transcript; line ends are dropped, octets that are not UTF-8 escaped."""
        text = _text(text)
        # What is printable has no line ends.
        lines = [text] if text.isprintable() else text.rstrip("\r\n").splitlines() or [""]
        for line in lines:
            self.transcript.append(shared((direction, _cut(line))))
        if self.limit is not None and len(self.transcript) > self.limit:
            del self.transcript[: self.limit // 2]

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """What the client said, by the times that it waited for the server: one group is one round trip."""
        groups: list[list[str]] = []
        has_waited = True
        for direction, text in tuple(self.transcript):
            if direction == "C":
                if has_waited or not groups:
                    groups.append([])
                groups[-1].append(text)
            has_waited = direction == "S" or (has_waited and direction == "-" and text != PIPELINED)
        return tuple(map(tuple, groups))

    def __str__(self) -> str:
        return "\n".join(f"{direction} {text}" for direction, text in self.transcript)


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One accepted message. ``data`` are its octets as sent, with the dots of RFC 5321 4.5.2 taken out.

    ``chunks`` are the sizes in octets of its chunks if it came by BDAT (RFC 3030), () if it came by DATA.
    ``mail_from`` is "" for the null sender. ``mail_options`` and ``rcpt_options`` are the ESMTP parameters,
    the latter one mapping for each recipient. ``number`` is 0 until the journal has it; a later message has a
    higher one.
    """

    mail_from: str
    rcpt_tos: tuple[str, ...]
    data: bytes = field(repr=False)
    session: Session = field(repr=False)
    received: datetime
    mail_options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    rcpt_options: tuple[Mapping[str, str], ...] = ()
    chunks: tuple[int, ...] = ()
    number: int = field(default=0, repr=False)
    _subject: str | None = field(init=False, default=None, repr=False)

    @property
    def email(self) -> EmailMessage:
        """The message parsed anew at each access; what cannot be read of it is text or octets."""
        return reading.parsed(self.data)

    @property
    def command(self) -> Literal["DATA", "BDAT"]:
        """The command that it came by."""
        return "BDAT" if self.chunks else "DATA"

    @property
    def subject(self) -> str:
        """The decoded Subject, or ""; the headers are parsed once, and without the body."""
        if self._subject is None:
            object.__setattr__(self, "_subject", reading.subject(self.data))
        return self._subject or ""

    @property
    def links(self) -> tuple[str, ...]:
        """Where the links of the HTML lead, then the web addresses of the plain text; each once."""
        return content.links(self.email)

    def find(self, pattern: str | re.Pattern[str]) -> str:
        """What the pattern matches first: in the plain text, in the HTML as people see it, or in the subject.

        Its first group, if it has one. Raises LookupError, with the texts, if it matches nowhere.
        """
        email = self.email
        texts = reading.body(email, "plain"), content.Page(reading.body(email, "html")).text, self.subject
        for match in filter(None, (re.search(pattern, text) for text in texts)):
            return str(match[1] if match.re.groups else match[0])
        raise LookupError(f"nothing matches {pattern!r} in {[_cut(text) for text in texts if text.strip()]}")
