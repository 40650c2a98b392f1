"""MAIL and RCPT: the envelope of a message, and what a server makes of it (RFC 5321 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .errors import (
    Code,
    DisconnectedError,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SettingsError,
    SMTPError,
)
from .exchange import Command, Exchange
from .flow import Flow
from .names import envelope_address, shown
from .refusals import (
    OUT_OF_SEQUENCE,
    SERVICE_CLOSING,
    is_stuck,
    means_too_many,
    recipients_code,
    refusal_code,
)
from .reply import Reply
from .session import SMTPSession
from .settings import Stage

EVERY_SERVER_TAKES = 100  # recipients, RFC 5321 4.5.3.1.8
# Not recognised, not implemented, not in this sequence: RFC 5321 4.2.4.
NOT_BORNE = {500, 502, OUT_OF_SEQUENCE}


class StuckTransactionError(SenderRefusedError):
    """MAIL comes amid the last transaction, says the server, although RSET has ended that: Dovecot's relay.

    It says nothing of the sender. Another connection has no such past.
    """


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The commands of a sender and of its recipients, by their addresses as they were given."""

    sender: str
    mail: Command
    rcpt: dict[str, Command]

    @property
    def commands(self) -> list[Command]:
        return [self.mail, *self.rcpt.values()]

    def only(self, recipients: Sequence[str]) -> Envelope:
        return replace(self, rcpt={recipient: self.rcpt[recipient] for recipient in recipients})


@dataclass(kw_only=True)
class Answers:
    """What a server made of the recipients.

    ``postponed`` were refused only because there are too many for one transaction (RFC 5321 4.5.3.1.10).
    ``unasked`` come behind such a refusal, where each question would have cost a round trip.
    """

    accepted: list[str] = field(default_factory=list)
    refused: dict[str, Reply] = field(default_factory=dict)
    postponed: dict[str, Reply] = field(default_factory=dict)
    unasked: list[str] = field(default_factory=list)
    closing: Reply | None = None  # 421, unless the server went on: some say it of one recipient

    def note(self, recipient: str, reply: Reply) -> None:
        if reply.positive:
            self.accepted.append(recipient)
        elif self.accepted and means_too_many(reply):
            self.postponed[recipient] = reply
        else:
            self.refused[recipient] = reply

    def judge_the_end(self, asked: Sequence[str]) -> None:
        """Postpone those at the end that were all refused alike, once more were taken than a server has to.

        Servers with such a limit do not all give the code that belongs to it. A single one is just refused.
        """
        if len(self.accepted) < EVERY_SERVER_TAKES or self.postponed:
            return
        end = asked[asked.index(self.accepted[-1]) + 1 :]
        if len(end) > 1 and len({self.refused[recipient].kind for recipient in end}) == 1:
            self.postponed = {recipient: self.refused.pop(recipient) for recipient in end}


def write_envelope(
    session: SMTPSession, sender: str, recipients: Sequence[str], lines: bytes = b"", other_letters: str = ""
) -> Envelope:
    """The commands for a message of these ``lines``. Raises ``SettingsError`` for what cannot be sent.

    ``other_letters`` is an address in its headers that is not ASCII, or "".
    """
    mail_from = envelope_address(sender)
    rcpt_to = [envelope_address(recipient) for recipient in recipients]
    other_letters = next((each for each in (mail_from, *rcpt_to) if not each.isascii()), other_letters)
    parameters = _parameters(session, other_letters, lines)
    return Envelope(
        sender=sender,
        mail=Command(line=" ".join([f"MAIL FROM:<{mail_from}>", *parameters])),
        rcpt={
            recipient: Command(line=f"RCPT TO:<{address}>")
            for recipient, address in zip(recipients, rcpt_to, strict=True)
        },
    )


def ask_sender(session: SMTPSession, exchange: Exchange, envelope: Envelope) -> Reply:
    """Raises ``SenderRefusedError``; as ``StuckTransactionError``, the session has been aborted."""
    reply = exchange.answer(envelope.mail)
    if is_stuck(session, reply):
        session.abort()
        raise StuckTransactionError(Code.SENDER_REFUSED, reply, envelope.sender)
    if not reply.positive:
        raise SenderRefusedError(refusal_code(session, reply), reply, envelope.sender)
    session.has_begun_transaction = True
    return reply


def ask_recipients(session: SMTPSession, exchange: Exchange, envelope: Envelope, answers: Answers) -> Reply:
    """Fill in the answers, and return the last one.

    Raises ``RecipientsRefusedError`` if nobody is accepted, or ``ReplyError`` at 421.
    """
    asked = list(envelope.rcpt)
    with session.trace.stage(Stage.RCPT) as stage:
        for position, (recipient, command) in enumerate(envelope.rcpt.items(), 1):
            reply = stage.reply = exchange.answer(command)
            answers.closing = reply if reply.code == SERVICE_CLOSING else None
            if answers.closing and not exchange.is_group:
                raise ReplyError(Code.SERVER_BUSY, reply)
            answers.note(recipient, reply)
            if answers.postponed and not exchange.is_group:
                answers.unasked = asked[position:]
                break
        answers.judge_the_end(asked)
        stage.facts = {"taken": len(answers.accepted)}
        if not answers.accepted:
            raise RecipientsRefusedError(recipients_code(session, answers.refused), answers.refused)
        return reply


def group_was_unsupported(flow: Flow, error: SMTPError) -> bool:
    """Whether the plain sequence may do what failed in a group before anything was taken."""
    if isinstance(error, DisconnectedError):
        return error.stage is Stage.MAIL and not flow.groups_are_proven
    if isinstance(error, StuckTransactionError):
        return False
    if isinstance(error, SenderRefusedError):
        return error.reply.code in NOT_BORNE and not flow.groups_are_proven
    return (
        isinstance(error, RecipientsRefusedError)
        and {reply.code for reply in error.refused.values()} <= NOT_BORNE
    )


def _parameters(session: SMTPSession, other_letters: str, lines: bytes) -> list[str]:
    """SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), as far as the server has them.

    ``other_letters`` is an address that is not ASCII, or "".
    """
    parameters = []
    if lines and "SIZE" in session.extensions:
        parameters.append(f"SIZE={len(lines)}")
    if not lines.isascii() and "8BITMIME" in session.extensions:
        parameters.append("BODY=8BITMIME")
    if other_letters:
        # Sendmail would take the address as it is, and strip the eighth bit of each octet.
        if "SMTPUTF8" not in session.extensions:
            facts = {"address": shown(other_letters)}
            raise SettingsError(Code.SMTPUTF8_REQUIRED, stage=Stage.MAIL, facts=facts)
        parameters.append("SMTPUTF8")
    return parameters
