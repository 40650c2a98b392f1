"""What a refused sender or recipient means, by codes and by what the session knows, never by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .errors import Code, RecipientsRefusedError, ReplyError, SMTPError
from .exchange import Command, Exchange
from .extensions import mechanisms
from .reply import Reply
from .session import SMTPSession
from .settings import Stage

SERVICE_CLOSING = 421
MAILBOX_FULL = "5.2.2"
TOO_MANY_CONNECTIONS = (432, "4.3.2")
NO_SUCH_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}  # RFC 3463 3.2, RFC 7505 4.2
OF_A_MAILBOX = "5.2."  # RFC 3463 3.3: switched off, full, too small, or a list that cannot be resolved
TOO_MANY_RECIPIENTS = {452, 552}  # RFC 5321 4.5.3.1.10
ENCRYPT_FIRST = {530, 538}  # RFC 3207 4, RFC 4954 6

_NOT_WITHOUT = {530, 550, 553, 554}
# Of an address, whatever it is refused for.
_OF_THE_RECIPIENT = {Code.RECIPIENT_UNKNOWN, Code.RECIPIENT_MAILBOX_FULL}
# Said of a sender, or of nobody: but the sender was taken a moment ago.
_UNSAID = {Code.RECIPIENTS_REFUSED, Code.SENDER_REFUSED, Code.SENDER_NOT_OWNED, Code.SENDER_UNKNOWN}
# What every server has to take: RFC 5321 4.5.5 and 4.5.1.
_ANYBODY, _POSTMASTER = Command(line="MAIL FROM:<>"), Command(line="RCPT TO:<postmaster>")
_RSET = Command(line="RSET")


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
    about_the_address = reply.enhanced_code.startswith("5.1.")
    if not session.authenticated and not about_the_address and reply.code in _NOT_WITHOUT:
        return _missing(session, reply)
    if session.authenticated and (reply.enhanced_code.startswith("5.7.") or reply.code == 553):
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
    answer = _last_answer(session, commands)
    return answer is not None and answer.code == reply.code


def lacks_only_a_mailbox(session: SMTPSession, error: ReplyError, mail: Command, domain: str) -> bool:
    """Whether a login may send from its address, and only has no mailbox there in which answers would arrive.

    Servers that take mail from any address of a domain refuse such an address as a recipient. So another recipient
    is asked for, in a transaction of its own that ``mail`` begins: the one that every ``domain`` has (RFC 5321
    4.5.1). Whoever takes it, or says of it as well that there is no such mailbox, has nothing against the sender.
    """
    reply = error.reply
    if not session.authenticated or error.stage is not Stage.RCPT or reply.temporary or not session.is_open:
        return False
    if error.code is not Code.SENDER_UNKNOWN and not _is_about_a_mailbox(reply):
        return False
    postmaster = f"postmaster@{domain}"
    question = [mail, Command(line=f"RCPT TO:<{postmaster}>")]
    # Dovecot hangs up at the next transaction when the recipient of the last one was refused.
    answer = _last_answer(session, question) or _last_answer_anew(session, question)
    if answer is None or answer.positive:
        return answer is not None
    if _is_about_a_mailbox(reply):
        return _is_about_a_mailbox(answer)
    another = RecipientsRefusedError(Code.RECIPIENTS_REFUSED, {postmaster: answer}, stage=Stage.RCPT)
    session.judge(another)
    return answer.kind == reply.kind and another.code is Code.RECIPIENT_UNKNOWN


def sender_code(session: SMTPSession, error: ReplyError, *, anybody: bool) -> Code:
    """What a refusal of the SMTP Email means, seen together with ``refuses_anybody``."""
    if anybody and error.stage is Stage.RCPT:
        if error.code is Code.SENDER_UNKNOWN:
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
    return reply.enhanced_code in NO_SUCH_MAILBOX or reply.enhanced_code.startswith(OF_A_MAILBOX)


def _last_answer(session: SMTPSession, commands: Sequence[Command]) -> Reply | None:
    """The reply to the last of these commands, in a transaction that is taken back; ``None`` if that fails."""
    exchange = Exchange(session.channel)
    try:
        if session.flow.pipelines:
            exchange.send_ahead([*commands, _RSET])
        return [exchange.answer(command) for command in (*commands, _RSET)][-2]
    except SMTPError:
        session.abort()
        return None


def _last_answer_anew(session: SMTPSession, commands: Sequence[Command]) -> Reply | None:
    try:
        session.open_again()
    except SMTPError:
        return None
    return _last_answer(session, commands)


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
