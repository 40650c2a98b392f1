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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import queue_settings
from tests.benchmarks.proxy import proxied
from tests.support import postgresql
from tests.support.paths import ROOT

FAR = 0.025  # seconds each way
MESSAGES = 2000
WORKERS = 2
SESSIONS = (2, 10)
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

    def run(self, *commands: tuple[str, ...]) -> float:
        """Seconds from the start of all, each of them set up before, to the end of the last."""
        processes = [self.start(*each) for each in commands]
        for process in processes:
            process.answer()
        began = time.perf_counter()
        for process in processes:
            process.go()
        for process in processes:
            process.answer()
        taken = time.perf_counter() - began
        for process in processes:
            process.end()
        return taken


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
class Seconds:
    """What the two parts take."""

    queueing: float
    draining: float

    @property
    def both(self) -> float:
        return self.queueing + self.draining


def measured(who: str, *, messages: int, sessions: int, delay: float) -> Seconds:
    """Queue and send as many messages over so many sessions; raises ``RuntimeError`` if not all of them came."""
    with site(sessions) as environment:
        with server() as (port, ca_file, came), proxied(port, delay) as proxy:
            target = str(proxy.port if delay else port)
            there = {"QUEUE_PORT": target, "QUEUE_CA": ca_file, "SSL_CERT_FILE": ca_file}
            processes = Site(environment=environment | there)
            queueing = processes.run((f"queue_{who}", str(messages)))
            if who == "ours":
                draining = processes.run(*[("drain_ours", str(sessions // WORKERS))] * WORKERS)
            else:
                draining = processes.run(("drain_theirs", str(WORKERS)))
        if came != [messages]:
            raise RuntimeError(f"{came} of {messages} messages came")
    return Seconds(queueing=queueing, draining=draining)


def table(messages: int = MESSAGES) -> Iterator[str]:
    """The lines of the comparison."""
    if importlib.util.find_spec("post_office") is None:
        yield "(django-post_office is not installed)"
        return
    with site(2) as environment:
        process = Site(environment=environment).start("compare_rows", "500")
        process.answer()
        process.go()
        queued, plain = map(float, process.answer().split())
        process.end()
    yield f"queue_mails: {queued:.2f} ms a message, plain rows of the same tables {plain:.2f}"
    yield f"{'':24}{'ours: queued':>14}{'sent':>9}{'post_office: queued':>22}{'sent':>9}   ratio"
    for delay in (FAR, 0.0):
        for sessions in SESSIONS:
            ours = measured("ours", messages=messages, sessions=sessions, delay=delay)
            theirs = measured("theirs", messages=messages, sessions=sessions, delay=delay)
            yield (
                f"{delay * 1000:3g} ms, {sessions:2} sessions   {ours.queueing:12.1f} s{ours.draining:7.1f} s"
                f"{theirs.queueing:20.1f} s{theirs.draining:7.1f} s   {theirs.both / ours.both:.1f}"
            )
