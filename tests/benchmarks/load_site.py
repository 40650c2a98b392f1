"""The processes of the site that many test at once, and requests of its users."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from tests.benchmarks.load_process import PROCESSOR
from tests.support.paths import ROOT
from wagtail_partner_smtp.models import PartnerQueue

PATIENCE = 60.0  # seconds for an answer
TOKEN = "c" * 32  # against forged requests: the cookie and the header have to be the same

BULK_AT_ONCE = 2
"""As many tests as the page of the bulk test has running."""

LOWEST_PRIORITY = ("nice", "-n", "19")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """To one request: seconds in all and of the site's processor, and seconds after which to ask again."""

    seconds: float
    processor: float
    status: int
    retry_after: int
    content: bytes

    @property
    def code(self) -> str:
        """Of a test's error, "" if it has none, and the status if it is no answer of a test."""
        if self.status not in (200, 400):
            return str(self.status)
        error = json.loads(self.content)["error"]
        return str(error["code"]) if error else ""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a process holds; memory in KiB, and in blocks that are Python's objects."""

    threads: int
    descriptors: int
    memory: int
    blocks: int

    @classmethod
    def by(cls, pid: int, blocks: int) -> Held:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            threads=int(status["Threads"]),
            descriptors=len(os.listdir(f"/proc/{pid}/fd")),
            memory=int(status["VmRSS"].split()[0]),
            blocks=blocks,
        )


@dataclass(frozen=True, kw_only=True)
class Site:
    """The serving process; ``cookies`` are the users' sessions."""

    port: int
    process: subprocess.Popen[str]
    cookies: Sequence[str]

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, 0)

    def post(self, path: str, user: int, values: dict[str, str]) -> Answer:
        return self._ask("POST", path, user, urlencode(values))

    def at_rest(self, page: str, before: Held | None = None) -> Held:
        """What it holds once it holds no more threads and descriptors than before, or five seconds later.

        The page is loaded meanwhile, as Python frees what is in a circle when there is something to do.
        """
        deadline = time.monotonic() + 5
        while True:
            self.get(page)
            time.sleep(0.1)
            held = Held.by(self.process.pid, self._blocks())
            same = before and (held.threads, held.descriptors) == (before.threads, before.descriptors)
            if same or time.monotonic() > deadline:
                return held

    def _blocks(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def _ask(self, method: str, path: str, user: int, body: str | None = None) -> Answer:
        headers = {
            "Connection": "close",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={self.cookies[user % len(self.cookies)]}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
        }
        began = time.perf_counter()
        http = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        http.request(method, path, body, headers)
        response = http.getresponse()
        content = response.read()
        http.close()
        return Answer(
            seconds=time.perf_counter() - began,
            processor=float(response.headers[PROCESSOR]),
            status=response.status,
            retry_after=int(response.headers["Retry-After"] or 0),
            content=content,
        )


@dataclass(frozen=True, kw_only=True)
class Button:
    """*Test connection* of a partner: in its form, and in the bulk test."""

    form: str
    values: dict[str, str]
    saved: str


@contextmanager
def serving(
    environment: dict[str, str], cookies: Sequence[str], *, places: int, threads: int, timeout: float
) -> Iterator[Site]:
    """A site with so many places for tests, of so many seconds at the most, and so many threads: 0 is one for each
    request."""
    command = [sys.executable, "-m", "tests.benchmarks.load_process", str(threads)]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, text=True,
        env=environment | {"LOAD_PLACES": str(places), "LOAD_TIMEOUT": str(timeout)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield Site(port=int(process.stdout.readline()), process=process, cookies=cookies)


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    """One that sends all the while, and gives way to the site where both want the processor."""
    began = timezone.now()
    command = [*LOWEST_PRIORITY, sys.executable, "-m", "django", "deliver_partner_mail"]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        while not PartnerQueue.objects.filter(last_sent_at__gte=began).exists():
            time.sleep(0.1)
        connection.close()
        yield
        process.terminate()


@dataclass
class Bulk:
    """Tests one row after the other, as its page does, but without the page's pauses for each server."""

    rows: Iterator[Button]
    tested: Counter[str] = field(default_factory=Counter)
    lines: list[Future[None]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return all(each.done() for each in self.lines)

    @contextmanager
    def running(self, site: Site) -> Iterator[None]:
        over = threading.Event()
        with ThreadPoolExecutor(BULK_AT_ONCE) as pool:
            self.lines = [pool.submit(self._work, site, over) for _ in range(BULK_AT_ONCE)]
            yield
            over.set()
        for line in self.lines:
            line.result()

    def _work(self, site: Site, over: threading.Event) -> None:
        for row in self.rows:
            if over.is_set():
                return
            while (answer := site.post(row.saved, 0, {})).retry_after and not over.is_set():
                over.wait(answer.retry_after)
            self.tested[answer.code] += 1
