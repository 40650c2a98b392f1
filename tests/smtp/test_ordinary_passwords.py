"""A password that is a word of what servers say: nothing depends on it, and nothing that is shown tells it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from smtp_sandbox import Listener, Rule, on
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp import examine
from wagtail_partner_smtp.smtp.errors import SMTPError
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.reply import REDACTED, Redactor
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.vocabulary import is_ordinary

from .accounts import EMAIL, account, make_session, policy_for

NEUTRAL = "Tr0ub4dor&3 horse"
PASSWORDS = (
    "login", "LOGIN", "plain", "auth", "starttls", "L", "5", "250", "8BITMIME", "size", "33554432", "bGF",
    "localhost", "host", "mx7.provider.example", "provider", "gmail", "smtp.gmail.com", "user", "billing",
    "example.org", "successful", "Authentication", "2.7.0", "ESMTP", "SCRAM-SHA-256", "CRAM", "OK", "ready",
    "mechanism",
)  # fmt: skip
MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n"
MECHANISMS = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
GREETING = "220 smtp.gmail.com ESMTP ready"
REFUSALS: dict[str, tuple[Rule, ...]] = {
    "nothing": (),
    "login": (on("AUTH", reply="535 5.7.8 Error: authentication failed: bad username or password"),),
    "mechanism": (on("AUTH", reply="504 5.7.4 Unrecognized authentication type"),),
    "sender": (on("MAIL", reply="550 5.7.1 Sender not allowed for this login"),),
    "mailbox": (on("RCPT", reply="550 5.1.1 User unknown in local recipient table"),),
    "wait": (on("RCPT", reply="451 4.7.1 Greylisted, try again in 300 seconds"),),
}


def listen(smtp: Served, mode: Any, refusal: str, users: dict[str, str], password: str) -> Listener:
    users["user"] = password
    rules = (on("BANNER", reply=GREETING), *REFUSALS[refusal])
    return smtp.listen(mode=mode, rules=rules, auth=MECHANISMS, hostname="mx7.provider.example")


def shown(report: Report) -> tuple[Any, ...]:
    return (
        report.ok,
        report.deliverable,
        report.error and (str(report.error), report.error.facts),
        report.extensions,
        [
            (str(each.stage), str(each.status), each.code, str(each.reply))
            for each in report.stages
            if each.reply
        ],
        [(each.code, str(each.reply), each.facts) for each in report.warnings],
    )


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_p27_a_test_shows_the_same_whatever_the_password(
    smtp: Served, users: dict[str, str], mode: str, refusal: str
) -> None:
    found = {}
    for password in (NEUTRAL, *PASSWORDS):
        listener = listen(smtp, mode, refusal, users, password)
        found[password] = shown(examine(account(listener, password=password), policy_for(listener)))
    assert REDACTED not in repr(found[NEUTRAL])
    assert {password: each for password, each in found.items() if each != found[NEUTRAL]} == {}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_p27_a_delivery_goes_the_same_way_whatever_the_password(
    smtp: Served, users: dict[str, str], refusal: str
) -> None:
    found = {}
    for password in (NEUTRAL, *PASSWORDS):
        listener = listen(smtp, "starttls", refusal, users, password)
        try:
            with make_session(listener, account(listener, password=password)) as session:
                found[password] = str(deliver(session, EMAIL, ["ann@example.com"], MESSAGE).reply)
        except SMTPError as error:
            found[password] = f"{error} {error.facts}"
    assert {password: each for password, each in found.items() if each != found[NEUTRAL]} == {}


def test_p27_the_second_hello_of_a_session_shows_what_the_first_did(smtp: Served) -> None:
    with make_session(smtp.ssl, account(smtp.ssl)) as session:
        first = dict(session.shown_extensions)
        session.abort()
        session.open_again()
        assert session.shown_extensions == first


@pytest.mark.parametrize("password", ["s3cret", "sunshine", "correct horse", "login4ever", "12345678"])
def test_p27_other_passwords_are_taken_out(password: str) -> None:
    redactor = Redactor("user", password, public=("mail.example.org", EMAIL))
    assert not is_ordinary(password)
    assert redactor(f"you said {password}!") == f"you said {REDACTED}!"
    redactor.auth_began = True
    assert redactor(f"x={password}") == f"x={REDACTED}"


def test_p27_of_an_ordinary_password_what_was_sent_is_taken_out() -> None:
    redactor = Redactor("user", "login")
    sent = base64.b64encode(b"\0user\0login").decode().rstrip("=")
    assert redactor(f"AUTH PLAIN {sent} of a login") == f"AUTH PLAIN {REDACTED} of a login"
    assert redactor("bG9naW4 is bG9naW4x") == f"{REDACTED} is bG9naW4x"


def test_p27_what_a_server_says_once_it_has_heard_the_password_makes_no_word_of_it() -> None:
    redactor = Redactor("user", "s3cret")
    redactor.auth_began = True
    assert redactor("welcome to s3cret.example") == f"welcome to {REDACTED}.example"
    assert redactor("s3cret") == REDACTED
