"""One mail transaction (RFC 5321 3.3), MAIL to the answer to the message, in as few round trips as possible."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from .content import dot_stuffed, reads_like_commands
from .envelope import (
    NOT_BORNE,
    Answers,
    Envelope,
    StuckTransactionError,
    ask_recipients,
    ask_sender,
    group_was_unsupported,
)
from .errors import (
    Code,
    DataRefusedError,
    DeadlineError,
    DisconnectedError,
    ProtocolError,
    ReplyError,
    SenderRefusedError,
    SMTPError,
)
from .exchange import Command, Exchange
from .network import remaining
from .refusals import SERVICE_CLOSING
from .reply import Reply
from .session import SMTPSession
from .settings import Stage

# Bytes of a message from which on its envelope is asked first: where the round trip that this costs has become a
# small part of its time, on lines slow enough for a refused upload to matter. Measured: docs/benchmarks.md.
ASK_FIRST = 1024 * 1024

_UNKNOWN = {500, 502}  # not recognised, not implemented: RFC 5321 4.2.4
_DATA = Command(line="DATA")


class Transaction:
    """``run()`` once. ``answers`` are what the server made of the recipients, however it ended.

    ``before_content`` is called once, before the first octet of the message is written; what it raises ends the
    transaction without that octet.
    """

    def __init__(
        self,
        session: SMTPSession,
        envelope: Envelope,
        lines: bytes,
        before_content: Callable[[], None] | None = None,
    ) -> None:
        self.answers = Answers()
        self._before_content = before_content
        self._session = session
        self._flow = session.flow
        self._envelope = envelope
        self._lines = lines
        self._exchange = Exchange(session.channel)
        self._is_announced = False
        self._content_sent = False
        if self._flow.chunks and lines and (self._flow.chunks_are_proven or not reads_like_commands(lines)):
            self._end = Command(line=f"BDAT {len(lines)} LAST", chunk=lines)
        else:
            self._end = _DATA

    @property
    def may_be_taken(self) -> bool:
        """Whether the server may have the whole message."""
        return self._content_sent or self._exchange.chunk_sent

    def run(self) -> Reply:
        """The server's answer to the message. Raises ``SMTPError``.

        After a refusal the session can take the next message, unless it was closed. ``StuckTransactionError`` is
        none of this message: it is to be tried on another connection. The code is
        ``outcome_unknown`` if the connection ended between the message and the answer.
        """
        try:
            with self._session.trace.stage(Stage.MAIL) as stage:
                self._must_be_in_step()
                self._send_ahead()
                stage.reply = ask_sender(self._session, self._exchange, self._envelope)
            ask_recipients(self._session, self._exchange, self._envelope, self.answers)
            return self._hand_over()
        except StuckTransactionError:
            raise
        except ReplyError as error:
            self._come_clean(error)
            raise
        except SMTPError as error:
            # A late answer would be taken for that to the next command; QUIT, for a part of the message.
            self._session.abort()
            if (
                self._exchange.is_group
                and not self._flow.groups_are_proven
                and self._session.limits.has_time()
            ):
                self._flow.distrust()
            raise self._explained(error) from error
        finally:
            self._session.limits.revoke()

    def was_unsupported(self, error: SMTPError) -> bool:
        """Whether the plain sequence may do what failed here: the server offers what it does not support."""
        if self._exchange.is_group and group_was_unsupported(self._flow, error):
            return True
        if not isinstance(error, DataRefusedError) or self._content_sent:
            return False
        is_short = self._exchange.is_group or bool(self._end.chunk)
        return is_short and error.reply.code in NOT_BORNE

    def _must_be_in_step(self) -> None:
        """What came unasked would be taken for the answer to MAIL, and so on with every one after it."""
        if self._session.channel.is_in_step():
            return
        reply = self._session.channel.read_reply()
        if reply.code == SERVICE_CLOSING:
            raise SenderRefusedError(Code.SERVER_BUSY, reply, self._envelope.sender)
        raise ProtocolError(Code.NOT_SMTP)

    def _send_ahead(self) -> None:
        if not self._flow.pipelines:
            return
        commands = self._envelope.commands
        if len(self._end.chunk) < ASK_FIRST:
            commands.append(self._end)
            if self._end.chunk:
                self._announce_content()
        self._exchange.send_ahead(commands)

    def _announce_content(self) -> None:
        if self._is_announced:
            return
        limits = self._session.limits
        # Raises DeadlineError: a message that would be given up at once had better not begin.
        remaining(limits.next_deadline())
        self._is_announced = True
        if self._before_content is not None:
            self._before_content()
        # Who waits for a message that is on its way had better learn its fate.
        limits.grant(limits.command_timeout)

    def _hand_over(self) -> Reply:
        self._flow.groups_are_proven |= self._exchange.is_group
        with self._session.trace.stage(Stage.DATA) as stage:
            if self._end.chunk:
                self._announce_content()
            reply = self._exchange.answer(self._end)
            self.answers.closing = None
            if self._end is _DATA:
                if reply.code != 354:
                    raise DataRefusedError(_data_code(reply), reply)
                reply = self._send_content()
            if reply.code >= 400:
                raise DataRefusedError(_data_code(reply), reply)
            if not (reply.positive and self.may_be_taken):
                raise ProtocolError(Code.NOT_SMTP)
            self._flow.chunks_are_proven |= bool(self._end.chunk)
            stage.reply = reply
            return reply

    def _send_content(self) -> Reply:
        self._announce_content()
        # The server may say why it closes the connection; if it does not, reading fails in the same way.
        with suppress(DisconnectedError):
            self._session.channel.write(dot_stuffed(self._lines))
            self._content_sent = True
        channel = self._session.channel
        return channel.read_reply(channel.verdict_deadline() if self._content_sent else None)

    def _explained(self, error: SMTPError) -> SMTPError:
        """What the end of the connection, or an answer that is none, means for the message."""
        closing = self.answers.closing
        if closing and isinstance(error, DisconnectedError):
            refusal = ReplyError(Code.SERVER_BUSY, closing, stage=Stage.RCPT)
            self._session.judge(refusal)
            return refusal
        if not self.may_be_taken:
            return error
        self._session.trace.fail(Stage.DATA, Code.OUTCOME_UNKNOWN)
        kind = DeadlineError if isinstance(error, DeadlineError) else DisconnectedError
        return kind(Code.OUTCOME_UNKNOWN, stage=Stage.DATA)

    def _come_clean(self, error: ReplyError) -> None:
        """Make the session ready for the next message, or end it. What goes wrong here hides no refusal."""
        try:
            in_step = self._leaves_in_step(error) and all(map(self._is_over, self._exchange.rest()))
            # Exim keeps the transaction open after a BDAT that it refused.
            if in_step and self._session.channel.command("RSET").positive:
                return
        except SMTPError:
            pass
        self._session.abort()

    def _leaves_in_step(self, error: ReplyError) -> bool:
        code = error.reply.code
        was_read_as_commands = error.stage is Stage.DATA and self._exchange.chunk_sent and code in _UNKNOWN
        return code >= 400 and code != SERVICE_CLOSING and not was_read_as_commands

    def _is_over(self, late: tuple[Command, Reply]) -> bool:
        """Whether a command whose reply came behind a refusal leaves the session as if it had not been sent."""
        command, reply = late
        if command is _DATA and reply.code == 354:
            # RFC 2920 3.1: what answers this empty message is no success of anything.
            self._session.channel.write(b".\r\n")
            reply = self._session.channel.read_reply()
        return reply.code != SERVICE_CLOSING and not (command.chunk and reply.code in _UNKNOWN)


def _data_code(reply: Reply) -> Code:
    return Code.MESSAGE_TOO_LARGE if reply.code == 552 else Code.DATA_REFUSED
