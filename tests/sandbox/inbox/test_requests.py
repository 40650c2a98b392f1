"""Requests of any form: each is answered, and what is refused says why."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any

import pytest

from smtp_sandbox import Sandbox, web_server
from smtp_sandbox.inbox import Inbox
from smtp_sandbox.web_server import LARGEST_BODY
from tests.sandbox.clients import send
from tests.support.stopwatch import PATIENCE

RULES = b'{"rules":[]}'
TOKEN = "s3cret-s3cret-s3cret"


def say(inbox: Inbox, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and all that follows of the answer to these octets."""
    with socket.create_connection(("127.0.0.1", inbox.port), timeout=PATIENCE) as sock:
        sock.sendall(data)
        response = http.client.HTTPResponse(sock)
        response.begin()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status, headers, response.fp.read()


def get(target: str, *headers: str, method: str = "GET", host: str = "localhost") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def post(body: bytes, *headers: str) -> bytes:
    return get("/api/faults", "Content-Type: application/json", *headers, method="POST") + body


def reason(body: bytes) -> str:
    value = json.loads(body)
    assert list(value) == ["error"]
    return str(value["error"])


@pytest.mark.parametrize("target", ["//[", "http://[", "http://[/api/messages"])
def test_an_address_that_is_none_is_refused(
    inbox: Inbox, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, _, body = say(inbox, get(target))

    assert (status, b"no address" in body) == (400, True)
    assert caplog.text == ""


@pytest.mark.parametrize("origin", ["http://[", "//[", "[", ""])
def test_an_origin_that_is_no_address_is_none_of_ours(
    sandbox: Sandbox, inbox: Inbox, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    send(sandbox.plain)

    assert (
        reason(say(inbox, get("/api/messages", f"Origin: {origin}"))[2]) == "not for pages of other websites"
    )
    assert say(inbox, get("/delete", f"Origin: {origin}", method="POST"))[0] == 403
    assert len(sandbox.messages) == 1
    assert caplog.text == ""


@pytest.mark.parametrize(
    "chunks",
    [
        b"c\r\n" + RULES + b"\r\n0\r\n\r\n",
        b"5;a=b\r\n" + RULES[:5] + b"\r\n007 \r\n" + RULES[5:] + b"\r\n000\r\nX-Trailer: 1\r\n\r\n",
    ],
)
def test_chunks_are_put_together(inbox: Inbox, chunks: bytes) -> None:
    status, _, body = say(inbox, post(chunks, "Transfer-Encoding: Chunked"))

    assert (status, [each["rules"] for each in json.loads(body)["listeners"]]) == (200, [[], [], []])


@pytest.mark.parametrize(
    ("headers", "body", "status", "what"),
    [
        (["Transfer-Encoding: gzip, chunked"], b"", 501, "only chunked"),
        (["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], b"", 501, "only chunked"),
        (["Transfer-Encoding: chunked", "Content-Length: 12"], RULES, 400, "either"),
        (["Transfer-Encoding: chunked"], b"-1\r\n\r\n", 400, "size of a chunk"),
        (["Transfer-Encoding: chunked"], b"\r\n", 400, "size of a chunk"),
        (["Transfer-Encoding: chunked"], b"1\r\n{}\r\n", 400, "longer than it says"),
        (["Transfer-Encoding: chunked"], b"%x\r\n" % (LARGEST_BODY + 1), 413, "at most 65536"),
        (["Transfer-Encoding: chunked"], (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 3, 413, "at most 65536"),
        (["Transfer-Encoding: chunked"], b"0\r\n" + b"X: 1\r\n" * 200 + b"\r\n", 431, "trailers"),
        (["Content-Length: 3", "Content-Length: 12"], RULES, 400, "two values of Content-Length"),
        (["Content-Length: 12, 12"], RULES, 400, "not a number"),
        (["Content-Length: +12"], RULES, 400, "not a number"),
        (["Content-Length: 999999999999999999"], b"", 413, "at most 65536"),
        (["Content-Length: 500000"], b" " * 500_000, 413, "at most 65536"),
        (["nonsense"], RULES, 400, "NAME: VALUE"),
        (["X: " + "x" * 70_000], b"", 431, "too large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    inbox: Inbox, headers: list[str], body: bytes, status: int, what: str
) -> None:
    told, _, answer = say(inbox, post(body, *headers))

    assert (told, what in reason(answer)) == (status, True)


def test_what_follows_a_refused_request_does_not_reset_the_connection(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "_LINGERING", PATIENCE)
    with socket.create_connection(("127.0.0.1", inbox.port), timeout=PATIENCE) as sock:
        sock.sendall(post(b"", "Content-Length: 500000"))
        while sock.recv(65_536):
            pass
        # A reset is an error at the first octet behind it.
        for _ in range(3):
            sock.sendall(b" " * 1000)
            time.sleep(0.05)


def test_a_length_that_is_said_twice_alike_is_one(inbox: Inbox) -> None:
    assert say(inbox, post(RULES, "Content-Length: 12", "Content-Length: 12"))[0] == 200


def test_a_body_nested_too_deeply_is_refused(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: Any, **__: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(json, "loads", exhaust)
    status, _, body = say(inbox, post(RULES, "Content-Length: 12"))
    monkeypatch.undo()

    assert (status, reason(body)) == (400, "not JSON: nested too deeply")


@pytest.mark.parametrize("path", ["/", "/style.css", "/api/messages", "/nowhere", "/api/nowhere"])
def test_head_is_get_without_the_body(inbox: Inbox, path: str) -> None:
    status, headers, body = say(inbox, get(path))
    told, same, nothing = say(inbox, get(path, method="HEAD"))

    assert (told, nothing) == (status, b"")
    for answer in (headers, same):
        answer.pop("date")
    assert path == "/" or same == headers
    assert int(same["content-length"]) >= len(body) > 0


def test_head_of_the_events_has_none(inbox: Inbox) -> None:
    status, headers, body = say(inbox, get("/api/events", method="HEAD"))

    assert (status, headers["content-type"], body) == (200, "text/event-stream", b"")


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/", "PUT", "GET, HEAD"),
        ("/delete", "PUT", "POST"),
        ("/api/messages", "PUT", "DELETE, GET, HEAD"),
        ("/api/faults", "PUT", "DELETE, GET, HEAD, POST"),
        ("/api/messages/1/raw", "DELETE", "GET, HEAD"),
    ],
)
def test_what_is_possible_instead_is_told(inbox: Inbox, path: str, method: str, allowed: str) -> None:
    status, headers, _ = say(inbox, get(path, method=method))

    assert (status, headers["allow"]) == (405, allowed)


def test_a_name_that_the_sandbox_has_not_is_told_with_the_remedy(inbox: Inbox) -> None:
    status, _, body = say(inbox, get("/api/messages", host="mail:8025"))
    told, _, text = say(inbox, get("/", host="mail"))

    assert (status, told) == (403, 403)
    assert "no name 'mail'" in reason(body)
    assert "--name mail " in reason(body)
    assert b"--name mail " in text
    assert "one Host header" in reason(say(inbox, b"GET /api/messages HTTP/1.1\r\n\r\n")[2])


def test_a_token_that_is_missing_is_told_with_the_remedy(sandbox: Sandbox) -> None:
    inbox = Inbox(sandbox)
    inbox.open(token=TOKEN)

    for header in ("X: y", "Authorization: Bearer wrong"):
        status, _, body = say(inbox, get("/api/messages", header))
        assert (status, "Authorization: Bearer TOKEN" in reason(body)) == (403, True)
    assert say(inbox, get("/api/messages", f"Authorization: Bearer {TOKEN}"))[0] == 200


def test_waiting_for_no_time_still_looks(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain)

    status, _, body = say(inbox, get("/api/messages/wait?to=b@example.org&timeout=0"))

    assert (status, json.loads(body)["subject"]) == (200, "Hello")


@pytest.mark.parametrize("query", ["to=Bob%20%3Cb@example.org%3E", "from=%3Ca@example.org%3E"])
def test_an_address_may_have_a_name(sandbox: Sandbox, inbox: Inbox, query: str) -> None:
    send(sandbox.plain)

    assert json.loads(say(inbox, get(f"/api/messages?{query}"))[2])["total"] == 1


@pytest.mark.parametrize("name", ["to", "from"])
def test_what_is_no_address_is_refused(inbox: Inbox, name: str) -> None:
    for path in ("messages", "messages/wait"):
        status, _, body = say(inbox, get(f"/api/{path}?{name}=a@x,b@x"))
        assert (status, f"'{name}' is one address" in reason(body)) == (400, True)


def test_events_go_on_behind_the_last_one_that_was_seen(sandbox: Sandbox, inbox: Inbox) -> None:
    for name in ("ann", "ben"):
        send(sandbox.plain, to=f"{name}@example.org")
    first, second = (message.number for message in sandbox.messages)

    for path in ("/api/events", "/api/events?after=0"):
        with socket.create_connection(("127.0.0.1", inbox.port), timeout=PATIENCE) as sock:
            sock.sendall(get(path, f"Last-Event-ID: {first}"))
            lines = iter(sock.makefile("rb"))
            assert next(line for line in lines if line.startswith(b"id:")) == f"id: {second}\n".encode()
    assert "Last-Event-ID is not a number" in reason(say(inbox, get("/api/events", "Last-Event-ID: x"))[2])
