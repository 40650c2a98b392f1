"""The check of sender and recipient in a connection test: MAIL, RCPT and RSET, and no mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .envelope import (
    Answers,
    Envelope,
    StuckTransactionError,
    ask_recipients,
    ask_sender,
    group_was_unsupported,
    write_envelope,
)
from .errors import Code, DisconnectedError, Fact, ReplyError, SettingsError, SMTPError
from .exchange import RSET, Exchange
from .names import envelope_address, is_elsewhere, shown
from .refusals import (
    QUESTION_TIMEOUT,
    SERVICE_CLOSING,
    lacks_only_a_mailbox,
    refuses_anybody,
    relay_code,
    sender_code,
)
from .reply import Reply
from .report import StageRecord, Status
from .session import SMTPSession
from .settings import Stage

# Seconds. All that was to be found out has been said, and RSET is no work for a server; whoever keeps silent or
# closes the connection has taken the question back as well.
RSET_TIMEOUT = 1.0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the check has shown, as in ``Report``."""

    deliverable: bool | None
    relays: bool | None = None


def check_sender(session: SMTPSession) -> Verdict:
    """MAIL FROM and RCPT TO the SMTP Email, then RSET: no mail is sent. The same with the test's recipient."""
    email, trace = session.settings.email, session.trace
    if not email:
        trace.skip(Stage.SENDER, Code.EMAIL_MISSING)
        trace.warn(Code.EMAIL_MISSING, Stage.SENDER)
        return Verdict(deliverable=False)
    if not session.policy.test_sender:
        return Verdict(deliverable=_takes_for_others(session, None))
    with trace.stage(Stage.SENDER) as stage:
        if not _try_sender(session, email, stage):
            return Verdict(deliverable=False)
        relays = _try_recipient(session, email, stage) if _is_taken(stage) else None
        return Verdict(deliverable=_takes_for_others(session, relays, stage), relays=relays)


def _is_taken(stage: StageRecord) -> bool:
    return stage.status is Status.OK or stage.code is Code.SENDER_WITHOUT_MAILBOX


def _try_recipient(session: SMTPSession, email: str, stage: StageRecord) -> bool | None:
    """Whether the server would take mail for the test's recipient; ``None`` if it does not tell."""
    recipient = session.policy.test_recipient
    if not is_elsewhere(recipient, email, session.settings.canonical_host):
        return None
    try:
        session.open_again()
        _ask(session, write_envelope(session, email, [recipient]))
    except ReplyError as error:
        code = relay_code(error)
        _warn(session, stage, code, error.reply, {"anybody": False, "recipient": shown(recipient)})
        return None if code is Code.TEST_RECIPIENT_REFUSED else False
    except SMTPError:
        # It has said enough about the sender.
        session.abort()
        return None
    return True


def _takes_for_others(
    session: SMTPSession, relays: bool | None, stage: StageRecord | None = None
) -> bool | None:
    """With a login a server takes mail for others as a rule; without one, what earlier mail has shown counts."""
    settings, past = session.settings, session.settings.past_refusal
    if relays is False or (relays and (past is None or past.code is Code.RELAY_REFUSED)):
        return relays
    if past is not None:
        _warn(session, stage, past.code, past.reply, {"anybody": False, "past": True})
        return False
    if settings.login or settings.relay_proven:
        return True
    taken = stage is not None and _is_taken(stage)
    _warn(session, stage, Code.RELAY_NOT_TRIED, facts={"anybody": False, "sender_taken": taken})
    return None


def _try_sender(session: SMTPSession, email: str, stage: StageRecord) -> bool:
    try:
        envelope = write_envelope(session, email, [email])
        stage.reply = _ask(session, envelope)
        return True
    except SettingsError as error:
        _warn(session, stage, error.code)
        return False
    except ReplyError as error:
        return _weigh(session, error, envelope, stage)


def _weigh(session: SMTPSession, refusal: ReplyError, envelope: Envelope, stage: StageRecord) -> bool:
    """Say what a refusal means. Whether mail would be sent in spite of it."""
    anybody = refuses_anybody(session, refusal, envelope.mail)
    facts: dict[str, Fact] = {**refusal.facts, "refused_at": str(refusal.stage), "anybody": anybody}
    domain = envelope_address(envelope.sender).rpartition("@")[2]
    if not anybody and lacks_only_a_mailbox(session, refusal, envelope.mail, domain):
        _warn(session, stage, Code.SENDER_WITHOUT_MAILBOX, refusal.reply, facts)
        return True
    _warn(session, stage, sender_code(session, refusal, anybody=anybody), refusal.reply, facts)
    return refusal.reply.temporary


def _ask(session: SMTPSession, envelope: Envelope) -> Reply:
    """The answer to RCPT. RSET goes along with the other two where the server takes them in a group."""
    in_a_group = session.flow.pipelines
    try:
        return _ask_once(session, envelope)
    except StuckTransactionError:
        session.open_again()
        return _ask(session, envelope)
    except SMTPError as error:
        if not (in_a_group and group_was_unsupported(session.flow, error)):
            raise
        if isinstance(error, DisconnectedError):
            session.abort()
    session.flow.distrust()
    session.open_again()
    return _ask_once(session, envelope)


def _ask_once(session: SMTPSession, envelope: Envelope) -> Reply:
    exchange = Exchange(session.channel)
    if session.flow.pipelines:
        exchange.send_ahead([*envelope.commands, RSET])
    try:
        with session.trace.stage(Stage.MAIL) as stage:
            stage.reply = ask_sender(session, exchange, envelope)
        reply = ask_recipients(session, exchange, envelope, Answers())
    except StuckTransactionError:
        raise
    except ReplyError as error:
        _come_clean(session, exchange, error.reply)
        raise
    session.flow.groups_are_proven |= exchange.is_group
    answer = exchange.take_back(RSET_TIMEOUT)
    if answer is None or answer.code == SERVICE_CLOSING:
        session.abort()
    return reply


def _come_clean(session: SMTPSession, exchange: Exchange, refusal: Reply) -> None:
    """End the transaction, or the session. What goes wrong here hides no refusal."""
    try:
        if refusal.code != SERVICE_CLOSING:
            late = [reply for _, reply in exchange.rest(QUESTION_TIMEOUT)]
            answers = late or [exchange.answer(RSET, QUESTION_TIMEOUT)]
            if answers[-1].positive:
                return
    except SMTPError:
        pass
    # A late answer would be read as that to the next command, and so with every one after it.
    session.abort()


def _warn(
    session: SMTPSession,
    stage: StageRecord | None,
    code: Code,
    reply: Reply | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    if stage is not None and stage.code is None:
        stage.status, stage.code, stage.reply = Status.WARNING, code, reply or stage.reply
    session.trace.warn(code, Stage.SENDER, reply=reply, facts=facts)
