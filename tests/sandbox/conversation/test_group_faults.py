"""Servers that do not bear groups or chunks, and faults at every place of a group."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from smtp_sandbox import Profile, Rule, on
from smtp_sandbox.catalogue import groups
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.raw_client import DATA, MAIL, QUIT, RCPT, bdat, talking
from tests.support.stopwatch import PATIENCE, Stopwatch

LETTER = b"Subject: Hello\r\n\r\nText\r\n"
GROUP = (MAIL, RCPT, bdat(LETTER))
# The place of a fault in that group: answers that come before it, and whether the message is kept.
PLACES: dict[str, tuple[dict[str, Any], int, bool]] = {
    "before MAIL": ({"verb": "MAIL"}, 0, False),
    "behind MAIL": ({"verb": "MAIL", "answered": True}, 1, False),
    "before RCPT": ({"verb": "RCPT"}, 1, False),
    "behind RCPT": ({"verb": "RCPT", "answered": True}, 2, False),
    "within the chunk": ({"verb": "BDAT", "after": 3}, 2, False),
    "before BDAT": ({"verb": "BDAT"}, 2, False),
    "with the message kept": ({"verb": "DATA-END"}, 2, True),
    "behind the message": ({"verb": "DATA-END", "answered": True}, 3, True),
    "behind BDAT": ({"verb": "BDAT", "answered": True}, 3, True),
}
place = pytest.mark.parametrize(("where", "answers", "is_kept"), PLACES.values(), ids=PLACES)


@place
@pytest.mark.parametrize("mode", ["plain", "ssl"])
def test_a_server_may_close_anywhere(
    smtp: Served, mode: Any, where: dict[str, Any], answers: int, is_kept: bool
) -> None:
    listener = smtp.listen(mode=mode, rules=(on(**where, drop="fin"),))
    with talking(listener) as client:
        assert client.say(*GROUP) == [250] * answers
        assert client.has_ended()
    listener.wait_idle()

    assert (len(listener.messages), listener.faults) == (int(is_kept), 1)


@place
def test_a_server_may_reset_anywhere(
    smtp: Served, where: dict[str, Any], answers: int, is_kept: bool
) -> None:
    listener = smtp.listen(rules=(on(**where, drop="rst"),))
    with talking(listener) as client, pytest.raises(ConnectionResetError):
        client.say(*GROUP, answers=4)
    listener.wait_idle()

    said = [text for who, text in listener.sessions[0].transcript if who == "S" and text.startswith("250 2.")]
    assert (len(said), len(listener.messages)) == (answers, int(is_kept))


@place
def test_a_server_may_fall_silent_anywhere(
    smtp: Served, where: dict[str, Any], answers: int, is_kept: bool
) -> None:
    listener = smtp.listen(rules=(on(**where, hang=True),))
    with talking(listener) as client:
        assert client.say(*GROUP, answers=answers) == [250] * answers
        client.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.say(answers=1)

    listener.wait_idle()
    assert len(listener.messages) == is_kept


@place
def test_a_server_may_be_late_anywhere(
    smtp: Served, where: dict[str, Any], answers: int, is_kept: bool
) -> None:
    listener = smtp.listen(rules=(on(**where, delay=0.05),))
    with talking(listener) as client, Stopwatch() as watch:
        assert client.say(*GROUP, b"NOOP\r\n") == [250] * 4

    assert watch.by_the_clock >= 0.05
    assert (len(listener.messages), listener.faults) == (1, 1)


@place
def test_a_server_may_say_421_anywhere(
    smtp: Served, where: dict[str, Any], answers: int, is_kept: bool
) -> None:
    listener = smtp.listen(rules=(on(**where, reply="421 4.3.2 Shutting down"),))
    with talking(listener) as client:
        assert client.say(*GROUP, answers=answers + 1) == [250] * answers + [421]
        assert client.has_ended()

    # To answer 421 is to refuse; whether behind the answer or in its place is a difference.
    assert len(listener.messages) == (is_kept and bool(where.get("answered")))


@pytest.mark.parametrize("verb", ["EHLO", "NOOP", "RSET", "QUIT", "DATA", "AUTH"])
def test_every_other_command_may_be_followed_by_the_end(smtp: Served, verb: str) -> None:
    listener = smtp.listen(rules=(on(verb, answered=True, skip=int(verb == "EHLO"), drop="fin"),))
    commands = {"EHLO": b"EHLO me\r\n", "AUTH": b"AUTH PLAIN AHVzZXIAcGFzcw==\r\n"}
    with talking(listener) as client:
        # RFC 4954 4: nobody logs in during a mail transaction.
        before = [] if verb == "AUTH" else [MAIL, RCPT]
        assert client.say(*before) == [250] * len(before)
        (code,) = client.say(commands.get(verb, verb.encode() + b"\r\n"))
        assert code == {"QUIT": 221, "DATA": 354, "AUTH": 235}.get(verb, 250)
        assert client.has_ended()
    listener.wait_idle()

    assert listener.faults == 1


def test_a_greeting_may_be_followed_by_the_end(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("BANNER", answered=True, drop="fin"),))
    with (
        socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock,
        sock.makefile("rb") as file,
    ):
        assert file.read() == b"220 localhost ESMTP\r\n"


def test_a_server_that_does_not_close_after_quit(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("QUIT", answered=True, hang=True),))
    with talking(listener) as client:
        assert client.say(QUIT) == [221]
        client.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.has_ended()


def test_the_rest_of_a_chunk_that_was_answered_early_is_swallowed(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("BDAT", after=3, times=1, reply="452 4.3.1 Disk full"),))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, bdat(b"123QUIT\r\n"), MAIL) == [250, 250, 452, 250]
        assert client.say(RCPT, bdat(LETTER)) == [250, 250]

    assert [message.data for message in listener.messages] == [LETTER]


def test_the_rest_of_a_chunk_is_no_command_that_did_not_wait(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("BDAT", after=3, reply="452 4.3.1 Disk full"),))
    with talking(listener) as client:
        assert client.say(MAIL) + client.say(RCPT) + client.say(bdat(LETTER)) == [250, 250, 452]
        assert client.say(MAIL) == [250]

    assert ("-", "pipelined") not in listener.sessions[0].transcript


def test_what_follows_the_354_happens_once_and_before_the_message(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("DATA", answered=True, delay=0.01),))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, DATA) == [250, 250, 354]
        assert client.say(LETTER, b".\r\n", answers=1) == [250]
        assert client.say(QUIT) == [221]
    listener.wait_idle()

    transcript = [text for _, text in listener.sessions[0].transcript]
    said = transcript[transcript.index("DATA") + 1 :]
    assert said[0].startswith("354 ")
    assert said[1] == "fault: DATA: delay 0.01 s, once answered"
    assert (said[2], listener.faults) == (f"[{len(LETTER) + 3} octets]", 1)


@pytest.mark.parametrize("where", [{}, {"after": 1}])
def test_a_chunk_that_a_rule_answers_is_not_kept(smtp: Served, where: dict[str, Any]) -> None:
    listener = smtp.listen(rules=(on("BDAT", skip=1, times=1, reply="250 Whatever", **where),))
    with talking(listener) as client:
        chunks = [bdat(each, last=False) for each in (b"one", b"two", b"three")]
        assert client.say(MAIL, RCPT, *chunks, bdat(b"")) == [250] * 6

    assert [(message.data, message.chunks) for message in listener.messages] == [(b"onethree", (3, 5, 0))]


@pytest.mark.parametrize("name", ["no-pipelining", "pipelining-refused"])
def test_a_chunk_is_never_taken_for_commands_where_chunks_are_known(smtp: Served, name: str) -> None:
    listener = smtp.listen(name)
    with talking(listener) as client:
        assert client.say(MAIL) == client.say(RCPT) == [250]
        assert client.say(bdat(b"QUIT\r\n"), b"NOOP\r\n", b"NOOP\r\n") == [250, 503, 250]

    assert (listener.count("QUIT"), len(listener.messages)) == (0, 1)


def test_the_second_recipient_of_every_message_may_be_refused(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", skip=1, times=1, per="message", reply="452 4.5.3 Enough"),))
    with talking(listener) as client:
        for _ in range(2):
            assert client.say(MAIL, RCPT, RCPT, RCPT, bdat(LETTER)) == [250, 250, 452, 250, 250]

    assert [len(message.rcpt_tos) for message in listener.messages] == [2, 2]


def test_a_rule_about_groups_is_about_those_that_have_another_command_behind_them(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", grouped=True, reply="450 4.7.1 Slow down"),))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, RCPT) == [250, 450, 250]
        assert client.say(RCPT) == [250]
        assert client.say(RCPT, bdat(LETTER)) == [450, 250]

    assert len(listener.messages[0].rcpt_tos) == 2


def test_a_chunk_alone_does_not_make_a_group(smtp: Served) -> None:
    listener = smtp.listen("pipelining-drops")
    with talking(listener) as client:
        assert client.say(MAIL) == client.say(RCPT) == client.say(bdat(LETTER)) == [250]

    assert len(listener.messages) == 1


GROUPS: dict[str, tuple[tuple[bytes, ...], list[int]]] = {
    "no-pipelining": (GROUP, [503, 503, 503]),
    "no-chunking": ((MAIL, RCPT, b"BDAT 0 LAST\r\n"), [250, 250, 500]),
    "no-8bitmime": ((b"MAIL FROM:<> BODY=8BITMIME\r\n", b"MAIL FROM:<> SMTPUTF8\r\n"), [555, 555]),
    "no-smtputf8": ((b"MAIL FROM:<a@example.org> SMTPUTF8\r\n",), [555]),
    "pipelining-refused": (GROUP, [503, 503, 503]),
    "pipelining-drops": (GROUP, []),
    "chunking-refused": (GROUP, [250, 250, 502]),
    "chunking-unknown": ((MAIL, RCPT, bdat(b"NOOP\r\nHello\r\n")), [250, 250, 500, 250, 500]),
    "chunking-drops": (GROUP, [250, 250]),
    "chunking-late": (GROUP, [250, 250, 250]),
    "bdat-exim": (GROUP, [250, 250, 250]),
    "data-354-anyway": ((MAIL, DATA), [250, 354]),
    "rcpt-limit-100": ((MAIL, *[RCPT] * 101, bdat(LETTER)), [250, *[250] * 100, 452, 250]),
    "rcpt-limit-100-552": ((MAIL, *[RCPT] * 101, bdat(LETTER)), [250, *[250] * 100, 552, 250]),
    "rcpt-limit-100-550": ((MAIL, *[RCPT] * 101, bdat(LETTER)), [250, *[250] * 100, 550, 250]),
}


@pytest.mark.parametrize("name", GROUPS)
def test_every_profile_of_groups_answers_a_group_as_it_says(smtp: Served, name: str) -> None:
    listener = smtp.listen(name)
    commands, codes = GROUPS[name]
    with talking(listener) as client:
        assert client.say(*commands, answers=len(codes)) == codes
        if name.endswith("-drops"):
            assert client.has_ended()

    assert len(listener.messages) == (
        len(codes) == len(commands) and commands[-1] == GROUP[-1] and codes[-1] == 250
    )


def test_every_profile_of_groups_is_there() -> None:
    assert list(GROUPS) == [profile.name for profile in groups.PROFILES]


@pytest.mark.parametrize("name", ["no-pipelining", "pipelining-refused", "pipelining-drops"])
def test_who_waits_is_served_where_groups_are_not(smtp: Served, name: str) -> None:
    listener = smtp.listen(name)
    with talking(listener) as client:
        for command in (MAIL, RCPT, bdat(LETTER)):
            assert client.say(command) == [250]

    assert len(listener.messages) == 1


@pytest.mark.parametrize("code", [500, 502, 503])
def test_a_refused_chunk_leaves_a_session_that_data_can_use(smtp: Served, code: int) -> None:
    listener = smtp.listen("chunking-refused", rules=(on("BDAT", reply=f"{code} No"),))
    with talking(listener) as client:
        assert client.say(*GROUP) == [250, 250, code]
        assert client.say(MAIL, RCPT, DATA) == [250, 250, 354]
        assert client.say(LETTER, b".\r\n", answers=1) == [250]

    assert [message.command for message in listener.messages] == ["DATA"]


def test_the_limit_of_recipients_is_one_of_each_message(smtp: Served) -> None:
    listener = smtp.listen("rcpt-limit-100")
    with talking(listener) as client:
        for _ in range(2):
            assert client.say(MAIL, *[RCPT] * 100, bdat(LETTER)) == [250] * 102

    assert [len(message.rcpt_tos) for message in listener.messages] == [100, 100]


def test_a_late_answer_comes(smtp: Served) -> None:
    with talking(smtp.listen("chunking-late")) as client:
        client.say(MAIL, RCPT)
        with Stopwatch() as watch:
            assert client.say(bdat(LETTER)) == [250]

    assert watch.by_the_clock >= 1.0


def test_what_a_fault_is_about_can_be_read() -> None:
    assert str(on("RCPT", answered=True, drop="fin")) == "once answered, drop fin"
    assert str(on("BDAT", after=9, reply="452 4.3.1 Full")) == "after 9 octets, reply 452 4.3.1 Full"
    assert Profile("x", on("bdat", drop="fin")).rules == (Rule("BDAT", drop="fin"),)


def test_senseless_places_are_errors() -> None:
    with pytest.raises(ValueError, match="after="):
        on("RCPT", after=5, drop="fin")
    with pytest.raises(ValueError, match="after="):
        on("BDAT", after=5, answered=True, drop="fin")
    with pytest.raises(ValueError, match="handshake"):
        on("TLS", answered=True, drop="fin")
