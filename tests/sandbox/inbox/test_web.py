"""The inbox: what it shows, and what it does not let happen."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from smtp_sandbox import Sandbox
from smtp_sandbox.inbox import Inbox, pages
from tests.sandbox.clients import connect, send
from tests.sandbox.raw_client import MAIL, RCPT, bdat, talking
from tests.support.stopwatch import PATIENCE


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"user": "pass"}) as sandbox:
        yield sandbox


def fetch(inbox: Inbox, path: str, *, method: str = "GET", host: str = "") -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", inbox.port, timeout=PATIENCE)
    connection.request(method, path, headers={"Host": host or f"localhost:{inbox.port}"})
    response = connection.getresponse()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()


def make_letter() -> str:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "<script>x</script>"
    letter.set_content("Plain & simple")
    letter.add_alternative("<p onclick=steal()>Rich</p><script>steal()</script>", subtype="html")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="<b>.pdf")
    return letter.as_string()


def test_the_index_lists_messages_sessions_and_listeners(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain)

    status, _, page = fetch(inbox, "/")

    assert status == 200
    assert f'<a href="/message/{sandbox.messages[0].number}">Hello</a>' in page
    assert f'<a href="/session/{sandbox.plain.sessions[0].number}">' in page
    assert f"localhost:{sandbox.starttls.port}" in page


def test_pages_are_made_off_the_loop(sandbox: Sandbox, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def index(*_: object) -> str:
        threads.append(threading.current_thread().name)
        return ""

    monkeypatch.setattr(pages, "index", index)
    fetch(inbox, "/")

    assert len(threads) == 1
    assert threads != ["smtp_sandbox"]


def test_a_message_is_shown_escaped_with_its_html_in_a_sandboxed_frame(
    sandbox: Sandbox, inbox: Inbox
) -> None:
    send(sandbox.plain, text=make_letter())
    number = sandbox.messages[0].number

    status, headers, page = fetch(inbox, f"/message/{number}")

    assert status == 200
    assert f'<iframe sandbox="" src="/message/{number}/html"' in page
    assert "Plain &amp; simple" in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert (
        f'<a href="/message/{number}/attachment/0">&lt;b&gt;.pdf</a></th><td>application/pdf</td><td>4</td>'
        in page
    )
    assert "<script" not in page
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_html_part_can_neither_run_scripts_nor_load_anything(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain, text=make_letter())

    status, headers, page = fetch(inbox, f"/message/{sandbox.messages[0].number}/html")

    assert (status, "<p onclick" in page) == (200, True)
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_source_is_plain_text(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain)

    _, headers, text = fetch(inbox, f"/message/{sandbox.messages[0].number}/raw")

    assert text.encode() == sandbox.messages[0].data
    assert headers["content-type"] == "text/plain; charset=utf-8"


def test_a_session_shows_its_transcript_without_secrets(sandbox: Sandbox, inbox: Inbox) -> None:
    with connect(sandbox.ssl) as client:
        client.login("user", "pass")

    _, _, page = fetch(inbox, f"/session/{sandbox.ssl.sessions[0].number}")

    assert "S 235 2.7.0 Authentication successful" in page
    assert "AUTH PLAIN ****" in page


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8"])
def test_a_badly_encoded_message_is_shown_all_the_same(sandbox: Sandbox, inbox: Inbox, charset: str) -> None:
    text = f"Subject: =?x?q?y?=\r\nContent-Type: text/plain; charset={charset}\r\n\r\nR\xe9sum\xe9\r\n"
    send(sandbox.plain, text=text.encode("latin-1"))

    status, _, page = fetch(inbox, f"/message/{sandbox.messages[0].number}")

    assert status == 200
    assert "sum" in page


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.nip.io"]
)
def test_foreign_host_names_are_refused(inbox: Inbox, host: str) -> None:
    status, _, page = fetch(inbox, "/", host=host)

    assert status == 403
    assert page.startswith("403 Forbidden\nthe sandbox has no name ")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8025", "[::1]:8025", "LOCALHOST"])
def test_loopback_names_are_served(inbox: Inbox, host: str) -> None:
    assert fetch(inbox, "/", host=host)[0] == 200


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS"])
def test_other_methods_are_refused(inbox: Inbox, method: str) -> None:
    assert fetch(inbox, "/", method=method)[0] == 405


@pytest.mark.parametrize(
    "path", ["/message/1/exe", "/message/0", "/session/0", "/../x", "/message/" + "9" * 99]
)
def test_what_is_not_there_is_404(inbox: Inbox, path: str) -> None:
    assert fetch(inbox, path)[0] == 404


def test_it_stops_with_the_sandbox() -> None:
    with Sandbox() as sandbox:
        inbox = Inbox(sandbox)
        inbox.open()

    with pytest.raises(ConnectionRefusedError):
        fetch(inbox, "/")


def test_a_message_tells_how_it_came(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain)
    with talking(sandbox.plain) as client:
        client.say(MAIL, RCPT, bdat(b"1", last=False), bdat(b"2"))
        client.say(MAIL, RCPT, bdat(b"3"))

    ways = [
        re.findall(r"BDAT, \d chunks?|DATA", fetch(inbox, f"/message/{each.number}")[2])
        for each in sandbox.messages
    ]
    assert ways == [["DATA"], ["BDAT, 2 chunks"], ["BDAT, 1 chunk"]]
