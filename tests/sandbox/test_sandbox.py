"""The sandbox as a whole: start, stop, listeners, limits."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import select
import smtplib
import socket
import threading
import warnings
from pathlib import Path

import pytest

from smtp_sandbox import MODES, Mode, Sandbox, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch, until

from .clients import MESSAGE, connect, connect_async, send


def test_counters_and_reset(smtp: Served) -> None:
    send(smtp.plain)
    assert (smtp.plain.connections, smtp.plain.count("mail"), smtp.plain.count("AUTH")) == (1, 1, 0)

    smtp.plain.reset()

    assert (smtp.plain.connections, smtp.plain.count("MAIL")) == (0, 0)
    assert (smtp.plain.messages, smtp.plain.sessions) == ((), ())


def test_who_has_just_connected_is_waited_for(smtp: Served) -> None:
    for number in range(1, 31):
        socket.create_connection(("127.0.0.1", smtp.plain.port), timeout=PATIENCE).close()
        smtp.plain.wait_idle()
        assert smtp.plain.connections == number
        assert all(session.ended for session in smtp.plain.sessions)


def test_keep_bounds_messages_and_sessions() -> None:
    with Sandbox(keep=2) as sandbox:
        for name in "abc":
            send(sandbox.plain, to=f"{name}@example.org")

        assert [m.rcpt_tos[0][0] for m in sandbox.messages] == ["b", "c"]
        assert len(sandbox.plain.sessions) == 2
        assert sandbox.plain.connections == 3


def test_a_long_session_is_bounded_too() -> None:
    with Sandbox(keep=2) as sandbox:
        address = ("127.0.0.1", sandbox.plain.port)
        with socket.create_connection(address, timeout=PATIENCE) as sock, sock.makefile("rb") as file:
            file.readline()
            sock.sendall(b"NOOP\r\n" * 6000 + b"QUIT\r\n")
            while not file.readline().startswith(b"221"):
                pass
        sandbox.plain.wait_idle()

        transcript = sandbox.plain.sessions[0].transcript
        assert transcript[0][1] != "220 localhost ESMTP"
        assert transcript[-1] == ("-", "closed")
        assert 5000 <= len(transcript) <= 10_000


def test_it_can_be_started_again() -> None:
    sandbox = Sandbox()
    for _ in range(2):
        with sandbox:
            send(sandbox.plain)
            assert len(sandbox.listeners) == 3
            with pytest.raises(RuntimeError):
                sandbox.start()

    assert len(sandbox.messages) == 2


def test_what_needs_a_running_sandbox_says_so() -> None:
    sandbox = Sandbox()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match="the sandbox does not run"):
            sandbox.listen()
        with sandbox:
            listener = sandbox.plain
        for action in (sandbox.listen, listener.disconnect, listener.wait_idle):
            with pytest.raises(RuntimeError, match="the sandbox does not run"):
                action()
        gc.collect()


def test_its_loop_is_not_debugged_with_the_client_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")

    async def is_debugged() -> bool:
        return asyncio.get_running_loop().get_debug()

    with Sandbox(honest=False) as sandbox:
        assert not sandbox.thread.submit(is_debugged()).result()


def test_many_listeners_accept_at_once(smtp: Served) -> None:
    with Stopwatch() as watch:
        listeners = [smtp.listen(mode=mode) for mode in MODES for _ in range(4)]
        for listener in listeners:
            socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE).close()

    assert watch.seconds < 1


def test_a_taken_port_is_an_error_and_leaves_nothing_open(smtp: Served) -> None:
    with pytest.raises(OSError, match="in use"):
        smtp.listen(port=smtp.port)


def test_wrong_names_are_errors_that_help(smtp: Served) -> None:
    with pytest.raises(KeyError, match="auth-535"):
        smtp.listen("auth-353")
    with pytest.raises(ValueError, match="plain, ssl, starttls"):
        smtp.listen(mode="tls")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="colour"):
        smtp.listen(colour="red")  # type: ignore[call-arg]


def test_stop_is_quick_with_idle_tls_clients_and_hanging_faults() -> None:
    with Sandbox() as sandbox:
        hanging = sandbox.listen(rules=(on("BANNER", hang=True),))
        delaying = sandbox.listen(mode="ssl", rules=(on("NOOP", delay=PATIENCE),))
        clients = [connect(sandbox.ssl), connect(sandbox.starttls), connect(delaying)]
        clients[-1].putcmd("NOOP")
        waiting = socket.create_connection((hanging.host, hanging.port), timeout=PATIENCE)
        until(lambda: hanging.faults + delaying.faults == 2)
        listeners = tuple(sandbox.listeners)
        with Stopwatch() as watch:
            sandbox.stop()
    for client in clients:
        client.close()
    waiting.close()

    sessions = [session for listener in listeners for session in listener.sessions]
    assert watch.seconds < 1
    assert len(sessions) == 4
    assert {session.transcript[-1] for session in sessions} == {("-", "closed")}


@pytest.mark.parametrize("way", ["stop", "reset", "disconnect", "close"])
@pytest.mark.parametrize(
    ("mode", "said"),
    [("ssl", b""), ("ssl", b"\x16\x03\x01\x02\x00"), ("starttls", b"EHLO a\r\nSTARTTLS\r\n")],
    ids=["silent", "half a hello", "starttls"],
)
def test_a_handshake_may_be_broken_off(
    way: str, mode: Mode, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox() as sandbox:
        listener = sandbox.listen(mode=mode)
        with socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE) as client:
            client.sendall(said)
            if mode == "starttls":
                while b"220 2.0.0" not in client.recv(4096):
                    pass
            sandbox.thread.run(lambda: None)
            [session] = listener.sessions
            getattr(sandbox if way in ("stop", "reset") else listener, way)()
            sandbox.stop()
            gc.collect()

    assert session.transcript[-2:] == [("-", "TLS failed: the connection was closed"), ("-", "closed")]
    assert session.ended
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_hundred_cycles_leave_nothing_behind() -> None:
    def open_files() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0

    def threads() -> set[threading.Thread]:
        return set(threading.enumerate())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Sandbox() as sandbox:
            Path(sandbox.ca_file).read_bytes()
        files, others = open_files(), threads()
        for _ in range(100):
            with Sandbox(authority=sandbox.authority) as again, connect(again.ssl):
                pass

    # Threads and files of other tests may go meanwhile.
    assert open_files() <= files
    assert threads() <= others


def test_the_ca_file_goes_with_the_sandbox() -> None:
    with Sandbox() as sandbox:
        path = Path(sandbox.ca_file)
        assert path.read_bytes() == sandbox.authority.ca_pem()

    assert not path.exists()


def test_async_with() -> None:
    async def use() -> int:
        async with Sandbox(users={"user": "pass"}) as sandbox:
            async with connect_async(sandbox.plain) as client:
                await client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
            return len((await sandbox.await_message()).data)

    assert asyncio.run(use()) == len(MESSAGE)


def test_closing_a_listener_refuses_new_connections(smtp: Served) -> None:
    listener = smtp.listen()
    listener.close()

    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(listener.host, listener.port, timeout=PATIENCE)


def test_who_has_connected_before_the_end_is_counted() -> None:
    sandbox = Sandbox(honest=False)
    for _ in range(20):
        sandbox.start()
        listener = sandbox.listen()
        clients = [socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE) for _ in range(3)]
        sandbox.stop()
        for client in clients:
            client.close()

        assert listener.connections == 3
        assert all(session.ended for session in listener.sessions)


@pytest.mark.parametrize("with_poll", [True, False])
def test_also_who_has_connected_while_the_loop_was_busy(
    with_poll: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on with the stop before it looks at its sockets again."""
    if not with_poll:
        monkeypatch.delattr(select, "poll")
    sandbox = Sandbox(honest=False)
    sandbox.start()
    listener = sandbox.listen()
    is_busy, is_connected = threading.Event(), threading.Event()

    def be_busy_then_stop() -> None:
        is_busy.set()
        is_connected.wait(PATIENCE)
        sandbox.thread._end()

    sandbox.thread._loop.call_soon_threadsafe(be_busy_then_stop)
    is_busy.wait(PATIENCE)
    clients = [socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE) for _ in range(3)]
    is_connected.set()
    sandbox.stop()
    for client in clients:
        client.close()

    assert listener.connections == 3
    assert all(session.ended for session in listener.sessions)
