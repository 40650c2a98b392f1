"""DATA: a message as lines, up to the one with a dot (RFC 5321 4.1.1.4)."""

from __future__ import annotations

import asyncio

from .transaction import Transaction

_END = b"\r\n.\r\n"
_READ = 65536


class Data(Transaction):
    """The DATA command."""

    async def smtp_DATA(self, arg: str) -> None:
        """Receive a message."""
        if arg:
            return await self.say("501 5.5.4 Syntax: DATA")
        if obstacle := self._no_data_yet():
            return await self.say(obstacle)
        await self.say("354 End data with <CR><LF>.<CR><LF>")
        await self.meet_all(self.due.answered, "DATA")
        self.due.answered.clear()
        self.note_if_ahead()
        data = bytearray()
        is_answered = await self._meet_cuts(data)
        await self._read_to_the_end(data)
        self.record.note("C", f"[{len(data)} octets]")
        if is_answered:
            self.is_ahead = self.buffered > 0
            return self._set_post_data_state()
        # Without the final dot; then without the dot that a line got for beginning with one.
        await self.finish(bytes(data[:-3]).removeprefix(b".").replace(b"\r\n.", b"\r\n"))

    def _no_data_yet(self) -> str:
        if self.chunks:
            return "503 5.5.1 Use BDAT LAST"
        # RFC 2920 3.1: some servers say 354 to a group whose recipients were all refused.
        if self.is_open and self.profile.data_without_recipients:
            return ""
        return self.no_content_yet()

    async def _meet_cuts(self, data: bytearray) -> bool:
        is_answered = False
        for rule in self.due.within:
            await self._read_up_to(data, rule.after or 0)
            is_answered = await self.meet(rule, f"DATA after {len(data)} octets") or is_answered
        return is_answered

    async def _read_to_the_end(self, data: bytearray) -> None:
        while not (data == b".\r\n" or data.endswith(_END)):
            try:
                data += await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as error:
                data += await self._reader.readexactly(error.consumed)
                self._forget_what_is_too_much(data)
        self._reset_timeout()

    def _forget_what_is_too_much(self, data: bytearray) -> None:
        # Twice the limit, because dots are doubled on the way.
        if len(data) > 2 * self.profile.size + _READ:
            del data[: -len(_END)]
            self.is_too_long = True

    async def _read_up_to(self, data: bytearray, octets: int) -> None:
        while len(data) < octets and not (data == b".\r\n" or data.endswith(_END)):
            part = await self._reader.read(octets - len(data))
            if not part:
                raise asyncio.IncompleteReadError(bytes(data), octets)
            data += part
