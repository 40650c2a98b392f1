"""A mail server whose service for checking logins is down is not told as one that cannot encrypt."""

from __future__ import annotations

import pytest

from tests.support.outcomes import failed, outcome
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.smtp.errors import Code

from .accounts import account, policy, try_out
from .daemon import MailServer

pytestmark = pytest.mark.servers


def test_dovecot_says_it_itself(broken_dovecot: MailServer) -> None:
    report = try_out(broken_dovecot, "submission", "tls")
    assert outcome(report) == failed("auth_temporary", "connect")
    assert report.error is not None
    assert "service for checking logins is out of order" in report.error.message


@pytest.mark.parametrize(
    ("listener", "security"), [("submissions", "ssl"), ("submission", "tls"), ("login-behind-tls", "tls")]
)
def test_postfix_ends_behind_the_encryption(broken_postfix: MailServer, listener: str, security: str) -> None:
    report = try_out(broken_postfix, listener, security)
    assert report.error is not None
    assert report.error.code == Code.DISCONNECTED
    assert report.error.stage == ("connect" if security == "ssl" else "starttls")
    assert "encrypted the connection and then closed it" in report.error.message
    assert "that checks logins" in report.error.hint


def test_dovecot_behind_ssl_ends_before_or_after_its_handshake(broken_dovecot: MailServer) -> None:
    """In the words of a wrong port, if it ends before: nothing tells the two apart. It may also say 421 first."""
    settings = account(broken_dovecot, "submissions", "ssl")
    report = connection_test.run(settings, policy(broken_dovecot, timeout=5.0))
    assert report.error is not None
    ended = {Code.DISCONNECTED, Code.TLS_BROKEN, Code.DEADLINE_PASSED}
    assert report.error.code in ended | {Code.AUTH_TEMPORARY}
    assert report.error.stage == "connect"
