"""A mail transaction: MAIL, RCPT, DATA, BDAT and RSET (RFC 5321 3.3, RFC 3030)."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

from ..journal.records import NO_OPTIONS, Message, no_options, shared
from ..rules import Rule
from .addresses import BadArgument, parse
from .link import Link

_END = b"\r\n.\r\n"
# RFC 5321 4.5.3.1.6, without CRLF.
_LONGEST_LINE = 998
_READ = 65536
# As Postfix; RFC 5321 4.5.3.1.8 and 4.5.3.1.10.
_MOST_RECIPIENTS = 1000


class Transaction(Link):
    """The commands that carry a message."""

    def _set_post_data_state(self) -> None:
        self._from: str | None = None
        self._mail_options: dict[str, str] = {}
        self._to: list[str] = []
        self._rcpt_options: list[dict[str, str]] = []
        self._chunks = bytearray()
        self._overflowed = self._is_answered = False
        self.met_in_message.clear()
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a transaction."""
        if obstacle := self._no_mail_yet():
            return await self.say(obstacle)
        try:
            self._from, self._mail_options = self._parsed("FROM", arg)
        except BadArgument as bad:
            return await self.say(str(bad))
        await self.say("250 2.1.0 OK")

    def _no_mail_yet(self) -> str:
        if not self.state.host_name:
            return "503 5.5.1 Send EHLO first"
        if self.profile.tls_required and not self.over_tls:
            return "530 5.7.0 Must issue a STARTTLS command first"
        if self.profile.auth_required and not self.state.authenticated:
            return "530 5.7.0 Authentication required"
        return "" if self._from is None else "503 5.5.1 Nested MAIL command"

    def _parsed(self, keyword: str, arg: str | None) -> tuple[str, dict[str, str]]:
        address, options = parse(keyword, arg or "", self.profile, extended=self.state.extended_smtp)
        if not address.isascii() and "SMTPUTF8" not in {**options, **self._mail_options}:
            raise BadArgument("553 5.6.7 Address needs SMTPUTF8")
        return address, options

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient."""
        if self._from is None:
            return await self.say("503 5.5.1 Need MAIL command")
        if len(self._to) == _MOST_RECIPIENTS:
            return await self.say("452 4.5.3 Too many recipients")
        try:
            address, options = self._parsed("TO", arg)
        except BadArgument as bad:
            return await self.say(str(bad))
        self._to.append(address)
        self._rcpt_options.append(options)
        await self.say("250 2.1.5 OK")

    async def smtp_RSET(self, arg: str) -> None:
        """Forget the transaction."""
        self._set_rset_state()  # type: ignore[no-untyped-call]
        await self.say("250 2.0.0 OK")

    def _no_data_yet(self) -> str:
        if self._from is None:
            return "503 5.5.1 Need MAIL command"
        return "" if self._to else "554 5.5.1 No valid recipients"

    async def smtp_DATA(self, arg: str) -> None:
        """Receive a message."""
        if obstacle := self._no_data_yet() or ("503 5.5.1 Use BDAT LAST" if self._chunks else ""):
            return await self.say(obstacle)
        await self.say("354 End data with <CR><LF>.<CR><LF>")
        data = await self._until_final_dot()
        self.record.note("C", f"[{len(data)} octets]")
        if self._is_answered:
            return self._set_post_data_state()
        await self._finish(data)

    # Rules with "after" are counted with the DATA command and applied during its message.
    cuts: tuple[Rule, ...] = ()

    async def _until_final_dot(self) -> bytes:
        data = bytearray()
        for rule in sorted(self.cuts, key=lambda rule: rule.after or 0):
            await self._read_up_to(data, rule.after or 0)
            if await self.meet(rule, f"DATA after {len(data)} octets"):
                self._is_answered = True
        while not (data == b".\r\n" or data.endswith(_END)):
            try:
                data += await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as error:
                data += await self._reader.readexactly(error.consumed)
                self._forget_what_is_too_much(data)
        self._reset_timeout()
        # Without the final dot; then without the dot that a line got for beginning with one.
        return bytes(data[:-3]).removeprefix(b".").replace(b"\r\n.", b"\r\n")

    def _forget_what_is_too_much(self, data: bytearray) -> None:
        # Twice the limit, because dots are doubled on the way.
        if len(data) > 2 * self.profile.size + _READ:
            del data[: -len(_END)]
            self._overflowed = True

    async def _read_up_to(self, data: bytearray, octets: int) -> None:
        while len(data) < octets and not (data == b".\r\n" or data.endswith(_END)):
            part = await self._reader.read(octets - len(data))
            if not part:
                raise asyncio.IncompleteReadError(bytes(data), octets)
            data += part

    async def smtp_BDAT(self, arg: str) -> None:
        """Receive a chunk (RFC 3030 2)."""
        size, _, last = (arg or "").partition(" ")
        if not re.fullmatch(r"[0-9]{1,20}", size) or last.upper() not in ("", "LAST"):
            return await self.say("501 5.5.4 Syntax: BDAT size [LAST]")
        await self._read_chunk(int(size))
        self.record.note("C", f"[{size} octets]")
        if obstacle := self._no_data_yet():
            return await self.say(obstacle)
        if last:
            return await self._finish(bytes(self._chunks))
        await self.say(f"250 2.0.0 {size} octets received")

    async def _read_chunk(self, octets: int) -> None:
        while octets:
            part = await self._reader.read(min(octets, _READ))
            if not part:
                raise asyncio.IncompleteReadError(part, octets)
            octets -= len(part)
            self._overflowed = self._overflowed or len(self._chunks) + len(part) > self.profile.size
            if not self._overflowed and self._to:
                self._chunks += part

    async def _finish(self, data: bytes) -> None:
        due = self.faults("DATA-END", "")
        refusal = self._refusal(data)
        # A server that breaks off after the final dot has usually taken the message.
        if not refusal and not any(rule.refuses for rule in due):
            self._store(data)
        self._set_post_data_state()
        for rule in due:
            if await self.meet(rule, "DATA-END"):
                return
        await self.say(refusal or "250 2.0.0 OK: queued")

    def _refusal(self, data: bytes) -> str:
        if self._overflowed or len(data) > self.profile.size:
            return "552 5.3.4 Message size exceeds fixed limit"
        if max(map(len, data.split(b"\r\n"))) > _LONGEST_LINE:
            return "500 5.5.2 Line too long"
        return ""

    def _store(self, data: bytes) -> None:
        self.port.journal.add(
            Message(
                mail_from=shared(self._from or ""),
                rcpt_tos=shared(tuple(self._to)),
                data=data,
                session=self.record,
                received=datetime.now(UTC),
                mail_options=self._mail_options or NO_OPTIONS,
                rcpt_options=tuple(self._rcpt_options)
                if any(self._rcpt_options)
                else no_options(len(self._to)),
            )
        )
