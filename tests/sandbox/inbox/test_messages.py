"""What can be done with the messages of the inbox: find, download, follow a link, delete."""

from __future__ import annotations

import base64
import http.client
import quopri
import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

import pytest

from smtp_sandbox import Message, Sandbox
from smtp_sandbox.inbox import Inbox
from tests.sandbox.clients import connect, send
from tests.support.stopwatch import PATIENCE

PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00"


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(inbox: Inbox, path: str, *, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("localhost", inbox.port, timeout=PATIENCE)
    connection.request(method, path, headers=headers)
    return Answer(connection.getresponse())


def post(inbox: Inbox, path: str) -> Answer:
    """As the inbox's own form does."""
    return ask(inbox, path, method="POST", Origin=inbox.url.rstrip("/"))


def fill(sandbox: Sandbox, count: int) -> None:
    with connect(sandbox.plain) as client:
        for number in range(1, count + 1):
            text = f"Subject: Number {number:03}\r\n\r\n{number}\r\n"
            client.sendmail("a@example.org", [f"b{number:03}@example.org"], text)


def sent(sandbox: Sandbox, letter: EmailMessage) -> Message:
    with connect(sandbox.plain) as client:
        client.send_message(letter, "a@example.org", ["b@example.org"])
    return sandbox.messages[-1]


def subjects(page: Answer) -> list[str]:
    return re.findall(r">(Number \d+)<", page.text)


def test_many_messages_come_page_by_page_and_say_how_many_there_are(sandbox: Sandbox, inbox: Inbox) -> None:
    fill(sandbox, 117)
    pages = [ask(inbox, f"/?page={number}") for number in (1, 2, 3)]

    assert [name for page in pages for name in subjects(page)] == [
        f"Number {n:03}" for n in range(117, 0, -1)
    ]
    for page, words in zip(pages, ("1 to 50 of 117", "51 to 100 of 117", "101 to 117 of 117"), strict=True):
        assert words in page.text
    assert [(">Newer<" in page.text, ">Older<" in page.text) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
    ]


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "\u0661", "9" * 99, ""])
def test_a_page_that_is_not_there_is_the_nearest_one(sandbox: Sandbox, inbox: Inbox, page: str) -> None:
    fill(sandbox, 51)

    assert len(subjects(ask(inbox, f"/?page={quote(page)}"))) == (1 if page == "99" else 50)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("b007", 1), ("NUMBER%20007", 1), ("007+a@example.org", 1), ("number", 50), ("nothing", 0)],
)
def test_messages_are_searched_by_sender_recipient_and_subject(
    sandbox: Sandbox, inbox: Inbox, wanted: str, found: int
) -> None:
    fill(sandbox, 60)

    page = ask(inbox, f"/?q={wanted}")

    assert len(subjects(page)) == found
    assert ("50 of 60 matching “number”" in page.text) == (wanted == "number")


def test_what_is_searched_for_is_shown_escaped_and_kept_by_the_links(sandbox: Sandbox, inbox: Inbox) -> None:
    with connect(sandbox.plain) as client:
        for _ in range(51):
            client.sendmail("a@example.org", ["b@example.org"], 'Subject: "<b>&\r\n\r\n')

    page = ask(inbox, "/?q=%22%3Cb%3E%26").text

    assert 'value="&quot;&lt;b&gt;&amp;"' in page
    assert 'href="/?q=%22%3Cb%3E%26&amp;page=2#messages"' in page
    assert "<b>" not in page


def test_a_message_is_deleted_alone(sandbox: Sandbox, inbox: Inbox) -> None:
    fill(sandbox, 3)
    path = f"/message/{sandbox.messages[1].number}/delete"

    answer = post(inbox, path)

    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert [message.subject for message in sandbox.messages] == ["Number 001", "Number 003"]
    assert post(inbox, path).status == 404
    assert sandbox.wait_for_message(to="b003@example.org").subject == "Number 003"


def test_all_are_deleted(sandbox: Sandbox, inbox: Inbox) -> None:
    fill(sandbox, 3)

    assert post(inbox, "/delete").status == 303
    assert sandbox.messages == ()
    assert len(sandbox.plain.sessions) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:1"},
        {"Origin": ""},
        {"Referer": "http://localhost/"},
    ],
)
@pytest.mark.parametrize("path", ["/delete", "/message/{}/delete"])
def test_a_form_of_another_site_changes_nothing(
    sandbox: Sandbox, inbox: Inbox, path: str, headers: dict[str, str]
) -> None:
    fill(sandbox, 1)

    assert ask(inbox, path.format(sandbox.messages[0].number), method="POST", **headers).status == 403
    assert ask(inbox, "/delete").status == 404
    assert len(sandbox.messages) == 1


def test_pages_tell_browsers_to_say_where_a_form_comes_from(sandbox: Sandbox, inbox: Inbox) -> None:
    page = ask(inbox, "/")

    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


def test_attachments_are_downloaded_and_never_shown(sandbox: Sandbox, inbox: Inbox) -> None:
    letter = EmailMessage()
    letter.set_content("Text")
    letter.add_attachment(b"<script>", maintype="text", subtype="html", filename='a"\u00fc/../b.html')
    letter.add_attachment(b"\x00\xff", maintype="application", subtype="octet-stream")
    link = f"/message/{sent(sandbox, letter).number}"

    first, second, third = (ask(inbox, f"{link}/attachment/{number}") for number in range(3))

    assert (first.body, second.body, third.status) == (b"<script>", b"\x00\xff", 404)
    assert first.headers["Content-Disposition"] == (
        "attachment; filename=\"a___.._b.html\"; filename*=UTF-8''a%22%C3%BC%2F..%2Fb.html"
    )
    assert 'filename="attachment-1"' in second.headers["Content-Disposition"]
    for answer in (first, second):
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


def test_the_whole_message_is_downloaded_as_it_was_sent(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain)
    [message] = sandbox.messages

    answer = ask(inbox, f"/message/{message.number}/eml")

    assert answer.body == message.data
    assert f'filename="message-{message.number}.eml"' in answer.headers["Content-Disposition"]


def test_an_attached_message_is_one_attachment(sandbox: Sandbox, inbox: Inbox) -> None:
    inner = EmailMessage(policy=SMTP)
    inner["Subject"] = "Inner"
    inner.set_content("Inner text")
    inner.add_attachment(b"x", maintype="application", subtype="pdf", filename="inner.pdf")
    letter = EmailMessage()
    letter.set_content("Outer")
    letter.add_attachment(inner)
    message = sent(sandbox, letter)

    page = ask(inbox, f"/message/{message.number}").text
    source = ask(inbox, f"/message/{message.number}/attachment/0").body

    assert ">attachment-0.eml</a></th><td>message/rfc822</td>" in page
    assert "inner.pdf" not in page.replace("message/rfc822", "")
    assert message_from_bytes(source)["Subject"] == "Inner"
    assert source in message.data


def test_a_delivery_report_is_an_attachment_too(sandbox: Sandbox, inbox: Inbox) -> None:
    report = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nFailed\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; y\r\n\r\n--b--\r\n"
    )
    send(sandbox.plain, text=report)
    link = f"/message/{sandbox.messages[0].number}"

    assert ">attachment-0</a></th><td>message/delivery-status</td>" in ask(inbox, link).text
    assert b"Final-Recipient: rfc822; y" in ask(inbox, f"{link}/attachment/0").body


@pytest.mark.parametrize(
    ("kind", "encoding", "encode"),
    [
        ("delivery-status", b"7bit", bytes),
        ("global-delivery-status", b"8bit", bytes),
        ("global-delivery-status", b"quoted-printable", quopri.encodestring),
        ("global-delivery-status", b"base64", base64.encodebytes),
        ("global", b"base64", base64.encodebytes),
    ],
)
def test_a_report_is_downloaded_as_it_was_written(
    sandbox: Sandbox, inbox: Inbox, kind: str, encoding: bytes, encode: Callable[[bytes], bytes]
) -> None:
    name = "jane" if encoding == b"7bit" else "jürgen"
    content = f"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: utf-8; {name}\r\nAction: failed\r\n".encode()
    written = encode(content).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    send(
        sandbox.plain,
        text=b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nFailed\r\n--b\r\n"
        b"Content-Type: message/%b\r\nContent-Transfer-Encoding: %b\r\n\r\n%b\r\n--b--\r\n"
        % (kind.encode(), encoding, written),
    )
    link = f"/message/{sandbox.messages[0].number}"

    assert ask(inbox, f"{link}/attachment/0").body == content


@pytest.mark.parametrize("html", ["<!DOCTYPE html><p>x", "<p>x", "\r\n<!doctype html public 'x'><p>x"])
def test_links_of_the_preview_open_nowhere_and_its_doctype_stays_first(
    sandbox: Sandbox, inbox: Inbox, html: str
) -> None:
    letter = EmailMessage()
    letter.set_content(html, subtype="html")

    shown = ask(inbox, f"/message/{sent(sandbox, letter).number}/html").text

    assert re.match(r"(?i)\s*(<!doctype[^>]*>)?<base target=\"_blank\"><p>x", shown)
    assert ("doctype" in shown.lower()) == ("doctype" in html.lower())


def test_images_that_the_html_names_are_shown_in_it(sandbox: Sandbox, inbox: Inbox) -> None:
    letter = EmailMessage()
    letter.set_content("Text")
    html = (
        "<img src=\"cid:a@b\"><img src='CID:a%40b'><i style='background:url(cid:a@b)'>cid:a@b "
        "<img src=cid:no><img src=cid:html>"
    )
    letter.add_alternative(html, subtype="html")
    part = letter.get_payload()[1]  # type: ignore[index]
    part.add_related(PIXEL, "image", "gif", cid="<a@b>")  # type: ignore[union-attr]
    part.add_related(b"<script>", "text", "html", cid="<html>")  # type: ignore[union-attr]
    link = f"/message/{sent(sandbox, letter).number}"

    answer = ask(inbox, f"{link}/html")

    assert answer.text.count("data:image/gif;base64,R0lGODlhAQABAIAAAAAAAA") == 3
    assert "'>cid:a@b <img src=cid:no><img src=cid:html>" in answer.text
    assert "img-src data:;" in answer.headers["Content-Security-Policy"]


def test_links_are_listed_and_asked_about_before_they_are_followed(sandbox: Sandbox, inbox: Inbox) -> None:
    letter = EmailMessage()
    letter.set_content("See https://text.example/a?b=1&c=2 now")
    letter.add_alternative(
        '<a href="https://html.example/">x</a><a href="javascript://y.example/%0ay()">y</a>', subtype="html"
    )
    link = f"/message/{sent(sandbox, letter).number}"

    page = ask(inbox, link).text
    asking = [ask(inbox, f"{link}/link/{number}") for number in range(4)]

    assert page.count('target="_blank" rel="noopener noreferrer">Open…</a>') == 2
    assert '<span class="url">https://text.example/a?b=1&amp;c=2</span>' in page
    assert '<span class="url">javascript://y.example/%0ay()</span>' in page
    assert 'href="https://' not in page
    assert [answer.status for answer in asking] == [200, 404, 200, 404]
    assert "<bdi>html.example</bdi>" in asking[0].text
    assert '<a href="https://text.example/a?b=1&amp;c=2" rel="noopener noreferrer">Open</a>' in asking[2].text
    assert "javascript" not in asking[0].text


def test_more_sessions_than_are_shown_are_counted(sandbox: Sandbox, inbox: Inbox) -> None:
    for _ in range(201):
        connect(sandbox.plain).close()
    sandbox.plain.wait_idle()

    assert "The latest 200 of 201." in ask(inbox, "/").text
