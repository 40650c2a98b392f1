"""TCP connections: the next address is tried while the last is silent (RFC 8305), and what is told if all fail."""

from __future__ import annotations

import errno
import ipaddress
import itertools
import socket
import threading
import time
from typing import Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import Code, SMTPError, SMTPSettings, connecting, examine
from wagtail_partner_smtp.smtp.connecting import ATTEMPT_DELAY, connect, dial
from wagtail_partner_smtp.smtp.errors import ConnectError, DeadlineError
from wagtail_partner_smtp.smtp.network import Endpoint

from .accounts import DEADLINE, failed_at, make_policy, try_out


def endpoint(port: int, address: str = "127.0.0.1") -> Endpoint:
    return Endpoint(address=ipaddress.ip_address(address), port=port)


def soon() -> float:
    return time.monotonic() + PATIENCE


class Recording(socket.socket):
    """Notes whom it is told to connect to, and when."""

    dialled: list[tuple[Any, float]]

    def connect(self, address: Any) -> None:
        self.dialled.append((address, time.monotonic()))
        super().connect(address)


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, float]]:
    """The addresses that were dialled, and when."""
    monkeypatch.setattr(Recording, "dialled", [], raising=False)
    monkeypatch.setattr(socket, "socket", Recording)
    return Recording.dialled


def test_p19_a_black_hole_costs_a_quarter_of_a_second(smtp: Served) -> None:
    black_hole = smtp.listen("unroutable")
    with Stopwatch() as watch:
        sock, chosen = connect([endpoint(black_hole.port), endpoint(smtp.port)], soon())
    sock.close()
    assert chosen.port == smtp.port
    assert watch.by_the_clock >= ATTEMPT_DELAY
    assert watch.seconds < 0.5


def test_the_next_address_is_tried_at_once_when_one_refuses(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "ATTEMPT_DELAY", PATIENCE)
    closed = smtp.listen("refuse")
    with Stopwatch() as watch:
        sock, chosen = connect([endpoint(closed.port), endpoint(smtp.port)], soon())
    sock.close()
    assert chosen.port == smtp.port
    assert watch.seconds < 1


def test_an_address_that_answers_is_the_only_one_that_is_dialled(
    smtp: Served, dialled: list[tuple[Any, float]]
) -> None:
    sock, chosen = connect([endpoint(smtp.port), endpoint(smtp.listen().port)], soon())
    sock.close()
    assert [address for address, _ in dialled] == [("127.0.0.1", chosen.port)]


def test_the_losers_are_closed_without_a_byte(smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address answers late, when the second was taken."""
    monkeypatch.setattr(connecting, "ATTEMPT_DELAY", 0.0)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:

        def hear(listener: socket.socket) -> None:
            client, _ = listener.accept()
            with client:
                heard.append(client.recv(100))

        listeners = [threading.Thread(target=hear, args=(each,)) for each in (first, second)]
        for listener in listeners:
            listener.start()
        sock, _ = connect([endpoint(each.getsockname()[1]) for each in (first, second)], soon())
        sock.sendall(b"EHLO")
        for listener in listeners:
            listener.join(PATIENCE)
        sock.close()
    assert sorted(heard) == [b"", b"EHLO"]


def test_p19_many_dead_addresses_end_at_the_deadline(
    smtp: Served, dialled: list[tuple[Any, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "ATTEMPT_DELAY", 0.1)
    dead = [endpoint(smtp.listen("unroutable").port) for _ in range(4)]
    with Stopwatch() as watch, pytest.raises(DeadlineError) as raised:
        connect(dead, time.monotonic() + 1.0)
    assert raised.value.code is Code.CONNECTION_FILTERED
    assert watch.seconds < 1.2
    started = [when for _, when in dialled[-4:]]
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(started))


def test_a_deadline_that_has_passed_dials_nobody(smtp: Served, dialled: list[tuple[Any, float]]) -> None:
    with pytest.raises(DeadlineError) as raised:
        connect([endpoint(smtp.port)], time.monotonic() - 1)
    assert (raised.value.code, dialled) == (Code.DEADLINE_PASSED, [])


def test_a_machine_without_ipv6_tries_the_next_address(monkeypatch: pytest.MonkeyPatch, smtp: Served) -> None:
    class WithoutIPv6(socket.socket):
        def __init__(self, family: int = -1, *args: Any, **kwargs: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "no IPv6 here")
            super().__init__(family, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", WithoutIPv6)
        endpoints = [endpoint(25, "2606:4700::1"), endpoint(smtp.port)]
        sock, _ = connect(endpoints, soon())
        sock.close()
        with pytest.raises(ConnectError) as raised:
            dial(endpoints[0], PATIENCE)
    assert raised.value.code is Code.NETWORK_UNREACHABLE


UNREACHABLE, REFUSED, SILENT = "unreachable", "refused", "silent"


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((UNREACHABLE, REFUSED, UNREACHABLE), Code.CONNECTION_REFUSED),
        ((UNREACHABLE, SILENT, REFUSED), Code.CONNECTION_FILTERED),
        ((REFUSED, SILENT), Code.CONNECTION_REFUSED),
        ((SILENT, REFUSED), Code.CONNECTION_FILTERED),
        ((UNREACHABLE, UNREACHABLE), Code.NETWORK_UNREACHABLE),
    ],
)
def test_of_several_failures_the_first_of_a_reachable_address_is_told(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, outcomes: tuple[str, ...], code: Code
) -> None:
    ports = {REFUSED: smtp.listen("refuse").port, SILENT: smtp.listen("unroutable").port, UNREACHABLE: 9}

    class Partly(socket.socket):
        def connect(self, address: Any) -> None:
            if address[1] == ports[UNREACHABLE]:
                raise OSError(errno.ENETUNREACH, "no way")
            super().connect(address)

    monkeypatch.setattr(socket, "socket", Partly)
    monkeypatch.setattr(connecting, "ATTEMPT_DELAY", 0.05)
    with pytest.raises(SMTPError) as raised:
        connect([endpoint(ports[outcome]) for outcome in outcomes], time.monotonic() + 0.3)
    assert raised.value.code is code


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

    class Refusing(socket.socket):
        def connect(self, address: object) -> None:
            dialled.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Refusing)
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


def test_a_connection_sends_small_writes_at_once(smtp: Served) -> None:
    with dial(endpoint(smtp.port), PATIENCE) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
