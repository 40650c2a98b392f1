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


def test_unknown_is_unknown_whatever_else_there_is() -> None:
    error = DisconnectedError(Code.OUTCOME_UNKNOWN, stage=Stage.DATA)
    verdict = of(error, unknown=("a",), untried=("b",))
    assert (verdict.state, fates(verdict)) == (MailState.UNKNOWN, {"a": Fate.UNKNOWN, "b": Fate.UNTRIED})


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
