"""The sender's check of a connection test."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import Stopwatch
from wagtail_partner_smtp.smtp import refusals, sender_check
from wagtail_partner_smtp.smtp.errors import Code, SenderRefusedError
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.sender_check import RSET_TIMEOUT
from wagtail_partner_smtp.smtp.settings import PastRefusal

from .accounts import (
    EMAIL,
    FLOWS,
    account,
    code,
    codes,
    failed_at,
    make_session,
    make_settings,
    said,
    stage,
    statuses,
    try_out,
)
from .conftest import Serve
from .mail_peer import DROP, EXTENSIONS, MailServer
from .peers import Peer, dialogue

MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n"
TO = ["ann@example.com"]


def test_the_sender_is_tried_without_sending_mail(smtp: Served) -> None:
    assert try_out(smtp.plain, settings=make_settings(smtp.plain)).deliverable
    assert said(smtp.plain)[1:] == [
        "MAIL FROM:<billing@example.org>", "RCPT TO:<billing@example.org>", "RSET", "QUIT",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
@pytest.mark.parametrize(
    ("reply", "with_login", "without_login"),
    [
        ("530 5.7.0 Authentication required", "login_required", "login_required"),
        ("550 5.7.1 Not yours", "sender_not_owned", "login_required"),
        ("553 5.7.1 not owned by user", "sender_not_owned", "login_required"),
        ("554 5.7.1 Relay access denied", "sender_not_owned", "login_required"),
        ("538 5.7.11 Encryption needed", "encryption_required", "encryption_required"),
        ("550 5.1.1 Unknown", "sender_refused", "sender_refused"),
        ("501 5.1.7 Bad sender", "sender_refused", "sender_refused"),
        ("552 5.2.2 Mailbox full", "sender_refused", "sender_refused"),
        ("451 4.7.1 Greylisted", "sender_temporary", "sender_temporary"),
        ("432 4.3.2 Sender thread limit exceeded", "connection_limit", "connection_limit"),
    ],
)
def test_a_refused_sender_is_a_warning_that_says_why(
    smtp: Served, verb: str, reply: str, with_login: str, without_login: str
) -> None:
    about_the_mailbox = {"550 5.1.1": "sender_unknown", "552 5.2.2": "sender_refused"}
    for login, expected in ((True, with_login), (False, without_login)):
        listener = smtp.listen(rules=(on(verb, reply=reply),))
        settings = account(listener) if login else make_settings(listener)
        report = try_out(listener, settings=settings)
        delivers = reply.startswith("4")
        if verb == "RCPT" and reply.startswith(("550 5.1.1", "552 5.2.2")):
            delivers = login
            expected = "sender_without_mailbox" if login else about_the_mailbox[reply[:9]]
        assert (report.ok, report.deliverable) == (True, delivers)
        assert codes(report)[-1] == expected
        assert (statuses(report)["sender"], stage(report, "sender").reply) == (
            "warning", report.warnings[-1].reply,
        )  # fmt: skip
        assert said(listener)[-2:] == ["RSET", "QUIT"]


def test_encryption_that_mail_needs_is_told_from_a_login_that_it_needs(smtp: Served) -> None:
    listener = smtp.listen("starttls-required", mode="starttls")
    report = try_out(listener, settings=make_settings(listener, security="none"))
    assert (codes(report), report.deliverable) == (["encryption_required"], False)
    listener = smtp.listen("auth-required")
    report = try_out(listener, settings=make_settings(listener))
    assert (codes(report), report.deliverable) == (["login_required"], False)


def test_a_server_that_closes_with_421_is_not_spoken_to_again(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("MAIL", reply="421 4.3.2 closing"),))
    report = try_out(listener, settings=make_settings(listener))
    assert (report.ok, codes(report)) == (True, ["server_busy"])
    assert said(listener)[-1].startswith("MAIL")


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_hang_up_after_a_refusal_hides_no_refusal(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, reply="553 5.7.1 no"), on("RSET", drop="fin")))
    report = try_out(listener, settings=make_settings(listener))
    assert (report.ok, code(report), codes(report)) == (True, "", ["login_required"])
    assert listener.count("RSET") == 1


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    "end", [{"hang": True}, {"drop": "fin"}, {"drop": "rst"}, {"reply": "421 4.4.2 bye"}, {"reply": "502 no"}]
)
def test_whoever_has_taken_the_sender_has_said_enough(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, flow: str, end: dict[str, Any]
) -> None:
    assert RSET_TIMEOUT == 1.0
    monkeypatch.setattr(sender_check, "RSET_TIMEOUT", 0.2)
    listener = smtp.listen(rules=(on("RSET", **end),), extensions=FLOWS[flow])
    with Stopwatch() as watch:
        report = try_out(listener, timeout=15.0)
    assert (report.ok, report.deliverable, codes(report)) == (True, True, ["cleartext_password"])
    taken = stage(report, "sender")
    assert (str(taken.status), str(taken.reply)[:3]) == ("ok", "250")
    assert watch.seconds < 2.0
    assert (listener.connections, listener.count("QUIT")) == (1, "reply" in end and end["reply"] == "502 no")


@pytest.mark.usefixtures("brief_quit")
@pytest.mark.parametrize(("verb", "skip"), [("RSET", 0), ("RSET", 1), ("QUIT", 0), ("MAIL", 1)])
def test_a_refusal_is_told_although_the_server_then_keeps_silent(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, verb: str, skip: int
) -> None:
    monkeypatch.setattr(refusals, "QUESTION_TIMEOUT", 0.2)
    monkeypatch.setattr(sender_check, "QUESTION_TIMEOUT", 0.2)
    rules = (on("RCPT", reply="550 5.1.1 no"), on(verb, hang=True, skip=skip))
    with Stopwatch() as watch:
        report = try_out(smtp.listen(rules=rules), timeout=15.0)
    assert (report.ok, report.deliverable, codes(report)[-1]) == (True, True, "sender_without_mailbox")
    # Where an answer is missing nothing more is said: it could still come, and be read as that to QUIT.
    assert statuses(report)["quit"] == ("warning" if verb == "QUIT" else "skipped")
    assert watch.seconds < 3.0


def test_an_address_without_a_mailbox_sends_mail(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", match=f"*<{EMAIL}>*", reply="550 5.1.1 no"),))
    with make_session(listener) as session:
        assert deliver(session, EMAIL, TO, MESSAGE).accepted == tuple(TO)


def test_a_further_connection_leaves_what_was_found_as_it_is(smtp: Served) -> None:
    """Who hangs up at the question, and then refuses the login, has still taken the first one."""
    rules = (
        on("RCPT", reply="550 5.1.1 no"),
        on("RSET", drop="fin"),
        on("AUTH", skip=1, reply="454 4.7.0 later"),
    )
    listener = smtp.listen(mode="ssl", rules=rules)
    report = try_out(listener)
    assert (report.deliverable, codes(report), listener.connections) == (
        True, ["sender_without_mailbox"], 2,
    )  # fmt: skip
    assert {"failed", "skipped"}.isdisjoint({statuses(report)[name] for name in ("connect", "ehlo", "auth")})


def test_a_site_can_switch_the_sender_s_check_off(smtp: Served) -> None:
    report = try_out(smtp.plain, test_sender=False)
    assert (report.deliverable, statuses(report)["sender"]) == (True, "skipped")
    assert smtp.plain.count("MAIL") == 0


@pytest.mark.parametrize("test_sender", [True, False])
def test_without_an_email_nothing_can_be_sent(smtp: Served, test_sender: bool) -> None:
    report = try_out(smtp.plain, settings=make_settings(smtp.plain, email=""), test_sender=test_sender)
    assert (report.ok, report.deliverable, codes(report)) == (True, False, ["email_missing"])
    assert smtp.plain.count("MAIL") == 0


def test_an_email_with_other_letters_needs_smtputf8(smtp: Served) -> None:
    email = "zoë@bücher.example"
    report = try_out(smtp.plain, settings=make_settings(smtp.plain, email=email))
    assert report.deliverable
    smtp.plain.wait_idle()
    said = [text for side, text in smtp.plain.sessions[0].transcript if side == "C"]
    assert "MAIL FROM:<zoë@xn--bcher-kva.example> SMTPUTF8" in said

    minimal = smtp.listen("ehlo-minimal")
    report = try_out(minimal, settings=make_settings(minimal, email=email))
    assert (report.ok, report.deliverable, codes(report)) == (True, False, ["smtputf8_required"])
    assert minimal.count("MAIL") == 0


def test_a_domain_with_other_letters_needs_no_smtputf8(smtp: Served) -> None:
    listener = smtp.listen("ehlo-minimal")
    assert try_out(listener, settings=make_settings(listener, email="a@bücher.example")).deliverable
    assert "MAIL FROM:<a@xn--bcher-kva.example>" in said(listener)


def test_an_email_that_this_server_cannot_take_is_a_warning(smtp: Served) -> None:
    listener = smtp.listen("ehlo-minimal")
    report = try_out(listener, settings=make_settings(listener, email="zoë@example.com"))
    assert (report.ok, report.deliverable, codes(report)) == (True, False, ["smtputf8_required"])


# In a group


def test_the_sender_is_tried_in_one_group(serve: Serve) -> None:
    """The server sees RSET before it has answered MAIL."""
    seen: list[bytes] = []

    def mail(peer: Peer) -> None:
        seen.extend([peer.read_line(), peer.read_line()])
        peer.send(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.0.0 ok\r\n")

    server = serve(dialogue(EHLO=b"250-peer.test\r\n250 PIPELINING\r\n", MAIL=mail))
    assert try_out(server, settings=make_settings(server)).deliverable
    assert seen == [b"RCPT TO:<billing@example.org>", b"RSET"]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_refusal_says_the_same_in_each_flow(smtp: Served, flow: str, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, reply="550 no"),), extensions=FLOWS[flow])
    report = try_out(listener, settings=make_settings(listener))
    assert (report.ok, report.deliverable, codes(report)) == (True, False, ["login_required"])
    assert report.warnings[-1].facts == {"refused_at": verb.lower(), "anybody": True}
    assert said(listener)[-2:] == ["RSET", "QUIT"]


def test_a_server_that_hangs_up_on_a_group_is_asked_plainly(serve: Serve) -> None:
    mail = MailServer(extensions=EXTENSIONS["pipelining"], faults={"MAIL": DROP})
    report = try_out(server := serve(mail), settings=make_settings(server))
    assert (report.ok, report.deliverable, mail.connections) == (True, True, 2)


def test_a_server_that_refuses_groups_is_asked_plainly(serve: Serve) -> None:
    mail = MailServer(extensions=EXTENSIONS["pipelining"], faults={"RCPT 1": b"503 5.5.1 too fast"})
    report = try_out(server := serve(mail), settings=make_settings(server))
    assert (report.ok, report.deliverable, mail.connections) == (True, True, 1)


def test_a_server_that_always_hangs_up_is_a_failure_in_the_end(serve: Serve) -> None:
    mail = MailServer(faults={"MAIL": DROP}, always=True)
    report = try_out(server := serve(mail), settings=make_settings(server), probe_ports=())
    assert (failed_at(report), mail.count("MAIL")) == (("disconnected", "sender"), 2)


# For others


def test_p33_without_a_login_it_is_told_that_mail_for_others_was_not_tried(smtp: Served) -> None:
    unproven = make_settings(smtp.plain, relay_proven=False)
    report = try_out(smtp.plain, settings=unproven)
    assert (report.ok, report.deliverable, report.relays) == (True, None, None)
    assert codes(report) == ["relay_not_tried"]
    assert report.warnings[0].facts["sender_taken"] is True
    assert (statuses(report)["sender"], stage(report, "sender").code) == ("warning", "relay_not_tried")

    report = try_out(smtp.plain, settings=unproven, test_sender=False)
    assert (report.deliverable, report.warnings[0].facts["sender_taken"]) == (None, False)
    # A login that was accepted, and mail that was taken before.
    for known in (account(smtp.plain), make_settings(smtp.plain)):
        assert try_out(smtp.plain, settings=known).deliverable is True


@pytest.mark.parametrize("with_login", [False, True])
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    ("reply", "relays", "named"),
    [
        ("", True, []),
        ("554 5.7.1 <ann@example.com>: Relay access denied", False, ["relay_refused"]),
        ("550 no", False, ["relay_refused"]),
        ("550 5.1.1 no such user", None, ["test_recipient_refused"]),
        ("451 4.7.1 greylisted", None, ["test_recipient_refused"]),
    ],
)
def test_an_address_elsewhere_proves_it_or_proves_the_opposite(
    smtp: Served, with_login: bool, flow: str, reply: str, relays: bool | None, named: list[str]
) -> None:
    rules = (on("RCPT", match="*<ann@example.com>*", reply=reply),) if reply else ()
    auth = ("PLAIN",) if with_login else ()
    listener = smtp.listen(extensions=FLOWS[flow], auth=auth, rules=rules)
    plain = make_settings(listener, relay_proven=False)
    report = try_out(
        listener, settings=account(listener) if with_login else plain, test_recipient="ann@example.com"
    )
    deliverable = with_login or None if relays is None else relays
    assert (report.ok, report.deliverable, report.relays) == (True, deliverable, relays)
    left_open = ["relay_not_tried"] if deliverable is None else []
    assert [code for code in codes(report) if code != "cleartext_password"] == named + left_open
    asked = [line for line in said(listener) if line.startswith("RCPT")]
    assert asked == ["RCPT TO:<billing@example.org>", "RCPT TO:<ann@example.com>"]
    assert said(listener)[-2:] == ["RSET", "QUIT"]
    assert listener.messages == ()


@pytest.mark.parametrize("recipient", ["ann@example.org", "ann@mail.example.org", "ann@org", "", "nobody"])
def test_an_address_of_the_same_domain_proves_nothing_and_is_not_asked_for(
    smtp: Served, recipient: str
) -> None:
    settings = make_settings(smtp.plain, relay_proven=False)
    report = try_out(smtp.plain, settings=settings, test_recipient=recipient)
    assert (report.deliverable, smtp.plain.count("RCPT")) == (None, 1)


def test_a_server_that_hangs_up_on_the_second_question_has_proven_nothing(smtp: Served) -> None:
    listener = smtp.listen(auth=(), rules=(on("RCPT", match="*<ann@example.com>*", drop="fin"),))
    settings = make_settings(listener, relay_proven=False)
    report = try_out(listener, settings=settings, test_recipient="ann@example.com")
    assert (report.ok, report.deliverable, codes(report)) == (True, None, ["relay_not_tried"])


@pytest.mark.parametrize("flow", ["pipelining", "plain"])
def test_a_server_that_has_kept_the_sender_is_asked_for_the_recipient_on_another_connection(
    smtp: Served, flow: str
) -> None:
    stuck = on("MAIL", skip=1, times=1, reply="503 5.5.1 Error: nested MAIL command")
    listener = smtp.listen(rules=(stuck,), extensions=FLOWS[flow])
    report = try_out(listener, settings=account(listener), test_recipient="ann@example.com")
    assert (report.deliverable, report.relays, listener.connections) == (True, True, 2)


@pytest.mark.parametrize("flow", ["pipelining", "plain"])
def test_what_a_server_says_on_another_connection_as_well_is_not_about_the_last_transaction(
    smtp: Served, flow: str
) -> None:
    stuck = on("MAIL", skip=1, times=5, reply="503 5.5.1 Error: nested MAIL command")
    listener = smtp.listen(rules=(stuck,), extensions=FLOWS[flow])
    with make_session(listener) as session:
        deliver(session, EMAIL, TO, MESSAGE)
        with pytest.raises(SenderRefusedError) as raised:
            deliver(session, EMAIL, TO, MESSAGE)
    assert (str(raised.value.reply)[:9], listener.connections) == ("503 5.5.1", 2)


def test_what_the_last_mail_has_shown_outlasts_a_test_that_goes_less_far(smtp: Served) -> None:
    past = PastRefusal(code=Code.RELAY_REFUSED, reply=Reply(code=554, enhanced_code="5.7.1"))
    settings = account(smtp.plain, past_refusal=past)
    report = try_out(smtp.plain, settings=settings)
    assert (report.ok, report.deliverable, codes(report)[-1]) == (True, False, "relay_refused")
    assert report.warnings[-1].reply == past.reply

    refuted = try_out(smtp.plain, settings=settings, test_recipient="ann@example.com")
    assert (refuted.deliverable, refuted.relays) == (True, True)
    # That mail may leave says nothing about what was wrong with its content.
    spam = account(smtp.plain, past_refusal=PastRefusal(code=Code.SENDER_NOT_AUTHENTIC))
    report = try_out(smtp.plain, settings=spam, test_recipient="ann@example.com")
    assert (report.deliverable, report.relays, codes(report)[-1]) == (False, True, "sender_not_authentic")
