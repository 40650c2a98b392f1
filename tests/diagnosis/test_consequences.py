"""What is done with waiting mail, by cause, stage and reply."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.diagnosis.consequences import BY_CODE, Consequence, consequence
from wagtail_partner_smtp.smtp.errors import Code, ReplyError, SMTPError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.stages import Stage

SOON, LATER, STOP = Consequence.RETRY_SOON, Consequence.RETRY_LATER, Consequence.STOP_PARTNER
MESSAGE, RECIPIENT = Consequence.FAIL_MESSAGE, Consequence.FAIL_RECIPIENT


def refused(code: Code, stage: Stage, reply: str) -> ReplyError:
    number, _, text = reply.partition(" ")
    enhanced = text.split()[0] if text else ""
    return ReplyError(code, Reply(code=int(number), enhanced_code=enhanced, text=text), stage=stage)


# About one message, or no errors of a delivery at all.
FAILS_ALONE = {
    Code.USER_EMAIL_MISSING,
    Code.TOO_MANY_RECIPIENTS,
    Code.SENDER_REFUSED,
    Code.DATA_REFUSED,
    Code.CONTENT_REFUSED,
    Code.CONTENT_MALFORMED,
    Code.MESSAGE_TOO_LARGE,
    Code.MESSAGE_INVALID,
    Code.HEADER_INVALID,
    Code.HEADER_TOO_LONG,
    Code.SMTPUTF8_REQUIRED,
    Code.OUTCOME_UNKNOWN,
    Code.PARTNER_MISSING,
    Code.PARTNER_INACTIVE,
    Code.WRONG_MAILER,
    Code.RELAY_NOT_TRIED,
    Code.TEST_RECIPIENT_REFUSED,
    Code.CLEARTEXT_PASSWORD,
    Code.SENDER_WITHOUT_MAILBOX,
    Code.SIZE_LIMIT_LOW,
    Code.STARTTLS_SKIPPED,
    Code.TRANSPORT_REPLACED,
    Code.INTERNAL_ERROR,
}


def test_each_code_has_been_thought_of() -> None:
    assert {code for code in Code if BY_CODE[code] is MESSAGE} == FAILS_ALONE


@pytest.mark.parametrize("code", [code for code in Code if code.name.startswith("CERTIFICATE_")])
def test_certificates_have_to_be_corrected_first(code: Code) -> None:
    assert BY_CODE[code] is STOP


@pytest.mark.parametrize(
    ("code", "stage", "reply", "expected"),
    [
        (Code.AUTH_FAILED, Stage.AUTH, "535 5.7.8", STOP),
        (Code.AUTH_FAILED, Stage.AUTH, "435 4.7.8", STOP),
        (Code.AUTH_TEMPORARY, Stage.AUTH, "454 4.7.0", LATER),
        (Code.ACCOUNT_LOCKED, Stage.AUTH, "535 5.7.0", LATER),
        (Code.SMTP_OFF_FOR_ACCOUNT, Stage.DATA, "450", STOP),
        (Code.BASIC_AUTH_DISABLED, Stage.AUTH, "550 5.7.30", STOP),
        (Code.SERVER_BUSY, Stage.CONNECT, "421", LATER),
        (Code.EHLO_NAME_REFUSED, Stage.RCPT, "504 5.5.2", STOP),
        (Code.EHLO_NAME_REFUSED, Stage.EHLO, "421 4.7.0", STOP),
        (Code.SITE_IP_BLOCKED, Stage.MAIL, "554 5.7.1", STOP),
        (Code.SITE_IP_BLOCKED, Stage.RCPT, "554 5.7.1", STOP),
        (Code.SITE_IP_BLOCKED, Stage.MAIL, "421 4.7.0", LATER),
        (Code.LOGIN_REQUIRED, Stage.RCPT, "530 5.7.0", STOP),
        (Code.SENDER_NOT_OWNED, Stage.MAIL, "553 5.7.1", STOP),
        (Code.SENDER_NOT_OWNED, Stage.RCPT, "553 5.7.1", RECIPIENT),
        (Code.SENDER_NOT_OWNED, Stage.MAIL, "451 4.0.0", STOP),
        (Code.SENDER_DOMAIN_UNKNOWN, Stage.RCPT, "550 5.1.8", STOP),
        (Code.SENDER_DOMAIN_UNKNOWN, Stage.RCPT, "450 4.1.8", SOON),
        (Code.SENDER_TEMPORARY, Stage.MAIL, "450 4.2.0", SOON),
        (Code.SENDER_TEMPORARY, Stage.MAIL, "451 4.7.1", LATER),
        (Code.SENDER_TEMPORARY, Stage.MAIL, "452 4.3.1", LATER),
        (Code.SENDER_TEMPORARY, Stage.RCPT, "452 4.2.2", SOON),
        (Code.GREYLISTED, Stage.RCPT, "451 4.7.1", SOON),
        (Code.GREYLISTED, Stage.RCPT, "550 5.7.1", RECIPIENT),
        (Code.QUOTA_PER_DAY, Stage.MAIL, "550 5.4.5", LATER),
        (Code.QUOTA_PER_HOUR, Stage.RCPT, "450 4.7.1", LATER),
        (Code.SENDING_TOO_FAST, Stage.DATA, "454", LATER),
        (Code.RECIPIENT_UNKNOWN, Stage.RCPT, "550 5.1.1", RECIPIENT),
        (Code.RECIPIENT_UNKNOWN, Stage.RCPT, "450 4.1.1", SOON),
        (Code.RECIPIENT_MAILBOX_FULL, Stage.RCPT, "452 4.2.2", SOON),
        (Code.RECIPIENT_MAILBOX_FULL, Stage.RCPT, "552 5.2.2", RECIPIENT),
        (Code.RECIPIENTS_REFUSED, Stage.RCPT, "550", RECIPIENT),
        (Code.RELAY_REFUSED, Stage.RCPT, "554 5.7.1", RECIPIENT),
        (Code.CONTENT_REFUSED, Stage.DATA, "554 5.7.1", MESSAGE),
        (Code.CONTENT_REFUSED, Stage.DATA, "450 4.7.1", SOON),
        (Code.DATA_REFUSED, Stage.DATA, "554", MESSAGE),
        (Code.DATA_REFUSED, Stage.DATA, "450", SOON),
        (Code.DATA_REFUSED, Stage.DATA, "421", LATER),
        (Code.MESSAGE_TOO_LARGE, Stage.MAIL, "552 5.3.4", MESSAGE),
        (Code.MESSAGE_TOO_LARGE, Stage.RCPT, "552 5.3.4", RECIPIENT),
    ],
)
def test_what_a_refusal_leads_to(code: Code, stage: Stage, reply: str, expected: Consequence) -> None:
    assert consequence(refused(code, stage, reply)) is expected


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.AUTH])
def test_no_mail_is_given_up_for_a_temporary_reply(code: Code, stage: Stage) -> None:
    for reply in ("450 4.2.0", "421 4.3.0", "451 4.7.1", "452"):
        assert consequence(refused(code, stage, reply)) in {SOON, LATER, STOP}


@pytest.mark.parametrize(
    ("code", "stage", "expected"),
    [
        (Code.CONNECTION_REFUSED, Stage.CONNECT, LATER),
        (Code.DISCONNECTED, Stage.DATA, SOON),
        (Code.DEADLINE_PASSED, Stage.MAIL, SOON),
        (Code.DEADLINE_PASSED, Stage.EHLO, LATER),
        (Code.PASSWORD_UNREADABLE, Stage.SETTINGS, STOP),
        (Code.OUTCOME_UNKNOWN, Stage.DATA, MESSAGE),
        (Code.HEADER_INVALID, None, MESSAGE),
    ],
)
def test_what_an_error_without_a_reply_leads_to(
    code: Code, stage: Stage | None, expected: Consequence
) -> None:
    assert consequence(SMTPError(code, stage=stage)) is expected


def test_an_address_of_the_message_is_the_message_s_fault() -> None:
    error = SMTPError(Code.EMAIL_INVALID, stage=Stage.RCPT, facts={"address": "x y@example.org"})
    assert consequence(error) is MESSAGE
    assert consequence(SMTPError(Code.EMAIL_INVALID, stage=Stage.SETTINGS)) is STOP
