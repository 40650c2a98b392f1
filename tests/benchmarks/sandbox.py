"""The sandbox beside other test servers: start, stop, memory, and messages over connections that are kept.

    python -m tests.benchmarks.sandbox [--messages 10000] [--runs 10] [--smtp-sink PATH]
    python -m tests.benchmarks.sandbox --stops 400

Each server runs in a process of its own, and the load comes from another one. smtpdfix (pip) and Postfix's
smtp-sink are measured if they are there.
"""

from __future__ import annotations

import argparse
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
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from tests.sandbox.rivals import SERVERS, Server

ROOT = Path(__file__).resolve().parents[2]
ITSELF = (sys.executable, "-m", "tests.benchmarks.sandbox")
PEER = "aiosmtpd Controller"
LISTENERS = 12
STOPS = 400
MESSAGES = 10_000
RUNS = 10
# Octets of a message, connections, messages of one run.
LOADS = ((1500, 1, 1000), (1500, 10, 1000), (20_000, 1, 500), (20_000, 10, 500))
PATIENCE = 5.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds to start and to stop; None where it cannot be had."""

    start: float
    stop_tls: float | None


@dataclass(frozen=True)
class Pace:
    """Seconds of the clock and of the server's processor that each run took."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def message(size: int) -> bytes:
    """About so many octets, with the final dot."""
    head = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\n"
    line = b"A line of the message, of a length that lines often have in mail.\r\n"
    return head + line * ((size - len(head)) // len(line)) + b".\r\n"


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
    return median(times)


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
    """The median of five stops while a TLS client is connected; if one takes PATIENCE seconds, it is all."""
    times: list[float] = []
    while len(times) < 5:
        taken = until_stopped(make())
        if taken is None or taken >= PATIENCE * 1000:
            return taken
        times.append(taken)
    return median(times)


def stops(names: Sequence[str], pairs: int) -> dict[str, list[float]]:
    """Milliseconds of each stop while a TLS client is connected; the servers take turns, in this process.

    The first ten pairs do not count. If a stop takes PATIENCE seconds, as the Controller's does since Python 3.12,
    its pair is all.
    """
    taken: dict[str, list[float]] = {name: [] for name in names}
    for pair in range(10 + pairs):
        for name in names if pair % 2 == 0 else reversed(names):
            taken[name].append(until_stopped(SERVERS[name]()) or 0)
        if any(times[-1] >= PATIENCE * 1000 for times in taken.values()):
            return {name: times[-1:] for name, times in taken.items()}
    return {name: times[10:] for name, times in taken.items()}


def stop_row(taken: dict[str, list[float]]) -> str:
    """How often the sandbox was the faster one of a pair, and by how much."""
    ours, theirs = taken["smtp_sandbox"], taken[PEER]
    found = f"stop with a TLS client: {median(ours):.3f} ms, {PEER}"
    if theirs[-1] >= PATIENCE * 1000:
        return f"{found} > {PATIENCE * 1000:.0f} ms"
    faster = sum(our < their for our, their in zip(ours, theirs, strict=True)) / len(ours)
    often = f"faster in {faster:.0%} of {len(ours)} pairs"
    return f"{found} {median(theirs):.3f} ms; {often}, x {ratio(ours, theirs):.2f}"


def until_stopped(server: Server) -> float | None:
    """Milliseconds to stop, at most PATIENCE seconds; None without TLS."""
    port = server.start_tls()
    if port is None:
        return None
    client = smtplib.SMTP_SSL("127.0.0.1", port, timeout=5, context=ssl._create_unverified_context())  # noqa: S323
    stopped: Future[float] = Future()
    threading.Thread(target=lambda: stopped.set_result(milliseconds(server.stop)), daemon=True).start()
    try:
        return stopped.result(PATIENCE)
    except TimeoutError:
        return PATIENCE * 1000
    finally:
        client.close()


def resident(pid: int) -> float:
    """MiB in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor(pid: int) -> float:
    """Seconds that the threads of a process have had of the processor."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in threads) / 1e9


@contextmanager
def serving(name: str) -> Iterator[tuple[int, int]]:
    """Port and process of a server; the process has just started and nothing else lives in it."""
    command = [*ITSELF, "--serve", name]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout
        port, pid = map(int, process.stdout.readline().split())
        wait_for(port)
        try:
            yield port, pid
        finally:
            process.communicate()


def serve(name: str) -> None:
    """Serve until the end of the standard input."""
    server = SERVERS[name]()
    [port] = server.start(1)
    print(port, server.pid, flush=True)
    sys.stdin.read()
    server.stop()


def load(port: int, connections: int, messages: int, text: bytes) -> float:
    """Seconds in which the messages are taken, command by command, on all connections at once.

    The client does as little as it can, for it shares the machine with the server.
    """
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(connections)
        ]
        for client in clients:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        turn(clients, b"")
        turn(clients, b"EHLO localhost\r\n")
        began = time.perf_counter()
        for _ in range(messages // connections):
            for line in (b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.org>\r\n", b"DATA\r\n", text):
                turn(clients, line)
        taken = time.perf_counter() - began
        turn(clients, b"QUIT\r\n")
    return taken


def turn(clients: Sequence[socket.socket], line: bytes) -> None:
    """Say it on every connection, then read every answer. Raises ValueError for one that is a refusal."""
    for client in clients:
        client.sendall(line)
    for client in clients:
        answer = client.recv(4096)
        while not answer.endswith(b"\r\n") or answer[answer.rfind(b"\n", 0, -1) + 1 :][3:4] != b" ":
            answer += client.recv(4096)
        if answer[:1] not in (b"2", b"3"):
            raise ValueError(answer)


def in_a_process(*arguments: str) -> str:
    """What this module prints for these arguments, where nothing else lives."""
    command = (*ITSELF, *arguments)
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout  # noqa: S603


def growth(name: str, messages: int) -> float:
    """MiB that a server grows by when it takes so many messages of 1.5 KB, on ten connections."""
    with serving(name) as (port, pid):
        before = resident(pid)
        load(port, 10, messages, message(1500))
        return resident(pid) - before


def paces(names: Sequence[str], runs: int, scale: float = 1.0) -> dict[str, list[Pace]]:
    """For each server its pace under each of ``LOADS``; the servers take turns, each time in a new process."""
    found = {name: [Pace() for _ in LOADS] for name in names}
    for run in range(runs):
        # Who comes first changes, as the machine's other work does not wait for us.
        for name in names if run % 2 == 0 else reversed(names):
            with serving(name) as (port, pid):
                load(port, 10, 100, message(1500))
                for pace, (size, connections, messages) in zip(found[name], LOADS, strict=True):
                    before = processor(pid)
                    pace.wall.append(load(port, connections, int(messages * scale), message(size)))
                    pace.processor.append(processor(pid) - before)
    return found


def ratio(ours: list[float], theirs: list[float]) -> float:
    """How many times as much theirs took, in the median of the runs."""
    return median(their / our for our, their in zip(ours, theirs, strict=True))


def present() -> list[str]:
    """The servers that can be measured here."""
    there = {
        "smtpdfix": importlib.util.find_spec("smtpdfix") is not None,
        "smtp-sink": bool(os.environ.get("SMTP_SINK")),
    }
    return [name for name in SERVERS if there.get(name, True)]


def row(name: str, figures: Figures, grown: float) -> str:
    """One line of the first table."""
    stop = figures.stop_tls
    shown = "-" if stop is None else f"> {stop:.0f} ms" if stop >= PATIENCE * 1000 else f"{stop:.1f} ms"
    return f"{name:20} {figures.start:8.1f} ms {shown:>12} {grown:8.1f} MiB"


def rows(found: dict[str, list[Pace]]) -> Iterator[str]:
    """The lines of the second table."""
    for number, (size, connections, messages) in enumerate(LOADS):
        yield f"{size / 1000:g} KB, {connections} connections"
        theirs = found[PEER][number]
        for name, each in found.items():
            pace = each[number]
            rate, cost = messages / median(pace.wall), median(pace.processor) / messages * 1e6
            faster, cheaper = ratio(pace.wall, theirs.wall), ratio(pace.processor, theirs.processor)
            yield f"  {name:20} {rate:7.0f}/s  x {faster:4.2f}  {cost:7.0f} us  x {cheaper:4.2f}"


def table(messages: int = MESSAGES, smtp_sink: str | None = None, runs: int = RUNS) -> Iterator[str]:
    """The lines of the comparison; ``smtp_sink`` is the path of Postfix's, if it is not on the machine's own."""
    os.environ.setdefault("SMTP_SINK", smtp_sink or shutil.which("smtp-sink") or "")
    yield f"{'':20} {LISTENERS} listeners  stop (TLS)  memory, {messages} messages of 1.5 KB"
    for name in present():
        figures = Figures(**json.loads(in_a_process("--measure", name)))
        yield row(name, figures, growth(name, messages))
    yield in_a_process("--stops", str(STOPS)).strip()
    yield ""
    yield f"messages a second, and the server's processor time for each; x: as often as {PEER}, in {runs} pairs"
    yield from rows(paces(present(), runs))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare the sandbox with other test servers.")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--smtp-sink", metavar="PATH", default="")
    parser.add_argument("--measure", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--stops", type=int, metavar="PAIRS", help="only stops, in so many pairs")
    options = parser.parse_args(argv)
    if options.serve:
        serve(options.serve)
    elif options.stops:
        print(stop_row(stops(["smtp_sandbox", PEER], options.stops)))
    elif options.measure:
        make = SERVERS[options.measure]
        print(json.dumps(asdict(Figures(start_time(make), stop_time(make)))))
    else:
        for line in table(options.messages, options.smtp_sink, options.runs):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
