"""The same cause in the connection test, in the delivery's error and in its log, over real connections."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.backend import EmailBackend
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.smtp import SMTPError
from wagtail_partner_smtp.smtp.errors import ReplyError

from ...smtp.accounts import account, make_settings, policy_for

pytestmark = pytest.mark.django_db

# One reply of each place and several causes: profile, cause, field, whether the test finds the settings right.
TESTED = [
    ("gmx-554-greeting-bad-ptr", "site_ip_without_name", ""),
    ("exchange-501-554-domain", "ehlo_name_refused", ""),
    ("microsoft-basic-auth-off", "basic_auth_disabled", "smtp_login"),
    ("microsoft-smtp-auth-off-tenant", "smtp_off_for_organisation", "smtp_login"),
    ("microsoft-credentials-incorrect", "auth_failed", "smtp_password"),
    ("yahoo-too-many-bad-auth", "account_locked", "smtp_password"),
    ("postfix-535-connection-lost", "auth_temporary", ""),
    ("qq-gbk-authorization-code", "application_password_required", "smtp_password"),
    ("brevo-525-unauthorized-ip", "site_ip_not_allowed", ""),
    ("gmail-545-quota-old", "quota_per_day", ""),
    ("yandex-sender-not-owned", "sender_not_owned", "smtp_email"),
    ("gmail-530-auth-required", "login_required", "smtp_login"),
    ("postgrey-greylisted-300-seconds", "greylisted", ""),
]
DELIVERED = [
    *TESTED[2:],
    ("outlook-com-sendas-52252", "sender_not_owned", ""),
    ("fastmail-551-header-address", "sender_not_owned", ""),
    ("microsoft-57708-real", "site_ip_blocked", ""),
    ("ses-454-rate", "sending_too_fast", ""),
]


def cause(report: ConnectionReport) -> tuple[str, str]:
    """Code and field of the error, or of the warning about the sender."""
    said = report.error or report.warnings[-1]
    return said.code, said.field


def examined(listener: Listener, **values: Any) -> ConnectionReport:
    return connection_test.run(account(listener, **values), policy_for(listener))


@pytest.mark.parametrize(("name", "code", "field"), TESTED, ids=[row[0] for row in TESTED])
def test_the_connection_test_names_the_cause(smtp: Served, name: str, code: str, field: str) -> None:
    report = examined(smtp.listen(f"reply:{name}", mode="ssl"))
    assert cause(report) == (code, field)
    assert report.deliverable == (code == "greylisted")


@pytest.mark.parametrize(("name", "code", "field"), DELIVERED, ids=[row[0] for row in DELIVERED])
def test_a_delivery_fails_by_the_same_cause_and_logs_it(
    smtp: Served,
    partner_on: PartnerOn,
    caplog: pytest.LogCaptureFixture,
    name: str,
    code: str,
    field: str,
) -> None:
    partner = partner_on(smtp.listen(f"reply:{name}", mode="ssl"))
    with caplog.at_level(logging.ERROR), pytest.raises(SMTPError) as caught:
        EmailBackend().send_messages([make_message(partner)])
    assert caught.value.code == code
    assert code in str(caught.value)
    records = [vars(record) for record in caplog.records if record.name == "wagtail_partner_smtp"]
    assert [record["code"] for record in records] == [code]


def test_the_words_of_a_greeting_are_judged_and_never_quoted(smtp: Served) -> None:
    reply = "554 5.7.1 Your IP address is on our blacklist, ask private@example.com"
    report = examined(smtp.listen(rules=(on("BANNER", reply=reply),)))
    assert cause(report) == ("site_ip_blocked", "")
    assert "private" not in str(report.as_dict())
    assert isinstance(report.facts.error, ReplyError)
    assert report.facts.error.reply.heard == ""


def test_a_reply_is_judged_before_the_password_in_it_is_taken_out(smtp: Served) -> None:
    """What is shown has a gap where the words stand that decide."""
    listener = smtp.listen(rules=(on("AUTH", reply="534 5.7.9 Application-specific password required"),))
    settings = account(listener, password="application-specific")
    report = connection_test.run(settings, policy_for(listener))
    assert cause(report) == ("application_password_required", "smtp_password")
    assert report.error
    assert report.error.reply == "5.7.9 [redacted] password required"


def test_no_login_and_a_login_that_is_not_remembered_are_told_apart(smtp: Served) -> None:
    listener = smtp.listen("reply:gmail-530-auth-required", mode="ssl")
    report = connection_test.run(make_settings(listener), policy_for(listener))
    assert cause(report) == ("login_required", "smtp_login")
    assert report.warnings[-1].hint == "Enter SMTP Login and SMTP Password."
    assert "although it has accepted this one" in examined(listener).warnings[-1].message


def test_authentication_required_over_tls_suggests_no_tls(smtp: Served) -> None:
    rules = (on("AUTH", reply="530 5.7.1 Authentication required"),)
    for mode in ("ssl", "starttls"):
        report = examined(smtp.listen(mode=mode, rules=rules))
        assert report.error
        assert (report.error.code, report.error.field) == ("auth_rejected", "smtp_login")
        assert report.error.suggestion is None
        assert "TLS" not in report.error.message + report.error.hint


def test_a_temporary_refusal_says_its_cause_and_the_settings_may_still_be_right(smtp: Served) -> None:
    rules = (on("RCPT", reply="450 4.1.8 Sender address rejected: Domain not found"),)
    report = examined(smtp.listen(rules=rules))
    assert cause(report) == ("sender_domain_unknown", "smtp_email")
    assert report.deliverable


def test_the_time_that_is_named_is_told(smtp: Served) -> None:
    rules = (on("RCPT", reply="450 4.2.0 Greylisted for 300 seconds"),)
    assert examined(smtp.listen(rules=rules)).warnings[-1].hint.endswith("Try again in 5 minutes.")


def test_the_provider_s_page_is_linked(smtp: Served) -> None:
    rules = (on("AUTH", reply="534 5.7.9 Application-specific password required"),)
    listener = smtp.listen(rules=rules, hostname="smtp.gmail.com")
    report = examined(listener)
    assert report.error
    assert report.error.link == "https://myaccount.google.com/apppasswords"
    assert report.as_dict()["error"]["link"] == report.error.link
    unknown = examined(smtp.listen(rules=rules)).error
    assert unknown
    assert unknown.link == ""


REPORTED = [
    # As people reported them, with what an editor has to be told.
    (
        "AUTH",
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
        "basic_auth_disabled",
    ),
    (
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "smtp_off_for_organisation",
    ),
    ("AUTH", "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", "auth_failed"),
    (
        "AUTH",
        "534 5.7.14 Please log in via your web browser and then try again.",
        "browser_sign_in_required",
    ),
    ("AUTH", "535 5.7.0 (#AUTH005) Too many bad auth attempts.", "account_locked"),
    (
        "AUTH",
        "535 Login Fail. Please enter your authorization code to login.",
        "application_password_required",
    ),
    ("AUTH", "525 5.7.1 Unauthorized IP address", "site_ip_not_allowed"),
    (
        "MAIL",
        "554 5.2.252 SendAsDenied; user@a.example not allowed to send as billing@b.example",
        "sender_not_owned",
    ),
    ("MAIL", "530 5.7.0 Authentication Required.", "login_required"),
    ("MAIL", "550 5.7.708 Access denied, traffic not accepted from this IP.", "site_ip_blocked"),
    (
        "MAIL",
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org",
        "site_ip_blocked",
    ),
    ("MAIL", "550 5.4.5 Daily user sending limit exceeded.", "quota_per_day"),
    (
        "MAIL",
        "550 5.1.8 <billing@example.org>: Sender address rejected: Domain not found",
        "sender_domain_unknown",
    ),
    (
        "RCPT",
        "504 5.5.2 <web-1>: Helo command rejected: need fully-qualified hostname",
        "ehlo_name_refused",
    ),
]


@pytest.mark.parametrize("mode", ["plain", "starttls"])
@pytest.mark.parametrize(("verb", "reply", "code"), REPORTED, ids=[row[1][:24] for row in REPORTED])
def test_what_people_reported_is_told_with_and_without_encryption(
    smtp: Served, mode: Any, verb: str, reply: str, code: str
) -> None:
    report = examined(smtp.listen(mode=mode, rules=(on(verb, reply=reply),)))
    assert cause(report)[0] == code
    assert not report.deliverable
    said = report.error or report.warnings[-1]
    assert ("PARTNER_SMTP_EHLO_NAME" in said.hint) == (code == "ehlo_name_refused")
