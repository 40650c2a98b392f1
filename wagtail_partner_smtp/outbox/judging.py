"""From the result of an attempt to what happens next to each recipient, the message, and the partner's
queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..diagnosis.consequences import Consequence, consequence, wants_less
from ..smtp.errors import Code, SMTPError
from ..smtp.outcome import Outcome
from ..smtp.receipt import Receipt
from ..smtp.reply import Reply
from ..smtp.settings import Stage
from .states import Fate, MailState


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
    error = _about_account(receipt, receipt.error) or receipt.error
    meant = consequence(error) if error else None
    outcomes = _outcomes(receipt)
    if error and meant in _WAITS:
        outcomes = {name: _waiting(each, error.reply) for name, each in outcomes.items()}
    return Verdict(
        state=_state({**before, **outcomes}),
        code=str(error.code) if error else "",
        stage=str(error.stage or "") if error else "",
        reply=str(error.reply if error and error.reply else receipt.reply),
        outcomes=outcomes,
        consequence=meant if meant in _ABOUT_ALL else None,
        is_limit=_is_limit(error),
    )


def of_error(error: SMTPError, recipients: Iterable[str], before: Mapping[str, dict[str, str]]) -> Verdict:
    """``recipients`` are those that the attempt was about."""
    found = error.outcome or Outcome(untried=tuple(recipients))
    error = _about_account(found, error) or error
    meant = consequence(error)
    outcomes = _outcomes(found)
    if meant in _WAITS:
        outcomes = {name: _waiting(each, error.reply) for name, each in outcomes.items()}
    elif meant is Consequence.FAIL_MESSAGE and not found.unknown:
        outcomes = {name: _closed(each, error.reply) for name, each in outcomes.items()}
    return Verdict(
        state=_state({**before, **outcomes}),
        code=str(error.code),
        stage=str(error.stage or ""),
        reply=error.words,
        outcomes=outcomes,
        consequence=meant,
        is_limit=_is_limit(error),
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


def unknown(
    recipients: Iterable[str], code: str = Code.OUTCOME_UNKNOWN.value, stage: str = Stage.DATA.value
) -> Verdict:
    """Nobody can tell whether these recipients have it."""
    outcomes = {name: {"fate": Fate.UNKNOWN.value} for name in recipients}
    return Verdict(state=MailState.UNKNOWN, code=code, stage=stage, outcomes=outcomes)


def given_up(verdict: Verdict, before: Mapping[str, dict[str, str]]) -> Verdict:
    """The same where a message is too old to be tried again."""
    outcomes = {name: _closed(each, None) for name, each in verdict.outcomes.items()}
    return replace(verdict, state=_state({**before, **outcomes}), outcomes=outcomes)


def held(verdict: Verdict) -> Verdict:
    """The same where it is the server's fault, not the message's."""
    return replace(verdict, consequence=Consequence.RETRY_LATER)


_ABOUT_ALL = {Consequence.RETRY_LATER, Consequence.STOP_PARTNER}
_WAITS = {Consequence.RETRY_SOON, *_ABOUT_ALL}


def _about_account(outcome: Outcome, error: SMTPError | None) -> SMTPError | None:
    """The refusal of a recipient, or what ended the attempt, that is about the account; a lasting cause first."""
    found = {consequence(each): each for each in (*outcome.causes.values(), *([error] if error else []))}
    return found.get(Consequence.STOP_PARTNER) or found.get(Consequence.RETRY_LATER)


def _is_limit(error: SMTPError | None) -> bool:
    return bool(error and error.reply and wants_less(error.reply, error.stage))


def _state(outcomes: Mapping[str, dict[str, str]]) -> MailState:
    fates = {each["fate"] for each in outcomes.values()}
    if Fate.UNTRIED in fates:
        return MailState.DEFERRED
    if Fate.UNKNOWN in fates:
        return MailState.UNKNOWN
    if Fate.ACCEPTED not in fates:
        return MailState.FAILED
    return MailState.PARTLY if Fate.REFUSED in fates else MailState.SENT


def _outcomes(outcome: Outcome) -> dict[str, dict[str, str]]:
    """What was refused for now, or because of the account, is to be tried again; it keeps the server's reply."""
    found: dict[str, dict[str, str]] = {}
    for name in outcome.accepted:
        found[name] = {"fate": Fate.ACCEPTED.value}
    for name in outcome.unknown:
        found[name] = {"fate": Fate.UNKNOWN.value}
    for name in outcome.untried:
        found[name] = {"fate": Fate.UNTRIED.value}
    for name, reply in outcome.refused.items():
        cause = outcome.causes.get(name)
        waits = reply.temporary or (cause is not None and consequence(cause) in _ABOUT_ALL)
        fate = Fate.UNTRIED if waits else Fate.REFUSED
        found[name] = {"fate": fate.value, "reply": str(reply)}
    return found


def _waiting(outcome: dict[str, str], reply: Reply | None) -> dict[str, str]:
    """A quota is said with 5xx, too. What a server said of another recipient only stays."""
    is_that = reply is not None and outcome["fate"] == Fate.REFUSED and outcome["reply"] == str(reply)
    return {**outcome, "fate": Fate.UNTRIED.value} if is_that else outcome


def _closed(outcome: dict[str, str], reply: Reply | None) -> dict[str, str]:
    if outcome["fate"] != Fate.UNTRIED:
        return outcome
    words = str(reply) if reply else outcome.get("reply", "")
    return {"fate": Fate.REFUSED.value, "reply": words}
