"""Mail transactions (RFC 5321 3.3) over an open session: the sender's check, and delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .errors import (
    Code,
    DataRefusedError,
    DeadlineError,
    DisconnectedError,
    Fact,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SettingsError,
    SMTPError,
)
from .names import envelope_address
from .refusals import SERVICE_CLOSING, recipients_code, refusal_code, refuses_anybody, sender_code
from .reply import Reply
from .report import StageRecord, Status
from .session import SMTPSession
from .settings import Stage

BLOCK = 64 * 1024  # bytes written before the deadline begins anew

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The server took the message: its answer to the final dot, and the recipients that it refused."""

    reply: Reply
    refused: Mapping[str, Reply] = field(default_factory=dict)


def check_sender(session: SMTPSession) -> bool:
    """MAIL FROM and RCPT TO the SMTP Email, then RSET: no mail is sent. False if mail would be refused."""
    email, trace = session.settings.email, session.trace
    if not email:
        trace.skip(Stage.SENDER, Code.EMAIL_MISSING)
        trace.warn(Code.EMAIL_MISSING, Stage.SENDER)
        return False
    if not session.policy.test_sender:
        trace.skip(Stage.SENDER)
        return True
    with trace.stage(Stage.SENDER) as stage:
        return _try_sender(session, email, stage)


def deliver(session: SMTPSession, sender: str, recipients: Sequence[str], data: bytes) -> Receipt:
    """One message. ``sender`` may be "" (the null sender); ``data`` is the message with any line ends.

    Raises ``SenderRefusedError``, ``RecipientsRefusedError`` if all are refused, ``DataRefusedError``, or an
    error with the code ``outcome_unknown`` if the connection ended between the final dot and its answer.
    After a refusal the session can take the next message. ``ValueError`` if there is no recipient.
    """
    if not recipients:
        raise ValueError("a message needs a recipient")
    lines = dot_stuffed(data)
    try:
        _mail(session, sender, recipients, lines)
        refused = _rcpt(session, recipients)
        return Receipt(reply=_data(session, lines), refused=refused)
    except ReplyError as error:
        _recover(session, error.reply)
        raise


def dot_stuffed(data: bytes) -> bytes:
    """The message as it travels (RFC 5321 4.5.2): CRLF line ends, leading dots doubled, the final dot."""
    lines = _LEADING_DOT.sub(b"..", _LINE_END.sub(b"\n", data)).replace(b"\n", b"\r\n")
    return lines + (b"" if not lines or lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _try_sender(session: SMTPSession, email: str, stage: StageRecord) -> bool:
    try:
        _mail(session, email, [email])
        refused = _rcpt(session, [email])
        assert not refused
        stage.reply = session.channel.command("RSET")
        return True
    except SettingsError as error:
        _warn(session, stage, error.code)
        return False
    except ReplyError as error:
        anybody = refuses_anybody(session, error)
        facts: dict[str, Fact] = {"refused_at": str(error.stage), "anybody": anybody}
        _warn(session, stage, sender_code(session, error, anybody=anybody), error.reply, facts)
        _recover(session, error.reply)
        return error.reply.temporary


def _warn(
    session: SMTPSession,
    stage: StageRecord,
    code: Code,
    reply: Reply | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    stage.status, stage.code, stage.reply = Status.WARNING, code, reply
    session.trace.warn(code, Stage.SENDER, reply=reply, facts=facts)


def _recover(session: SMTPSession, refusal: Reply | None) -> None:
    """Make the session ready for the next message, or end it. What goes wrong here hides no refusal."""
    if refusal is not None and refusal.code == SERVICE_CLOSING:
        session.abort()
        return
    try:
        session.channel.command("RSET")
    except SMTPError:
        # A late answer would be read as that to the next command, and so with every one after it.
        session.abort()


def _mail(session: SMTPSession, sender: str, recipients: Sequence[str], lines: bytes = b"") -> None:
    with session.trace.stage(Stage.MAIL) as stage:
        addresses = [envelope_address(address) for address in (sender, *recipients)]
        parameters = _parameters(session, addresses, lines)
        reply = session.channel.command(" ".join([f"MAIL FROM:<{addresses[0]}>", *parameters]))
        if reply.code != 250:
            raise SenderRefusedError(refusal_code(session, reply), reply, sender)
        stage.reply = reply


def _parameters(session: SMTPSession, addresses: Sequence[str], lines: bytes) -> list[str]:
    """SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), as far as the server has them."""
    parameters = []
    if lines and "SIZE" in session.extensions:
        parameters.append(f"SIZE={len(lines)}")
    if not lines.isascii() and "8BITMIME" in session.extensions:
        parameters.append("BODY=8BITMIME")
    if not "".join(addresses).isascii():
        if "SMTPUTF8" not in session.extensions:
            raise SettingsError(Code.SMTPUTF8_REQUIRED)
        parameters.append("SMTPUTF8")
    return parameters


def _rcpt(session: SMTPSession, recipients: Sequence[str]) -> dict[str, Reply]:
    """The refused recipients. Raises if none is left, or the server closes."""
    refused: dict[str, Reply] = {}
    with session.trace.stage(Stage.RCPT) as stage:
        for recipient in recipients:
            reply = session.channel.command(f"RCPT TO:<{envelope_address(recipient)}>")
            if reply.code == SERVICE_CLOSING:
                raise ReplyError(Code.SERVER_BUSY, reply)
            if reply.code not in {250, 251}:
                refused[recipient] = reply
            stage.reply = reply
        stage.facts = {"taken": len(recipients) - len(refused)}
        if len(refused) == len(set(recipients)):
            raise RecipientsRefusedError(recipients_code(session, refused), refused)
    return refused


def _data(session: SMTPSession, lines: bytes) -> Reply:
    with session.trace.stage(Stage.DATA) as stage:
        reply = session.channel.command("DATA")
        if reply.code != 354:
            raise DataRefusedError(_data_code(reply), reply)
        _write(session, lines)
        reply = stage.reply = _verdict(session)
        return reply


def _write(session: SMTPSession, lines: bytes) -> None:
    try:
        for start in range(0, len(lines), BLOCK):
            session.channel.write(lines[start : start + BLOCK])
    except SMTPError:
        # Anything said now, QUIT too, would be taken for a part of the message.
        session.abort()
        raise


def _verdict(session: SMTPSession) -> Reply:
    try:
        reply = session.channel.read_reply()
    except SMTPError as error:
        # The server may have the message, or not: sending it again could deliver it twice.
        session.abort()
        kind = DeadlineError if isinstance(error, DeadlineError) else DisconnectedError
        raise kind(Code.OUTCOME_UNKNOWN) from error
    if reply.code != 250:
        raise DataRefusedError(_data_code(reply), reply)
    return reply


def _data_code(reply: Reply) -> Code:
    return Code.MESSAGE_TOO_LARGE if reply.code == 552 else Code.DATA_REFUSED
