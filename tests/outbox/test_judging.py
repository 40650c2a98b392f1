"""What an error means for the queue; each code has been thought of."""

from __future__ import annotations

from typing import Any

import pytest

from wagtail_partner_smtp.diagnosis.consequences import Consequence
from wagtail_partner_smtp.outbox import judging
from wagtail_partner_smtp.outbox.states import Fate, MailState
from wagtail_partner_smtp.smtp.errors import (
    AuthenticationError,
    Code,
    DisconnectedError,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SettingsError,
    SMTPError,
)
from wagtail_partner_smtp.smtp.outcome import Outcome
from wagtail_partner_smtp.smtp.receipt import Receipt
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.settings import Stage


def reply(text: str) -> Reply:
    code, _, rest = text.partition(" ")
    enhanced = rest.split(" ")[0]
    return Reply(code=int(code), enhanced_code=enhanced if enhanced[1:2] == "." else "", text=rest)


SOON, LATER, STOP = Consequence.RETRY_SOON, Consequence.RETRY_LATER, Consequence.STOP_PARTNER
MESSAGE, RECIPIENT = Consequence.FAIL_MESSAGE, Consequence.FAIL_RECIPIENT

ERRORS: list[tuple[SMTPError, Consequence]] = [
    (SMTPError(Code.CONNECTION_REFUSED, stage=Stage.CONNECT), LATER),
    (SMTPError(Code.DEADLINE_PASSED, stage=Stage.AUTH), LATER),
    (SMTPError(Code.DEADLINE_PASSED, stage=Stage.MAIL), SOON),
    (SMTPError(Code.DISCONNECTED, stage=Stage.DATA), SOON),
    (SMTPError(Code.CERTIFICATE_EXPIRED, stage=Stage.CONNECT), STOP),
    (SMTPError(Code.STARTTLS_NOT_OFFERED, stage=Stage.STARTTLS), STOP),
    (SMTPError(Code.ADDRESS_NOT_ALLOWED, stage=Stage.RESOLVE), STOP),
    (SettingsError(Code.EMAIL_INVALID, stage=Stage.RCPT, facts={"address": "x"}), MESSAGE),
    (SettingsError(Code.SMTPUTF8_REQUIRED, stage=Stage.MAIL), MESSAGE),
    (SettingsError(Code.MESSAGE_INVALID, stage=Stage.DATA), MESSAGE),
    (AuthenticationError(Code.AUTH_FAILED, reply("535 5.7.8 no"), stage=Stage.AUTH), STOP),
    (AuthenticationError(Code.AUTH_TEMPORARY, reply("454 4.7.0 later"), stage=Stage.AUTH), LATER),
    (AuthenticationError(Code.AUTH_TEMPORARY, reply("535 5.7.8 lost"), stage=Stage.AUTH), LATER),
    (ReplyError(Code.CONNECTION_LIMIT, reply("432 4.3.2 too many"), stage=Stage.AUTH), LATER),
    (ReplyError(Code.SERVER_BUSY, reply("421 4.3.2 closing"), stage=Stage.CONNECT), LATER),
    (ReplyError(Code.SERVER_REFUSES, reply("554 no"), stage=Stage.CONNECT), LATER),
    (SenderRefusedError(Code.SENDER_TEMPORARY, reply("451 4.3.0 x"), "", stage=Stage.MAIL), SOON),
    (SenderRefusedError(Code.SENDER_TEMPORARY, reply("451 4.7.1 x"), "", stage=Stage.MAIL), LATER),
    (SenderRefusedError(Code.SENDER_TEMPORARY, reply("452 4.3.1 x"), "", stage=Stage.MAIL), LATER),
    (SenderRefusedError(Code.SENDER_NOT_OWNED, reply("553 5.7.1 x"), "", stage=Stage.MAIL), STOP),
    (SenderRefusedError(Code.SENDER_REFUSED, reply("550 5.1.0 x"), "", stage=Stage.MAIL), MESSAGE),
    (SenderRefusedError(Code.LOGIN_REQUIRED, reply("530 5.7.0 x"), "", stage=Stage.MAIL), STOP),
    (
        RecipientsRefusedError(Code.RECIPIENTS_REFUSED, {"a": reply("550 5.1.1 x")}, stage=Stage.RCPT),
        RECIPIENT,
    ),
    (RecipientsRefusedError(Code.SENDER_NOT_OWNED, {"a": reply("550 5.7.1 x")}, stage=Stage.RCPT), RECIPIENT),
    (RecipientsRefusedError(Code.LOGIN_REQUIRED, {"a": reply("530 5.7.0 x")}, stage=Stage.RCPT), STOP),
    (RecipientsRefusedError(Code.SENDER_TEMPORARY, {"a": reply("450 4.2.0 x")}, stage=Stage.RCPT), SOON),
    (RecipientsRefusedError(Code.SENDER_TEMPORARY, {"a": reply("452 4.2.2 full")}, stage=Stage.RCPT), SOON),
]


@pytest.mark.parametrize(("error", "consequence"), ERRORS, ids=lambda each: str(each))
def test_p45_what_an_error_means(error: SMTPError, consequence: Consequence) -> None:
    assert judging.of_error(error, ["a"], {}).consequence is consequence


def fates(verdict: judging.Verdict) -> dict[str, str]:
    return {name: each["fate"] for name, each in verdict.outcomes.items()}


def of(error: SMTPError, **outcome: Any) -> judging.Verdict:
    error.outcome = Outcome(**outcome)
    return judging.of_error(error, ["a", "b"], {})


def test_of_refused_recipients_each_has_its_own_fate() -> None:
    refused = {"a": reply("450 4.2.0 later"), "b": reply("550 5.1.1 no")}
    error = RecipientsRefusedError(Code.SENDER_TEMPORARY, refused, stage=Stage.RCPT)
    verdict = of(error, refused=refused)
    assert (verdict.state, fates(verdict)) == (MailState.DEFERRED, {"a": Fate.UNTRIED, "b": Fate.REFUSED})
    refused = {"b": refused["b"], "a": refused["a"]}
    error = RecipientsRefusedError(Code.RECIPIENTS_REFUSED, refused, stage=Stage.RCPT)
    assert fates(of(error, refused=refused)) == {"a": Fate.UNTRIED, "b": Fate.REFUSED}


def test_a_refusal_of_the_account_is_none_of_the_recipients() -> None:
    answer = reply("553 5.7.1 not yours")
    error = SenderRefusedError(Code.SENDER_NOT_OWNED, answer, "", stage=Stage.MAIL)
    verdict = of(error, refused={"a": answer, "b": answer})
    assert (verdict.state, set(fates(verdict).values())) == (MailState.DEFERRED, {Fate.UNTRIED})
    assert verdict.holds_partner


def test_unknown_is_said_once_nobody_is_left_to_be_tried() -> None:
    error = DisconnectedError(Code.OUTCOME_UNKNOWN, stage=Stage.DATA)
    verdict = of(error, unknown=("a",), untried=("b",))
    assert (verdict.state, fates(verdict)) == (MailState.DEFERRED, {"a": Fate.UNKNOWN, "b": Fate.UNTRIED})
    rest = judging.of_receipt(Receipt(reply=reply("250 ok"), accepted=("b",)), verdict.outcomes)
    assert rest.state == MailState.UNKNOWN
    assert judging.given_up(verdict, {}).state == MailState.UNKNOWN
    refused = of(error, unknown=("a",), refused={"b": reply("550 5.1.1 no")})
    assert refused.state == MailState.UNKNOWN


QUOTA, SUSPENDED, UNKNOWN = "550 5.4.5 daily limit", "550 5.7.1 suspended", "550 5.1.1 no such user"
CODES = {QUOTA: Code.QUOTA_PER_DAY, SUSPENDED: Code.ACCOUNT_SUSPENDED, UNKNOWN: Code.RECIPIENT_UNKNOWN}


def refusals(**replies: str) -> dict[str, Any]:
    """Of these recipients, each with what it means."""
    refused = {name: reply(text) for name, text in replies.items()}
    causes = {
        name: RecipientsRefusedError(CODES[text], {name: refused[name]}, stage=Stage.RCPT)
        for name, text in replies.items()
    }
    return {"refused": refused, "causes": causes}


@pytest.mark.parametrize(
    ("words", "code", "consequence"),
    [(QUOTA, Code.QUOTA_PER_DAY, LATER), (SUSPENDED, Code.ACCOUNT_SUSPENDED, STOP)],
)
def test_a_refusal_of_the_account_amid_the_recipients_is_none_of_theirs(
    words: str, code: Code, consequence: Consequence
) -> None:
    receipt = Receipt(reply=reply("250 ok"), accepted=("c",), **refusals(a=UNKNOWN, b=words))
    verdict = judging.of_receipt(receipt, {})
    assert fates(verdict) == {"a": Fate.REFUSED, "b": Fate.UNTRIED, "c": Fate.ACCEPTED}
    assert (verdict.state, verdict.consequence, verdict.code) == (MailState.DEFERRED, consequence, code)
    assert (verdict.reply, verdict.outcomes["b"]["reply"]) == (words, words)

    # Nobody was taken, and what is raised tells of the first.
    error = RecipientsRefusedError(Code.RECIPIENT_UNKNOWN, {"a": reply(UNKNOWN)}, stage=Stage.RCPT)
    verdict = of(error, **refusals(a=UNKNOWN, b=words))
    assert fates(verdict) == {"a": Fate.REFUSED, "b": Fate.UNTRIED}
    assert (verdict.state, verdict.consequence, verdict.code) == (MailState.DEFERRED, consequence, code)


def test_of_several_causes_the_lasting_one_is_told() -> None:
    receipt = Receipt(reply=reply("250 ok"), accepted=("c",), **refusals(a=QUOTA, b=SUSPENDED))
    verdict = judging.of_receipt(receipt, {})
    assert verdict.code == Code.ACCOUNT_SUSPENDED
    assert fates(verdict) == {"a": Fate.UNTRIED, "b": Fate.UNTRIED, "c": Fate.ACCEPTED}


@pytest.mark.parametrize("words", ["550 5.4.5 daily limit", "451 4.3.0 later"])
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.DATA])
def test_a_later_transaction_is_judged_like_the_first(stage: Stage, words: str) -> None:
    code = Code.QUOTA_PER_DAY if words[0] == "5" else Code.SENDER_TEMPORARY
    error = ReplyError(code, reply(words), stage=stage)
    refused = {"b": reply(words), "c": reply("550 5.1.1 no")}
    verdict = judging.of_receipt(
        Receipt(reply=reply("250 ok"), accepted=("a",), refused=refused, error=error), {}
    )
    assert fates(verdict) == {"a": Fate.ACCEPTED, "b": Fate.UNTRIED, "c": Fate.REFUSED}
    assert (verdict.state, verdict.code) == (MailState.DEFERRED, code)


def test_a_quota_that_is_said_with_5xx_is_waited_for() -> None:
    quota, unknown = reply("550 5.4.5 daily limit"), reply("550 5.1.1 no such user")
    error = SenderRefusedError(Code.QUOTA_PER_DAY, quota, "", stage=Stage.MAIL)
    verdict = of(error, refused={"a": quota, "b": quota})
    assert (verdict.state, set(fates(verdict).values())) == (MailState.DEFERRED, {Fate.UNTRIED})
    of_two = RecipientsRefusedError(Code.QUOTA_PER_DAY, {"a": quota, "b": unknown}, stage=Stage.RCPT)
    verdict = of(of_two, refused={"a": quota, "b": unknown})
    assert fates(verdict) == {"a": Fate.UNTRIED, "b": Fate.REFUSED}


def test_earlier_outcomes_count() -> None:
    before = {"c": {"fate": "accepted"}}
    refused = {"a": reply("550 5.1.1 no")}
    error = RecipientsRefusedError(Code.RECIPIENTS_REFUSED, refused, stage=Stage.RCPT)
    error.outcome = Outcome(refused=refused)
    assert judging.of_error(error, ["a"], {}).state == MailState.FAILED
    assert judging.of_error(error, ["a"], before).state == MailState.PARTLY


def test_a_receipt_of_some_with_the_rest_untried_is_tried_again() -> None:
    receipt = Receipt(
        reply=reply("250 ok"),
        accepted=("a",),
        untried=("b",),
        error=DisconnectedError(Code.DISCONNECTED, stage=Stage.MAIL),
    )
    verdict = judging.of_receipt(receipt, {})
    assert (verdict.state, verdict.code, verdict.consequence) == (MailState.DEFERRED, "disconnected", None)
    assert judging.given_up(verdict, {}).state == MailState.PARTLY
