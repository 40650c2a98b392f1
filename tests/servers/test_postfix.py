"""What is peculiar to Postfix: when and how it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.outcomes import FINE, Outcome, applied, failed, outcome, suggested, warned
from wagtail_partner_smtp import connection_test

from .accounts import COLLEAGUE, FOREIGN, MISSPELT, UMLAUT, WITHOUT_LOGIN, Values, mechanism, policy, try_out
from .certificates import FAULTS
from .daemon import MailServer

pytestmark = pytest.mark.servers

NO_LOGIN = warned("auth_not_offered", "auth", "smtp_login", deliverable=False)
NEEDS_CERTIFICATE = "client_certificate_required"
Case = tuple[str, str, Values, Outcome, int | None, str | None]


NO_MAILBOX = warned("sender_without_mailbox", "sender", "smtp_email")


def refused(code: str, field: str, **values: Any) -> Outcome:
    return warned(code, "sender", field, deliverable=False, **values)


# Listener, security, what differs from the usual account; outcome, the server's code and enhanced code.
CASES: list[Case] = [
    # Senders
    ("owners-logged-in", "ssl", COLLEAGUE, refused("sender_not_owned", "smtp_email"), 553, "5.7.1"),
    ("owners-logged-in", "ssl", {}, FINE, None, None),
    ("owners-only", "ssl", WITHOUT_LOGIN, refused("login_required", "smtp_login"), 553, "5.7.1"),
    ("knows-senders", "ssl", MISSPELT, refused("sender_refused", "smtp_email"), 550, "5.1.0"),
    ("submissions", "ssl", MISSPELT, NO_MAILBOX, 550, "5.1.1"),
    ("submissions", "ssl", FOREIGN, FINE, None, None),
    ("submissions", "ssl", UMLAUT, FINE, None, None),
    ("ascii", "ssl", UMLAUT, refused("smtputf8_required", "smtp_email"), None, None),
    ("greylist", "ssl", {}, warned("sender_temporary", "sender"), 450, "4.7.1"),
    ("greylist-at-mail", "ssl", {}, warned("sender_temporary", "sender"), 450, "4.7.1"),
    ("full", "ssl", {}, warned("server_busy", "sender"), 452, "4.3.1"),
    # "Relay access denied": a login is missing, or what it takes to log in, or the port is for incoming mail
    ("login-anywhere", "tls", WITHOUT_LOGIN | FOREIGN, refused("login_required", "smtp_login"), 554, "5.7.1"),
    ("login-anywhere", "none", WITHOUT_LOGIN | FOREIGN, refused("login_required", "smtp_login"), 554, "5.7.1"),
    ("login-behind-tls", "none", WITHOUT_LOGIN | FOREIGN, refused(
        "encryption_required", "smtp_security", remedy=True,
    ), 554, "5.7.1"),
    ("incoming", "none", WITHOUT_LOGIN | FOREIGN, refused("relay_refused", "smtp_port"), 554, "5.7.1"),
    ("incoming", "tls", WITHOUT_LOGIN | FOREIGN, refused("relay_refused", "smtp_port"), 554, "5.7.1"),
    ("incoming", "none", WITHOUT_LOGIN | MISSPELT, refused("sender_unknown", "smtp_email"), 550, "5.1.1"),
    ("submission", "none", WITHOUT_LOGIN, refused(
        "encryption_required", "smtp_security", remedy=True,
    ), 530, "5.7.0"),
    # Clients
    ("refuses-client", "none", {}, failed("server_refuses", "connect", "smtp_host"), 554, "5.7.1"),
    ("refuses-client-ssl", "ssl", {}, failed("server_refuses", "connect", "smtp_host"), 554, "5.7.1"),
    ("refuses-client-late", "tls", WITHOUT_LOGIN, refused("relay_refused", "smtp_port"), 554, "5.7.1"),
    ("refuses-client-late", "none", WITHOUT_LOGIN, refused("relay_refused", "smtp_port"), 554, "5.7.1"),
    ("defers-client", "tls", {}, failed("server_busy", "connect"), 450, "4.3.2"),
    ("refuses-name", "tls", {}, failed("ehlo_name_refused", "ehlo"), 554, "5.7.1"),
    ("refuses-name-late", "none", WITHOUT_LOGIN, refused("relay_refused", "smtp_port"), 554, "5.7.1"),
    # Encryption
    ("no-starttls", "tls", {}, failed("starttls_not_offered", "starttls", "smtp_security"), None, None),
    ("login-behind-tls", "none", {}, warned(
        "encryption_required", "auth", "smtp_security", deliverable=False, remedy=True,
    ), None, None),
    ("tls1.0-ssl", "ssl", {}, failed("tls_version", "connect", "smtp_host"), None, None),
    ("tls1.1-starttls", "tls", {}, failed("tls_version", "starttls", "smtp_host"), None, None),
    ("odd-cipher-ssl", "ssl", {}, failed("tls_cipher", "connect", "smtp_host"), None, None),
    ("odd-cipher-starttls", "tls", {}, failed("tls_cipher", "starttls", "smtp_host"), None, None),
    *((f"client-certificate-{version}-{name}", security, {}, failed(
        NEEDS_CERTIFICATE, stage, "smtp_port",
    ), 421, "4.7.1") for version in ("1.2", "1.3") for name, security, stage in (
        ("ssl", "ssl", "connect"), ("starttls", "tls", "starttls"),
    )),
    ("client-certificate-asked", "ssl", {}, FINE, None, None),
    # Logins
    ("unknown-mechanisms", "ssl", {}, failed("no_common_mechanism", "auth", "smtp_login"), None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("listener", "security", "values", "expected", "smtp_code", "enhanced_code"),
    CASES,
    ids=[f"{listener}-{security}-{expected.code or 'fine'}" for listener, security, _, expected, *_ in CASES],
)
def test_the_cause_is_named(
    postfix_server: MailServer,
    listener: str,
    security: str,
    values: Values,
    expected: Outcome,
    smtp_code: int | None,
    enhanced_code: str | None,
) -> None:
    report = try_out(postfix_server, listener, security, **values)
    assert outcome(report) == expected
    said = report.error or (report.warnings[0] if report.warnings else None)
    assert (said and said.smtp_code, said and said.enhanced_code) == (smtp_code, enhanced_code)
    if suggested(report):
        # What it leads to is right, or wants one thing more.
        following = outcome(connection_test.run(applied(report), policy(postfix_server)))
        assert following == FINE or following.code == "login_required"


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_each_fault_of_a_certificate_is_named(postfix_server: MailServer, fault: str, code: str) -> None:
    report = try_out(postfix_server, f"{fault}-starttls", "tls")
    assert outcome(report) == failed(code, "starttls", "smtp_host")


@pytest.mark.parametrize(("listener", "version"), [("tls1.2-starttls", "TLSv1.2"), ("tls1.3-ssl", "TLSv1.3")])
def test_one_current_version_of_tls_is_enough(
    postfix_server: MailServer, listener: str, version: str
) -> None:
    report = try_out(postfix_server, listener, "ssl" if listener.endswith("ssl") else "tls")
    assert (outcome(report), report.tls and report.tls.version) == (FINE, version)


@pytest.mark.parametrize(
    ("listener", "name"), [("scram", "SCRAM-SHA-256"), ("cram", "CRAM-MD5"), ("login", "LOGIN")]
)
def test_each_mechanism_logs_in_and_tells_a_wrong_password(
    postfix_server: MailServer, listener: str, name: str
) -> None:
    report = try_out(postfix_server, listener, "ssl")
    assert (outcome(report), mechanism(report)) == (FINE, name)
    report = try_out(postfix_server, listener, "ssl", password="wrong")
    assert outcome(report) == failed("auth_failed", "auth", "smtp_password")


def test_too_many_logins_are_no_wrong_password(postfix_server: MailServer) -> None:
    assert outcome(try_out(postfix_server, "one-login-a-minute", "ssl")) == FINE
    report = try_out(postfix_server, "one-login-a-minute", "ssl")
    assert outcome(report) == failed("account_locked", "auth", "smtp_password")
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (450, "4.7.1")


def test_too_many_visits_are_a_busy_server(postfix_server: MailServer) -> None:
    assert try_out(postfix_server, "one-visit-a-minute", "tls", **WITHOUT_LOGIN).deliverable is None
    report = try_out(postfix_server, "one-visit-a-minute", "tls", **WITHOUT_LOGIN)
    assert outcome(report) == failed("connection_limit", "connect")
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (421, "4.7.0")


def test_postscreen_is_waited_for(postfix_server: MailServer) -> None:
    """It says half of its greeting at once and the rest after a while, to the first visitor of an address."""
    report = try_out(postfix_server, "postscreen", "tls", **WITHOUT_LOGIN)
    assert outcome(report) == warned("relay_not_tried", "sender", "smtp_login", deliverable=False)


def test_a_port_for_incoming_mail_leads_to_the_one_for_sending(postfix_server: MailServer) -> None:
    report = try_out(postfix_server, "incoming", "none", look_at=("submissions",), **WITHOUT_LOGIN | FOREIGN)
    assert outcome(report) == refused("relay_refused", "smtp_port", remedy=True)
    following = connection_test.run(applied(report), policy(postfix_server))
    assert outcome(following) == refused("login_required", "smtp_login")
