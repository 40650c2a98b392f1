"""What is peculiar to Exim: it gives no enhanced codes, has its own words, and GnuTLS."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.outcomes import FINE, Outcome, applied, failed, outcome, suggested, warned
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp import connection_test

from .accounts import COLLEAGUE, FOREIGN, MISSPELT, WITHOUT_LOGIN, Values, account, mechanism, policy, try_out
from .daemon import MailServer

pytestmark = pytest.mark.servers


NO_MAILBOX = warned("sender_without_mailbox", "sender", "smtp_email")


def refused(code: str, field: str, **values: Any) -> Outcome:
    return warned(code, "sender", field, deliverable=False, **values)


Case = tuple[str, str, Values, Outcome, int | None]

CASES: list[Case] = [
    # Senders: whether it is the mailbox or the login shows in what becomes of the postmaster.
    ("submissions", "ssl", MISSPELT, NO_MAILBOX, 550),
    ("submissions", "ssl", FOREIGN, FINE, None),
    ("owners-only", "ssl", {}, FINE, None),
    ("owners-only", "ssl", COLLEAGUE, refused("sender_not_owned", "smtp_email"), 550),
    ("owners-only-at-mail", "ssl", COLLEAGUE, refused("sender_refused", "smtp_email"), 550),
    ("greylist", "ssl", {}, warned("greylisted", "sender"), 451),
    # "relay not permitted", "Authentication required", "Encryption required", "Unknown user": all 550
    ("login-behind-tls", "tls", WITHOUT_LOGIN | FOREIGN, refused("login_required", "smtp_login"), 550),
    ("login-behind-tls", "none", WITHOUT_LOGIN | FOREIGN, refused(
        "encryption_required", "smtp_security", remedy=True,
    ), 550),
    ("incoming", "none", WITHOUT_LOGIN | FOREIGN, refused("sender_refused", "smtp_email"), 550),
    ("incoming", "none", WITHOUT_LOGIN | MISSPELT, refused("sender_refused", "smtp_email"), 550),
    ("submission", "none", WITHOUT_LOGIN, refused("encryption_required", "smtp_security", remedy=True), 550),
    ("encrypts-mail", "none", WITHOUT_LOGIN, refused("encryption_required", "smtp_security", remedy=True), 550),
    ("encrypts-mail", "none", {}, refused("encryption_required", "smtp_security", remedy=True), 550),
    ("encrypts-rcpt", "none", WITHOUT_LOGIN, refused("encryption_required", "smtp_security", remedy=True), 550),
    # Clients
    ("refuses-client", "tls", {}, failed("server_refuses", "connect", "smtp_host"), 550),
    ("defers-client", "tls", {}, failed("server_busy", "connect"), 451),
    ("refuses-name", "tls", {}, failed("ehlo_refused", "ehlo", "smtp_host"), 550),
    # Encryption
    ("login-behind-tls", "none", {}, warned(
        "encryption_required", "auth", "smtp_security", deliverable=False, remedy=True
    ), None),
    ("tls-out-of-order", "tls", {}, failed("starttls_refused", "starttls", "smtp_security"), 454),
    ("tls1.0-ssl", "ssl", {}, failed("tls_version", "connect", "smtp_host"), None),
    ("tls1.0-starttls", "tls", {}, failed("tls_version", "starttls", "smtp_host"), None),
    ("odd-cipher-ssl", "ssl", {}, failed("tls_cipher", "connect", "smtp_host"), None),
    ("odd-cipher-starttls", "tls", {}, failed("tls_cipher", "starttls", "smtp_host"), None),
    *((f"client-certificate-{version}-{name}", security, {}, failed(
        "client_certificate_required", stage, "smtp_port",
    ), None) for version in ("1.2", "1.3") for name, security, stage in (
        ("ssl", "ssl", "connect"), ("starttls", "tls", "starttls"),
    )),
    # Logins
    ("logins-out-of-order", "ssl", {}, failed("auth_temporary", "auth"), 435),
]  # fmt: skip


@pytest.mark.parametrize(
    ("listener", "security", "values", "expected", "smtp_code"),
    CASES,
    ids=[f"{listener}-{security}-{expected.code or 'fine'}" for listener, security, _, expected, _ in CASES],
)
def test_the_cause_is_named(
    exim_server: MailServer,
    listener: str,
    security: str,
    values: Values,
    expected: Outcome,
    smtp_code: int | None,
) -> None:
    report = try_out(exim_server, listener, security, **values)
    assert outcome(report) == expected
    said = report.error or next((each for each in report.warnings if each.stage == expected.stage), None)
    assert (said and said.smtp_code, said and said.enhanced_code) == (smtp_code, None)
    if suggested(report):
        # What it leads to is right, or wants one thing more.
        following = outcome(connection_test.run(applied(report), policy(exim_server)))
        assert following == FINE or following.code in {"login_required", "relay_not_tried"}


def test_cram_md5_logs_in(exim_server: MailServer) -> None:
    report = try_out(exim_server, "cram", "ssl")
    assert (outcome(report), mechanism(report)) == (FINE, "CRAM-MD5")


def test_a_login_that_outlasts_the_deadline_is_named(exim_server: MailServer) -> None:
    """Servers let wrong logins wait; this one for a minute."""
    settings = account(exim_server, "slow-logins", "ssl")
    report = connection_test.run(settings, policy(exim_server, timeout=5.0))
    assert outcome(report) == failed("deadline_passed", "auth", "smtp_login")


def test_too_many_connections_are_told_as_that(exim_server: MailServer) -> None:
    with ExitStack() as others:
        greeting = b"220 "
        while greeting == b"220 ":
            address = ("127.0.0.1", exim_server.ports["few-at-a-time"])
            other = others.enter_context(socket.create_connection(address, PATIENCE))
            greeting = other.recv(4)
        report = try_out(exim_server, "few-at-a-time", "tls")
    assert outcome(report) == failed("connection_limit", "connect")
    assert report.error is not None
    assert report.error.smtp_code == 421
