"""Waiting for messages, and for none."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.parser import BytesHeaderParser
from typing import Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import connect, send


def send_numbered(smtp: Served, count: int) -> None:
    for number in range(count):
        send(smtp.plain, text=f"Subject: {number}\r\n\r\n")


def test_two_waits_in_a_row_give_two_messages(smtp: Served) -> None:
    send_numbered(smtp, 2)

    assert [smtp.wait_for_message(to="b@example.org").subject for _ in range(2)] == ["0", "1"]
    with pytest.raises(TimeoutError, match=r"'0' .*, given to an earlier wait"):
        smtp.wait_for_message(timeout=0.01)


def test_two_waits_at_once_give_two_messages(smtp: Served) -> None:
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(smtp.wait_for_message) for _ in range(2)]
        send_numbered(smtp, 2)

    assert {wait.result().subject for wait in waits} == {"0", "1"}


def test_several_messages_are_waited_for_at_once(smtp: Served) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(smtp.wait_for_messages, 2)
        send_numbered(smtp, 3)

    assert [message.subject for message in waiting.result()] == ["0", "1"]
    with pytest.raises(TimeoutError, match=r"no 2 messages \(any\)"):
        smtp.wait_for_messages(2, timeout=0.01)
    assert smtp.wait_for_message().subject == "2"
    with pytest.raises(ValueError, match="assert_no_message"):
        smtp.wait_for_messages(0)


def test_after_a_message_each_later_one_counts(smtp: Served) -> None:
    send_numbered(smtp, 3)
    first, second, _ = smtp.wait_for_messages(3)

    assert smtp.wait_for_message(after=first) is second
    assert smtp.wait_for_message(after=first, subject="2").subject == "2"
    with pytest.raises(TimeoutError, match="subject=0, after='1'"):
        smtp.wait_for_message(subject="0", after=second, timeout=0.01)


def test_that_no_message_comes_can_be_asserted(smtp: Served) -> None:
    send_numbered(smtp, 1)

    smtp.assert_no_message(within=0.01, to="z@example.org")
    with pytest.raises(
        AssertionError, match=r"a message came that should not .*: a@example.org -> b@example.org"
    ):
        smtp.assert_no_message(within=0.01)
    smtp.wait_for_message()
    smtp.assert_no_message(within=0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(smtp.assert_no_message, within=60)
        send_numbered(smtp, 1)
        with pytest.raises(AssertionError):
            waiting.result()


def test_asynchronous_tests_wait_alike(smtp: Served) -> None:
    async def wait() -> list[str]:
        waiting = asyncio.create_task(smtp.await_messages(2))
        await asyncio.to_thread(send_numbered, smtp, 3)
        first, second = await waiting
        with pytest.raises(AssertionError):
            await smtp.await_no_message(within=60)
        third = await smtp.await_message()
        await smtp.await_no_message(within=0.01)
        return [first.subject, second.subject, third.subject]

    assert asyncio.run(wait()) == ["0", "1", "2"]


def test_a_time_out_names_the_last_few(smtp: Served) -> None:
    send_numbered(smtp, 7)

    with pytest.raises(TimeoutError) as error:
        smtp.wait_for_message(subject="none", timeout=0.01)

    assert "the last 5 of 7" in str(error.value)
    assert len(str(error.value).splitlines()) == 6


def test_headers_are_parsed_once_and_without_the_body(smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    parse = BytesHeaderParser.parsebytes

    def note(parser: object, data: bytes, *args: bool) -> object:
        parsed.append(data)
        return parse(parser, data, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(BytesHeaderParser, "parsebytes", note)
    send(smtp.plain, text="Subject: Hello\r\nX: 1\r\n\r\nA long body\r\n")

    assert [smtp.messages[0].subject for _ in range(2)] == ["Hello", "Hello"]
    assert parsed == [b"Subject: Hello\r\nX: 1\r\n\r\n"]


def test_nothing_is_parsed_by_the_loop(smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    parse = BytesHeaderParser.parsebytes

    def note(parser: object, data: bytes, *args: bool) -> object:
        threads.append(threading.current_thread().name)
        return parse(parser, data, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(BytesHeaderParser, "parsebytes", note)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(smtp.wait_for_message, subject="1")
        send_numbered(smtp, 2)
        waiting.result()

    assert threads
    assert "smtp_sandbox" not in threads


def ways(smtp: Served) -> list[Callable[..., object]]:
    return [
        smtp.wait_for_message,
        lambda **wanted: smtp.wait_for_messages(2, **wanted),
        lambda **wanted: smtp.assert_no_message(within=0.01, **wanted),
        lambda **wanted: asyncio.run(smtp.await_message(**wanted)),
        lambda **wanted: asyncio.run(smtp.await_messages(2, **wanted)),
        lambda **wanted: asyncio.run(smtp.await_no_message(within=0.01, **wanted)),
        smtp.sandbox.journal.messages,
    ]


@pytest.mark.parametrize(
    ("wanted", "error", "reason"),
    [
        ({"recipient": "b@example.org"}, TypeError, "recipient; known are to, mail_from, subject, at, after"),
        ({"to": "b@example.org", "Subject": "Hello"}, TypeError, "Subject; known are to"),
        ({"form": "a@example.org"}, TypeError, "form; known are to"),
        ({"to": ["b@example.org"]}, TypeError, "to is a text"),
        ({"subject": re.compile("Hello")}, TypeError, "subject is a text"),
        ({"at": "plain"}, TypeError, "at is a listener"),
        ({"after": 1}, TypeError, "after is a message"),
        *(
            ({name: text}, ValueError, f"'{name}' is one address, as in 'ann@example.org'")
            for name in ("to", "mail_from")
            for text in (
                *("a@example.org, b@example.org", "Ann <a@example.org>, b@example.org", "<a@example.org> b"),
                *("Ann Smith", "a @example.org", "<<a@example.org>>", '"a@example.org'),
            )
        ),
        ({"to": ""}, ValueError, "'to' is one address"),
        ({"to": "<>"}, ValueError, "'to' is one address"),
    ],
)
def test_what_no_message_can_be_like_is_an_error(
    smtp: Served, wanted: dict[str, Any], error: type[Exception], reason: str
) -> None:
    send_numbered(smtp, 2)

    for wait in ways(smtp):
        with pytest.raises(error, match=re.escape(reason)):
            wait(**wanted)


@pytest.mark.parametrize(
    "text",
    [
        *("b@example.org", "B@Example.org", "<b@example.org>", "Bob <b@example.org>", " b@example.org "),
        *('"Smith, Bob <x@y>" <b@example.org>', "Bob (at home) <b@example.org> "),
    ],
)
def test_an_address_may_have_a_name(smtp: Served, text: str) -> None:
    send_numbered(smtp, 1)

    with pytest.raises(AssertionError, match="a message came that should not"):
        smtp.assert_no_message(within=0.01, to=text)
    assert smtp.wait_for_message(to=text).subject == "0"
    smtp.assert_no_message(within=0.01, mail_from=text)


def test_a_quoted_local_part_and_the_null_sender_are_addresses(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        client.mail("")
        client.docmd("RCPT", 'TO:<"a, <b> \\" c"@example.org>')
        client.data("Subject: x\r\n\r\nx")

    for to in ('Bob <"a, <b> \\" c"@example.org>', '"a, <b> \\" c"@example.org'):
        assert len(smtp.sandbox.journal.messages(to=to)) == 1
    for sender in ("", "<>"):
        assert len(smtp.sandbox.journal.messages(mail_from=sender)) == 1
    assert smtp.sandbox.journal.messages(mail_from="a@example.org") == ()


@pytest.mark.parametrize("verb", ["EHLOO", "TLS", "DATA-END", "*", ""])
def test_only_commands_are_counted(smtp: Served, verb: str) -> None:
    with pytest.raises(ValueError, match=r"no such command.*AUTH, BDAT, DATA.*VRFY"):
        smtp.plain.count(verb)


def test_each_command_that_is_served_can_be_counted(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        for verb in ("NOOP", "HELP", "VRFY", "EXPN", "RSET", "BDAT", "STARTTLS", "LUNCH"):
            client.docmd(verb)

    assert [smtp.plain.count(verb) for verb in ("noop", "HELP", "VRFY", "BDAT", "STARTTLS")] == [1] * 5
    assert smtp.plain.count("?") == 1
