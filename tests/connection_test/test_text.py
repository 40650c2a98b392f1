"""The report as plain text: complete for a provider's support, and without what is nobody's business."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test import text
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.smtp import Policy, SMTPSettings
from wagtail_partner_smtp.smtp.settings import InputError

from ..smtp.accounts import account, policy_for

LOGIN, EMAIL, PASSWORD = "billing@example.org", "Invoices@example.org", "S3cr€t-Pässword"


def run(target: Any, **values: Any) -> ConnectionReport:
    return connection_test.run(account(target, **values), policy_for(target))


def told(target: Any, **values: Any) -> str:
    return text.for_support(run(target, **values))


def test_an_access_token_is_in_no_form_of_the_report(smtp: Served) -> None:
    token = "t0ken." + "q7Z" * 300
    values = {"password": "", "access_token": token, "login": LOGIN}
    for profile in ("token-refused", "token-only", "honest"):
        report = run(smtp.listen(profile, mode="ssl"), **values)
        shown = repr(report) + json.dumps(report.as_dict()) + text.for_support(report)
        assert not report.ok
        assert "q7Zq7Z" not in shown


@pytest.mark.parametrize(
    ("login", "shown"),
    [
        ("billing@example.com", "bi…@example.com"),
        ("bill@example.com", "bi…@example.com"),
        ("bob@example.com", "…@example.com"),
        ("apikey", "ap…"),
        ("me", "…"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_a_login_is_shortened(login: str, shown: str) -> None:
    assert text.mask(login) == shown


def test_it_has_what_a_support_asks_for(smtp: Served) -> None:
    report = run(smtp.starttls)
    copied = text.for_support(report)
    lines = copied.splitlines()
    assert lines[0] == f"Test of the mail server tls://localhost:{smtp.starttls.port}"
    assert lines[1] == f"  {report.tested_at:%Y-%m-%d %H:%M:%S} UTC"
    for name in ("settings", "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit"):
        assert re.search(rf"^  ✓ {name} +\d+\.\d ms  \S", copied, re.MULTILINE), name
    assert "«235 2.7.0 Authentication successful»" in copied
    assert "The connection works: mail can be sent with these settings." in lines
    assert "  = OK" in lines
    assert "  TLSv1.3 TLS_AES_256_GCM_SHA384" in lines
    assert re.search(r"^  SHA-256: (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$", copied, re.MULTILINE)
    assert "  Valid until: 3000-01-01 (More than ten years left)" in lines
    assert "  AUTH PLAIN LOGIN" in lines
    assert "%(" not in copied


def test_the_time_is_that_of_the_test() -> None:
    at = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
    facts = connection_test.run(SMTPSettings(host=""), Policy()).facts
    assert "  2026-03-01 12:30:05 UTC\n" in text.for_support(ConnectionReport(facts, tested_at=at))


def test_error_and_warnings_are_told_with_their_codes(smtp: Served) -> None:
    copied = told(smtp.listen("auth-535"))
    assert re.search(r"^  ! cleartext_password: \S", copied, re.MULTILINE)
    assert re.search(r"^  ✗ auth_failed: \S", copied, re.MULTILINE)
    assert "  = Failed" in copied.splitlines()
    assert "SHA-256" not in copied


def test_p24_an_earlier_certificate_is_told(smtp: Served) -> None:
    copied = told(smtp.listen("cert-expired", mode="ssl"), known_certificate="ab" * 32)
    assert "At an earlier test this server had a certificate that was trusted" in copied


def test_login_and_email_are_shortened_wherever_they_stand(smtp: Served) -> None:
    reply = (
        f"550 5.7.1 <{EMAIL.lower()}>: not owned by {LOGIN} at example.org, ask ann.o'brien+x@site.example"
    )
    listener = smtp.listen("honest", rules=(on("AUTH", reply="235 ok"), on("MAIL", reply=reply)))
    report = run(listener, login=LOGIN, email=EMAIL, password=PASSWORD)
    copied = text.for_support(report)
    assert "SMTP Login: bi…@example.org" in copied
    assert "SMTP Email: In…@example.org" in copied
    assert "<in…@example.org>: not owned by bi…@example.org at example.org, ask an…@site.example»" in copied
    for secret in (LOGIN, EMAIL, PASSWORD, "brien"):
        assert secret.lower() not in copied.lower()
    # On the page, for the editor, nothing is shortened.
    assert report.stages[7].reply == reply


def test_a_login_that_is_no_address_is_shortened_as_a_whole_word(smtp: Served) -> None:
    listener = smtp.listen(
        "honest", auth=(), rules=(on("MAIL", reply="550 5.7.1 BILLING may not: billings"),)
    )
    assert "«550 5.7.1 BI… may not: billings»" in told(listener, login="billing", password="p")


def test_sentences_of_our_own_show_the_short_form(smtp: Served) -> None:
    assert "The server accepts mail from bi…@example.org." in told(smtp.plain, email=LOGIN)


def test_a_login_that_is_a_common_word_leaves_the_rest_readable(smtp: Served) -> None:
    copied = told(smtp.listen(auth=()), login="localhost", password="p")
    assert "smtp://localhost:" in copied
    assert "SMTP Login: lo…" in copied


def test_p40_no_password_is_in_it(smtp: Served) -> None:
    assert PASSWORD not in told(smtp.listen("auth-535"), password=PASSWORD)


def test_p31_what_was_typed_breaks_no_line() -> None:
    typed = SMTPSettings(host="evil\r\nhost", login="a\nlogin", email="b\x1b@\nc", password="x")
    report = connection_test.rejected(typed, [InputError(field="host", code="control_characters")])
    copied = text.for_support(report)
    assert copied.splitlines()[0] == "Test of the mail server smtp://evil host:25"
    assert copied.splitlines()[2:4] == ["  SMTP Login: a …", "  SMTP Email: …@ c"]
    assert "\x1b" not in copied


def test_an_account_without_login_says_so(smtp: Served) -> None:
    assert "  SMTP Login: -\n" in told(smtp.listen(auth=()), login="", password="")
