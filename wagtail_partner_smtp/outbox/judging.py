"""From what came of an attempt to what happens next: with each recipient, the message, and the partner's queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..diagnosis.consequence import Consequence
from ..smtp.errors import Code, SMTPError
from ..smtp.outcome import Outcome
from ..smtp.receipt import Receipt
from ..smtp.reply import Reply
from ..smtp.settings import Stage
from .states import Fate, MailState

_ASKED_OF_ALL: Final = {Code.LOGIN_REQUIRED, Code.ENCRYPTION_REQUIRED}
_IN_A_MESSAGE: Final = {Stage.MAIL, Stage.RCPT, Stage.DATA}

CONSEQUENCES: Final[Mapping[Code, Consequence]] = {
    # Nobody answers, or nobody who would talk to us now: all mail of the partner waits.
    **dict.fromkeys(
        (
            Code.HOST_UNKNOWN,
            Code.HOST_WITHOUT_ADDRESS,
            Code.DNS_UNAVAILABLE,
            Code.CONNECTION_REFUSED,
            Code.CONNECTION_FILTERED,
            Code.NETWORK_UNREACHABLE,
            Code.DEADLINE_PASSED,
            Code.DISCONNECTED,
            Code.REPLY_UNFINISHED,
            Code.NOT_SMTP,
            Code.REPLY_TOO_LONG,
            Code.SERVER_BUSY,
            Code.SERVER_REFUSES,
            Code.EHLO_REFUSED,
            Code.TLS_BROKEN,
            Code.AUTH_TEMPORARY,
            Code.CONNECTION_LIMIT,
        ),
        Consequence.RETRY_LATER,
    ),
    # The account has to be mended first.
    **dict.fromkeys(
        (
            Code.HOST_MISSING,
            Code.HOST_INVALID,
            Code.HOST_PORT_CONFLICT,
            Code.PORT_INVALID,
            Code.SECURITY_INVALID,
            Code.CONTROL_CHARACTERS,
            Code.EMAIL_MISSING,
            Code.PASSWORD_MISSING,
            Code.PASSWORD_UNREADABLE,
            Code.ADDRESS_NOT_ALLOWED,
            Code.PORT_NOT_ALLOWED,
            Code.WRONG_SERVICE,
            Code.TLS_NOT_SPOKEN,
            Code.TLS_EXPECTED,
            Code.ENCRYPTION_NOT_OFFERED,
            Code.STARTTLS_NOT_OFFERED,
            Code.STARTTLS_REFUSED,
            Code.STARTTLS_INJECTION,
            Code.TLS_VERSION,
            Code.TLS_CIPHER,
            Code.CLIENT_CERTIFICATE_REQUIRED,
            Code.ENCRYPTION_REQUIRED,
            Code.CERTIFICATE_EXPIRED,
            Code.CERTIFICATE_NOT_YET_VALID,
            Code.CERTIFICATE_WRONG_HOST,
            Code.CERTIFICATE_WITHOUT_NAMES,
            Code.CERTIFICATE_SELF_SIGNED,
            Code.CERTIFICATE_UNKNOWN_ISSUER,
            Code.CERTIFICATE_CHAIN_INCOMPLETE,
            Code.CERTIFICATE_CHAIN_EXPIRED,
            Code.CERTIFICATE_CHAIN_NOT_YET_VALID,
            Code.CERTIFICATE_ISSUER_INVALID,
            Code.CERTIFICATE_WEAK,
            Code.CERTIFICATE_WRONG_PURPOSE,
            Code.CERTIFICATE_REVOKED,
            Code.CERTIFICATE_INVALID,
            Code.CERTIFICATE_CHANGED,
            Code.AUTH_FAILED,
            Code.APPLICATION_PASSWORD_REQUIRED,
            Code.BASIC_AUTH_DISABLED,
            Code.ACCOUNT_DISABLED,
            Code.AUTH_REJECTED,
            Code.PASSWORD_AND_TOKEN,
            Code.LOGIN_MISSING,
            Code.TOKEN_INVALID,
            Code.TOKEN_NEEDS_ENCRYPTION,
            Code.TOKEN_NOT_SUPPORTED,
            Code.TOKEN_TOO_LONG,
            Code.TOKEN_REFUSED,
            Code.TOKEN_SCOPE_MISSING,
            Code.MAILBOX_NOT_PERMITTED,
            Code.SMTP_AUTH_DISABLED,
            Code.NO_COMMON_MECHANISM,
            Code.SERVER_NOT_AUTHENTIC,
            Code.LOGIN_REQUIRED,
            Code.SENDER_NOT_OWNED,
            Code.SENDER_UNKNOWN,
        ),
        Consequence.STOP_PARTNER,
    ),
    Code.SENDER_TEMPORARY: Consequence.RETRY_SOON,
    Code.RECIPIENTS_REFUSED: Consequence.FAIL_RECIPIENT,
}
"""What is not here is the message's own fault: it fails, and no other is touched."""


def consequence_of(error: SMTPError) -> Consequence:
    """The one place that decides what an error means for the queue."""
    code, reply = error.code, error.reply
    if "address" in error.facts:
        return Consequence.FAIL_MESSAGE
    if reply is not None and says_too_much(reply, error.stage):
        return Consequence.RETRY_LATER
    if error.stage in _IN_A_MESSAGE:
        return _within_a_message(error, reply)
    if reply is not None and reply.temporary:
        return Consequence.RETRY_LATER
    return CONSEQUENCES.get(code, Consequence.FAIL_MESSAGE)


def _within_a_message(error: SMTPError, reply: Reply | None) -> Consequence:
    """The session is open: what goes wrong here may be about this message alone."""
    if reply is None:
        # The server hung up or fell silent amid a message that it surely did not take.
        waits = CONSEQUENCES.get(error.code) is Consequence.RETRY_LATER
        return Consequence.RETRY_SOON if waits else Consequence.FAIL_MESSAGE
    if reply.temporary:
        return Consequence.RETRY_SOON
    if error.stage is Stage.RCPT and error.code not in _ASKED_OF_ALL:
        # Even if it is refused in words about the sender: others may be taken.
        return Consequence.FAIL_RECIPIENT
    return CONSEQUENCES.get(error.code, Consequence.FAIL_MESSAGE)


def says_too_much(reply: Reply, stage: Stage | None) -> bool:
    """Whether a server wants less mail, or fewer sessions, from this partner: 421, 432, 451 4.7.x, 452.

    Of a recipient 452 is about the mailbox or about the number of recipients (RFC 5321 4.5.3.1.10).
    """
    if reply.code in {421, 432} or (reply.code == 451 and reply.enhanced_code.startswith("4.7.")):
        return True
    return reply.code == 452 and stage is not Stage.RCPT


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an attempt came to. ``outcomes`` are of the recipients that it was about.

    ``consequence`` is ``None`` if all went well. ``is_limit``: the server wants less of this partner's mail.
    """

    state: MailState
    code: str = ""
    stage: str = ""
    reply: str = ""
    outcomes: Mapping[str, dict[str, str]] = field(default_factory=dict)
    consequence: Consequence | None = None
    is_limit: bool = False

    @property
    def holds_partner(self) -> bool:
        """Whether the partner's other mail is not to be tried now."""
        return self.consequence in {Consequence.RETRY_LATER, Consequence.STOP_PARTNER}


def of_receipt(receipt: Receipt, before: Mapping[str, dict[str, str]]) -> Verdict:
    """``before`` are the outcomes of earlier attempts."""
    outcomes = _outcomes(receipt)
    error = receipt.error
    consequence = consequence_of(error) if error else None
    is_limit = bool(error and error.reply and says_too_much(error.reply, error.stage))
    return Verdict(
        state=_state({**before, **outcomes}),
        code=str(error.code) if error else "",
        stage=str(error.stage or "") if error else "",
        reply=str(error.reply if error and error.reply else receipt.reply),
        outcomes=outcomes,
        consequence=consequence if consequence in _ABOUT_ALL else None,
        is_limit=is_limit,
    )


def of_error(error: SMTPError, recipients: Iterable[str], before: Mapping[str, dict[str, str]]) -> Verdict:
    """``recipients`` are those that the attempt was about."""
    consequence = consequence_of(error)
    found = error.outcome or Outcome(untried=tuple(recipients))
    outcomes = _outcomes(found)
    if consequence is Consequence.STOP_PARTNER:
        outcomes = {name: _open(each) for name, each in outcomes.items()}
    elif consequence is Consequence.FAIL_MESSAGE and not found.unknown:
        outcomes = {name: _closed(each, error.reply) for name, each in outcomes.items()}
    return Verdict(
        state=_state({**before, **outcomes}),
        code=str(error.code),
        stage=str(error.stage or ""),
        reply=str(error.reply) if error.reply else "",
        outcomes=outcomes,
        consequence=consequence,
        is_limit=error.reply is not None and says_too_much(error.reply, error.stage),
    )


def of_fault(code: str, recipients: Iterable[str], before: Mapping[str, dict[str, str]]) -> Verdict:
    """An attempt that ended before anybody was asked, and that no other one would do better than."""
    outcomes = {name: {"fate": Fate.REFUSED.value, "reply": ""} for name in recipients}
    return Verdict(
        state=_state({**before, **outcomes}),
        code=code,
        outcomes=outcomes,
        consequence=Consequence.FAIL_MESSAGE,
    )


def of_account(error: SMTPError, recipients: Iterable[str]) -> Verdict:
    """The account cannot be used at all: no mail of the partner can be sent."""
    return Verdict(
        state=MailState.DEFERRED,
        code=str(error.code),
        stage=str(error.stage or ""),
        outcomes={name: {"fate": Fate.UNTRIED.value} for name in recipients},
        consequence=Consequence.STOP_PARTNER,
    )


def given_up(verdict: Verdict, before: Mapping[str, dict[str, str]]) -> Verdict:
    """The same where a message is too old to be tried again."""
    outcomes = {name: _closed(each, None) for name, each in verdict.outcomes.items()}
    return replace(verdict, state=_state({**before, **outcomes}), outcomes=outcomes)


def held(verdict: Verdict) -> Verdict:
    """The same where it is the server's fault, not the message's."""
    return replace(verdict, consequence=Consequence.RETRY_LATER)


_ABOUT_ALL = {Consequence.RETRY_LATER, Consequence.STOP_PARTNER}


def _state(outcomes: Mapping[str, dict[str, str]]) -> MailState:
    fates = {each["fate"] for each in outcomes.values()}
    if Fate.UNKNOWN in fates:
        return MailState.UNKNOWN
    if Fate.UNTRIED in fates:
        return MailState.DEFERRED
    if Fate.ACCEPTED not in fates:
        return MailState.FAILED
    return MailState.PARTLY if Fate.REFUSED in fates else MailState.SENT


def _outcomes(outcome: Outcome) -> dict[str, dict[str, str]]:
    """What was refused for now is to be tried again, and keeps the server's words."""
    found: dict[str, dict[str, str]] = {}
    for name in outcome.accepted:
        found[name] = {"fate": Fate.ACCEPTED.value}
    for name in outcome.unknown:
        found[name] = {"fate": Fate.UNKNOWN.value}
    for name in outcome.untried:
        found[name] = {"fate": Fate.UNTRIED.value}
    for name, reply in outcome.refused.items():
        fate = Fate.UNTRIED if reply.temporary else Fate.REFUSED
        found[name] = {"fate": fate.value, "reply": str(reply)}
    return found


def _open(outcome: dict[str, str]) -> dict[str, str]:
    """Refused for a reason that passes once the partner's account is mended."""
    refused = outcome["fate"] == Fate.REFUSED
    return {**outcome, "fate": Fate.UNTRIED.value} if refused else outcome


def _closed(outcome: dict[str, str], reply: Reply | None) -> dict[str, str]:
    if outcome["fate"] != Fate.UNTRIED:
        return outcome
    words = str(reply) if reply else outcome.get("reply", "")
    return {"fate": Fate.REFUSED.value, "reply": words}
