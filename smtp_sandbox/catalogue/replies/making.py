"""From a collected reply to a server that gives it."""

from __future__ import annotations

from collections.abc import Iterator

from ...profiles import EXTENSIONS, Profile
from ...rules import Rule, on
from .sample import Sample

# A chunk is refused after it came, as the message is: what was said to DATA is said by a server without chunks.
_WITHOUT_CHUNKS = tuple(each for each in EXTENSIONS if each != "CHUNKING")


def profile_of(sample: Sample, prefix: str) -> Profile:
    """An honest server but for this reply, which it gives whenever the place comes."""
    return Profile(
        f"{prefix}{sample.id}",
        *_rules(sample),
        summary=f"{sample.provider}, {sample.place}: {' '.join(sample.reply.split())}",
        hostname=sample.host or "localhost",
        extensions=_WITHOUT_CHUNKS if sample.place == "DATA" else EXTENSIONS,
        modes=("starttls",) if sample.place == "STARTTLS" else ("plain", "ssl", "starttls"),
    )


def _rules(sample: Sample) -> Iterator[Rule]:
    if sample.place == "NEXT-MAIL":
        yield on("MAIL", per="session", skip=1, reply=sample.octets)
        return
    yield on(sample.place, reply=sample.octets)
    if sample.place == "EHLO":
        yield on("HELO", reply=sample.octets)
