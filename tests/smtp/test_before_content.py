"""Whoever sends is told before the first octet of a message leaves, and can keep it from leaving."""

from __future__ import annotations

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.transaction import ASK_FIRST

from .accounts import EMAIL, FLOWS, make_session, said

MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n"
LARGE = MESSAGE + b"x" * 70 + b"\r\n" * (ASK_FIRST // 2)
TO = ["ann@example.com"]
# What the server may have heard by then.
BEFORE = {
    ("chunking", False): [],
    ("chunking", True): ["MAIL", "RCPT"],
    ("pipelining", False): ["MAIL", "RCPT", "DATA"],
    ("plain", False): ["MAIL", "RCPT", "DATA"],
}


class Refused(Exception):
    pass


@pytest.mark.parametrize(("flow", "is_large"), BEFORE)
def test_what_is_raised_keeps_the_message_from_leaving(smtp: Served, flow: str, is_large: bool) -> None:
    listener = smtp.listen(extensions=FLOWS[flow])
    calls: list[int] = []

    def refuse() -> None:
        calls.append(len(listener.messages))
        raise Refused

    session = make_session(listener)
    session.open()
    with pytest.raises(Refused):
        deliver(session, EMAIL, TO, LARGE if is_large else MESSAGE, refuse)
    session.abort()
    verbs = [line.split()[0] for line in said(listener)]
    commands = [verb for verb in verbs if verb not in {"EHLO", "AUTH"} and verb.isalpha() and verb.isupper()]
    assert commands == BEFORE[flow, is_large]
    assert (calls, listener.messages) == ([0], ())


@pytest.mark.parametrize("flow", FLOWS)
def test_it_is_told_once_for_each_message(smtp: Served, flow: str) -> None:
    listener = smtp.listen(extensions=FLOWS[flow])
    calls: list[int] = []
    with make_session(listener) as session:
        for _ in range(3):
            deliver(session, EMAIL, TO, MESSAGE, lambda: calls.append(len(listener.messages)))
    assert calls == [0, 1, 2]


@pytest.mark.parametrize("flow", ["pipelining", "plain"])
def test_it_is_not_told_where_nobody_takes_the_message(smtp: Served, flow: str) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="550 5.1.1 no"),), extensions=FLOWS[flow])
    calls: list[None] = []
    with make_session(listener) as session, pytest.raises(Exception, match="recipients_refused"):
        deliver(session, EMAIL, TO, MESSAGE, lambda: calls.append(None))
    assert calls == []


def test_it_is_told_for_each_transaction(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", per="message", skip=2, reply="452 4.5.3 too many"),))
    calls: list[None] = []
    with make_session(listener) as session:
        receipt = deliver(
            session, EMAIL, [f"{n}@example.com" for n in range(4)], MESSAGE, lambda: calls.append(None)
        )
    assert (len(receipt.accepted), len(listener.messages)) == (4, 2)
    assert len(calls) == 2
