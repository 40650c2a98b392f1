"""Once a server has the whole message, it may take its time: RFC 5321 4.5.3.2.6 has a client wait ten minutes."""

from __future__ import annotations

import math
import time

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import Code, DeadlineError, RecipientsRefusedError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.transaction import ASK_FIRST

from .accounts import DEADLINE, EMAIL, FLOWS, make_session
from .conftest import Clock

MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n"
LARGE = MESSAGE + b"x" * 70 + b"\r\n" * (ASK_FIRST // 2)
TO = ["ann@example.com"]
COMMAND, VERDICT = 60.0, 600.0


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many seconds each reply was given."""
    given: list[float] = []
    usual = Channel.read_reply

    def read_reply(self: Channel, deadline: float | None = None) -> Reply:
        left = self._limits.next_deadline() if deadline is None else deadline
        given.append(left - time.monotonic())
        return usual(self, deadline)

    monkeypatch.setattr(Channel, "read_reply", read_reply)
    return given


@pytest.mark.parametrize(
    ("flow", "message", "replies"),
    [
        # MAIL, RCPT and BDAT in one write: who gives up on any of them gives up the message.
        ("chunking", MESSAGE, [VERDICT] * 3),
        ("chunking", LARGE, [COMMAND, COMMAND, VERDICT]),
        ("pipelining", MESSAGE, [COMMAND, COMMAND, COMMAND, VERDICT]),
        ("plain", MESSAGE, [COMMAND, COMMAND, COMMAND, VERDICT]),
    ],
    ids=["one write", "large", "pipelining", "plain"],
)
def test_only_replies_after_the_message_may_take_longer(
    flow: str, message: bytes, replies: list[float], smtp: Served, patience: list[float]
) -> None:
    listener = smtp.listen(extensions=FLOWS[flow])
    with make_session(listener, command_timeout=COMMAND, verdict_timeout=VERDICT) as session:
        patience.clear()
        deliver(session, EMAIL, TO, message)
        assert patience == pytest.approx(replies, abs=COMMAND / 2)


def test_what_is_refused_is_not_waited_for(smtp: Served, patience: list[float]) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="550 5.1.1 no"),), extensions=FLOWS["chunking"])
    with make_session(listener, command_timeout=COMMAND, verdict_timeout=VERDICT) as session:
        patience.clear()
        with pytest.raises(RecipientsRefusedError):
            deliver(session, EMAIL, TO, MESSAGE)
    # That of BDAT, and then RSET's.
    assert patience[2:4] == pytest.approx([COMMAND] * 2, abs=COMMAND / 2)


@pytest.mark.parametrize("flow", FLOWS)
def test_an_answer_later_than_a_commands_limit_counts(flow: str, smtp: Served) -> None:
    rules = (on("DATA-END", delay=DEADLINE + 0.5),)
    listener = smtp.listen(rules=rules, extensions=FLOWS[flow])
    with make_session(listener, command_timeout=DEADLINE, verdict_timeout=VERDICT) as session:
        assert deliver(session, EMAIL, TO, MESSAGE).reply.code == 250


def test_p42_waiting_has_an_end(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA-END", hang=True),))
    session = make_session(listener, command_timeout=DEADLINE / 2, verdict_timeout=DEADLINE)
    session.open()
    with pytest.raises(DeadlineError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert raised.value.code is Code.OUTCOME_UNKNOWN


def test_a_limit_is_never_less_than_a_commands() -> None:
    limits = Limits.for_delivery(COMMAND, COMMAND / 2)
    assert limits.verdict_deadline() - time.monotonic() == pytest.approx(COMMAND, abs=1)


def test_a_connection_test_keeps_its_own_deadline() -> None:
    limits = Limits.for_test(COMMAND)
    limits.verdict_timeout = VERDICT
    assert limits.verdict_deadline() == limits.deadline


def test_where_somebody_waits_all_commands_have_one_end_and_a_message_one_of_its_own(clock: Clock) -> None:
    limits = Limits.for_request(COMMAND, clock.now + 5)
    assert limits.next_deadline() == limits.next_deadline(7) == clock.now + 5
    limits.grant(COMMAND)
    clock.now += 10
    assert limits.next_deadline() == clock.now + COMMAND - 10, "all its blocks"
    assert limits.verdict_deadline() == clock.now + COMMAND
    limits.revoke()
    assert not limits.has_time()


def test_nothing_is_granted_where_nobody_waits() -> None:
    for limits in (Limits.for_test(COMMAND), Limits.for_delivery(COMMAND)):
        limits.grant(COMMAND / 10)
        assert limits.next_deadline() - time.monotonic() == pytest.approx(COMMAND, abs=COMMAND / 2)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_message_that_leaves_as_the_patience_ends_is_finished_and_no_other_one_begins(
    flow: str, smtp: Served
) -> None:
    """Of a message to more recipients than a server takes at once, the others wait."""
    listener = smtp.listen(extensions=(*FLOWS[flow], "LIMITS RCPTMAX=1"))
    session = make_session(listener)
    session.limits.patience_ends = math.inf
    told: list[float] = []

    def before_content() -> None:
        session.limits.patience_ends = time.monotonic()
        told.append(session.limits.patience_ends)

    with session:
        receipt = deliver(session, EMAIL, [*TO, "bob@example.com"], MESSAGE, before_content)
    assert (receipt.accepted, receipt.untried) == (("ann@example.com",), ("bob@example.com",))
    assert isinstance(receipt.error, DeadlineError)
    assert (receipt.error.code, len(told), listener.count("RCPT")) == (Code.DEADLINE_PASSED, 1, 1)
