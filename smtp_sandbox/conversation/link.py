"""One connection: its life, its lines, its TLS, its faults and its transcript."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn, cast

from aiosmtpd.smtp import SMTP, Session

from ..journal.records import PIPELINED
from ..journal.records import Session as Record
from ..rules import Counter, Drop, Due, Rule
from ..sockets import drop
from ..thread import THREAD_NAME
from . import handshake
from .incoming import Incoming
from .port import Port
from .replies import without_enhanced_codes
from .talk import Talk

_LOG = logging.getLogger("smtp_sandbox")
# A SASL response line may have 12288 octets (RFC 4954 4).
_LONGEST_LINE = 65536
_NOTHING_DUE = Due()


def _is_of_others(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD_NAME


# aiosmtpd tells at each connection which mechanisms of its own it has; here they are others.
logging.getLogger("mail.log").addFilter(_is_of_others)


class Ended(Exception):
    """The conversation is over; nothing more is read or said."""


class Link(SMTP, asyncio.BufferedProtocol):
    """aiosmtpd's protocol with recorded lines, deliberate faults, and TLS from the first octet on.

    It reads and writes the transport itself, in place of aiosmtpd's streams and task.
    """

    def __init__(self, port: Port) -> None:
        super().__init__(
            None,
            hostname=port.profile.hostname,
            enable_SMTPUTF8=True,
            data_size_limit=port.profile.size,
            loop=asyncio.get_running_loop(),
        )
        self.port, self.profile = port, port.profile
        self._has_enhanced_codes = port.profile.offers("ENHANCEDSTATUSCODES")
        self.record: Record
        self._met, self.met_in_message = Counter(), Counter()
        # The rule, and its command, whose reply is said instead of the next positive one.
        self.instead: tuple[Rule, str] | None = None
        self._in_fault = self._is_half_closed = self.is_ahead = False
        self._socket_transport: asyncio.Transport
        self.incoming = Incoming()
        self._talk: Talk | None = None
        self._heard_at = 0.0
        # Pending while the client does not read what it was sent.
        self._room: asyncio.Future[None] | None = None
        self._handshake: asyncio.Task[None] | None = None

    @property
    def state(self) -> Session:
        """What aiosmtpd knows of the session since the last handshake."""
        return cast(Session, self.session)

    @property
    def over_tls(self) -> bool:
        """Whether the connection is encrypted now."""
        return self.record.tls is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the greeting, or with a handshake."""
        self._socket_transport = transport = cast(asyncio.Transport, transport)
        self.record = self.port.opened(transport)
        if self.port.mode == "ssl":
            self._handshake = asyncio.get_running_loop().create_task(self._begin_with_tls(transport))
        else:
            self._begin(transport)

    def _begin(self, transport: asyncio.Transport) -> None:
        self.transport = self.incoming.transport = transport
        self.renew()
        self._heard_at = self.loop.time()
        self._watch(self._timeout_duration)
        self._talk = Talk(self._handle_client(), self.loop)
        self._talk.begin()

    def renew(self) -> None:
        """Forget all that was said in the session (RFC 3207 4.2)."""
        self.session = self._create_session()
        self._set_rset_state()  # type: ignore[no-untyped-call]

    async def _begin_with_tls(self, transport: asyncio.Transport) -> None:
        # Not in connection_made(): before Python 3.11.4 asyncio begins to read after it, paused or not.
        transport.pause_reading()
        with contextlib.suppress(Ended):
            self._begin(await self.encrypt(transport))

    async def encrypt(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Take the server's part in a TLS handshake. Raises Ended if it fails."""
        if await self.meet_all(self.faults("TLS").before, "TLS", transport):
            self.hang_up("fin")
        try:
            encrypted = await handshake.encrypt(transport, self, self.port.context())
        except Exception as error:
            if not isinstance(error, OSError):
                _LOG.exception("TLS with %s", self.record.peer)
            transport.abort()
            self.record.note("-", f"TLS failed: {error or type(error).__name__}")
            # asyncio does not tell a protocol of the end whose handshake failed.
            self.port.closed(self.record, self._socket_transport)
            raise Ended from error
        self._note_tls(encrypted)
        return encrypted

    def _note_tls(self, encrypted: asyncio.Transport) -> None:
        tls = encrypted.get_extra_info("ssl_object")
        cipher = tls.cipher()
        self.record.tls, self.record.cipher = tls.version(), cipher[0] if cipher else None
        self.record.note("-", f"{self.record.tls} {self.record.cipher}")

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next octets are to be put."""
        return self.port.inlet

    def buffer_updated(self, nbytes: int) -> None:
        """Answer what can be answered, before the loop turns again."""
        self._heard_at = self.loop.time()
        self.incoming.octets += self.port.inlet[:nbytes]
        if self._talk is not None:
            self._talk.hear()
            if not self._talk.is_listening:
                self.incoming.hold()

    def pause_writing(self) -> None:
        """Let no more be said for now."""
        self._room = self.loop.create_future()

    def resume_writing(self) -> None:
        """Let more be said."""
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def eof_received(self) -> bool:
        """Let what was sent before the end be answered; a fault in progress ends at once."""
        if self._talk is None:
            return False
        self.incoming.end()
        if self._in_fault:
            self._talk.cancel()
        else:
            self._talk.hear()
        return not self.over_tls

    def connection_lost(self, error: Exception | None) -> None:
        """Close the record."""
        self.incoming.end()
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self.transport = None
        if self._talk is not None:
            self._talk.cancel()
        elif self._handshake is not None:
            self._handshake.cancel()
        self.port.closed(self.record, self._socket_transport)

    # One timer for the connection; to set one for each command costs more than to serve it.
    def _watch(self, seconds: float) -> None:
        self._timeout_handle = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        left = self._heard_at + self._timeout_duration - self.loop.time()
        # A fault lasts as long as it is meant to; that the client does not read its reply is none.
        if self._in_fault and self._room is None:
            self._watch(self._timeout_duration)
        elif left > 0:
            self._watch(left)
        else:
            self._leave()

    def _leave(self) -> None:
        """End a session whose client says nothing (RFC 5321 3.8), or does not read."""
        self.record.note("-", f"nothing came for {self._timeout_duration:g} s")
        if self._is_half_closed or self._talk is None or not self._talk.is_listening:
            self._transport_now().abort()
            return
        reply = self._phrased("421 4.4.2 Timeout, closing the connection")
        self.record.note("S", reply)
        self._transport_now().write(reply.encode() + b"\r\n")
        self._transport_now().close()

    async def _handle_client(self) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._until_the_end()
        except Exception as error:
            # Cancelling a task, as aiosmtpd does at the end, would hide its exception.
            self.record.note("-", f"internal error: {error!r}")
            _LOG.exception("session with %s", self.record.peer)
        finally:
            if self.transport is not None:
                self._transport_now().close()

    async def _until_the_end(self) -> None:
        try:
            await self.converse()
        except Ended:
            # To close with unread input would make a reset of it.
            while self._is_half_closed:
                self.incoming.octets.clear()
                await self.incoming.more()

    async def converse(self) -> None:
        """The dialogue."""
        raise NotImplementedError

    def _transport_now(self) -> asyncio.Transport:
        return cast(asyncio.Transport, self.transport)

    async def read_line(self) -> bytes:
        """The client's next line without its end, not yet in the transcript.

        Raises IncompleteReadError at the end of the stream. More than 64 KiB are refused, and end the session.
        """
        line = await self.incoming.line(_LONGEST_LINE)
        if line is None:
            await self.say("500 5.5.2 Line too long")
            self.hang_up("fin")
        self.note_if_ahead()
        return line.rstrip(b"\r\n")

    @property
    def buffered(self) -> int:
        """How many octets have come that were not read yet."""
        return len(self.incoming.octets)

    def note_if_ahead(self) -> None:
        """Note that what is read now was there before the last reply was said."""
        if self.is_ahead:
            self.record.note("-", PIPELINED)
            self.is_ahead = False

    async def push(self, status: str | bytes) -> None:
        """Say the reply as it is, or what a rule has instead of a positive one; the last CRLF is added."""
        if self.instead is not None:
            (rule, verb), self.instead = self.instead, None
            is_positive = status[:1] in ("2", "3", b"2", b"3")
            await self.meet(rule if is_positive else replace(rule, reply=status), verb)
            return
        reply = status if isinstance(status, bytes) else status.encode()
        # Aborted by the client: asyncio would warn of each further reply.
        if self._socket_transport.is_closing():
            raise ConnectionResetError
        self.is_ahead = self.buffered > 0
        self.record.note("S", status)
        self._transport_now().write(reply + b"\r\n")
        if self._room is not None:
            await self._room

    async def say(self, reply: str) -> None:
        """Say one of our own replies, without its enhanced code if the profile does not offer those."""
        await self.push(self._phrased(reply))

    def _phrased(self, reply: str) -> str:
        return reply if self._has_enhanced_codes else without_enhanced_codes(reply)

    def spoken(self, rule: Rule) -> Rule:
        """The rule with a reply of our own as ``say`` has it."""
        return replace(rule, reply=self._phrased(rule.text))

    def faults(self, verb: str, argument: str = "", *, grouped: bool = False) -> Due:
        """The rules that apply to this command; each is counted."""
        rules = (*self.port.switched_on, *self.profile.rules)
        if not rules:
            return _NOTHING_DUE
        covering = [rule for rule in rules if rule.covers(verb, argument, grouped=grouped)]
        return Due(rule for rule in covering if self._counter(rule).is_due(rule))

    def _counter(self, rule: Rule) -> Counter:
        counters = {"listener": self.port.met, "session": self._met, "message": self.met_in_message}
        return counters[rule.per]

    async def meet_all(
        self, rules: Iterable[Rule], verb: str, transport: asyncio.Transport | None = None
    ) -> bool:
        """Apply the rules until one answers the command, and say whether one has."""
        for rule in rules:
            if await self.meet(rule, verb, transport):
                return True
        return False

    async def meet_before(self, rules: Iterable[Rule], verb: str) -> bool:
        """Apply the rules until one answers the command in its place, and say whether one has."""
        for rule in rules:
            if rule.agrees_to(verb):
                self.instead = rule, verb
                return False
            if await self.meet(rule, verb):
                if verb == "AUTH" and rule.text.startswith("235"):
                    self.state.authenticated = True
                return True
        return False

    async def meet(self, rule: Rule, verb: str, transport: asyncio.Transport | None = None) -> bool:
        """Apply one rule, and say whether it has answered the command. Raises Ended after a drop."""
        self.port.faulted()
        self.record.note("-", f"fault: {verb}: {rule}")
        self._in_fault = True
        await asyncio.sleep(rule.delay)
        if rule.reply is not None:
            await self._reply(rule.reply, transport)
        if rule.hang:
            if transport is not None:
                # It is paused before a handshake, and would not see the client go.
                self._socket_transport.resume_reading()
            await self.loop.create_future()
        self._in_fault = False
        self._heard_at = self.loop.time()
        if rule.drop or rule.text.startswith("421"):
            self.hang_up(rule.drop or "fin")
        return rule.reply is not None

    async def _reply(self, reply: str | bytes, transport: asyncio.Transport | None) -> None:
        if transport is None:
            return await self.push(reply)
        self.record.note("S", reply)
        transport.write((reply if isinstance(reply, bytes) else reply.encode()) + b"\r\n")

    def hang_up(self, how: Drop) -> NoReturn:
        """End the connection now. Raises Ended."""
        drop(self._transport_now() if self.transport else self._socket_transport, how)
        self._is_half_closed = how == "fin"
        raise Ended
