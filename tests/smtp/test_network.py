"""Names to addresses to sockets, within a deadline."""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import Code, Policy, SMTPError, SMTPSettings, examine, network
from wagtail_partner_smtp.smtp.errors import AddressError, ConnectError, DeadlineError
from wagtail_partner_smtp.smtp.network import Endpoint, connect, dial, resolve

from .accounts import DEADLINE, failed_at, make_policy, make_settings, try_out
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
                resolve(SMTPSettings(host="slow.example"), Policy(), time.monotonic() + 0.02)

    while resolver_threads() < network.MAX_RESOLVER_THREADS:
        look_up(1)
    look_up(4)
    assert resolver_threads() == network.MAX_RESOLVER_THREADS

    slow_resolver.set()
    assert len(resolve(SMTPSettings(host="slow.example"), Policy(), time.monotonic() + PATIENCE)) == 4


def test_p19_many_dead_addresses_share_the_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found(*PUBLIC))
    waited: list[float] = []

    class Dead(socket.socket):
        def connect(self, address: object) -> None:
            waited.append(self.gettimeout() or 0)
            clock.now += waited[-1]
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Dead)
    report = examine(SMTPSettings(host="dead.example"), Policy(timeout=30.0, probe_ports=()))
    assert failed_at(report) == ("connection_filtered", "connect")
    assert waited == pytest.approx([5.0] * 4)


def test_the_next_address_is_tried_when_one_refuses(smtp: Served) -> None:
    closed = smtp.listen("refuse")
    sock, chosen = connect([endpoint(closed.port), endpoint(smtp.port)], time.monotonic() + PATIENCE)
    sock.close()
    assert chosen.port == smtp.port


def test_a_machine_without_ipv6_tries_the_next_address(monkeypatch: pytest.MonkeyPatch, smtp: Served) -> None:
    class WithoutIPv6(socket.socket):
        def __init__(self, family: int = -1, *args: Any, **kwargs: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "no IPv6 here")
            super().__init__(family, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", WithoutIPv6)
        endpoints = [endpoint(25, "2606:4700::1"), endpoint(smtp.port)]
        sock, _ = connect(endpoints, time.monotonic() + PATIENCE)
        sock.close()
        with pytest.raises(ConnectError) as raised:
            dial(endpoints[0], PATIENCE)
    assert raised.value.code is Code.NETWORK_UNREACHABLE


def test_a_refusal_says_more_than_a_missing_network(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter(["unreachable", "refused", "unreachable"])

    def dial(endpoint: Endpoint, timeout: float) -> socket.socket:
        raise ConnectError(
            Code.CONNECTION_REFUSED if next(outcomes) == "refused" else Code.NETWORK_UNREACHABLE
        )

    monkeypatch.setattr(network, "dial", dial)
    with pytest.raises(ConnectError) as raised:
        connect([endpoint(25)] * 3, time.monotonic() + PATIENCE)
    assert raised.value.code is Code.CONNECTION_REFUSED


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
                resolve(SMTPSettings(host="x.example"), Policy(), time.monotonic() + PATIENCE)
            assert raised.value.code is Code.DNS_UNAVAILABLE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), Code.CONNECTION_REFUSED),
        (TimeoutError(), Code.CONNECTION_FILTERED),
        (ConnectionResetError(errno.ECONNRESET, ""), Code.DISCONNECTED),
        (OSError(errno.ENETUNREACH, ""), Code.NETWORK_UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, ""), Code.NETWORK_UNREACHABLE),
        (OSError(errno.EPERM, ""), Code.CONNECTION_REFUSED),
    ],
)
def test_a_failed_connection_has_one_of_few_codes(
    monkeypatch: pytest.MonkeyPatch, error: OSError, code: Code
) -> None:
    class Failing(socket.socket):
        def connect(self, address: object) -> None:
            raise error

    monkeypatch.setattr(socket, "socket", Failing)
    with pytest.raises(SMTPError) as raised:
        dial(endpoint(25), PATIENCE)
    assert raised.value.code is code


def test_no_port_dials_25(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[object] = []

    class Recording(socket.socket):
        def connect(self, address: object) -> None:
            dialled.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Recording)
    settings = SMTPSettings(host="127.0.0.1")
    report = examine(settings, make_policy(25, probe_ports=()))
    assert set(dialled) == {("127.0.0.1", 25)}
    assert report.settings.address == "smtp://127.0.0.1:25"


def test_a_closed_port_is_refused_at_connect(smtp: Served) -> None:
    listener = smtp.listen("refuse")
    assert failed_at(try_out(listener)) == ("connection_refused", "connect")


def test_p18_silence_at_connect_ends_within_the_deadline(smtp: Served) -> None:
    listener = smtp.listen("unroutable")
    with Stopwatch() as watch:
        report = try_out(listener, timeout=DEADLINE)
    assert failed_at(report) == ("connection_filtered", "connect")
    assert watch.seconds < 1.1 * DEADLINE + 0.2


def test_a_connection_of_a_test_sends_small_writes_at_once(smtp: Served) -> None:
    with dial(endpoint(smtp.port), PATIENCE) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_is_given_as_it_is_written() -> None:
    assert (str(endpoint(25)), str(endpoint(25, "::1"))) == ("127.0.0.1:25", "[::1]:25")
    assert make_settings(25).destination.port == 25
