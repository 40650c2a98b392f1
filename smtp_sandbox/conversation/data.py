"""DATA: a message as lines, up to the one with a dot (RFC 5321 4.1.1.4)."""

from __future__ import annotations

from .transaction import Transaction

_END = b"\r\n.\r\n"
# The end of a message without a line.
_AT_ONCE = b".\r\n"
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
        is_answered = await self._meet_cuts()
        # With the final dot; then without the dot that a line got for beginning with one.
        data = await self._read_to_the_end()
        self.record.note("C", f"[{len(data)} octets]")
        if is_answered:
            self.is_ahead = self.buffered > 0
            return self._set_post_data_state()
        await self.finish(data[: -len(_AT_ONCE)].removeprefix(b".").replace(b"\r\n.", b"\r\n"))

    def _no_data_yet(self) -> str:
        if self.chunks:
            return "503 5.5.1 Use BDAT LAST"
        # RFC 2920 3.1: some servers say 354 to a group whose recipients were all refused.
        if self.is_open and self.profile.data_without_recipients:
            return ""
        return self.no_content_yet()

    async def _meet_cuts(self) -> bool:
        data, is_answered = bytearray(), False
        for rule in self.due.within:
            await self._read_up_to(data, rule.after or 0)
            is_answered = await self.meet(rule, f"DATA after {len(data)} octets") or is_answered
        self.incoming.octets[:0] = data
        return is_answered

    async def _read_up_to(self, data: bytearray, octets: int) -> None:
        while len(data) < octets and _end(data) < 0:
            data += await self.incoming.read(octets - len(data))

    async def _read_to_the_end(self) -> bytes:
        octets, start = self.incoming.octets, 0
        while (end := _end(octets, start)) < 0:
            # Twice the limit, because dots are doubled on the way.
            if len(octets) > 2 * self.profile.longest_message + _READ:
                del octets[: -len(_END)]
                self.is_too_long = True
            start = max(0, len(octets) - len(_END) + 1)
            await self.incoming.more()
        return self.incoming.take(end)


def _end(octets: bytearray, start: int = 0) -> int:
    """Where the message ends, looked for from ``start`` on; -1 if it has not come yet."""
    if start == 0 and octets.startswith(_AT_ONCE):
        return len(_AT_ONCE)
    found = octets.find(_END, start)
    return found + len(_END) if found >= 0 else -1
