"""Who may look at the inbox."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from smtp_sandbox import Sandbox
from smtp_sandbox.inbox import Inbox
from tests.support.stopwatch import PATIENCE

TOKEN = "s3cret-s3cret-s3cret"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(honest=False, names=["mail.example", "2001:db8::1"]) as sandbox:
        yield sandbox


@pytest.fixture
def inbox(sandbox: Sandbox) -> Inbox:
    """One that other machines can reach."""
    inbox = Inbox(sandbox)
    inbox.open(host="0.0.0.0", token=TOKEN)  # noqa: S104
    return inbox


def ask(
    inbox: Inbox, path: str = "/", *, host: str = "localhost", **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", inbox.port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": host, **headers})
    response = connection.getresponse()
    response.read()
    return response


def status(inbox: Inbox, path: str = "/", *, host: str = "localhost", **headers: str) -> int:
    return ask(inbox, path, host=host, **headers).status


@pytest.mark.parametrize(
    "path", ["/", "/style.css", "/message/1", "/message/1/raw", "/session/1", "/nowhere"]
)
def test_without_the_token_there_is_nothing(inbox: Inbox, path: str) -> None:
    assert status(inbox, path) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN.upper()}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer \xff"},
        {"Cookie": f"smtp_sandbox={TOKEN}"},
        {"Cookie": "a=\xff; ;;=b"},
        {"Referer": f"http://localhost/?token={TOKEN}"},
    ],
)
def test_a_wrong_token_is_none(inbox: Inbox, headers: dict[str, str]) -> None:
    assert status(inbox, **headers) == 403
    assert status(inbox, "/?token=wrong") == 403
    assert status(inbox, "/?Token=" + TOKEN) == 403


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_program_shows_it_in_a_header(inbox: Inbox, scheme: str) -> None:
    assert status(inbox, Authorization=f"{scheme} {TOKEN}") == 200


def test_a_browser_shows_it_once_and_has_a_cookie_then(inbox: Inbox) -> None:
    response = ask(inbox, f"/?token={TOKEN}")

    cookie = response.headers["Set-Cookie"]
    assert (response.status, response.headers["Location"]) == (303, "/")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert cookie.split("; ")[1:] == ["HttpOnly", "SameSite=Strict", "Path=/"]
    assert status(inbox, Cookie=cookie.split(";")[0]) == 200
    assert status(inbox, Cookie="other=1; " + cookie.split(";")[0]) == 200


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("//evil.example/", "/"),
        ("///evil.example/", "/evil.example/"),
        ("/session/1", "/session/1"),
        ("/?q=a+b&token={}&page=2", "/?q=a+b&page=2"),
    ],
)
def test_it_leads_to_the_page_that_was_asked_for_and_to_no_other_host(
    inbox: Inbox, path: str, location: str
) -> None:
    path = path.format(TOKEN) if "{}" in path else f"{path}?token={TOKEN}"

    assert ask(inbox, path).headers["Location"] == location


@pytest.mark.parametrize("host", ["evil.example", "mail.example.evil.example", "", "0.0.0.0.nip.io"])
def test_a_name_that_it_does_not_have_is_refused_even_with_the_token(inbox: Inbox, host: str) -> None:
    assert status(inbox, host=host, Authorization=f"Bearer {TOKEN}") == 403
    assert status(inbox, f"/?token={TOKEN}", host=host) == 403


@pytest.mark.parametrize(
    "host",
    ["localhost:1", "MAIL.example:80", "192.0.2.77:8025", "[2001:db8::1]:80", "[2001:db8::77]", "[::1]"],
)
def test_its_names_and_any_address_are_served(inbox: Inbox, host: str) -> None:
    assert status(inbox, host=host, Authorization=f"Bearer {TOKEN}") == 200


def test_on_loopback_no_token_is_needed_and_no_other_address_is_served(sandbox: Sandbox) -> None:
    inbox = Inbox(sandbox)
    inbox.open()

    assert (inbox.token, inbox.url) == ("", f"http://localhost:{inbox.port}/")
    assert status(inbox, host="mail.example") == 200
    assert status(inbox, host="192.0.2.77") == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.8.7"])
def test_on_loopback_no_token_is_needed(sandbox: Sandbox, host: str) -> None:
    inbox = Inbox(sandbox)
    inbox.open(host=host)
    assert inbox.token == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_on_loopback_a_token_that_is_given_is_asked_for(sandbox: Sandbox, host: str) -> None:
    inbox = Inbox(sandbox)
    inbox.open(host=host, token=TOKEN)

    assert (status(inbox), status(inbox, Authorization=f"Bearer {TOKEN}")) == (403, 200)


def test_beyond_loopback_there_is_always_a_token_and_each_time_another(sandbox: Sandbox) -> None:
    tokens = set()
    for host in ("0.0.0.0", "::", "0.0.0.0"):  # noqa: S104
        inbox = Inbox(sandbox)
        inbox.open(host=host)
        tokens.add(inbox.token)
        assert status(inbox) == 403

    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    "token", ["short", "x" * 15, "a b c d e f g h i", "x" * 16 + ";", "ü" * 16, "x" * 16 + "\r\n"]
)
def test_a_token_that_cannot_be_sent_or_is_short_is_an_error(sandbox: Sandbox, token: str) -> None:
    with pytest.raises(ValueError, match="16 or more"):
        Inbox(sandbox).open(token=token)


def test_two_of_one_machine_do_not_take_each_other_s_cookie_away(sandbox: Sandbox, inbox: Inbox) -> None:
    other = Inbox(sandbox)
    other.open(host="127.0.0.1", token="an0ther-an0ther-an0ther")
    cookies = [
        ask(each, f"/?token={each.token}").headers["Set-Cookie"].split(";")[0] for each in (inbox, other)
    ]

    assert [status(each, Cookie="; ".join(cookies)) for each in (inbox, other)] == [200, 200]
