"""What a refused sender or recipient means, by codes and by what the session knows, never by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from .errors import Code, DisconnectedError, RecipientsRefusedError, ReplyError, SMTPError
from .exchange import RSET, Command, Exchange
from .extensions import mechanisms
from .reply import Reply
from .session import SMTPSession
from .settings import Stage

SERVICE_CLOSING = 421
OUT_OF_SEQUENCE = 503
MAILBOX_FULL = "5.2.2"
TOO_MANY_CONNECTIONS = (432, "4.3.2")
NO_SUCH_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"}  # RFC 3463 3.2, RFC 7505 4.2
OF_A_MAILBOX = "5.2."  # RFC 3463 3.3: switched off, full, too small, or a list that cannot be resolved
FULL_FOR_NOW = "4.2.2"
TOO_MANY_RECIPIENTS = {452, 552}  # RFC 5321 4.5.3.1.10
ENCRYPT_FIRST = {530, 538}  # RFC 3207 4, RFC 4954 6

_NOT_WITHOUT = {530, 550, 553, 554}
# Said of a sender, or of nobody: but the sender was taken a moment ago.
_UNSAID = {Code.RECIPIENTS_REFUSED, Code.SENDER_REFUSED, Code.SENDER_NOT_OWNED, Code.SENDER_UNKNOWN}
# What every server has to take: RFC 5321 4.5.5 and 4.5.1.
_ANYBODY, _POSTMASTER = Command(line="MAIL FROM:<>"), Command(line="RCPT TO:<postmaster>")
# Seconds for each reply to a further question. Servers slow down after a refusal; a test has other things to do.
QUESTION_TIMEOUT = 5.0
# A refused recipient's causes that say nothing against the sender. The last is that of a bare 552 (RFC 5321 4.2.2:
# storage), which cannot be about the size of a message where there is none.
_OF_THE_RECIPIENT = {
    Code.SENDER_UNKNOWN,
    Code.RECIPIENT_UNKNOWN,
    Code.RECIPIENT_MAILBOX_FULL,
    Code.RECIPIENT_NOT_ALLOWED,
    Code.MESSAGE_TOO_LARGE,
}
# What codes come to where no words name a cause.
_OF_NO_CAUSE = {Code.SENDER_REFUSED, Code.SENDER_TEMPORARY}


def refusal_code(session: SMTPSession, reply: Reply) -> Code:
    """Servers ask for a login or for encryption with 530, 550, 553 or 554, at MAIL or only at RCPT."""
    if reply.temporary:
        return _temporary_code(reply)
    if reply.code == 552 and reply.enhanced_code != MAILBOX_FULL:
        return Code.MESSAGE_TOO_LARGE
    if reply.code == 538 or (reply.code == 530 and session.authenticated and could_encrypt(session)):
        return Code.ENCRYPTION_REQUIRED
    if reply.code == 530 and session.authenticated:
        # RFC 4954 6: a login is wanted, even if there was one.
        return Code.LOGIN_REQUIRED
    about_the_address = reply.enhanced_code.startswith(("5.1.", OF_A_MAILBOX))
    if not session.authenticated and not about_the_address and reply.code in _NOT_WITHOUT:
        return _missing(session, reply)
    bare_553 = reply.code == 553 and not about_the_address
    if session.authenticated and (bare_553 or reply.enhanced_code.startswith("5.7.")):
        return Code.SENDER_NOT_OWNED
    return Code.SENDER_REFUSED


def recipients_code(session: SMTPSession, refused: Mapping[str, Reply]) -> Code:
    """Servers tell at RCPT too what they have against the sender; else it is the recipients."""
    reply = next(iter(refused.values()))
    code = refusal_code(session, reply)
    about_recipients = code in {Code.SENDER_REFUSED, Code.MESSAGE_TOO_LARGE}
    if list(refused) != [session.settings.email]:
        return Code.RECIPIENTS_REFUSED if about_recipients else code
    bare = session.authenticated and reply.code == 550 and not reply.enhanced_code
    unknown = bare or reply.enhanced_code in NO_SUCH_MAILBOX
    return Code.SENDER_UNKNOWN if code is Code.SENDER_REFUSED and unknown else code


def means_too_many(reply: Reply) -> bool:
    """Whether a recipient was refused because there are too many of them, once one was accepted.

    4.5.3 says so (RFC 3463 3.6), and 5.5.3, with whatever code. 452 and 552 may, where no other enhanced code says
    that it is for want of storage or because of the message's size.
    """
    return reply.enhanced_code[1:] == ".5.3" or (
        reply.code in TOO_MANY_RECIPIENTS and not reply.enhanced_code
    )


def is_stuck(session: SMTPSession, reply: Reply) -> bool:
    """Whether this answer to MAIL is about the last transaction of the connection, which RSET has ended.

    Dovecot's submission server may keep RSET from the server behind it.
    """
    about_the_order = reply.enhanced_code[1:4] in {"", ".5."}  # RFC 3463 3.6
    return reply.code == OUT_OF_SEQUENCE and about_the_order and session.has_begun_transaction


def could_encrypt(session: SMTPSession) -> bool:
    return session.tls is None and "STARTTLS" in session.extensions


def refuses_anybody(session: SMTPSession, error: ReplyError, mail: Command) -> bool:
    """Whether a refusal is not about the address: what every server has to take is refused in the same way.

    Asked where no enhanced code says what a refusal is about, and where it may be for want of encryption, in a
    transaction of its own; ``mail`` begins it if it was a recipient that was refused.
    """
    reply, stage = error.reply, error.stage
    unclear = not reply.enhanced_code or (stage is Stage.MAIL and could_encrypt(session))
    if reply.temporary or reply.code not in _NOT_WITHOUT or not unclear or not session.is_open:
        return False
    commands = [_ANYBODY] if stage is Stage.MAIL else [mail, _POSTMASTER]
    try:
        return _last_answer(session, commands).code == reply.code
    except SMTPError:
        return False


def lacks_only_a_mailbox(session: SMTPSession, error: ReplyError, mail: Command, domain: str) -> bool:
    """Whether mail may leave from an address that only has no mailbox in which answers would arrive.

    Servers that take mail from any address of a domain refuse such an address as a recipient. So another recipient
    is asked for, in a transaction of its own that ``mail`` begins: the one that every ``domain`` has (RFC 5321
    4.5.1). Whoever takes it has nothing against the sender. With a login, neither has who says of it as well that
    there is no such mailbox, or gives no answer to that where a code (RFC 3463 3.2, 3.3) has told of the mailbox.
    """
    if error.stage is not Stage.RCPT:
        return False
    about_a_mailbox = _is_about_a_mailbox(error.reply)
    may_be_it = error.code in _OF_THE_RECIPIENT or (about_a_mailbox and error.code in _OF_NO_CAUSE)
    if not may_be_it:
        return False
    if error.reply.temporary:
        return about_a_mailbox or error.code is not Code.RECIPIENT_NOT_ALLOWED
    postmaster = f"postmaster@{domain}"
    answer = _answer_to(session, [mail, Command(line=f"RCPT TO:<{postmaster}>")])
    if answer is not None and answer.positive:
        return True
    if not session.authenticated:
        return False
    if answer is None or answer.temporary:
        return about_a_mailbox
    if about_a_mailbox:
        return _is_about_a_mailbox(answer)
    another = RecipientsRefusedError(Code.RECIPIENTS_REFUSED, {postmaster: answer}, stage=Stage.RCPT)
    session.judge(another)
    return answer.kind == error.reply.kind and another.code is Code.RECIPIENT_UNKNOWN


def sender_code(session: SMTPSession, error: ReplyError, *, anybody: bool) -> Code:
    """What a refusal of the SMTP Email means, seen together with ``refuses_anybody``."""
    if error.code is Code.MESSAGE_TOO_LARGE:
        return Code.SENDER_REFUSED
    if anybody and error.stage is Stage.RCPT:
        if error.code is Code.SENDER_UNKNOWN and session.authenticated:
            return Code.SENDER_NOT_OWNED
        if error.code is Code.SENDER_REFUSED and not session.authenticated:
            return code_without_remedy(error.reply, anybody=True)
    return error.code


def relay_code(error: ReplyError) -> Code:
    """What it means that the test's recipient was refused, of another domain than the sender who was not."""
    reply = error.reply
    if reply.temporary or _is_about_a_mailbox(reply) or error.code in _OF_THE_RECIPIENT:
        return Code.TEST_RECIPIENT_REFUSED
    return Code.RELAY_REFUSED if error.code in _UNSAID else error.code


def code_without_remedy(reply: Reply, *, anybody: bool = False) -> Code:
    """Where neither a login nor encryption is to be had: is it this site that is refused, or the address?"""
    about_this_site = anybody or reply.enhanced_code.startswith("5.7.")
    return Code.RELAY_REFUSED if about_this_site else Code.SENDER_REFUSED


def _is_about_a_mailbox(reply: Reply) -> bool:
    code = reply.enhanced_code
    return code in NO_SUCH_MAILBOX or code.startswith(OF_A_MAILBOX) or code == FULL_FOR_NOW


def _last_answer(session: SMTPSession, commands: Sequence[Command]) -> Reply:
    """The reply to the last of these commands, in a transaction that is taken back. Raises ``SMTPError``."""
    exchange = Exchange(session.channel)
    try:
        if session.flow.pipelines:
            exchange.send_ahead([*commands, RSET])
        answers = [exchange.answer(command, QUESTION_TIMEOUT) for command in commands]
    except SMTPError:
        session.abort()
        raise
    taken_back = exchange.take_back(QUESTION_TIMEOUT) is not None
    if is_stuck(session, answers[0]):
        session.abort()
        raise DisconnectedError(Code.DISCONNECTED)
    if not taken_back:
        session.abort()
    return answers[-1]


def _answer_to(session: SMTPSession, commands: Sequence[Command]) -> Reply | None:
    """``_last_answer`` on this connection or, if that has ended, on another one; ``None`` if there is none."""
    try:
        if session.is_open:
            # Dovecot closes the connection at the next transaction when the recipient of the last one was refused,
            # or its relay still has that one in spite of RSET.
            with suppress(DisconnectedError):
                return _last_answer(session, commands)
        with session.another() as another:
            return _last_answer(another, commands)
    except SMTPError:
        return None


def _temporary_code(reply: Reply) -> Code:
    if reply.code == SERVICE_CLOSING:
        return Code.SERVER_BUSY
    over_limit = reply.kind == TOO_MANY_CONNECTIONS
    return Code.CONNECTION_LIMIT if over_limit else Code.SENDER_TEMPORARY


def _missing(session: SMTPSession, reply: Reply) -> Code:
    login_possible = bool(mechanisms(session.extensions))
    if could_encrypt(session) and not login_possible:
        return Code.ENCRYPTION_REQUIRED
    login_needed = login_possible or reply.code == 530
    return Code.LOGIN_REQUIRED if login_needed else code_without_remedy(reply)
