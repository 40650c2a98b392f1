"""What is the same on every server: the three modes, logins, wrong ports and securities, certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates

from tests.support.outcomes import FINE, applied, failed, outcome, suggested, warned
from wagtail_partner_smtp import connection_test

from .accounts import WITHOUT_LOGIN, WRONG_PASSWORD, mechanism, policy, try_out
from .daemon import MailServer
from .dovecot import HOST as DOVECOT_HOST
from .dovecot import UNTRUSTED_HOST

pytestmark = pytest.mark.servers

ENCRYPTED = [(name, *each) for name in ("postfix", "exim", "dovecot") for each in (
    ("submission", "tls"), ("submissions", "ssl"),
)]  # fmt: skip
# Dovecot offers strangers no login in clear text.
CLEAR = [("postfix", "clear", "none"), ("exim", "clear", "none")]
UNTRUSTED = {
    "postfix": {"ssl": "untrusted-ssl", "tls": "untrusted-starttls"},
    "exim": {"ssl": "untrusted-ssl", "tls": "untrusted-starttls"},
    "dovecot": {"ssl": "submissions", "tls": "submission"},
}
NOT_TRUSTED = warned("certificate_not_verified", "connect", "smtp_host", deliverable=False)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> MailServer:
    found: MailServer = request.getfixturevalue(f"{request.param}_server")
    return found


def untrusted(request: pytest.FixtureRequest, name: str, security: str) -> dict[str, Any]:
    """Arguments for a server whose certificate is by an unknown authority."""
    server = request.getfixturevalue(f"{name}_server")
    host = {"host": UNTRUSTED_HOST} if name == "dovecot" else {}
    return {"server": server, "listener": UNTRUSTED[name][security], "security": security, **host}


@pytest.mark.parametrize(("server", "listener", "security"), ENCRYPTED, indirect=["server"])
def test_right_settings_are_green(
    server: MailServer, certificates: Path, listener: str, security: str
) -> None:
    report = try_out(server, listener, security)
    assert (outcome(report), report.status, mechanism(report)) == (FINE, "ok", "PLAIN")
    assert report.tls is not None
    assert (report.tls.version, report.tls.verified) == ("TLSv1.3", True)
    name = "dovecot" if server.host == DOVECOT_HOST else "good"
    shown, *_ = load_pem_x509_certificates((certificates / f"{name}.pem").read_bytes())
    assert report.tls.sha256 == shown.fingerprint(SHA256()).hex()
    assert server.host in report.tls.names
    assert "AUTH" in report.extensions


@pytest.mark.parametrize(("server", "listener", "security"), CLEAR, indirect=["server"])
def test_a_login_in_clear_text_does_not_show_the_password(
    server: MailServer, listener: str, security: str
) -> None:
    report = try_out(server, listener, security)
    assert (outcome(report), report.warnings) == (FINE, ())
    assert mechanism(report) in {"SCRAM-SHA-256", "CRAM-MD5"}


@pytest.mark.parametrize(("server", "listener", "security"), ENCRYPTED + CLEAR, indirect=["server"])
def test_a_wrong_password_is_named(server: MailServer, listener: str, security: str) -> None:
    report = try_out(server, listener, security, **WRONG_PASSWORD)
    assert outcome(report) == failed("auth_failed", "auth", "smtp_password")
    assert report.error is not None
    assert report.error.smtp_code == 535


@pytest.mark.parametrize(("server", "listener", "security"), ENCRYPTED + CLEAR, indirect=["server"])
def test_a_login_that_is_needed_is_named(server: MailServer, listener: str, security: str) -> None:
    """530 at MAIL (Dovecot), 550 at MAIL (Exim), 554 at RCPT (Postfix)."""
    report = try_out(server, listener, security, **WITHOUT_LOGIN)
    assert outcome(report) == warned("login_required", "sender", "smtp_login", deliverable=False)


MISTAKES = [
    ("submission", "ssl", failed("tls_not_spoken", "connect", "smtp_security", remedy=True), "tls"),
    ("submissions", "tls", failed("tls_expected", "connect", "smtp_security", remedy=True), "ssl"),
    ("submissions", "none", failed("tls_expected", "connect", "smtp_security", remedy=True), "ssl"),
    ("submission", "none", warned(
        "encryption_required", "auth", "smtp_security", deliverable=False, remedy=True,
    ), "tls"),
]  # fmt: skip


@pytest.mark.parametrize("server", ["postfix", "exim", "dovecot"], indirect=True)
@pytest.mark.parametrize(("listener", "security", "expected", "right"), MISTAKES)
def test_a_wrong_security_is_named_and_the_right_one_works(
    server: MailServer, listener: str, security: str, expected: Any, right: str
) -> None:
    report = try_out(server, listener, security)
    assert outcome(report) == expected
    assert suggested(report) == {"smtp_port": server.ports[listener], "smtp_security": right}
    assert outcome(connection_test.run(applied(report), policy(server))) == FINE


@pytest.mark.parametrize("server", ["postfix", "exim"], indirect=True)
@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ("tls", failed("starttls_not_offered", "starttls", "smtp_security", remedy=True)),
        ("ssl", failed("encryption_not_offered", "connect", "smtp_port", remedy=True)),
    ],
)
def test_a_port_without_encryption_leads_to_one_with_it(
    server: MailServer, security: str, expected: Any
) -> None:
    report = try_out(server, "clear", security, look_at=("incoming", "submissions"))
    assert outcome(report)[:2] == expected[:2]
    assert suggested(report)["smtp_port"] in {server.ports["incoming"], server.ports["submissions"]}
    report = try_out(server, "clear", security, look_at=("submissions",))
    assert outcome(report) == expected
    assert outcome(connection_test.run(applied(report), policy(server))) == FINE


@pytest.mark.parametrize("server", ["postfix", "exim"], indirect=True)
@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_port_for_incoming_mail_leads_to_one_with_a_login(server: MailServer, security: str) -> None:
    """The sender is of a domain of the server's own: its mail would be taken, but its customers' not."""
    report = try_out(server, "incoming", security, look_at=("submissions",))
    assert outcome(report) == warned("auth_not_offered", "auth", "smtp_login", deliverable=False, remedy=True)
    assert outcome(connection_test.run(applied(report), policy(server))) == FINE


@pytest.mark.parametrize("name", ["postfix", "exim", "dovecot"])
class TestAnUntrustedCertificate:
    def test_the_ssl_test_goes_on_and_is_not_green(self, request: pytest.FixtureRequest, name: str) -> None:
        report = try_out(**untrusted(request, name, "ssl"))
        assert outcome(report) == NOT_TRUSTED._replace(reason="certificate_unknown_issuer")
        assert (report.status, bool(mechanism(report))) == ("untrusted", True)

    def test_the_tls_test_ends(self, request: pytest.FixtureRequest, name: str) -> None:
        report = try_out(**untrusted(request, name, "tls"))
        assert outcome(report) == failed("certificate_unknown_issuer", "starttls", "smtp_host")

    def test_a_stored_password_is_not_sent(self, request: pytest.FixtureRequest, name: str) -> None:
        report = try_out(**untrusted(request, name, "ssl"), password_typed=False)
        assert {each.code for each in report.warnings} >= {"stored_password_not_sent"}
        assert (report.deliverable, mechanism(report)) == (False, "")

    @pytest.mark.parametrize("security", ["ssl", "tls"])
    def test_it_can_be_trusted(self, request: pytest.FixtureRequest, name: str, security: str) -> None:
        arguments = untrusted(request, name, security)
        seen = try_out(**arguments).tls
        assert seen is not None
        report = try_out(**arguments, pinned_certificate=seen.sha256)
        stage = {"ssl": "connect", "tls": "starttls"}[security]
        assert outcome(report)[:2] == ("certificate_pinned", stage)
        assert (report.ok, report.deliverable) == (True, True)
