"""Delivery of messages over one session, beside Django's backend, smtplib, aiosmtplib and Postfix's smtp-source.

The server is the sandbox in a process of its own. aiosmtplib (pip) and smtp-source (Postfix) take part if they are
installed.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import shutil
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoBackend
from django.test import override_settings

from smtp_sandbox.profiles import EXTENSIONS
from tests.benchmarks.proxy import proxied
from wagtail_partner_smtp.delivery.backend import EmailBackend
from wagtail_partner_smtp.models import Partner

EMAIL = "billing@acme.example"
KILOBYTE = 1000
SMTP_SOURCE = shutil.which("smtp-source") or shutil.which("/usr/sbin/smtp-source")
SERVER = """
import sys
from smtp_sandbox import Sandbox
with Sandbox(keep=100) as sandbox:
    print(sandbox.listen(extensions=tuple(sys.argv[1:])).port, flush=True)
    sys.stdin.read()
"""
"""The sandbox with one listener, until its input is closed."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """``delay`` is in seconds each way, ``size`` in octets of the body; ``without`` is what the server lacks."""

    recipients: int = 1
    size: int = 2 * KILOBYTE
    delay: float = 0.0
    without: tuple[str, ...] = ()
    messages: int = 100

    def __str__(self) -> str:
        size = f"{self.size // KILOBYTE} KB"
        lacking = f", no {' '.join(self.without)}" if self.without else ""
        return f"{self.delay * 1000:g} ms, {self.recipients} to, {size}{lacking}"

    def email(self) -> EmailMessage:
        to = [f"r{number}@customer.example" for number in range(self.recipients)]
        line = "A line of the message, as long as lines of text are wont to be.\n"
        return EmailMessage("Invoice 42", line * (self.size // len(line)), EMAIL, to)


FAR = 0.025
NO_CHUNKS, NEITHER = ("CHUNKING",), ("CHUNKING", "PIPELINING")
SCENARIOS = (
    Scenario(delay=FAR, messages=10),
    Scenario(delay=FAR, recipients=20, messages=5),
    Scenario(delay=FAR, messages=10, without=NO_CHUNKS),
    Scenario(delay=FAR, recipients=20, messages=5, without=NO_CHUNKS),
    Scenario(delay=FAR, messages=5, without=NEITHER),
    Scenario(delay=FAR, size=200 * KILOBYTE, messages=5),
    Scenario(delay=FAR, size=1000 * KILOBYTE, messages=3),
    Scenario(),
    Scenario(recipients=20, messages=30),
    Scenario(size=200 * KILOBYTE, messages=30),
)


@dataclass
class Figures:
    """Milliseconds and milliseconds of this process's CPU for one message, and how often it waited."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    round_trips: float = 0.0

    @property
    def milliseconds(self) -> float:
        return median(self.wall)


Session = Callable[[Scenario, int], "Iterator[Callable[[], object]]"]


@contextmanager
def ours(scenario: Scenario, port: int) -> Iterator[Callable[[], object]]:
    partner = Partner(smtp_host="127.0.0.1", smtp_port=port, smtp_email=EMAIL, smtp_security="none")
    with (
        override_settings(PARTNER_SMTP_ALLOWED_NETWORKS=[f"127.0.0.1:{port}"]),
        EmailBackend(partner=partner) as backend,
    ):
        yield lambda: backend.send_messages([scenario.email()])


@contextmanager
def django(scenario: Scenario, port: int) -> Iterator[Callable[[], object]]:
    options: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "username": "",
        "password": "",
        "use_tls": False,
    }
    # Without an alias Django 6.1 warns.
    with DjangoBackend(alias="compared", **options) as backend:
        yield lambda: backend.send_messages([scenario.email()])


@contextmanager
def bare(scenario: Scenario, port: int) -> Iterator[Callable[[], object]]:
    """smtplib with a message that was rendered before."""
    email = scenario.email()
    data = email.message().as_bytes().replace(b"\n", b"\r\n")
    with smtplib.SMTP("127.0.0.1", port, "[127.0.0.1]") as client:
        yield lambda: client.sendmail(EMAIL, email.to, data)


@contextmanager
def asynchronous(scenario: Scenario, port: int) -> Iterator[Callable[[], object]]:
    """aiosmtplib with a message that was rendered before."""
    aiosmtplib = importlib.import_module("aiosmtplib")
    email = scenario.email()
    data = email.message().as_bytes().replace(b"\n", b"\r\n")
    with asyncio.Runner() as runner:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        runner.run(client.connect())
        yield lambda: runner.run(client.sendmail(EMAIL, email.to, data))
        runner.run(client.quit())


def rivals() -> dict[str, Session]:
    """Those that are there, by name."""
    found: dict[str, Session] = {"ours": ours, "Django": django, "smtplib": bare}  # type: ignore[dict-item]
    if importlib.util.find_spec("aiosmtplib"):
        found["aiosmtplib"] = asynchronous  # type: ignore[assignment]
    return found


@contextmanager
def server(without: tuple[str, ...]) -> Iterator[int]:
    """The port of a sandbox in a process of its own."""
    extensions = [each for each in EXTENSIONS if each not in without]
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SERVER, *extensions], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def measured(scenario: Scenario, runs: int) -> dict[str, Figures]:
    """Everybody in turn, in each run anew: noise is noise for all."""
    figures = {name: Figures() for name in rivals()}
    with server(scenario.without) as port, proxied(port, scenario.delay) as proxy:
        target = proxy.port if scenario.delay else port
        for _ in range(runs):
            for name, session in rivals().items():
                with session(scenario, target) as send:  # type: ignore[attr-defined]
                    send()
                    proxy.reset()
                    _measure(send, scenario.messages, figures[name])
                    figures[name].round_trips = proxy.round_trips / scenario.messages
    return figures


def _measure(send: Callable[[], object], messages: int, figures: Figures) -> None:
    started, cpu = time.perf_counter(), time.thread_time()
    for _ in range(messages):
        send()
    figures.cpu.append((time.thread_time() - cpu) * 1000 / messages)
    figures.wall.append((time.perf_counter() - started) * 1000 / messages)


def smtp_source(scenario: Scenario) -> float | None:
    """Milliseconds for one message of Postfix's load generator, directly."""
    if SMTP_SOURCE is None or scenario.delay:
        return None
    with server(scenario.without) as port:
        started = time.perf_counter()
        subprocess.run(  # noqa: S603
            [SMTP_SOURCE, "-d", "-m", str(scenario.messages), "-r", str(scenario.recipients),
             "-l", str(scenario.size), "-f", EMAIL, "-t", "r@customer.example", f"inet:127.0.0.1:{port}"],
            check=True,
        )  # fmt: skip
        return (time.perf_counter() - started) * 1000 / scenario.messages


def table(runs: int) -> Iterator[str]:
    """The lines of the comparison: milliseconds a message, CPU of the client, round trips, and ratios to ours."""
    if "aiosmtplib" not in rivals():
        yield "(aiosmtplib is not installed)"
    if SMTP_SOURCE is None:
        yield "(Postfix's smtp-source is not installed)"
    yield f"{'':40}" + "".join(f"{name:>26}" for name in rivals())
    for scenario in SCENARIOS:
        figures = measured(scenario, runs)
        cells = [_cell(each, figures["ours"], far=bool(scenario.delay)) for each in figures.values()]
        if (source := smtp_source(scenario)) is not None:
            cells.append(f"   smtp-source {source:.2f} ms")
        yield f"{scenario!s:40}" + "".join(f"{cell:>26}" for cell in cells)


def _cell(figures: Figures, own: Figures, *, far: bool) -> str:
    times = figures.milliseconds / own.milliseconds
    last = f"{figures.round_trips:.1f} trips" if far else f"cpu {median(figures.cpu):.2f}"
    return f"{figures.milliseconds:.2f} ms x{times:.2f} {last}"
