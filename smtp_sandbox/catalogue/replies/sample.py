"""One reply of a real server, as it was reported or documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Place: TypeAlias = Literal[
    "BANNER", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "DATA-END", "NEXT-MAIL"
]

COLLECTED = "2026-11-28"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """``place`` is the command that was answered so; ``NEXT-MAIL`` is the second MAIL of a session.

    ``reply`` has all its lines, without the last CRLF. ``source`` is where it was reported or documented, and
    ``read`` the day (ISO 8601). Addresses and names of people are replaced by those for examples (RFC 2606,
    RFC 5737). ``exact`` tells that digits, words and place all stand in the source; otherwise some of them were
    concluded from it. ``host`` is the server's name, where it is known.
    """

    id: str
    provider: str
    place: Place
    reply: str
    source: str = field(repr=False)
    read: str = field(default=COLLECTED, repr=False)
    host: str = ""
    exact: bool = True
    encoding: str = "utf-8"

    @property
    def octets(self) -> bytes:
        """The reply as it goes over the wire."""
        return self.reply.encode(self.encoding)


def said(
    id: str,
    provider: str,
    place: Place,
    reply: str,
    source: str,
    *,
    read: str = COLLECTED,
    host: str = "",
    exact: bool = True,
    encoding: str = "utf-8",
) -> Sample:
    """A row of the catalogue."""
    return Sample(
        id=id,
        provider=provider,
        place=place,
        reply=reply,
        source=source,
        read=read,
        host=host,
        exact=exact,
        encoding=encoding,
    )
