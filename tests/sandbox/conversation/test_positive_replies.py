"""Rules whose reply says yes: other words for what is done as usual."""

from __future__ import annotations

import pytest

from smtp_sandbox import Rule, on
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import MESSAGE, connect, texts
from tests.sandbox.raw_client import DATA, MAIL, QUIT, RCPT, talking


@pytest.mark.parametrize(
    "rule",
    [
        on("EHLO", reply="250-mx.example.org\r\n250-SIZE 1000\r\n250 8BITMIME"),
        on("MAIL", reply="250 2.1.0 Fine"),
        on("RCPT", reply="251 2.1.5 User not local; will forward"),
        on("RCPT", reply=b"250 Gr\xfc\xdfe", delay=0.01),
        on("DATA", reply="354 Go ahead"),
        on("DATA-END", reply="250 2.0.0 Queued as 4711"),
        on("*", reply="250 2.0.0 Whatever", skip=1, times=3),
    ],
    ids=str,
)
def test_the_command_is_served_under_other_words(smtp: Served, rule: Rule) -> None:
    listener = smtp.listen(rules=(rule,))
    with connect(listener) as client:
        assert client.sendmail("a@example.org", ["b@example.org"], MESSAGE) == {}

    assert [(message.mail_from, message.rcpt_tos) for message in listener.messages] == [
        ("a@example.org", ("b@example.org",))
    ]
    assert listener.faults == (rule.times or 1)
    assert rule.text.splitlines()[0] in "\n".join(texts(listener))


def test_a_session_ends_under_other_words(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("QUIT", reply="221 2.0.0 See you"), on("RSET", reply="250 Flushed")))
    with talking(listener) as client:
        assert client.say(MAIL, b"RSET\r\n", MAIL) == [250, 250, 250]
        assert client.say(QUIT) == [221]
        assert client.has_ended()

    assert "221 2.0.0 See you" in texts(listener, "S")


@pytest.mark.parametrize(
    ("rule", "commands", "codes"),
    [
        (on("RCPT", reply="250 Yes"), [MAIL, b"RCPT TO:<b@>\r\n", DATA], [250, 501, 554]),
        (on("MAIL", reply="250 Yes"), [MAIL, MAIL], [250, 503]),
        (on("DATA", reply="354 Yes"), [MAIL, DATA], [250, 554]),
        (on("EHLO", reply="250 Yes"), [b"EHLO\r\n"], [501]),
        (on("DATA-END", reply="250 Yes"), [MAIL, b"BDAT 0 LAST\r\n"], [250, 554]),
    ],
    ids=str,
)
def test_what_is_refused_stays_so(smtp: Served, rule: Rule, commands: list[bytes], codes: list[int]) -> None:
    listener = smtp.listen(rules=(rule,))
    with talking(listener) as client:
        assert client.say(*commands) == codes

    assert listener.messages == ()


def test_a_message_that_is_refused_is_not_said_to_be_queued(smtp: Served) -> None:
    listener = smtp.listen(size=10, extensions=("PIPELINING",), rules=(on("DATA-END", reply="250 Queued"),))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT, DATA) == [250, 250, 354]
        assert client.say(b"x" * 20 + b"\r\n.\r\n") == [552]

    assert listener.messages == ()


def test_what_else_the_rule_has_happens_too(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="250 Yes", drop="fin"),))
    with talking(listener) as client:
        assert client.say(MAIL, RCPT) == [250, 250]
        assert client.has_ended()


def test_whoever_is_welcomed_is_logged_in(smtp: Served) -> None:
    listener = smtp.listen("auth-required", rules=(on("AUTH", reply="235 2.7.0 Whoever you are"),))
    with talking(listener) as client:
        assert client.say(MAIL) == [530]
        assert client.say(b"AUTH PLAIN AAAA\r\n", MAIL) == [235, 250]

    assert listener.sessions[0].user is None
