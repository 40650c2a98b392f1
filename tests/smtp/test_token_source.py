"""A session that gets its token from a source: when it asks, how often, and what it does with the answers."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import SMTPError, examine
from wagtail_partner_smtp.smtp.errors import Code, DeadlineError, TokenError
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.settings import SMTPSettings, input_errors
from wagtail_partner_smtp.smtp.token_source import AccessToken

from .accounts import code, failed_at, make_session, make_settings, policy_for, stage, statuses

GOOD = "pass"  # the sandbox's
Given = AccessToken | SMTPError


@dataclass(frozen=True)
class Source:
    """Gives out what it was handed, one after the other."""

    given: list[Given] = field(compare=False)
    identity: tuple[str, ...] = ("one",)
    asked: list[str] = field(default_factory=list, compare=False)
    deadlines: list[float] = field(default_factory=list, compare=False)

    def token(self, deadline: float) -> AccessToken:
        return self._next("token", deadline)

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        return self._next(f"renewed {refused.value}", deadline)

    def _next(self, name: str, deadline: float) -> AccessToken:
        self.asked.append(name)
        self.deadlines.append(deadline - time.monotonic())
        answer = self.given.pop(0)
        if isinstance(answer, SMTPError):
            raise answer
        return answer


def token(value: str = GOOD, age: float = 0.0, mailbox: str = "") -> AccessToken:
    return AccessToken(value=value, age=age, mailbox=mailbox)


def source(*given: Given) -> Source:
    return Source(list(given))


@pytest.fixture
def mail(smtp: Served) -> Listener:
    return smtp.listen("token-only", mode="ssl")


def account(listener: Listener, given: Source, **values: Any) -> SMTPSettings:
    return make_settings(listener, login="user", token_source=given, **values)


def tried(listener: Listener, given: Source) -> Report:
    return examine(account(listener, given), policy_for(listener))


def test_the_token_is_got_before_anything_is_connected(mail: Listener) -> None:
    given = source(TokenError(Code.OAUTH_PROVIDER_BUSY, facts={"said": "Later."}))
    report = tried(mail, given)
    assert failed_at(report) == ("oauth_provider_busy", "token")
    assert mail.connections == 0
    assert {name for name, status in statuses(report).items() if status == "skipped"} == {
        "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit",
    }  # fmt: skip
    assert report.error is not None
    assert report.error.words == "Later."


def test_a_good_token_is_asked_for_once(mail: Listener) -> None:
    given = source(token(age=120.5))
    report = tried(mail, given)
    assert report.ok
    assert given.asked == ["token"]
    assert stage(report, "token").facts == {"age": 120, "renewed": False}
    assert 0 < given.deadlines[0] <= PATIENCE


def test_bad_input_asks_for_no_token(mail: Listener) -> None:
    given = source(token())
    settings = account(mail, given, email="no address")
    assert not examine(settings, policy_for(mail)).ok
    assert given.asked == []


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        (token("bad", age=61), token(), ["token", "renewed bad"]),
        (token("bad", age=math.inf), token(), ["token", "renewed bad"]),
    ],
)
def test_an_old_token_that_is_refused_is_replaced_once(
    mail: Listener, first: AccessToken, second: AccessToken, asked: list[str]
) -> None:
    given = source(first, second)
    report = tried(mail, given)
    assert (report.ok, given.asked) == (True, asked)
    assert stage(report, "token").facts == {"age": 0, "renewed": True}
    assert (mail.connections, mail.count("AUTH")) == (1, 2)


def test_a_young_token_that_is_refused_is_not_replaced(mail: Listener) -> None:
    given = source(token("bad", age=60), token())
    assert code(tried(mail, given)) == "token_refused"
    assert given.asked == ["token"]


def test_a_second_refusal_is_the_last(mail: Listener) -> None:
    given = source(token("bad", age=61), token("worse", age=61), token())
    assert code(tried(mail, given)) == "token_refused"
    assert given.asked == ["token", "renewed bad"]
    assert mail.count("AUTH") == 2


def test_a_refusal_for_now_is_no_reason_to_renew(smtp: Served) -> None:
    listener = smtp.listen("auth-454", mode="ssl", auth=("XOAUTH2",))
    given = source(token("bad", age=61), token())
    assert code(tried(listener, given)) == "auth_temporary"
    assert given.asked == ["token"]


def test_the_error_of_a_renewal_is_the_cause(mail: Listener) -> None:
    given = source(token("bad", age=61), DeadlineError(Code.OAUTH_ENDPOINT_SLOW))
    report = tried(mail, given)
    assert failed_at(report) == ("oauth_endpoint_slow", "token")
    assert statuses(report)["auth"] == "skipped"


def test_a_token_of_another_mailbox_is_told(mail: Listener) -> None:
    report = tried(mail, source(token("bad", mailbox="jane@example.org")))
    assert code(report) == "token_of_another_mailbox"
    assert report.error is not None
    assert report.error.facts["mailbox"] == "jane@example.org"


@pytest.mark.parametrize("mailbox", ["", "USER"])
def test_a_token_of_the_same_mailbox_is_just_refused(mail: Listener, mailbox: str) -> None:
    assert code(tried(mail, source(token("bad", mailbox=mailbox)))) == "token_refused"


def test_a_token_that_is_none_is_never_sent(mail: Listener) -> None:
    report = tried(mail, source(token("two words\r\n")))
    assert failed_at(report) == ("token_invalid", "token")
    assert mail.connections == 0


@pytest.mark.parametrize("profile", ["honest", "token-refused"])
def test_neither_token_is_shown(smtp: Served, profile: str) -> None:
    first, second = "first-token-4711-abcdef", "second-token-0815-fedcba"
    listener = smtp.listen(profile, mode="ssl", auth=("XOAUTH2",))
    given = source(token(first, age=61), token(second))
    report = tried(listener, given)
    shown = repr(report) + str(report.error) + repr(account(listener, given))
    assert not [each for each in (first, second) if each in shown]


def test_a_delivery_has_its_deadline_for_each_answer(mail: Listener) -> None:
    given = source(token())
    session = make_session(mail, account(mail, given), command_timeout=7.0)
    with session:
        assert session.authenticated
    assert 6.0 < given.deadlines[0] <= 7.0


def test_there_is_a_password_a_token_or_a_source(mail: Listener) -> None:
    given = source()
    found = [
        (error.field, error.code)
        for values in ({"password": "p"}, {"access_token": "t"}, {"login": ""})
        for error in input_errors(SMTPSettings(**{**vars_of(mail, given), **values}))
    ]
    assert found == [
        ("password", "password_and_token"), ("access_token", "token_and_source"), ("login", "login_missing"),
    ]  # fmt: skip


def vars_of(listener: Listener, given: Source) -> dict[str, Any]:
    settings = account(listener, given)
    names = ("host", "port", "login", "email", "security", "token_source")
    return {name: getattr(settings, name) for name in names}


def test_a_token_is_not_shown_and_new_unless_somebody_knows_better() -> None:
    token = AccessToken(value="ya29.secret")
    assert "ya29" not in repr(token)
    assert (token.age, token.mailbox) == (0.0, "")
