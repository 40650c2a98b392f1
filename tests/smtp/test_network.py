"""Names to addresses that may be dialled, within a deadline."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch, until
from wagtail_partner_smtp.smtp import Code, Policy, SMTPSettings, examine, network
from wagtail_partner_smtp.smtp.errors import AddressError, DeadlineError
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.network import FOR_TESTS, Endpoint, LookUps, resolve

from .accounts import EMAIL, account, failed_at, make_session, make_settings
from .conftest import Clock

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

    def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[object]:
        if host == "localhost":
            return found("127.0.0.1")
        answer.wait(PATIENCE)
        # What may not be dialled, where a session would go on.
        return found(*PUBLIC) if host == "slow.example" else found("10.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield answer
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "smtp-resolver":
            thread.join(PATIENCE)


def in_time() -> float:
    """The deadline of who can wait."""
    return time.monotonic() + PATIENCE


def abandon(look_ups: LookUps, times: int, deadline: float = 0.0) -> None:
    for _ in range(times):
        with pytest.raises(DeadlineError):
            look_ups.addresses("slow.example", deadline or time.monotonic() + 0.02)


def resolver_threads() -> int:
    return sum(thread.name == "smtp-resolver" for thread in threading.enumerate())


def test_p19_slow_name_service_ends_at_the_deadline(slow_resolver: threading.Event) -> None:
    with Stopwatch() as watch:
        report = examine(SMTPSettings(host="slow.example"), Policy(timeout=0.5))
    assert failed_at(report) == ("deadline_passed", "resolve")
    assert watch.seconds < 0.55 + 0.2


def test_p19_look_ups_never_run_in_more_than_a_few_threads(slow_resolver: threading.Event) -> None:
    look_ups = LookUps()
    abandon(look_ups, network.MAX_ABANDONED)
    for _ in range(4):
        with pytest.raises(AddressError) as raised:
            look_ups.addresses("slow.example", in_time())
        assert raised.value.code is Code.DNS_UNAVAILABLE
    assert resolver_threads() == network.MAX_ABANDONED

    slow_resolver.set()
    until(lambda: not resolver_threads())
    assert len(look_ups.addresses("slow.example", in_time())) == len(PUBLIC)


def test_p19_of_more_look_ups_than_may_run_some_wait(slow_resolver: threading.Event) -> None:
    look_ups, number = LookUps(), network.MAX_LOOK_UPS + 3
    with ThreadPoolExecutor(number) as pool:
        asked = [pool.submit(look_ups.addresses, "slow.example", in_time()) for _ in range(number)]
        until(lambda: resolver_threads() == network.MAX_LOOK_UPS)
        with pytest.raises(DeadlineError):
            look_ups.addresses("slow.example", time.monotonic() + 0.02)
        assert resolver_threads() == network.MAX_LOOK_UPS
        slow_resolver.set()
        assert {len(each.result(PATIENCE)) for each in asked} == {len(PUBLIC)}


def test_p19_an_abandoned_look_up_counts_for_a_minute(slow_resolver: threading.Event, clock: Clock) -> None:
    look_ups = LookUps()
    abandon(look_ups, network.MAX_ABANDONED, clock.now + 0.001)
    clock.now += network.FORGOTTEN_AFTER - 1
    with pytest.raises(AddressError):
        look_ups.addresses("slow.example", clock.now + 0.001)
    clock.now += 1
    with pytest.raises(DeadlineError):
        look_ups.addresses("slow.example", clock.now + 0.001)


def test_p55_slow_names_in_tests_hold_up_no_delivery(smtp: Served, slow_resolver: threading.Event) -> None:
    def connection_test(number: int, seconds: float) -> None:
        report = examine(SMTPSettings(host=f"slow-{number}.example"), Policy(timeout=seconds))
        assert not report.ok

    while resolver_threads() < network.MAX_ABANDONED - network.MAX_LOOK_UPS:
        connection_test(resolver_threads(), 0.02)
    with ThreadPoolExecutor(network.MAX_LOOK_UPS) as pool:
        waiting = [pool.submit(connection_test, n, PATIENCE) for n in range(network.MAX_LOOK_UPS)]
        until(lambda: resolver_threads() == network.MAX_ABANDONED)
        with make_session(smtp.plain, account(smtp.plain)) as session:
            deliver(session, EMAIL, ["ann@example.com"], b"Subject: Invoice\r\n\r\nHello\r\n")
        assert (len(smtp.plain.messages), any(each.done() for each in waiting)) == (1, False)
        slow_resolver.set()
        for each in waiting:
            each.result(PATIENCE)


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
        for _ in range(network.MAX_LOOK_UPS + 1):
            with pytest.raises(AddressError) as raised:
                FOR_TESTS.addresses("x.example", in_time())
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
    endpoints = resolve("both.example", 25, Policy(), in_time(), FOR_TESTS)
    assert [str(each.address) for each in endpoints] == tried
