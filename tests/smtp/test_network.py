"""Names to addresses that may be dialled, within a deadline."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import Code, Policy, SMTPSettings, examine, network
from wagtail_partner_smtp.smtp.errors import AddressError, DeadlineError
from wagtail_partner_smtp.smtp.network import Endpoint, resolve

from .accounts import failed_at, make_settings

PUBLIC = [
    "93.184.215.14",
    "93.184.215.15",
    "93.184.215.16",
    "93.184.215.17",
    "93.184.215.18",
    "93.184.215.19",
]


def found(*addresses: str) -> list[object]:
    """As ``getaddrinfo`` returns them."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]


def endpoint(port: int, address: str = "127.0.0.1") -> Endpoint:
    return Endpoint(address=ipaddress.ip_address(address), port=port)


@pytest.fixture
def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Name look-ups that end only when the event is set."""
    answer = threading.Event()

    def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
        answer.wait(PATIENCE)
        return found(*PUBLIC)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield answer
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "smtp-resolver":
            thread.join(PATIENCE)


def resolver_threads() -> int:
    return sum(thread.name == "smtp-resolver" for thread in threading.enumerate())


def test_p19_slow_name_service_ends_at_the_deadline(slow_resolver: threading.Event) -> None:
    with Stopwatch() as watch:
        report = examine(SMTPSettings(host="slow.example"), Policy(timeout=0.5))
    assert failed_at(report) == ("deadline_passed", "resolve")
    assert watch.seconds < 0.55 + 0.2


def test_p19_look_ups_never_run_in_more_than_a_few_threads(slow_resolver: threading.Event) -> None:
    def look_up(times: int) -> None:
        for _ in range(times):
            with pytest.raises(DeadlineError):
                resolve("slow.example", 25, Policy(), time.monotonic() + 0.02)

    while resolver_threads() < network.MAX_RESOLVER_THREADS:
        look_up(1)
    look_up(4)
    assert resolver_threads() == network.MAX_RESOLVER_THREADS

    slow_resolver.set()
    assert len(resolve("slow.example", 25, Policy(), time.monotonic() + PATIENCE)) == 4


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Code.HOST_UNKNOWN),
        (socket.gaierror(socket.EAI_NODATA, "x"), Code.HOST_WITHOUT_ADDRESS),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Code.DNS_UNAVAILABLE),
        (OSError("anything"), Code.HOST_UNKNOWN),
        (UnicodeError("x"), Code.HOST_UNKNOWN),
    ],
)
def test_the_resolver_says_no_in_several_ways(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: Code
) -> None:
    def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    report = examine(SMTPSettings(host="none.example"), Policy(timeout=PATIENCE))
    assert failed_at(report) == (code, "resolve")


def test_a_resolver_without_threads_left_is_an_error_that_keeps_its_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        for _ in range(network.MAX_RESOLVER_THREADS + 1):
            with pytest.raises(AddressError) as raised:
                resolve("x.example", 25, Policy(), time.monotonic() + PATIENCE)
            assert raised.value.code is Code.DNS_UNAVAILABLE


def test_an_address_is_given_as_it_is_written() -> None:
    assert (str(endpoint(25)), str(endpoint(25, "::1"))) == ("127.0.0.1:25", "[::1]:25")
    assert make_settings(25).destination.port == 25


@pytest.mark.parametrize(
    ("resolved", "tried"),
    [
        (["2606:4700::1", "2606:4700::2", "2606:4700::3", "2606:4700::4", "93.184.215.14"],
         ["2606:4700::1", "93.184.215.14", "2606:4700::2", "2606:4700::3"]),
        (["93.184.215.14", "93.184.215.15", "2606:4700::1"], ["93.184.215.14", "2606:4700::1", "93.184.215.15"]),
        (["93.184.215.14", "10.0.0.1", "93.184.215.15"], ["93.184.215.14", "93.184.215.15"]),
    ],
)  # fmt: skip
def test_ipv6_and_ipv4_are_tried_in_turn(
    monkeypatch: pytest.MonkeyPatch, resolved: list[str], tried: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found(*resolved))
    endpoints = resolve("both.example", 25, Policy(), time.monotonic() + PATIENCE)
    assert [str(each.address) for each in endpoints] == tried
