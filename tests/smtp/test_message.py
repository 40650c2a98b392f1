"""Delivery of one message over an open session."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import Code, SMTPError
from wagtail_partner_smtp.smtp.errors import (
    DataRefusedError,
    DeadlineError,
    DisconnectedError,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SettingsError,
)
from wagtail_partner_smtp.smtp.message import deliver

from .accounts import (
    DEADLINE,
    EMAIL,
    FLOWS,
    make_session,
    make_settings,
    said,
)
from .conftest import Serve
from .peers import dialogue, take_data

MESSAGE = b"From: billing@example.org\r\nSubject: Invoice\r\n\r\nHello\r\n"
TO = ["ann@example.com"]


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_a_message_arrives_as_it_was_sent(smtp: Served, mode: str) -> None:
    listener = getattr(smtp, mode)
    with make_session(listener) as session:
        receipt = deliver(session, EMAIL, ["ann@example.com", "bob@example.com"], MESSAGE)
        second = deliver(session, "", TO, MESSAGE)
    assert (receipt.reply.code, receipt.refused, second.reply.code) == (250, {}, 250)
    first, other = listener.messages
    assert (first.mail_from, first.rcpt_tos) == (EMAIL, ("ann@example.com", "bob@example.com"))
    assert (first.data, other.mail_from) == (MESSAGE, "")
    assert (listener.connections, listener.count("AUTH"), listener.count("QUIT")) == (1, 1, 1)


def test_no_message_can_end_itself_and_smuggle_another(smtp: Served) -> None:
    smuggled = b"x\n.\nMAIL FROM:<evil@example.org>\r\n.\rRCPT TO:<x@example.org>\n.\r\nDATA\r\n"
    with make_session(smtp.plain) as session:
        deliver(session, EMAIL, TO, MESSAGE + smuggled)
    assert len(smtp.plain.messages) == 1
    assert b"evil@example.org" in smtp.plain.messages[0].data


def test_p41_the_accepted_recipients_get_the_message_and_the_refused_are_told(smtp: Served) -> None:
    listener = smtp.listen("rcpt-partial")
    with make_session(listener) as session:
        receipt = deliver(session, EMAIL, ["ann@example.com", "unknown@example.com"], MESSAGE)
    assert list(receipt.refused) == ["unknown@example.com"]
    assert str(receipt.refused["unknown@example.com"]) == "550 5.1.1 No such user"
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",)]


def test_p41_all_refused_is_an_error_and_the_session_goes_on(smtp: Served) -> None:
    listener = smtp.listen("rcpt-partial")
    with make_session(listener) as session:
        with pytest.raises(RecipientsRefusedError) as raised:
            deliver(session, EMAIL, ["unknown1@example.com", "unknown2@example.com"], MESSAGE)
        deliver(session, EMAIL, TO, MESSAGE)
    error = raised.value
    assert (error.code, error.stage, error.smtp_code) == (Code.RECIPIENTS_REFUSED, "rcpt", 550)
    assert list(error.refused) == ["unknown1@example.com", "unknown2@example.com"]
    assert isinstance(error, smtplib.SMTPRecipientsRefused)
    assert error.recipients["unknown1@example.com"] == (550, b"5.1.1 No such user")
    assert (len(listener.messages), listener.connections) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "error", "expected", "at"),
    [
        (on("MAIL", times=1, reply="550 5.7.1 no"), SenderRefusedError, "sender_not_owned", "mail"),
        (on("MAIL", times=1, reply="552 5.3.4 too big"), SenderRefusedError, "message_too_large", "mail"),
        (on("MAIL", times=1, reply="451 4.3.0 later"), SenderRefusedError, "sender_temporary", "mail"),
        (on("RCPT", times=1, reply="553 5.7.1 no"), RecipientsRefusedError, "sender_not_owned", "rcpt"),
        (on("RCPT", times=1, reply="552 5.2.2 full"), RecipientsRefusedError, "recipients_refused", "rcpt"),
        (on("RCPT", times=1, reply="450 4.2.1 later"), RecipientsRefusedError, "sender_temporary", "rcpt"),
        (on("DATA", times=1, reply="554 5.5.1 no"), DataRefusedError, "data_refused", "data"),
        (on("DATA-END", times=1, reply="554 5.7.1 spam"), DataRefusedError, "data_refused", "data"),
        (on("DATA-END", times=1, reply="552 5.3.4 too big"), DataRefusedError, "message_too_large", "data"),
    ],
)
def test_a_refusal_is_typed_and_the_session_takes_the_next_message(
    smtp: Served, rule: object, error: type[ReplyError], expected: str, at: str
) -> None:
    listener = smtp.listen(rules=(rule,), extensions=FLOWS["pipelining"])  # type: ignore[arg-type]
    with make_session(listener) as session:
        with pytest.raises(error) as raised:
            deliver(session, EMAIL, TO, MESSAGE)
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.code, raised.value.stage) == (expected, at)
    assert (len(listener.messages), listener.connections) == (1, 1)


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(smtp: Served) -> None:
    listener = smtp.listen("size-552")
    with make_session(listener) as session, pytest.raises(SenderRefusedError) as raised:
        deliver(session, EMAIL, TO, MESSAGE + b"x" * 2000)
    assert (raised.value.code, listener.messages) == (Code.MESSAGE_TOO_LARGE, ())


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_421_ends_the_session_and_keeps_its_reply(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, reply="421 4.3.2 closing"),), extensions=FLOWS["plain"])
    with make_session(listener, make_settings(listener)) as session:
        with pytest.raises(ReplyError) as raised:
            deliver(session, EMAIL, TO, MESSAGE)
        assert not session.is_open
    assert raised.value.reply.code == 421
    assert said(listener)[-1].startswith(verb)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_hang_up_after_a_refusal_keeps_the_refusal_in_delivery(smtp: Served, verb: str) -> None:
    rules = (on(verb, reply="554 5.7.1 no"), on("RSET", drop="fin"))
    listener = smtp.listen(rules=rules, extensions=FLOWS["pipelining"])
    with make_session(listener, make_settings(listener)) as session, pytest.raises(ReplyError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.reply.code, listener.count("RSET")) == (554, 1)


@pytest.mark.parametrize(
    "end", [{"drop": "fin"}, {"drop": "rst"}, {"hang": True}], ids=["close", "reset", "silence"]
)
def test_p42_no_answer_after_the_final_dot_is_an_unknown_outcome(smtp: Served, end: dict[str, Any]) -> None:
    listener = smtp.listen(rules=(on("DATA-END", **end),))
    timeout = DEADLINE if "hang" in end else PATIENCE
    session = make_session(listener, make_settings(listener), command_timeout=timeout)
    session.open()
    with pytest.raises((DisconnectedError, DeadlineError)) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.code, raised.value.stage) == (Code.OUTCOME_UNKNOWN, "data")
    assert isinstance(raised.value, DeadlineError) is ("hang" in end)
    assert not session.is_open
    session.close()
    listener.wait_idle()
    assert listener.count("QUIT") == 0


@pytest.mark.parametrize("reply", [b"garbage", b"250-" + b"x" * 200_000, b"\xff"])
def test_p42_an_answer_that_is_none_is_an_unknown_outcome(
    smtp: Served, brief_quit: None, reply: bytes
) -> None:
    listener = smtp.listen(rules=(on("DATA-END", reply=reply),))
    session = make_session(listener, make_settings(listener))
    with session, pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert raised.value.code is Code.OUTCOME_UNKNOWN


@pytest.mark.parametrize("unasked", [b"421 4.3.2 shutting down", b"250 2.0.0 and again", b"nonsense"])
def test_what_a_server_says_unasked_is_no_answer_to_the_next_message(serve: Serve, unasked: bytes) -> None:
    """A 421 between two messages (RFC 5321 3.8) is the server's refusal, all else the end of the conversation."""
    server = serve(dialogue(DATA=take_data(b"250 2.0.0 queued\r\n" + unasked + b"\r\n")))
    with make_session(server, make_settings(server)) as session:
        deliver(session, EMAIL, TO, MESSAGE)
        with pytest.raises(SMTPError) as raised:
            deliver(session, EMAIL, TO, MESSAGE)
        assert not session.is_open
    is_closing = unasked.startswith(b"421")
    assert raised.value.stage == "mail"
    assert raised.value.code is (Code.SERVER_BUSY if is_closing else Code.NOT_SMTP)
    assert isinstance(raised.value, SenderRefusedError) is is_closing
    assert server.count(b"MAIL") == 1


@pytest.mark.parametrize("late", [b"354 go on", b"334 and then"])
def test_p42_a_question_after_the_message_is_an_unknown_outcome(serve: Serve, late: bytes) -> None:
    server = serve(dialogue(DATA=take_data(late + b"\r\n")))
    with make_session(server, make_settings(server)) as session, pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.code, session.is_open) == (Code.OUTCOME_UNKNOWN, False)


def test_p42_the_sandbox_takes_the_message_and_closes(smtp: Served) -> None:
    listener = smtp.listen("drop-after-dot")
    with make_session(listener) as session, pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert raised.value.code is Code.OUTCOME_UNKNOWN


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_drop_before_the_message_was_sent_is_no_unknown_outcome(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, drop="fin"),), extensions=FLOWS["plain"])
    with make_session(listener, make_settings(listener)) as session, pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.code, raised.value.stage) == (Code.DISCONNECTED, verb.lower())


def test_a_drop_in_the_middle_of_the_message_is_no_unknown_outcome(smtp: Served) -> None:
    listener = smtp.listen("drop-mid-data")
    with make_session(listener) as session:
        with pytest.raises(SMTPError) as raised:
            deliver(session, EMAIL, TO, MESSAGE + b"x" * 20_000_000)
        assert not session.is_open
    assert (raised.value.code, raised.value.stage) == (Code.DISCONNECTED, "data")


def test_a_server_that_stops_reading_ends_at_the_deadline_and_hears_no_quit(smtp: Served) -> None:
    rules = (on("DATA", after=1, delay=DEADLINE + 1),)
    listener = smtp.listen(rules=rules, size=100_000_000, extensions=FLOWS["pipelining"])
    session = make_session(listener, make_settings(listener), command_timeout=DEADLINE)
    session.open()
    with pytest.raises(DeadlineError) as raised:
        deliver(session, EMAIL, TO, b"x" * 30_000_000)
    assert (raised.value.code, raised.value.stage) == (Code.DEADLINE_PASSED, "data")
    session.close()
    listener.wait_idle()
    assert listener.count("QUIT") == 0


def test_p43_a_message_counts_although_quit_is_broken(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("QUIT", drop="fin"),))
    with make_session(listener, make_settings(listener)) as session:
        assert deliver(session, EMAIL, TO, MESSAGE).reply.code == 250
    assert listener.faults == 1


@pytest.mark.parametrize(
    ("extensions", "data", "sender", "line"),
    [
        ((), b"a", "a@example.org", "MAIL FROM:<a@example.org>"),
        (("SIZE",), b"a", "a@example.org", "MAIL FROM:<a@example.org> SIZE=3"),
        (("SIZE",), b"\xe9", "a@example.org", "MAIL FROM:<a@example.org> SIZE=3"),
        (
            ("8BITMIME", "SMTPUTF8"),
            b"\xe9",
            "é@example.org",
            "MAIL FROM:<é@example.org> BODY=8BITMIME SMTPUTF8",
        ),
        (("8BITMIME",), b"a", "a@example.org", "MAIL FROM:<a@example.org>"),
    ],
)
def test_parameters_are_given_as_far_as_the_server_has_them(
    smtp: Served, extensions: tuple[str, ...], data: bytes, sender: str, line: str
) -> None:
    listener = smtp.listen(extensions=extensions)
    with make_session(listener, make_settings(listener)) as session:
        deliver(session, sender, TO, data)
    assert line in said(listener)


def test_a_recipient_with_other_letters_needs_smtputf8(smtp: Served) -> None:
    listener = smtp.listen("ehlo-minimal")
    with make_session(listener, make_settings(listener)) as session, pytest.raises(SettingsError) as raised:
        deliver(session, EMAIL, ["ann@example.com", "zoë@example.com"], MESSAGE)
    assert (raised.value.code, listener.count("MAIL")) == (Code.SMTPUTF8_REQUIRED, 0)
    assert raised.value.facts["address"] == "zoë@example.com"


@pytest.mark.parametrize("bad", ["a@b\r\nDATA", "a@b>\r\n", "a b@c", "<a@b>", "a@b..c", "a\0@b"])
def test_p31_an_address_cannot_smuggle_a_command(smtp: Served, bad: str) -> None:
    with make_session(smtp.plain, make_settings(smtp.plain)) as session:
        for sender, recipients in ((bad, TO), (EMAIL, [bad])):
            with pytest.raises(SettingsError) as raised:
                deliver(session, sender, recipients, MESSAGE)
            assert raised.value.code is Code.EMAIL_INVALID
    assert smtp.plain.count("MAIL") == 0


def test_a_message_needs_a_recipient(smtp: Served) -> None:
    with (
        make_session(smtp.plain, make_settings(smtp.plain)) as session,
        pytest.raises(ValueError, match="recipient"),
    ):
        deliver(session, EMAIL, [], MESSAGE)
    assert smtp.plain.count("MAIL") == 0


def test_a_late_answer_to_rset_ends_the_session(smtp: Served) -> None:
    """It would else be taken for the answer to the next MAIL, and a message counted that nobody took."""
    refused_once = on("RCPT", times=1, reply="550 5.1.1 Unknown")
    listener = smtp.listen(rules=(refused_once, on("RSET", times=1, delay=DEADLINE + 1)))
    session = make_session(listener, command_timeout=DEADLINE)
    session.open()
    with pytest.raises(RecipientsRefusedError):
        deliver(session, EMAIL, TO, MESSAGE)
    assert not session.is_open


# Servers that bear groups and chunks in their own way


@pytest.mark.parametrize(
    ("profile", "connections"),
    [
        ("honest", 1),
        ("no-chunking", 1),
        ("no-pipelining", 1),
        ("chunking-refused", 2),
        ("chunking-unknown", 2),
        ("chunking-late", 1),
        ("pipelining-refused", 1),
        ("bdat-exim", 1),
    ],
)
def test_every_way_to_bear_groups_gets_the_message_once(smtp: Served, profile: str, connections: int) -> None:
    listener = smtp.listen(profile)
    with make_session(listener, make_settings(listener)) as session:
        for _ in range(3):
            assert deliver(session, EMAIL, ["a@example.com", "b@example.com"], MESSAGE).reply.code == 250
    assert [message.rcpt_tos for message in listener.messages] == [("a@example.com", "b@example.com")] * 3
    assert listener.connections == connections


def test_a_hang_up_on_a_group_that_held_the_message_is_an_unknown_outcome(smtp: Served) -> None:
    listener = smtp.listen("pipelining-drops")
    session = make_session(listener, make_settings(listener))
    session.open()
    with pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, TO, MESSAGE)
    assert (raised.value.code, raised.value.stage) == (Code.OUTCOME_UNKNOWN, "data")
    assert (session.flow.is_suspect, session.flow.pipelines) == (True, False)
    session.open_again()
    assert deliver(session, EMAIL, TO, MESSAGE).accepted == tuple(TO)
    session.close()


@pytest.mark.parametrize("profile", ["rcpt-limit-100", "rcpt-limit-100-552", "rcpt-limit-100-550"])
def test_150_recipients_get_the_message_in_two_transactions(smtp: Served, profile: str) -> None:
    listener = smtp.listen(profile)
    to = [f"r{number}@example.com" for number in range(150)]
    with make_session(listener, make_settings(listener)) as session:
        receipt = deliver(session, EMAIL, to, MESSAGE)
    assert (receipt.accepted, receipt.refused) == (tuple(to), {})
    assert [len(message.rcpt_tos) for message in listener.messages] == [100, 50]
