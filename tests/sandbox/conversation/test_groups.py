"""Groups of commands (RFC 2920) and chunks (RFC 3030), as an honest server bears them."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.raw_client import DATA, MAIL, QUIT, RCPT, bdat, talking

LETTER = b"Subject: Hello\r\n\r\nText\r\n"


@pytest.mark.parametrize("mode", ["plain", "ssl"])
def test_envelope_and_content_may_come_in_one_write(smtp: Served, mode: Any) -> None:
    listener = smtp.listen(mode=mode)
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, bdat(LETTER)) == [250, 250, 250]
        assert client.say(QUIT) == [221]
    listener.wait_idle()

    message = smtp.messages[0]
    assert (message.data, message.command, message.chunks) == (LETTER, "BDAT", (len(LETTER),))
    assert message.session.groups == (
        ("EHLO me",),
        (
            "MAIL FROM:<a@example.org>",
            "RCPT TO:<b@example.org>",
            f"BDAT {len(LETTER)} LAST",
            f"[{len(LETTER)} octets]",
        ),
        ("QUIT",),
    )


def test_a_message_may_come_in_many_chunks(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        group = (bdat(LETTER, last=False), bdat(b"more", last=False), bdat(b""))
        assert client.say(MAIL, RCPT, *group) == [250] * 5

    assert (smtp.messages[0].data, smtp.messages[0].chunks) == (LETTER + b"more", (len(LETTER), 4, 0))


@pytest.mark.parametrize(
    "content",
    [b".\r\n..two\r\n", b"a\r\n.\r\nMAIL FROM:<>\r\n", b"no line end", b"\0\xff\x80bare\nLF\rCR", b""],
    ids=["dots", "the end of DATA", "no line end", "octets", "nothing"],
)
def test_chunks_are_kept_to_the_octet(smtp: Served, content: bytes) -> None:
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, bdat(content[:3], last=False), bdat(content[3:])) == [250] * 4

    assert [message.data for message in smtp.messages] == [content]


def test_a_large_chunk_is_still_one_group(smtp: Served) -> None:
    content = (b"x" * 70 + b"\r\n") * 30_000
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, bdat(content)) == [250, 250, 250]

    assert smtp.messages[0].data == content
    assert [len(group) for group in smtp.plain.sessions[0].groups] == [1, 4]


def test_envelope_and_data_in_one_write_make_two_groups_of_a_message(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, DATA) == [250, 250, 354]
        assert client.say(LETTER, b".\r\n", answers=1) == [250]

    assert (smtp.messages[0].command, smtp.messages[0].chunks) == ("DATA", ())
    assert smtp.plain.sessions[0].groups[1:] == (
        ("MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA"),
        (f"[{len(LETTER) + 3} octets]",),
    )


def test_content_that_does_not_wait_for_the_354_is_of_the_same_group(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        codes = client.say(MAIL, RCPT, DATA, LETTER, b".\r\n", MAIL, answers=5)

    assert codes == [250, 250, 354, 250, 250]
    assert [len(group) for group in smtp.plain.sessions[0].groups] == [1, 5]


def test_who_waits_for_every_answer_has_groups_of_one(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        for command in (MAIL, RCPT, DATA, LETTER + b".\r\n"):
            client.say(command)

    assert [len(group) for group in smtp.plain.sessions[0].groups] == [1] * 5
    assert ("-", "pipelined") not in smtp.plain.sessions[0].transcript


def test_what_is_pipelined_is_marked_in_the_transcript(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        client.say(b"NOOP\r\n", b"NOOP\r\n")

        assert smtp.plain.sessions[0].transcript[-5:] == [
            ("C", "NOOP"),
            ("S", "250 2.0.0 OK"),
            ("-", "pipelined"),
            ("C", "NOOP"),
            ("S", "250 2.0.0 OK"),
        ]


def test_a_session_takes_any_number_of_messages(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        for _ in range(50):
            assert client.say(MAIL, RCPT, bdat(LETTER)) == [250, 250, 250]

    assert len(smtp.messages) == 50
    assert len(smtp.plain.sessions[0].groups) == 51


SENDER, RECIPIENT = (on("MAIL", times=1, reply="550 5.7.1 No")), (on("RCPT", times=1, reply="550 5.1.1 No"))


@pytest.mark.parametrize(
    ("profile", "refusal", "codes", "next_mail"),
    [
        ("honest", SENDER, [550, 503, 503], 250),
        ("honest", RECIPIENT, [250, 550, 554], 250),
        ("bdat-exim", SENDER, [550, 503, 503], 250),
        ("bdat-exim", RECIPIENT, [250, 550, 503], 503),
    ],
)
def test_a_chunk_behind_a_refusal_is_swallowed_and_refused(
    smtp: Served, profile: str, refusal: Any, codes: list[int], next_mail: int
) -> None:
    listener = smtp.listen(profile, rules=(refusal,))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, bdat(b"QUIT\r\n" + LETTER)) == codes
        assert client.say(MAIL) == [next_mail]
        assert client.say(b"RSET\r\n", MAIL, RCPT, bdat(LETTER)) == [250] * 4

    assert [message.data for message in listener.messages] == [LETTER]
    assert listener.count("QUIT") == 0


def test_a_group_goes_on_for_those_recipients_that_were_taken(smtp: Served) -> None:
    listener = smtp.listen("rcpt-partial")
    with talking(listener) as client:
        codes = client.say(MAIL, b"RCPT TO:<unknown@example.org>\r\n", RCPT, bdat(LETTER))

    assert codes == [250, 550, 250, 250]
    assert listener.messages[0].rcpt_tos == ("b@example.org",)


@pytest.mark.parametrize("profile", ["honest", "bdat-exim"])
def test_chunks_behind_a_refused_one_are_swallowed_too(smtp: Served, profile: str) -> None:
    listener = smtp.listen(profile, rules=(on("BDAT", skip=1, times=1, reply="452 4.3.1 Disk full"),))
    with talking(listener) as client:
        chunks = [bdat(b"QUIT\r\n", last=False)] * 3
        codes = client.say(MAIL, RCPT, *chunks, bdat(LETTER))

    assert codes == [250, 250, 250, 452, 503, 503]
    assert (listener.messages, listener.count("QUIT")) == ((), 0)


def test_the_chunk_that_is_too_much_is_refused_at_once(smtp: Served) -> None:
    listener = smtp.listen("size-552")
    with talking(listener) as client:
        chunk = bdat(b"x" * 600, last=False)
        assert client.say(MAIL, RCPT, chunk, chunk, bdat(b"")) == [250, 250, 250, 552, 503]
        assert client.say(MAIL, RCPT, bdat(LETTER)) == [250, 250, 250]

    assert len(listener.messages) == 1


@pytest.mark.parametrize("chunk", [b"", b"x"])
def test_chunks_and_data_do_not_mix(smtp: Served, chunk: bytes) -> None:
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, bdat(chunk, last=False), DATA, bdat(b"y")) == [250, 250, 250, 503, 250]
        assert client.say(bdat(b"z")) == [503]

    assert [message.data for message in smtp.messages] == [chunk + b"y"]


def test_recipients_come_before_the_first_chunk(smtp: Served) -> None:
    with talking(smtp.plain) as client:
        assert client.say(MAIL, RCPT, bdat(b"x", last=False), RCPT, bdat(b"y")) == [250, 250, 250, 503, 250]
        assert client.say(MAIL, RCPT) == [250, 250]

    assert [len(message.rcpt_tos) for message in smtp.messages] == [1]


def test_data_for_nobody_is_refused_in_the_group(smtp: Served) -> None:
    listener = smtp.listen("rcpt-550")
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, RCPT, DATA) == [250, 550, 550, 554]


@pytest.mark.parametrize(("no_recipients", "code"), [("554 5.5.1 Nobody", 554), ("250 2.0.0 OK", 250)])
def test_data_for_nobody_may_be_taken_and_is_not_kept(smtp: Served, no_recipients: str, code: int) -> None:
    listener = smtp.listen("data-354-anyway", rules=(on("RCPT", times=1, reply="550 5.1.1 No"),))
    other = smtp.listen("data-354-anyway", no_recipients=no_recipients)
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, DATA) == [250, 550, 354]
        assert client.say(b".\r\n") == [554]
        assert client.say(MAIL, RCPT, DATA) == [250, 250, 354]
        assert client.say(LETTER, b".\r\n", answers=1) == [250]
    with talking(other) as client:
        assert client.say(MAIL, DATA) == [250, 354]
        assert client.say(b".\r\n") == [code]
        assert client.say(DATA) == [503]

    assert [message.data for message in smtp.messages] == [LETTER]
