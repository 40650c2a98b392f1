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
    outcomes = _outcomes(receipt)
    error = receipt.error
    meant = consequence(error) if error else None
    is_limit = bool(error and error.reply and wants_less(error.reply, error.stage))
    return Verdict(
        state=_state({**before, **outcomes}),
        code=str(error.code) if error else "",
        stage=str(error.stage or "") if error else "",
        reply=str(error.reply if error and error.reply else receipt.reply),
        outcomes=outcomes,
        consequence=meant if meant in _ABOUT_ALL else None,
        is_limit=is_limit,
    )


def of_error(error: SMTPError, recipients: Iterable[str], before: Mapping[str, dict[str, str]]) -> Verdict:
    """``recipients`` are those that the attempt was about."""
    meant = consequence(error)
    found = error.outcome or Outcome(untried=tuple(recipients))
    outcomes = _outcomes(found)
    if meant is Consequence.STOP_PARTNER:
        outcomes = {name: _open(each) for name, each in outcomes.items()}
    elif meant in _WAITS:
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
        is_limit=error.reply is not None and wants_less(error.reply, error.stage),
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
_WAITS = {Consequence.RETRY_SOON, Consequence.RETRY_LATER}


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
    """What was refused for now is to be tried again, and keeps the server's reply."""
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
    """Refused for a reason that ends when the partner's account is corrected."""
    refused = outcome["fate"] == Fate.REFUSED
    return {**outcome, "fate": Fate.UNTRIED.value} if refused else outcome


def _waiting(outcome: dict[str, str], reply: Reply | None) -> dict[str, str]:
    """A quota is said with 5xx, too. What a server said of another recipient only stays."""
    return _open(outcome) if reply is not None and outcome.get("reply") == str(reply) else outcome


def _closed(outcome: dict[str, str], reply: Reply | None) -> dict[str, str]:
    if outcome["fate"] != Fate.UNTRIED:
        return outcome
    words = str(reply) if reply else outcome.get("reply", "")
    return {"fate": Fate.REFUSED.value, "reply": words}
