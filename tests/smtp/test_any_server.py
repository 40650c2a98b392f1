"""A server that does anything: what a session makes of it, in a test and in a delivery, with any password."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.any_server import ECHO, PASSWORDS, Answer, Play, World, echoing, happening, plays
from wagtail_partner_smtp.smtp import Code, Policy, Security, SMTPError, SMTPSettings, examine
from wagtail_partner_smtp.smtp.limits import FURTHER_REPLY, REPLY_BUDGET, Limits
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.reply import REDACTED
from wagtail_partner_smtp.smtp.report import Notice, Report, StageResult
from wagtail_partner_smtp.smtp.session import SMTPSession
from wagtail_partner_smtp.smtp.settings import UnverifiedTest
from wagtail_partner_smtp.smtp.vocabulary import is_ordinary

HOST, EMAIL = "127.0.0.1", "billing@example.org"
NEUTRAL = "Tr0ub4dor&3 horse"
TIMEOUT = 15.0  # seconds
ONE_READ = 8192  # octets that a budget may be exceeded by
MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n.\r\n" + b"x" * 500 + b"\r\n"
TO = ["ann@example.com", "bob@example.com", "cy@example.net"]

SCRIPTS = st.lists(plays(), min_size=1, max_size=3).map(tuple)
SECURITIES = st.sampled_from(Security)
POLICIES = st.builds(
    Policy,
    timeout=st.just(TIMEOUT),
    command_timeout=st.just(TIMEOUT),
    allowed_networks=st.just((f"{HOST}:587", f"{HOST}:465")),
    unverified_test=st.sampled_from(UnverifiedTest),
    opportunistic_starttls=st.booleans(),
    test_sender=st.booleans(),
    test_recipient=st.sampled_from(["", "somebody@elsewhere.example"]),
    debug_level=st.just(1),
    local_hostname=st.just("site.example"),
    pipelining=st.booleans(),
)


DEFAULT = Policy(timeout=TIMEOUT, command_timeout=TIMEOUT, allowed_networks=(f"{HOST}:587",), debug_level=1)

SLOW_ECHO = Play(answers={b"AUTH": (Answer(b"535 5.7.8 " + ECHO + b"\r\n", delay=4.0, pause=3.0, octets=7),)})


def make_settings(password: str, security: Security) -> SMTPSettings:
    login: dict[str, Any] = {"login": "user", "password": password} if password else {}
    return SMTPSettings(host=HOST, port=587, email=EMAIL, security=security, password_typed=True, **login)


@dataclass
class Seen:
    """What came of it, and what anybody may read of it."""

    acted: Any = None
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.texts).replace(REDACTED, "\0")


def error_text(error: SMTPError | None) -> list[str]:
    if error is None:
        return []
    refused = getattr(error, "refused", {})
    return [
        str(error),
        error.words,
        *map(str, error.facts.values()),
        *map(str, refused.values()),
        str(error.args),
    ]


def examined(world: World, settings: SMTPSettings, policy: Policy) -> Seen:
    report = examine(settings, policy)
    texts = [*report.extensions, *report.extensions.values(), *error_text(report.error)]
    noted: list[StageResult | Notice] = [*report.stages, *report.warnings]
    for each in noted:
        texts += [str(each.reply or ""), *map(str, each.facts.values())]
    if report.error is not None:
        assert report.error.code is not Code.INTERNAL_ERROR
    return Seen(acted_on(report), texts + logged(world))


def acted_on(report: Report) -> Any:
    """All but the words."""
    error = report.error
    return (
        report.deliverable,
        report.relays,
        report.login_unused,
        report.suggestion and report.suggestion.values,
        error and (type(error), error.code, error.stage, error.reply and error.reply.kind),
        [(each.stage, each.status, each.code, each.reply and each.reply.kind) for each in report.stages],
        [(each.stage, each.code, each.reply and each.reply.kind) for each in report.warnings],
    )


def delivered(world: World, settings: SMTPSettings, policy: Policy) -> Seen:
    session = SMTPSession(settings, policy, Limits.for_delivery(policy.command_timeout))
    result: Any
    try:
        with session:
            receipt = deliver(session, EMAIL, TO, MESSAGE)
            result, error = receipt, receipt.error
            texts = [str(receipt.reply)]
    except SMTPError as failure:
        result, error, texts = failure.outcome, failure, []
    if result is not None:
        told = [*result.accepted, *result.refused, *result.unknown, *result.untried]
        assert sorted(told) == sorted(TO), "each recipient's fate is told, and told once"
        texts += map(str, result.refused.values())
    fate = result and (result.accepted, list(result.refused), result.unknown, result.untried)
    acted = (fate, error and (type(error), error.code, error.stage, error.reply and error.reply.kind))
    return Seen(acted, texts + error_text(error) + logged(world))


def logged(world: World) -> list[str]:
    assert [each.getMessage() for each in world.logged if each.levelno >= logging.ERROR] == []
    return [each.getMessage() for each in world.logged]


def is_within_limits(world: World, *, is_test: bool) -> None:
    assert all(sock.is_closed for sock in world.sockets)
    budget = REPLY_BUDGET + ONE_READ
    if is_test:
        assert world.clock.elapsed <= TIMEOUT + 0.001
        assert all(sock.was_handed <= budget for sock in world.sockets)
        return
    # Of a delivery each command has its time and its budget; at most so many are said.
    commands = 40
    assert world.clock.elapsed <= TIMEOUT * commands
    assert all(sock.was_handed <= (budget + len(TO) * FURTHER_REPLY) * commands for sock in world.sockets)


def shows(seen: Seen, password: str) -> bool:
    return password.strip() in seen.text


def is_told_anyway(password: str, world: World) -> bool:
    """Whether servers say it to everybody, or this one does of its own accord."""
    public = f"{HOST} {EMAIL} user {world.words}".casefold()
    return not password.strip() or is_ordinary(password) or password.strip().casefold() in public


@given(SCRIPTS, POLICIES, SECURITIES, PASSWORDS | st.just(""))
@example((echoing(b"535 5.7.8 you said " + ECHO + b"\r\n"),), DEFAULT, Security.NONE, "Zq7 of a user")
def test_a_connection_test_ends_in_a_report_in_time_and_shows_no_password(
    script: tuple[Play, ...], policy: Policy, security: Security, password: str
) -> None:
    with happening(*script) as world:
        seen = examined(world, make_settings(password, security), policy)
        is_within_limits(world, is_test=True)
    if not is_told_anyway(password, world) and shows(seen, password):
        with happening(*script) as other:
            assert shows(examined(other, make_settings(NEUTRAL, security), policy), password)


@given(SCRIPTS, POLICIES, SECURITIES, PASSWORDS | st.just(""))
@example((echoing(b"535 5.7.8 you said " + ECHO + b"\r\n"),), DEFAULT, Security.NONE, "Zq7 of a user")
def test_a_delivery_ends_in_a_receipt_or_an_error_of_ours_in_time_and_shows_no_password(
    script: tuple[Play, ...], policy: Policy, security: Security, password: str
) -> None:
    with happening(*script) as world:
        seen = delivered(world, make_settings(password, security), policy)
        is_within_limits(world, is_test=False)
    if not is_told_anyway(password, world) and shows(seen, password):
        with happening(*script) as other:
            assert shows(delivered(other, make_settings(NEUTRAL, security), policy), password)


@given(SCRIPTS, POLICIES, SECURITIES, PASSWORDS, st.booleans())
@example((SLOW_ECHO,), DEFAULT, Security.TLS, "x", True)
def test_what_a_session_does_depends_on_no_password(
    script: tuple[Play, ...], policy: Policy, security: Security, password: str, is_test: bool
) -> None:
    go = examined if is_test else delivered
    acted = []
    for each in (password, NEUTRAL):
        # Longer lines may be more than a server takes.
        with happening(*(without_limits(play) for play in script)) as world:
            acted.append(go(world, make_settings(each, security), policy).acted)
    assert acted[0] == acted[1]


def without_limits(play: Play) -> Play:
    # What repeats a longer password piece by piece takes longer, perhaps longer than there is time.
    answers = {
        verb: tuple(replace(each, pause=0.0) if ECHO in each.data else each for each in several)
        for verb, several in play.answers.items()
    }
    return replace(play, takes=65536, hears=10_000_000, answers=answers)


def test_a_second_look_for_which_no_time_is_left_is_nothing_to_be_alarmed_at() -> None:
    hello = Answer(b"250-mail.test\r\n250 STARTTLS\r\n")
    late = Answer(b"530 5.7.0 Must issue a STARTTLS command first\r\n", delay=TIMEOUT - 1)
    silent = Answer(b"", delay=TIMEOUT)
    with happening(Play(answers={b"EHLO": (hello,), b"MAIL": (late,), b"RSET": (silent,)})) as world:
        report = examine(make_settings("", Security.NONE), DEFAULT)
    assert [str(each.code) for each in report.warnings] == ["encryption_required"]
    assert [each.getMessage() for each in world.logged if each.levelno >= logging.ERROR] == []
