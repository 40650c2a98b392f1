"""The list of partners while 200 test their connections at once, and what the process that served them keeps.

Idle and loaded turns alternate, all of one process of the site. The mail servers, the site and the worker are
processes of their own; this one presses the buttons and loads the list, one request after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver, reverse

from tests.benchmarks.load_site import Answer, Bulk, Button, Held, Site, serving, worker
from tests.benchmarks.proxy import proxied
from tests.benchmarks.site import migrate
from tests.support.paths import ROOT
from wagtail_partner_smtp.models import get_partner_model

TESTS = 200
USERS = 40
PARTNERS = 1000
IDLE = 15
"""How often the list is loaded in an idle turn."""
FAR = 0.025
"""Seconds each way to half of the good servers."""

EACH = PARTNERS // TESTS
"""Of so many partners one has a bad server."""
BAD = ("refuse", "unroutable", "silent", "drip", "slow-banner")
LOGIN, PASSWORD, EMAIL = "billing", "correct-horse-7391", "billing@acme.example"

SERVERS = """
import sys
from smtp_sandbox import Sandbox
with Sandbox({sys.argv[1]: sys.argv[2]}, keep=100) as sandbox:
    ports = [sandbox.listen(profile, mode="plain").port for profile in sys.argv[3:]]
    print(sandbox.ca_file, sandbox.starttls.port, *ports, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """``places`` for tests, of ``timeout`` seconds at the most, and threads of the site: 0 is one for each
    request."""

    name: str
    places: int = 4
    threads: int = 8
    timeout: float = 8.0
    tests: bool = True
    bulk: bool = False
    worker: bool = False


CASES = (
    # Of its rows 120 take as long as they may.
    Case(name="a bulk test of 1,000 rows, all of it", tests=False, bulk=True, timeout=2.0),
    Case(name="200 tests"),
    Case(name="200 tests and a bulk test", bulk=True),
    Case(name="200 tests and a worker that sends", worker=True),
    Case(name="200 tests, a place and a thread for each", places=TESTS + 1, threads=0),
)


@dataclass
class Found:
    """``held``: once the site was warm, and after each loaded turn."""

    idle: list[Answer] = field(default_factory=list)
    loaded: list[Answer] = field(default_factory=list)
    tests: list[Answer] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is pressed and loaded, and the environment of the site's processes."""

    list: str
    buttons: Sequence[Button]
    cookies: Sequence[str]
    environment: dict[str, str]

    def measured(self, case: Case, bulk: Bulk, turns: int) -> Found:
        found = Found()
        with serving(
            self.environment, self.cookies, places=case.places, threads=case.threads, timeout=case.timeout
        ) as site:
            # What the first requests import and set up stays.
            for _ in range(IDLE):
                site.get(self.list)
            self.press(site, 0)
            found.held.append(site.at_rest(self.list))
            found.idle += self._idle(site)
            for _ in range(turns if case.tests else 1):
                with self._beside(case, bulk, site):
                    if case.tests:
                        self._wave(site, found)
                    else:
                        while not bulk.is_done:
                            found.loaded.append(site.get(self.list))
                found.held.append(site.at_rest(self.list, found.held[0]))
                found.idle += self._idle(site)
        return found

    def _idle(self, site: Site) -> Sequence[Answer]:
        return [site.get(self.list) for _ in range(IDLE)]

    def press(self, site: Site, number: int) -> Answer:
        """One of the tests, each of another partner."""
        button = self.buttons[number * EACH]
        return site.post(button.form, number, button.values)

    def _beside(self, case: Case, bulk: Bulk, site: Site) -> AbstractContextManager[None]:
        if case.bulk:
            return bulk.running(site)
        return worker(self.environment) if case.worker else nullcontext()

    def _wave(self, site: Site, found: Found) -> None:
        """All press at once; the list is loaded until the last has an answer."""
        start = threading.Barrier(TESTS + 1)

        def act(number: int) -> Answer:
            start.wait()
            return self.press(site, number)

        with ThreadPoolExecutor(TESTS) as pool:
            pressed = [pool.submit(act, number) for number in range(TESTS)]
            start.wait()
            while not all(each.done() for each in pressed):
                found.loaded.append(site.get(self.list))
            found.tests += [each.result() for each in pressed]


def table(messages: int, turns: int) -> Iterator[str]:
    """The lines of each case, with so many idle and loaded turns and so many queued messages."""
    migrate()
    with servers() as (ca_file, ports):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.load_settings",
            "LOAD_CA": ca_file,
            "LOAD_PORTS": " ".join(map(str, ports)),
        }
        load = filled(ports, messages, environment)
        connection.close()
        for case in CASES:
            bulk = Bulk(cycle(load.buttons) if case.tests else iter(load.buttons))
            yield case.name
            yield from shown(load.measured(case, bulk, turns))
            if case.bulk:
                yield f"  rows of the bulk test: {bulk.tested.total()}, {told(bulk.tested)}"


def shown(found: Found) -> Iterator[str]:
    columns: list[tuple[str, Callable[[Answer], float]]] = [
        ("in all", lambda each: each.seconds),
        ("processor", lambda each: each.processor),
    ]
    for name, of in columns:
        idle, loaded = ([1000 * of(each) for each in some] for some in (found.idle, found.loaded))
        yield (
            f"  list, {name}: idle {median(idle):.0f} ms, loaded {median(loaded):.0f} ms, ratio"
            f" {median(loaded) / median(idle):.2f}; longest {max(idle):.0f} and {max(loaded):.0f} ms"
            f" of {len(idle)} and {len(loaded)}"
        )
    statuses = Counter(str(each.status) for each in (*found.idle, *found.loaded))
    yield f"  lists: {told(statuses)}"
    if found.tests:
        codes = Counter(each.code for each in found.tests)
        yield f"  tests: {told(codes)}; the longest {max(each.seconds for each in found.tests):.1f} s"
    yield f"  threads: {', '.join(str(each.threads) for each in found.held)}"
    yield f"  descriptors: {', '.join(str(each.descriptors) for each in found.held)}"
    yield f"  memory: {', '.join(f'{each.memory / 1024:.0f}' for each in found.held)} MiB"
    yield f"  Python's objects: {', '.join(f'{each.blocks / 1000:.1f}' for each in found.held)} thousand blocks"


def told(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {code or 'ok'}" for code, number in counts.most_common())


@contextmanager
def servers() -> Iterator[tuple[str, list[int]]]:
    """The file of certificates, and the ports: of a good server, near and far, and of each of the bad ones."""
    command = [sys.executable, "-c", SERVERS, LOGIN, PASSWORD, *BAD]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ca_file, near, *bad = process.stdout.readline().split()
        with proxied(int(near), FAR) as far:
            yield ca_file, [int(near), far.port, *map(int, bad)]


def filled(ports: Sequence[int], messages: int, environment: dict[str, str]) -> Load:
    """Users, partners some of whom have a bad server, and queued mail of those whose server is near."""
    get_resolver().url_patterns  # noqa: B018  registers the snippets
    users = [User.objects.create_superuser(f"user {number}") for number in range(USERS)]
    with transaction.atomic():
        partners = [partner(number, ports) for number in range(PARTNERS)]
    near = [each for each in partners if each.smtp_port == ports[0]]
    with override_settings(PARTNER_SMTP_QUEUE_TASKS=False):
        for each in near:
            each.queue_mails(map(message, range(messages // len(near))))
    viewset: Any = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    return Load(
        list=reverse(viewset.get_url_name("list")),
        buttons=[button(viewset, each) for each in partners],
        cookies=[session_of(user) for user in users],
        environment=environment,
    )


def partner(number: int, ports: Sequence[int]) -> Any:
    is_bad = number % EACH == 0
    made = get_partner_model()(
        name=f"Partner {number:04}",
        slug=f"partner-{number}",
        smtp_host="127.0.0.1",
        smtp_port=ports[2 + number // EACH % len(BAD)] if is_bad else ports[number % 2],
        smtp_login=LOGIN,
        smtp_email=EMAIL,
        smtp_security="none" if is_bad else "tls",
    )
    made.set_smtp_password(PASSWORD)
    made.save()
    return made


def message(number: int) -> EmailMessage:
    return EmailMessage(f"Invoice {number}", "A line of it.\n" * 30, EMAIL, [f"r{number}@customer.example"])


def button(viewset: Any, partner: Any) -> Button:
    names = ("name", "slug", "smtp_host", "smtp_port", "smtp_login", "smtp_email", "smtp_security")
    return Button(
        form=reverse(viewset.get_url_name("test_connection"), args=[partner.pk]),
        values={name: str(getattr(partner, name)) for name in names},
        saved=reverse(viewset.get_url_name("test_saved"), args=[partner.pk]),
    )


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
