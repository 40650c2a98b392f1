"""Queued mail to one server, beside django-post_office: queued in one process, sent by two.

The database is PostgreSQL, where one answers (``POSTGRESQL_URL``), else a file of SQLite. The server is the
sandbox in a process of its own, with STARTTLS and a login as partners' servers have them.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.benchmarks import queue_settings
from tests.benchmarks.proxy import proxied
from tests.support import postgresql
from tests.support.paths import ROOT

FAR = 0.025  # seconds each way
MESSAGES = 2000
ROWS = 500
WORKERS = 2
SESSIONS = (2, 10)
"""In all: our default for one server, and theirs, which is five threads for each process."""

THEIR_BATCH = 100
"""Their default. With all messages in one batch they open each session once, and write down at its end what became
of them."""

SERVER = """
import sys
from smtp_sandbox import Sandbox
with Sandbox({sys.argv[1]: sys.argv[2]}, keep=100) as sandbox:
    print(sandbox.starttls.port, sandbox.ca_file, flush=True)
    sys.stdin.read()
    print(sandbox.starttls.count("BDAT") + sandbox.starttls.count("DATA"))
"""
"""The sandbox, until its input is closed; then it says how many messages came."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds, and seconds of a processor in the measured processes."""

    seconds: float
    processor: float


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a measured process finds its database and its server."""

    environment: dict[str, str]

    def start(self, *arguments: str) -> Process:
        command = [sys.executable, "-m", "tests.benchmarks.queue_process", *arguments]
        return Process(
            subprocess.Popen(  # noqa: S603
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )

    def run(self, *commands: tuple[str, ...]) -> Spent:
        """From the start of all, each of them set up before, to the end of the last."""
        processes = [self.start(*each) for each in commands]
        for process in processes:
            process.answer()
        began = time.perf_counter()
        for process in processes:
            process.go()
        processor = sum(float(process.answer()) for process in processes)
        taken = time.perf_counter() - began
        for process in processes:
            process.end()
        return Spent(seconds=taken, processor=processor)


class Process:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self) -> str:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("a measured process has ended")
        return line

    def go(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write("\n")
        stdin.flush()

    def end(self) -> None:
        self._process.communicate(timeout=60)


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database, which is gone afterwards."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(postgresql.new_database(f"partner_smtp_benchmark_{os.getpid()}"))
        except (ConnectionError, ImportError):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            yield f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"


@contextmanager
def site(sessions: int) -> Iterator[dict[str, str]]:
    """The environment of a migrated site."""
    with database() as url, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.queue_settings",
            "QUEUE_LOCK": str(Path(folder) / "lock"),
            "QUEUE_SESSIONS": str(sessions),
        }
        Site(environment=environment).run(("migrate",))
        yield environment


@contextmanager
def server() -> Iterator[tuple[int, str, list[int]]]:
    """Port and certificates of a sandbox, and a list that has, afterwards, how many messages came."""
    came: list[int] = []
    command = [sys.executable, "-c", SERVER, queue_settings.LOGIN, queue_settings.PASSWORD]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port, ca_file = process.stdout.readline().split()
        yield int(port), ca_file, came
        process.stdin.close()
        came.append(int(process.stdout.readline()))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What queueing and sending take."""

    queueing: Spent
    sending: Spent

    @property
    def seconds(self) -> float:
        return self.queueing.seconds + self.sending.seconds

    def shown(self, messages: int) -> str:
        """Seconds of both parts, and milliseconds of a processor for each message."""
        parts = (self.queueing, self.sending)
        return "".join(f"{part.seconds:8.1f} s{part.processor * 1000 / messages:6.2f} ms" for part in parts)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Messages, over so many sessions, so many seconds away from the server each way."""

    delay: float
    sessions: int
    messages: int = MESSAGES

    def ours(self) -> Parts:
        threads = str(self.sessions // WORKERS)
        return self._measured("queue_ours", [("drain_ours", threads)] * WORKERS, THEIR_BATCH)

    def theirs(self, batch: int) -> Parts:
        return self._measured("queue_theirs", [("drain_theirs", str(WORKERS))], batch)

    def _measured(self, queue: str, drain: list[tuple[str, ...]], batch: int) -> Parts:
        """Raises ``RuntimeError`` if not all messages came, or some twice."""
        with site(self.sessions) as environment:
            with server() as (port, ca_file, came), proxied(port, self.delay) as proxy:
                target = str(proxy.port if self.delay else port)
                there = {"QUEUE_PORT": target, "QUEUE_CA": ca_file, "SSL_CERT_FILE": ca_file}
                processes = Site(environment=environment | there | {"QUEUE_THEIR_BATCH": str(batch)})
                queueing = processes.run((queue, str(self.messages)))
                sending = processes.run(*drain)
            if came != [self.messages]:
                raise RuntimeError(f"{came} of {self.messages} messages came")
        return Parts(queueing=queueing, sending=sending)


def long(messages: int) -> Iterator[str]:
    """The lines of what one worker takes to send so many messages, and a hundredth of them."""
    for number in (messages // 100, messages):
        with site(2) as environment, server() as (port, ca_file, came):
            there = {"QUEUE_PORT": str(port), "QUEUE_CA": ca_file, "SSL_CERT_FILE": ca_file}
            measured = Site(environment=environment | there)
            queueing = measured.run(("queue_ours", str(number)))
            process = measured.start("drain_counting")
            process.answer()
            began = time.perf_counter()
            process.go()
            statements, claims, memory = map(int, process.answer().split())
            taken = time.perf_counter() - began
            processor = float(process.answer())
            process.end()
        if came != [number]:
            raise RuntimeError(f"{came} of {number} messages came")
        yield (
            f"{number:7} messages: queued in {queueing.seconds:.0f} s, sent in {taken:.0f} s, processor"
            f" {processor * 1000 / number:.2f} ms a message, {memory / 1024:.1f} MiB,"
            f" {statements / number:.3f} statements a message, {claims} claims"
        )


def rows(messages: int = ROWS) -> Iterator[str]:
    """The lines of what it costs to queue a message, and what plain rows cost."""
    with site(2) as environment:
        process = Site(environment=environment).start("compare_rows", str(messages))
        process.answer()
        process.go()
        queued, rendered, plain, same = pairwise_of(process.answer())
        process.end()
    names = {
        "queue_mails": queued,
        "a plain row, rendered by Django": rendered,
        "a plain row of what was rendered": plain,
        "rows of the same tables": same,
    }
    for name, (taken, processor) in names.items():
        ratio = f"{queued[0] / taken:6.2f}, {queued[1] / processor:.2f}"
        yield f"{name:34}{taken:6.2f} ms a message, processor {processor:5.2f}   {ratio}"


def pairwise_of(line: str) -> Iterator[tuple[float, float]]:
    numbers = iter(map(float, line.split()))
    return zip(numbers, numbers, strict=True)


def table(runs: int, messages: int = MESSAGES) -> Iterator[str]:
    """The lines of the comparison: of so many runs in turn, those of median time."""
    if importlib.util.find_spec("post_office") is None:
        yield "(django-post_office is not installed)"
        return
    yield from rows()
    yield f"{'':24}{'queued':>10}{'processor':>9}{'sent':>10}{'processor':>9}   their time by ours"
    for delay in (FAR, 0.0):
        for sessions in SESSIONS:
            case = Case(delay=delay, sessions=sessions, messages=messages)
            kinds: dict[str, Callable[[], Parts]] = {
                "ours": case.ours,
                "theirs": partial(case.theirs, THEIR_BATCH),
                "theirs, one batch": partial(case.theirs, messages),
            }
            found: dict[str, list[Parts]] = {name: [] for name in kinds}
            for _ in range(runs):
                for name, measure in kinds.items():
                    found[name].append(measure())
            yield f"{delay * 1000:g} ms each way, {sessions} sessions"
            for name, each in found.items():
                ratios = [
                    f"{theirs.seconds / ours.seconds:.1f}"
                    for theirs, ours in zip(each, found["ours"], strict=True)
                ]
                yield f"  {name:20}{_median(each).shown(messages)}   {' '.join(ratios)}"


def _median(found: list[Parts]) -> Parts:
    return sorted(found, key=lambda parts: parts.seconds)[len(found) // 2]
