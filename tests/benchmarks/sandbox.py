"""The sandbox beside other test servers: start, stop, messages per second, memory.

    python -m tests.benchmarks.sandbox [--messages 10000] [--smtp-sink PATH]

Each server runs in a process of its own, and the load comes from another one. smtpdfix (pip) and Postfix's
smtp-sink are measured if they are there.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.sandbox.rivals import SERVERS, Server

ROOT = Path(__file__).resolve().parents[2]
ITSELF = (sys.executable, "-m", "tests.benchmarks.sandbox")
LISTENERS = 12
MESSAGES = 10_000
TEXT = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\n"
    + b"A line of the message\r\n" * 40
    + b".\r\n"
)
PATIENCE = 5.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds to start and to stop, messages per second, MiB grown; None where it cannot be had."""

    start: float
    stop_tls: float | None
    one: float
    ten: float
    memory: float


def wait_for(port: int) -> None:
    """Return once the port accepts."""
    while True:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port), timeout=5),
        ):
            return


def milliseconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def start_time(make: Callable[[], Server]) -> float:
    """The median of five starts, from the first call until all ports accept."""
    times = []
    for _ in range(5):
        server = make()
        times.append(until_accepting(server))
        server.stop()
    return sorted(times)[2]


def until_accepting(server: Server) -> float:
    """Milliseconds to start. What serving the connections takes that prove it does not count."""
    began = time.perf_counter()
    ports = server.start(LISTENERS)
    taken = time.perf_counter() - began
    for port in ports:
        if refuses(port):
            wait_for(port)
            taken = time.perf_counter() - began
    return taken * 1000


def refuses(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex(("127.0.0.1", port)) != 0


def stop_time(make: Callable[[], Server]) -> float | None:
    """How long stopping takes while a TLS client is connected; at most PATIENCE seconds are waited."""
    server = make()
    port = server.start_tls()
    if port is None:
        return None
    client = smtplib.SMTP_SSL("127.0.0.1", port, timeout=5, context=ssl._create_unverified_context())  # noqa: S323
    thread = threading.Thread(target=server.stop, daemon=True)
    thread.start()
    time_taken = milliseconds(lambda: thread.join(PATIENCE))
    client.close()
    return time_taken


def resident(pid: int) -> float:
    """MiB in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def rate(port: int, connections: int, messages: int) -> float:
    """Messages per second, sent by another process."""
    command = [*ITSELF, "--load", str(port), str(connections), str(messages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return messages / float(done.stdout)


async def deliver(port: int, messages: int) -> None:
    """Send messages over one connection, command by command."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> None:
        writer.write(line)
        while (await reader.readline())[3:4] != b" ":
            pass

    await say(b"")
    await say(b"EHLO localhost\r\n")
    for _ in range(messages):
        for line in (b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.org>\r\n", b"DATA\r\n", TEXT):
            await say(line)
    await say(b"QUIT\r\n")
    writer.close()


async def load(port: int, connections: int, messages: int) -> float:
    """Seconds that all messages take."""
    began = time.perf_counter()
    await asyncio.gather(*(deliver(port, messages // connections) for _ in range(connections)))
    return time.perf_counter() - began


def measure(name: str, messages: int) -> Figures:
    """All figures of one server."""
    make = SERVERS[name]
    start = start_time(make)
    server = make()
    [port] = server.start(1)
    wait_for(port)
    before = resident(server.pid)
    one = rate(port, 1, messages // 2)
    ten = rate(port, 10, messages // 2)
    memory = resident(server.pid) - before
    server.stop()
    return Figures(start, stop_time(make), one, ten, memory)


def in_a_process(name: str, messages: int) -> Figures:
    """The same, where nothing else lives."""
    command = [*ITSELF, "--measure", name, "--messages", str(messages)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)  # noqa: S603
    return Figures(**json.loads(done.stdout))


def present() -> list[str]:
    """The servers that can be measured here."""
    there = {
        "smtpdfix": importlib.util.find_spec("smtpdfix") is not None,
        "smtp-sink": bool(os.environ.get("SMTP_SINK")),
    }
    return [name for name in SERVERS if there.get(name, True)]


def row(name: str, figures: Figures) -> str:
    """One line of the table."""
    stop = figures.stop_tls
    shown = "-" if stop is None else f"> {stop:.0f} ms" if stop >= PATIENCE * 1000 else f"{stop:.1f} ms"
    return (
        f"{name:20} {figures.start:8.1f} ms {shown:>12} {figures.one:9.0f}/s {figures.ten:9.0f}/s "
        f"{figures.memory:8.1f} MiB"
    )


def table(messages: int = MESSAGES, smtp_sink: str | None = None) -> Iterator[str]:
    """The lines of the comparison; ``smtp_sink`` is the path of Postfix's, if it is not on the machine's own."""
    os.environ.setdefault("SMTP_SINK", smtp_sink or shutil.which("smtp-sink") or "")
    yield f"{'':20} {LISTENERS} listeners  stop (TLS)   1 client   10 clients  memory, {messages} messages"
    for name in present():
        yield row(name, in_a_process(name, messages))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare the sandbox with other test servers.")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--smtp-sink", metavar="PATH", default="")
    parser.add_argument("--measure", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--load", nargs=3, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.load:
        print(asyncio.run(load(*options.load)))
    elif options.measure:
        print(json.dumps(asdict(measure(options.measure, options.messages))))
    else:
        for line in table(options.messages, options.smtp_sink):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
