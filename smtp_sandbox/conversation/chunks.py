"""BDAT: a message as chunks of octets (RFC 3030)."""

from __future__ import annotations

import re

from .transaction import TOO_LONG, Transaction

_ARGUMENT = re.compile(r"([0-9]{1,20})( LAST)?", re.IGNORECASE | re.ASCII)
_READ = 65536


def size_of(argument: str) -> int:
    """The octets that follow a BDAT with this argument; none if it is malformed."""
    match = _ARGUMENT.fullmatch(argument)
    return int(match[1]) if match else 0


class Chunks(Transaction):
    """The BDAT command."""

    async def smtp_BDAT(self, arg: str) -> None:
        """Receive a chunk, all of it before it is answered (RFC 3030 2)."""
        match = _ARGUMENT.fullmatch(arg)
        if not match:
            return await self.say("501 5.5.4 Syntax: BDAT size [LAST]")
        size, before = int(match[1]), len(self.content)
        is_answered = await self._read_chunk(size)
        self.record.note("C", f"[{size} octets]")
        if is_answered or await self.meet_all(self.due.before, "BDAT"):
            del self.content[before:]
            return self.fail() if self.due.refuses() else None
        await self._take(size, is_last=bool(match[2]))

    async def _take(self, size: int, *, is_last: bool) -> None:
        self.chunks.append(size)
        if refusal := self.no_content_yet() or (TOO_LONG if self.is_too_long else ""):
            self.fail()
            await self.say(refusal)
        elif is_last:
            await self.finish(bytes(self.content))
        else:
            await self.say(f"250 2.0.0 {size} octets received")

    async def _read_chunk(self, octets: int) -> bool:
        """Take the octets off the line; says whether a rule has answered meanwhile."""
        read, is_answered = 0, False
        for rule in self.due.within:
            read += await self._read_part(min(rule.after or 0, octets) - read)
            is_answered = await self.meet(rule, f"BDAT after {read} octets") or is_answered
        await self._read_part(octets - read)
        if is_answered:
            # The rest of the chunk was no command.
            self.is_ahead = self.buffered > 0
        return is_answered

    async def _read_part(self, octets: int) -> int:
        left = octets
        while left:
            part = await self.incoming.read(min(left, _READ))
            left -= len(part)
            self._keep(part)
        return octets

    def _keep(self, part: bytes) -> None:
        self.is_too_long = self.is_too_long or len(self.content) + len(part) > self.profile.longest_message
        if self.has_recipients and not self.is_too_long:
            self.content += part
