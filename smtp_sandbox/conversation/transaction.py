"""A mail transaction: MAIL, RCPT, RSET, and what happens to a message (RFC 5321 3.3)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ..journal.records import NO_OPTIONS, Message, no_options, shared
from ..rules import Due
from .addresses import BadArgument, parse
from .fault_addresses import fault_of
from .link import Link

# As Postfix; RFC 5321 4.5.3.1.8 and 4.5.3.1.10.
_MOST_RECIPIENTS = 1000
# RFC 5321 4.5.3.1.6, without CRLF.
_LONGEST_LINE = 998

TOO_LONG = "552 5.3.4 Message size exceeds fixed limit"


class Transaction(Link):
    """The commands that carry an envelope, and the end of a message."""

    # The rules for the command that is being served.
    due = Due()

    def _set_post_data_state(self) -> None:
        self._from: str | None = None
        self._mail_options: dict[str, str] = {}
        self._to: list[str] = []
        self._rcpt_options: list[dict[str, str]] = []
        self.content = bytearray()
        self.chunks: list[int] = []
        self.is_too_long = False
        self.met_in_message.clear()

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
        return "" if self._from is None else "503 5.5.1 Sender already given"

    def _parsed(self, keyword: str, arg: str | None) -> tuple[str, dict[str, str]]:
        address, options = parse(keyword, arg or "", self.profile, extended=self.state.extended_smtp)
        is_ascii = "".join((address, *options.values())).isascii()
        if not is_ascii and "SMTPUTF8" not in {**options, **self._mail_options}:
            raise BadArgument("553 5.6.7 Address needs SMTPUTF8")
        return address, options

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient."""
        if self._from is None:
            return await self.say("503 5.5.1 Need MAIL command")
        if self.chunks:
            return await self.say("503 5.5.1 RCPT after BDAT")
        if len(self._to) == _MOST_RECIPIENTS:
            return await self.say("452 4.5.3 Too many recipients")
        try:
            address, options = self._parsed("TO", arg)
        except BadArgument as bad:
            return await self.say(str(bad))
        if self.profile.fault_addresses and (fault := fault_of(address)):
            await self.meet(self.spoken(fault), "RCPT")
            return
        self._to.append(address)
        self._rcpt_options.append(options)
        await self.say("250 2.1.5 OK")

    async def smtp_RSET(self, arg: str) -> None:
        """Forget the transaction."""
        if arg:
            return await self.say("501 5.5.4 Syntax: RSET")
        self._set_rset_state()  # type: ignore[no-untyped-call]
        await self.say("250 2.0.0 OK")

    @property
    def is_open(self) -> bool:
        """Whether MAIL was accepted."""
        return self._from is not None

    @property
    def has_recipients(self) -> bool:
        """Whether one was accepted."""
        return bool(self._to)

    def no_content_yet(self) -> str:
        """Why no message may come now, as a reply."""
        if self._from is None:
            return "503 5.5.1 Need MAIL command"
        return "" if self._to else self.profile.no_recipients

    def fail(self) -> None:
        """End the transaction, or with a profile that does not, leave it open without recipients."""
        sender, options = self._from, self._mail_options
        self._set_post_data_state()
        if not self.profile.bdat_failure_ends:
            self._from, self._mail_options = sender, options

    async def finish(self, data: bytes) -> None:
        """End the transaction with a message: keep it, and answer."""
        due = self.faults("DATA-END")
        refusal = self.no_content_yet() or self._refusal(data)
        # A server that breaks off after the end of a message has usually taken it.
        if not refusal and not due.refuses():
            refusal = await self._store(data)
        self._set_post_data_state()
        if not await self.meet_before(due.before, "DATA-END"):
            await self.say(refusal or "250 2.0.0 OK: queued")
        await self.meet_all(due.answered, "DATA-END")

    def _refusal(self, data: bytes) -> str:
        if self.is_too_long or len(data) > self.profile.longest_message:
            return TOO_LONG
        if _has_long_line(data):
            return "500 5.5.2 Line too long"
        return ""

    async def _store(self, data: bytes) -> str:
        """Keep a message; why that cannot be done, as a reply."""
        message = self._message(data)
        if store := self.port.journal.store:
            try:
                # Off the loop, which serves the other clients meanwhile.
                await asyncio.to_thread(store.write, message)
            except OSError as error:
                self.record.note("-", f"not stored: {error}")
                return "452 4.3.1 Insufficient system storage"
        self.port.journal.add(message)
        return ""

    def _message(self, data: bytes) -> Message:
        return Message(
            mail_from=shared(self._from or ""),
            rcpt_tos=shared(tuple(self._to)),
            data=data,
            session=self.record,
            received=datetime.now(UTC),
            mail_options=self._mail_options or NO_OPTIONS,
            rcpt_options=tuple(self._rcpt_options) if any(self._rcpt_options) else no_options(len(self._to)),
            chunks=shared(tuple(self.chunks)),
        )


def _has_long_line(data: bytes) -> bool:
    start = 0
    while len(data) - start > _LONGEST_LINE:
        # The last end of a line that is near enough; to split the message would copy all of it.
        end = data.rfind(b"\r\n", start, start + _LONGEST_LINE + 2)
        if end < 0:
            return True
        start = end + 2
    return False
