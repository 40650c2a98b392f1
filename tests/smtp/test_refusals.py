"""Refused senders: whether a login, encryption or another address would change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp import examine
from wagtail_partner_smtp.smtp.report import Report

from .accounts import FLOWS, account, codes, make_policy, make_settings, said, stage

NOT_AUTHORISED = "554 5.7.1 Relay access denied"
NO_REASON = "550 relay not permitted"
OWN_ADDRESS = "*<billing@example.org>*"


def report_of(listener: Listener, *others: Listener, login: bool = False, **values: Any) -> Report:
    ports = tuple(each.port for each in others)
    settings = account(listener, **values) if login else make_settings(listener, **values)
    policy = make_policy(listener.port, *ports, sandbox=listener, probe_ports=ports, timeout=10.0)
    return examine(settings, policy)


def suggested(report: Report) -> dict[str, Any] | None:
    return dict(report.suggestion.values) if report.suggestion else None


def verdict(report: Report) -> str:
    assert (report.ok, stage(report, "sender").code) == (True, report.warnings[-1].code)
    return codes(report)[-1]


@pytest.mark.parametrize(
    ("mode", "security"), [("plain", "none"), ("ssl", "ssl"), ("starttls", "none"), ("starttls", "tls")]
)
def test_a_server_without_any_login_that_takes_no_mail_is_told_from_a_wrong_address(
    smtp: Served, mode: str, security: str
) -> None:
    rules = (on("RCPT", reply=NOT_AUTHORISED),)
    listener = smtp.listen(mode=mode, auth=(), rules=rules)  # type: ignore[arg-type]
    report = report_of(listener, security=security)
    assert (verdict(report), report.deliverable, suggested(report)) == ("relay_refused", False, None)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_for_incoming_mail_leads_to_the_port_with_a_login(smtp: Served, security: str) -> None:
    incoming = smtp.listen(mode="starttls", auth=(), rules=(on("RCPT", reply=NOT_AUTHORISED),))
    without_login, submission = smtp.listen(mode="ssl", auth=()), smtp.listen(mode="ssl")
    report = report_of(incoming, without_login, submission, security=security)
    assert verdict(report) == "relay_refused"
    assert suggested(report) == {"smtp_port": submission.port, "smtp_security": "ssl"}
    report = report_of(incoming, without_login, security=security)
    assert (verdict(report), suggested(report)) == ("relay_refused", None)


def test_a_login_that_a_port_does_not_offer_leads_to_one_that_does(smtp: Served) -> None:
    incoming, without_login = smtp.listen(auth=()), smtp.listen(mode="ssl", auth=())
    report = report_of(incoming, without_login, smtp.starttls, login=True)
    assert codes(report) == ["auth_not_offered"]
    assert suggested(report) == {"smtp_port": smtp.starttls.port, "smtp_security": "tls"}
    settings = replace(report.settings, port=smtp.starttls.port, security="tls")  # type: ignore[arg-type]
    policy = make_policy(smtp.starttls.port, sandbox=smtp.sandbox)
    assert codes(examine(settings, policy)) == []
    assert suggested(report_of(incoming, without_login, login=True)) is None


@pytest.mark.parametrize(("match", "expected"), [("*", "relay_refused"), (OWN_ADDRESS, "sender_refused")])
@pytest.mark.parametrize("mode", ["plain", "starttls"])
def test_who_refuses_the_postmaster_too_has_nothing_against_the_address(
    smtp: Served, mode: str, match: str, expected: str
) -> None:
    rules = (on("RCPT", match=match, reply=NO_REASON),)
    listener = smtp.listen(mode=mode, auth=(), rules=rules)  # type: ignore[arg-type]
    assert verdict(report_of(listener, security="none")) == expected
    assert said(listener)[-3:] == ["RCPT TO:<postmaster>", "RSET", "QUIT"]


@pytest.mark.parametrize(
    ("match", "expected"), [("*", "sender_not_owned"), (OWN_ADDRESS, "sender_without_mailbox")]
)
def test_a_mailbox_that_is_not_there_is_told_from_a_login_that_may_not_send(
    smtp: Served, match: str, expected: str
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match=match, reply="550 no"),))
    assert verdict(report_of(listener, login=True)) == expected


def test_a_reason_that_is_given_is_not_asked_for(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", match=OWN_ADDRESS, reply="553 5.7.1 not yours"),))
    assert verdict(report_of(listener, login=True)) == "sender_not_owned"
    assert listener.count("RCPT") == 1


@pytest.mark.parametrize("flow", ["pipelining", "plain"])
@pytest.mark.parametrize("own", ["550 5.1.1 no", "553 5.1.3 no", "524 5.2.4 no", "550 5.2.1 no", "550 no"])
@pytest.mark.parametrize(
    ("other", "delivers"),
    [
        ("250 2.1.5 yes", True),
        ("251 2.1.5 elsewhere", True),
        ("550 5.1.1 nor this one", None),  # where the first reply says as much
        ("553 5.7.1 not yours", False),
        ("451 4.3.0 later", None),  # as if nothing had been answered
    ],
)
def test_an_address_for_sending_only_is_told_from_one_that_may_not_send(
    smtp: Served, own: str, other: str, delivers: bool | None, flow: str
) -> None:
    rules = (on("RCPT", match=OWN_ADDRESS, reply=own), on("RCPT", match="*<postmaster@*", reply=other))
    listener = smtp.listen(rules=rules, extensions=FLOWS[flow])
    report = report_of(listener, login=True)
    if delivers is None:
        delivers = own != "550 no"
    assert report.deliverable is delivers
    assert (verdict(report) == "sender_without_mailbox") is delivers
    assert said(listener)[-3:] == ["RCPT TO:<postmaster@example.org>", "RSET", "QUIT"]


@pytest.mark.parametrize("flow", ["pipelining", "plain"])
def test_a_server_that_has_kept_the_last_transaction_is_asked_on_another_connection(
    smtp: Served, flow: str
) -> None:
    """Dovecot's relay: what it says then is about neither address."""
    stuck = on("MAIL", skip=1, times=1, reply="503 5.5.1 Error: nested MAIL command")
    rules = (stuck, on("RCPT", match=OWN_ADDRESS, reply="550 5.1.1 no"))
    listener = smtp.listen(rules=rules, extensions=FLOWS[flow])
    report = report_of(listener, login=True)
    assert (verdict(report), report.deliverable) == ("sender_without_mailbox", True)
    assert listener.connections == 2


@pytest.mark.parametrize(
    ("match", "expected"), [("*", "sender_unknown"), (OWN_ADDRESS, "sender_without_mailbox")]
)
def test_without_a_login_somebody_has_to_be_taken(smtp: Served, match: str, expected: str) -> None:
    listener = smtp.listen(auth=(), rules=(on("RCPT", match=match, reply="550 5.1.1 no"),))
    report = report_of(listener)
    assert (verdict(report), report.deliverable) == (expected, match != "*")


def test_a_mailbox_that_is_full_for_now_is_told_from_a_sender_who_has_to_wait(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="452 4.2.2 Mailbox full"),))
    report = report_of(listener, login=True)
    assert (verdict(report), report.deliverable, listener.count("RCPT")) == (
        "sender_without_mailbox",
        True,
        1,
    )


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_no_storage_is_not_a_message_that_is_too_large(smtp: Served, verb: str) -> None:
    report = report_of(smtp.listen(rules=(on(verb, reply="552 Exceeded storage allocation"),)), login=True)
    assert (verdict(report), report.deliverable) == ("sender_refused", False)


@pytest.mark.parametrize("login", [True, False])
def test_mail_that_is_taken_only_behind_encryption_needs_it(smtp: Served, login: bool) -> None:
    # In clear text: the sender, and the null sender. The third, which is taken, comes behind STARTTLS.
    rules = (on("MAIL", times=2, reply="550 Encryption required"),)
    listener = smtp.listen(mode="starttls", auth_after_tls=False, rules=rules)
    report = report_of(listener, login=login, security="none")
    assert verdict(report) == "encryption_required"
    assert suggested(report) == {"smtp_port": listener.port, "smtp_security": "tls"}
    assert listener.count("MAIL") == 3
    settings = replace(report.settings, security="tls")  # type: ignore[arg-type]
    assert examine(settings, make_policy(listener.port, sandbox=listener)).deliverable


@pytest.mark.parametrize(("login", "expected"), [(True, "sender_refused"), (False, "login_required")])
@pytest.mark.parametrize("match", ["*", OWN_ADDRESS])
def test_mail_that_is_not_taken_behind_encryption_either_needs_something_else(
    smtp: Served, match: str, login: bool, expected: str
) -> None:
    rules = (on("MAIL", match=match, reply="550 no"),)
    listener = smtp.listen(mode="starttls", auth_after_tls=False, rules=rules)
    report = report_of(listener, login=login, security="none")
    assert (verdict(report), suggested(report)) == (expected, None)


@pytest.mark.parametrize("end", [{"drop": "fin"}, {"drop": "rst"}])
def test_a_server_that_hangs_up_at_the_question_keeps_its_refusal(smtp: Served, end: dict[str, Any]) -> None:
    rules = (on("RCPT", match="*<postmaster>*", **end), on("RCPT", reply="550 no"))
    report = report_of(smtp.listen(rules=rules), login=True)
    assert (verdict(report), report.deliverable) == ("sender_unknown", False)
