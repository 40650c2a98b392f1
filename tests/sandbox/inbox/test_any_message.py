"""Whatever somebody has sent: it is shown as far as it can be read, and is no hindrance to other messages."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtp_sandbox import Message, Sandbox, Session
from smtp_sandbox.inbox import Inbox, api, pages, parts
from smtp_sandbox.journal import reading
from smtp_sandbox.journal.content import Page
from smtp_sandbox.journal.records import Origin
from tests.sandbox.clients import send
from tests.support.stopwatch import PATIENCE

HELLO = b"Subject: Hello\r\n"
BAD = {
    "parameter without value": HELLO + b"Content-Type: text/plain; name*\r\n\r\nhi",
    "section without value": HELLO + b"Content-Type: text/plain; name*0\r\n\r\nhi",
    "octets of another charset": HELLO + b"Content-Type: text/plain; name*=utf-16'en'%ff%80a\r\n\r\nhi",
    "no charset": HELLO + b'Content-Type: text/plain; charset="bogus\0"\r\n\r\nhi',
    "disposition": HELLO + b"Content-Disposition: attachment; filename*\r\n\r\nhi",
    "boundary": HELLO + b"Content-Type: multipart/mixed; boundary*=bogus\0''x\r\n\r\nhi",
    "of Outlook": HELLO + b"Content-Type: text/html\r\n\r\n<![if !mso]>hi<![endif]>",
    "declaration": HELLO + b"Content-Type: text/html\r\n\r\n<![foo]>hi<![ endif]-->",
    "octets in headers": HELLO + b"X-\xff: \xe9\r\nContent-Type: text/plain\r\n\r\nhi",
    "surrogates": HELLO + b"Content-Type: text/plain; charset=unicode_escape\r\n\r\nhi \\ud800",
}
PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xc3",
        b";",
        b"=",
        b'"',
        b"*",
        b"*0*",
        b"''",
        b"%",
        b"\\",
        b" ",
    ),
    *(
        b"=?utf-8?q?",
        b"=?bogus\0?b?",
        b"=?utf-7?q?+2AA-",
        b"?=",
        b"--b1",
        b"--b2",
        b"(",
        b")",
        b"<",
        b">",
        b"@",
    ),
    *(b":", b"[", b"]", b"Content-Type: ", b"message/", b"multipart/", b"text/", b"\r\n\r\n", b"base64"),
    *(
        b"&#xD800;",
        b"&#99999999999;",
        b"<![",
        b"<!--",
        b"</",
        b"<!",
        b"x-uuencode",
        b"charset=",
        b"unicode_escape",
    ),
]
SEED = (
    b'From: A <a@b>\r\nSubject: =?utf-8?q?=C3=BC?= x\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n'
    b"--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n"
    b"--b2\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"=C3=BC https://x.example/(a)\r\n"
    b"--b2\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<a href='http://[x'>l</a><img src=\"cid:i1\">\r\n"
    b'--b2--\r\n--b1\r\nContent-Type: image/png; name="=?utf-8?b?w7w=?="\r\nContent-ID: <i1>\r\n'
    b"Content-Disposition: inline; filename*=utf-8''%C3%BC.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"iVBORw0KGgo=\r\n--b1\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhi\r\n"
    b"--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;x\r\n\r\nAction: x\r\n--b1--\r\n"
)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A message in which something was put, left out or put over something else."""
    data = SEED
    for _ in range(draw(st.integers(1, 8))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 20))
        data = data[:at] + draw(st.sampled_from([b"", *PIECES])) + data[at + length :]
    return data


def make_message(data: bytes) -> Message:
    session = Session(Origin("honest", "plain", "localhost", 25), "127.0.0.1:1", datetime.now(UTC))
    return Message("a@example.org", ("b@example.org",), data, session, datetime.now(UTC))


@settings(max_examples=300, deadline=None)
@given(broken())
@example(BAD["boundary"])
@example(b"Subject: =?unicode_escape?q?=5Cud800?=\r\n\r\nhi")
@example(b"Content-Disposition: attachment; filename*99=x; filename*=bogus\0''y\r\n\r\nhi")
def test_any_message_can_be_read(data: bytes) -> None:
    message = make_message(data)

    for value in (api._summary(message), api._details(message)):
        json.dumps(value, ensure_ascii=False).encode()
    pages.index((), (message,), "hello").encode()
    pages.message_page(message).encode()
    parts.html_of(message.email).encode()
    for number, part in enumerate(parts.attachments(message.email)):
        parts.download(parts.content(part), parts.file_name(part, number)).encode()


def get(inbox: Inbox, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("localhost", inbox.port, timeout=PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_it_is_listed_shown_and_no_hindrance(sandbox: Sandbox, inbox: Inbox, data: bytes) -> None:
    send(sandbox.plain, text=data)
    send(sandbox.plain, text=b"Subject: good\r\n\r\nx")

    assert sandbox.wait_for_message(subject="good", timeout=PATIENCE).subject == "good"
    assert [each.subject for each in sandbox.messages] == ["Hello", "good"]
    number = sandbox.messages[0].number
    assert [get(inbox, path)[0] for path in ("/", f"/message/{number}", f"/message/{number}/html")] == [
        200
    ] * 3
    assert json.loads(get(inbox, "/api/messages")[1])["total"] == 2
    assert json.loads(get(inbox, "/api/messages/wait?subject=good")[1])["subject"] == "good"
    details = json.loads(get(inbox, f"/api/messages/{number}")[1])
    json.dumps(details, ensure_ascii=False).encode()
    shown = details["text"] + details["html"]
    assert "hi" in shown or details["attachments"]


def test_events_go_on_behind_it(sandbox: Sandbox, inbox: Inbox) -> None:
    for data in BAD.values():
        send(sandbox.plain, text=data)
    send(sandbox.plain, text=b"Subject: good\r\n\r\nx")
    connection = http.client.HTTPConnection("localhost", inbox.port, timeout=PATIENCE)
    connection.request("GET", "/api/events?after=0")
    response = connection.getresponse()
    seen: list[str] = []
    while len(seen) <= len(BAD):
        if (line := response.readline()).startswith(b"data:"):
            seen.append(json.loads(line[5:])["subject"])
    response.close()

    assert seen == ["Hello"] * len(BAD) + ["good"]


def nested(levels: int) -> bytes:
    return HELLO + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"hi"


def test_beyond_so_many_levels_the_rest_is_one_attachment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_LEVELS", 3)
    readable, deep = make_message(nested(2)).email, make_message(nested(3)).email

    assert [part.is_multipart() for part in (readable, deep)] == [True, False]
    [part] = parts.attachments(deep)
    assert parts.content(part) == b"Content-Type: message/rfc822\r\n\r\n" * 2 + b"hi"


def test_what_exhausts_the_parser_is_one_attachment(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: Any, **__: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(reading, "message_from_bytes", exhaust)
    message = make_message(SEED)

    assert [part.get_content_type() for part in parts.attachments(message.email)] == ["multipart/mixed"]
    assert "ü x" in pages.message_page(message)


def test_an_attached_message_that_cannot_be_written_as_it_came_is_what_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(parts, "_source", fail)
    [part] = parts.attachments(make_message(nested(1)).email)

    assert parts.content(part) == b"hi"


def test_markup_that_nobody_reads_is_text_with_its_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Page, "handle_starttag", fail)
    page = Page("<p>go to <b>https://example.org/x</b>")

    assert page.text == "<p>go to <b>https://example.org/x</b>"
    assert page.links == ["https://example.org/x"]


def test_what_stands_between_the_conditions_of_outlook_is_text() -> None:
    page = Page(
        "<p>a</p><![if !mso]><a href='https://example.org/'>b</a><![endif]><![foo]>c<!--[if mso]>d<![endif]-->e"
    )

    assert (page.text.split(), page.links) == (["a", "bce"], ["https://example.org/"])


def test_what_no_encoding_can_hold_does_not_reach_json() -> None:
    assert json.loads(api.as_json({"x": "a\ud800"}).body) == {"x": "a?"}


@pytest.mark.parametrize("path", ["/", "/api/messages"])
def test_a_failure_is_an_answer_and_logged(
    inbox: Inbox, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("of the sandbox itself")

    monkeypatch.setattr(pages, "index", fail)
    monkeypatch.setattr(api.Api, "_found", fail)

    status, text = get(inbox, path)

    assert status == 500
    assert (list(json.loads(text)) == ["error"]) if path.startswith("/api/") else text.startswith("500 ")
    assert f"GET {path}" in caplog.text
    assert "of the sandbox itself" in caplog.text
