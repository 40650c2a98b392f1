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

from .processes import Site

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
NEEDED = {"rq": REDIS, "celery": RABBITMQ}
PACKAGES = {"db": "django_tasks_db", "rq": "django_tasks_rq", "celery": "celery"}
PORT = 2525
LEASE = "3"  # seconds

MakeSite = Callable[..., Site]


@pytest.fixture(scope="session")
def engines_database() -> Iterator[str]:
    """The address of a migrated database."""
    for package in (*PACKAGES.values(), "psycopg"):
        if find_spec(package) is None:
            _go_without(f"not installed: {package}")
    try:
        with postgresql.new_database(f"partner_smtp_engines_{os.getpid()}") as url:
            site = Site("db", {"DATABASE_URL": url})
            site.tell("migrate")
            site.close()
            yield url
    except ConnectionError as error:
        _go_without(str(error))


@pytest.fixture(scope="session")
def make_site(engines_database: str) -> Iterator[MakeSite]:
    """``make_site(engine, **environment)``."""
    sites: list[Site] = []

    def make(engine: str, **environment: str) -> Site:
        queue = f"partner_smtp_engines_{os.getpid()}"
        common = {"DATABASE_URL": engines_database, "QUEUE_LEASE": LEASE, "CELERY_QUEUE": queue}
        sites.append(Site(engine, common | environment))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture(scope="session", params=["db", "rq", "celery"])
def running_site(request: pytest.FixtureRequest, make_site: MakeSite) -> Site:
    engine = str(request.param)
    if engine in NEEDED and not _answers(NEEDED[engine]):
        _go_without(f"nothing answers at {NEEDED[engine]}")
    return make_site(engine)


@pytest.fixture
def site(running_site: Site) -> Site:
    """A site on one of the engines, without partners and without mail."""
    running_site.tell("clear")
    return running_site


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
