"""Sites on PostgreSQL, one for each engine, and the sandbox that gets their mail."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest

from smtp_sandbox import Listener, Sandbox
from tests.support import postgresql

from .processes import Crew, Site

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
NEEDED = {"rq": REDIS, "celery": RABBITMQ}
PACKAGES = ("django_tasks_db", "django_tasks_rq", "celery", "psycopg")
PORT = 2525
LEASE = "3"  # seconds

MakeSite = Callable[..., Site]


@pytest.fixture(scope="session")
def make_site() -> Iterator[MakeSite]:
    """``make_site(engine, **environment)``: all of them are on one database."""
    for package in PACKAGES:
        if find_spec(package) is None:
            _go_without(f"not installed: {package}")
    queue = f"partner_smtp_engines_{os.getpid()}"
    sites: list[Site] = []

    def make(engine: str, **environment: str) -> Site:
        if engine in NEEDED and not environment and not _answers(NEEDED[engine]):
            _go_without(f"nothing answers at {NEEDED[engine]}")
        common = {"DATABASE_URL": url, "QUEUE_LEASE": LEASE, "CELERY_QUEUE": queue}
        sites.append(Site(engine, common | environment))
        if len(sites) == 1:
            sites[0].tell("migrate")
        return sites[-1]

    try:
        with postgresql.new_database(queue) as url:
            yield make
            for site in sites:
                site.close()
    except ConnectionError as error:
        _go_without(str(error))


class Crews:
    """The crew of each engine, which several tests have. One works at a time: they'd take each other's mail."""

    def __init__(self, make_site: MakeSite) -> None:
        self._make_site = make_site
        self._made: dict[str, Crew] = {}

    def of(self, engine: str) -> Crew:
        if engine not in self._made:
            self._made[engine] = Crew(self._make_site(engine))
        for other, crew in self._made.items():
            if other != engine:
                crew.kill()
        return self._made[engine]

    def rest(self) -> None:
        for crew in self._made.values():
            crew.kill()


@pytest.fixture(scope="session")
def crews(make_site: MakeSite) -> Iterator[Crews]:
    crews = Crews(make_site)
    yield crews
    crews.rest()


@pytest.fixture
def crew(engine: str, crews: Crews) -> Iterator[Crew]:
    """A site on one of the engines, without partners and without mail."""
    crew = crews.of(engine)
    crew.site.tell("clear")
    yield crew
    crew.show()


@pytest.fixture
def site_alone(make_site: MakeSite, crews: Crews) -> MakeSite:
    """``site_alone(engine, **environment)``: a site whose mail no worker takes."""

    def make(engine: str, **environment: str) -> Site:
        crews.rest()
        site = make_site(engine, **environment)
        site.tell("clear")
        return site

    return make


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    # The site lets this port of any loopback address pass; an address of its own, so that nobody else has it.
    host = ".".join(map(str, [127, *random.SystemRandom().sample(range(1, 255), 3)]))
    with Sandbox(host=host, honest=False) as sandbox:
        yield sandbox


@pytest.fixture
def listener(sandbox: Sandbox) -> Listener:
    return sandbox.listen(port=PORT)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5):
            return True
    except OSError:
        return False


def _go_without(reason: str) -> None:
    if os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
