"""What is peculiar to Dovecot: its answers to logins, and what else it serves."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.support.outcomes import FINE, failed, outcome, warned
from tests.support.stopwatch import PATIENCE, until
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.session import SMTPSession

from .accounts import FOREIGN, MISSPELT, WITHOUT_LOGIN, account, policy, try_out
from .daemon import MailServer
from .dovecot import CONNECTIONS, CROWDED, DISABLED, WITHOUT_RELAY

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("postfix_server")]

SERVICES = {"imap": "IMAP", "imaps": "IMAP", "pop3": "POP3", "pop3s": "POP3", "lmtp": "LMTP"}


@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
@pytest.mark.parametrize(("listener", "service"), SERVICES.items())
def test_another_service_is_named(
    dovecot_server: MailServer, listener: str, service: str, security: str
) -> None:
    report = try_out(dovecot_server, listener, security)
    stage = "ehlo" if listener == "lmtp" and security != "ssl" else "connect"
    assert outcome(report) == failed("wrong_service", stage, "smtp_port")
    assert report.error is not None
    assert report.error.message.endswith(f"it speaks {service}.")


def test_another_service_leads_to_submission(dovecot_server: MailServer) -> None:
    report = try_out(dovecot_server, "imap", "tls", look_at=("imaps", "submission"))
    assert report.error is not None
    assert report.error.suggestion == {
        "smtp_port": dovecot_server.ports["submission"],
        "smtp_security": "tls",
    }


def test_encryption_that_mail_needs_is_named(dovecot_server: MailServer) -> None:
    report = try_out(dovecot_server, "submission", "none", **WITHOUT_LOGIN)
    assert outcome(report) == warned(
        "encryption_required", "sender", "smtp_security", deliverable=False, remedy=True
    )
    assert (report.warnings[0].smtp_code, report.warnings[0].enhanced_code) == (530, "5.7.0")


@pytest.mark.parametrize("login", ["billing", "nobody"])
def test_one_wrong_attempt_is_made_and_its_slow_answer_waited_for(
    dovecot_server: MailServer, login: str
) -> None:
    log = dovecot_server.place / "dovecot.log"
    before = log.read_text()
    report = try_out(dovecot_server, "submission", "tls", login=login, password="wrong")
    assert outcome(report) == failed("auth_failed", "auth", "smtp_password")
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (535, "5.7.8")
    until(lambda: "(auth failed, 1 attempts" in log.read_text().removeprefix(before))


def test_an_account_that_is_switched_off_is_no_wrong_password(dovecot_server: MailServer) -> None:
    report = try_out(dovecot_server, "submission", "tls", login=DISABLED)
    assert outcome(report) == failed("account_disabled", "auth", "smtp_login")
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (525, "5.7.13")


def test_a_server_without_its_relay_is_busy(dovecot_server: MailServer) -> None:
    report = try_out(dovecot_server, "submissions", "ssl", login=WITHOUT_RELAY)
    assert outcome(report) == warned("server_busy", "sender")
    assert report.warnings[0].smtp_code == 421


def test_what_its_relay_says_comes_through(dovecot_server: MailServer) -> None:
    report = try_out(dovecot_server, "submissions", "ssl", **MISSPELT)
    assert outcome(report) == warned("sender_without_mailbox", "sender", "smtp_email")
    assert outcome(try_out(dovecot_server, "submissions", "ssl", **FOREIGN)) == FINE


def test_too_many_sessions_of_a_login_are_no_wrong_password(dovecot_server: MailServer) -> None:
    settings = account(dovecot_server, "submissions", "ssl", login=CROWDED)
    with ExitStack() as sessions:
        for _ in range(CONNECTIONS):
            limits = Limits.for_delivery(PATIENCE)
            sessions.enter_context(SMTPSession(settings, policy(dovecot_server), limits))
        report = try_out(dovecot_server, "submissions", "ssl", login=CROWDED)
    assert outcome(report) == failed("connection_limit", "auth")
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (421, "4.7.0")
