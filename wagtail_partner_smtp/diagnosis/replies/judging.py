"""The judge: from a refusal to its cause, by the catalogue."""

from __future__ import annotations

from ...discovery.providers import of_server
from ...smtp.errors import Code, Fact
from ...smtp.judging import Judgement, Refusal
from ..waiting import seconds_named
from . import china, google, mailboxes, meanings, microsoft, relays, servers, standards
from .known import KnownReply
from .words import beginning, enhanced_code_of, words_of

COLLECTED: tuple[KnownReply, ...] = (
    *microsoft.REPLIES,
    *google.REPLIES,
    *relays.REPLIES,
    *china.REPLIES,
    *mailboxes.REPLIES,
    *servers.REPLIES,
)
CATALOGUE: tuple[KnownReply, ...] = (*COLLECTED, *meanings.REPLIES, *standards.REPLIES)

# What the session's state has proven, words do not change.
_PROVEN = {
    Code.CLIENT_CERTIFICATE_REQUIRED,
    Code.ENCRYPTION_REQUIRED,
    # Told by the server's JSON, or by the fact that a token was sent and no password.
    Code.TOKEN_REFUSED,
    Code.TOKEN_SCOPE_MISSING,
    Code.TOKEN_TOO_LONG,
    Code.MAILBOX_NOT_PERMITTED,
    Code.SMTP_AUTH_DISABLED,
}
# Where the only recipient is the SMTP Email itself.
_OF_ITSELF = {Code.RECIPIENT_UNKNOWN: Code.SENDER_UNKNOWN}
# What passes by waiting, so that a time that the server names is one to wait.
_PASSES = {
    Code.ACCOUNT_LOCKED,
    Code.GREYLISTED,
    Code.QUOTA_PER_DAY,
    Code.QUOTA_PER_HOUR,
    Code.QUOTA_REACHED,
    Code.SENDING_TOO_FAST,
}


def judge(refusal: Refusal) -> Judgement:
    """The cause of a refusal; that of its codes where nothing that it says is known.

    Facts: ``provider``, the key of whose server it is, and ``wait``, the seconds that it asks to wait.
    """
    provider = of_server(refusal.names)
    facts: dict[str, Fact] = {"provider": provider.key} if provider else {}
    row = find(refusal)
    if row is None or _is_settled(refusal, row):
        return Judgement(code=refusal.code, facts=facts)
    if row.cause in _PASSES and (wait := seconds_named(beginning(refusal.reply))):
        facts["wait"] = wait
    cause = _OF_ITSELF.get(row.cause, row.cause) if refusal.of_itself else row.cause
    return Judgement(code=cause, facts=facts)


def _is_settled(refusal: Refusal, row: KnownReply) -> bool:
    # A token may be good where the service that checks it is out of order.
    unchecked = refusal.code is Code.TOKEN_REFUSED and row.cause is Code.AUTH_TEMPORARY
    return refusal.code in _PROVEN and not unchecked


def find(refusal: Refusal) -> KnownReply | None:
    """The first row of the catalogue that fits."""
    words, enhanced_code = words_of(refusal.reply), enhanced_code_of(refusal.reply)
    return next((row for row in CATALOGUE if row.fits(refusal, words, enhanced_code)), None)
