"""What is listened on, and how ports are shared out."""

from __future__ import annotations

import errno
import smtplib
import socket

import pytest

from smtp_sandbox import Sandbox, sockets
from smtp_sandbox.inbox import Inbox
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import connect
from tests.support.stopwatch import PATIENCE


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="there is no ::1")


@needs_ipv6
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_localhost_is_both_addresses(smtp: Served, mode: str, address: str) -> None:
    listener = getattr(smtp, mode)
    with connect(listener, host=address) as client:
        assert client.noop()[0] == 250
    listener.wait_idle()

    [session] = listener.sessions
    assert session.peer.rpartition(":")[0] == {"::1": "[::1]"}.get(address, "127.0.0.1")


@needs_ipv6
def test_a_port_that_refuses_refuses_at_both(smtp: Served) -> None:
    listener = smtp.listen("refuse")

    for address in ("127.0.0.1", "::1"):
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP(address, listener.port, timeout=PATIENCE)


@needs_ipv6
def test_a_port_that_somebody_else_has_at_one_of_them_is_taken(smtp: Served) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            smtp.listen(port=port)
        # What was bound before it is given back.
        socket.create_server(("127.0.0.1", port)).close()


def test_a_free_port_is_free_at_both(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    bound = sockets._bound

    def taken_at_first(host: str, port: int) -> socket.socket:
        asked.append((host, port))
        if len(asked) == 2:
            raise OSError(errno.EADDRINUSE, "in use")
        return bound("127.0.0.1", 0) if host == "::1" else bound(host, port)

    monkeypatch.setattr(sockets, "_bound", taken_at_first)
    first, second = sockets.bind("localhost", 0)
    first.close()
    second.close()

    assert [host for host, _ in asked] == ["127.0.0.1", "::1"] * 2
    assert asked[3][1] not in (0, asked[1][1])


@pytest.mark.parametrize("number", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_without_ipv6_it_is_one(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    bound = sockets._bound

    def without_ipv6(host: str, port: int) -> socket.socket:
        if ":" in host:
            raise OSError(number, "no IPv6")
        return bound(host, port)

    monkeypatch.setattr(sockets, "_bound", without_ipv6)
    with Sandbox() as sandbox:
        inbox = Inbox(sandbox)
        inbox.open()
        for mode in (sandbox.plain, sandbox.ssl, sandbox.starttls):
            with connect(mode) as client:
                assert client.noop()[0] == 250
        socket.create_connection(("localhost", inbox.port), timeout=PATIENCE).close()


@needs_ipv6
def test_an_address_is_that_one_alone() -> None:
    with Sandbox(host="127.0.0.1") as sandbox:
        connect(sandbox.plain, host="127.0.0.1").close()
        with pytest.raises(ConnectionRefusedError):
            connect(sandbox.plain, host="::1")


@needs_ipv6
def test_the_oauth_server_and_the_inbox_are_at_both(smtp: Served) -> None:
    pytest.importorskip("authlib")
    inbox = Inbox(smtp.sandbox)
    inbox.open()
    for address in ("127.0.0.1", "::1"):
        for port in (inbox.port, smtp.sandbox.oauth.port):
            socket.create_connection((address, port), timeout=PATIENCE).close()
