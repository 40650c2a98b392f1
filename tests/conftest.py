"""The database, users, and the permissions they are granted.

The fixtures `smtp` and `smtp_sandbox` come from the sandbox's own pytest plugin.
"""

import gc
import logging
import os
import socket
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, TransactionTestCase
from pytest_django import DjangoDbBlocker

import smtp_sandbox
import wagtail_partner_smtp
from smtp_sandbox.pytest_plugin import Served
from tests.support import database, properties
from tests.support.delivery import PartnerOn, partner_maker
from tests.support.name_server import NameServer
from tests.support.paths import ROOT
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.alerts import telling
from wagtail_partner_smtp.delivery import evidence, sessions
from wagtail_partner_smtp.discovery import dns, search
from wagtail_partner_smtp.smtp import probe, sender_check, session

Grant = Callable[..., User]


def pytest_configure(config: pytest.Config) -> None:
    """With TEST_INSTALLED=1 refuse to run against the packages of the source tree."""
    # In debug mode asyncio warns when the machine was slow, which is no news here.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    properties.load_profile()
    if os.environ.get("TEST_INSTALLED") != "1":
        return
    for package in (wagtail_partner_smtp, smtp_sandbox):
        location = Path(next(iter(package.__path__))).resolve()
        if location == ROOT / location.name:
            pytest.exit(f"{package.__name__} is imported from the source tree, not from the wheel", 4)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    for item in items:
        mark(item)
    yield
    processes = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = browser_first(items, processes)
    # What is there by now stays: no garbage collection looks through it again.
    gc.freeze()


def mark(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    for fixture in ("browser", "bare"):
        if fixture in fixtures:
            item.add_marker(fixture)
    marker = item.get_closest_marker("django_db")
    options = dict(marker.kwargs) if marker else {}
    if options.get("transaction") or fixtures & {"live_server", "transactional_db"}:
        # Such a test empties the tables when it ends. The next one needs what the migrations wrote:
        # Wagtail's root page, site, locale and groups.
        options |= {"transaction": True, "serialized_rollback": True}
        item.add_marker(pytest.mark.django_db(**options), append=False)


def browser_first(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """The tests, in random order as before, but each second process begins with its share of those in a browser.

    They take the longest, and keep a processor busy: a browser for each process would be started for nothing.
    The others meanwhile wait for servers, and take what is left. (`--dist worksteal` gives each process as many
    tests that follow each other.)
    """
    slow = [item for item in items if item.get_closest_marker("browser")]
    others = [item for item in items if not item.get_closest_marker("browser")]
    browsers = (processes + 1) // 2
    ordered: list[pytest.Item] = []
    for process in range(processes):
        share = (len(items) - len(ordered)) // (processes - process)
        taken = slow[process::browsers] if process < browsers else []
        ordered += [*taken, *others[: share - len(taken)]]
        del others[: share - len(taken)]
    return ordered + others


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_createdb: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """SQLite has a migrated file of each process's own; the other databases are made by pytest-django."""
    own: database.Database | database.Tables
    if connection.vendor == "sqlite":
        path = tmp_path_factory.mktemp("database") / "db.sqlite3"
        with django_db_blocker.unblock():
            own = database.use(path, create=django_db_createdb)
    else:
        request.getfixturevalue("django_db_setup")
        with django_db_blocker.unblock():
            own = database.keep_rows()
    with pytest.MonkeyPatch.context() as django:
        # Django would delete every row and write the first ones anew, which takes many times as long.
        django.setattr(TransactionTestCase, "_fixture_teardown", lambda test: own.restore())
        yield


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stalls is no server that does not answer. Tests of these limits set their own."""
    monkeypatch.setattr(session, "QUIT_TIMEOUT", PATIENCE)
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", PATIENCE)
    monkeypatch.setattr(sender_check, "RSET_TIMEOUT", PATIENCE)


@pytest.fixture
def brief_quit(patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a server that does not answer QUIT, which is not what the test is about."""
    monkeypatch.setattr(session, "QUIT_TIMEOUT", 0.2)


@pytest.fixture(autouse=True)
def no_suspects() -> None:
    """A port may be that of an earlier test's server."""
    sessions._suspects.clear()


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    """A test's transaction never ends, so what waited for its end would be written in another test."""
    evidence._waiting().clear()


@pytest.fixture(autouse=True)
def no_rest_for_the_mailer() -> None:
    """What nobody could be told in an earlier test keeps nobody from being told in this one."""
    telling._pause.until = 0.0


@pytest.fixture(autouse=True)
def no_name_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a name server: of names, this machine alone is known."""
    usual = socket.getaddrinfo

    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        if host != "localhost":
            flags |= socket.AI_NUMERICHOST
        return usual(host, port, family, type, proto, flags)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "getfqdn", lambda name="": name or "localhost")


# Users. They have no password, which costs no hashing: log in with client.force_login().


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("superuser", "superuser@example.com")


@pytest.fixture
def editor(db: None, grant: Grant) -> User:
    """May enter the admin, and nothing else."""
    user = User.objects.create_user("editor", "editor@example.com")
    return grant(user, "wagtailadmin.access_admin")


@pytest.fixture
def grant(db: None) -> Grant:
    """`grant(user, "app_label.codename", …)` returns the user read anew, without cached permissions."""

    def grant_permissions(user: User, *names: str) -> User:
        for name in names:
            app_label, codename = name.split(".")
            permission = Permission.objects.get(content_type__app_label=app_label, codename=codename)
            user.user_permissions.add(permission)
        return User.objects.get(pk=user.pk)

    return grant_permissions


@pytest.fixture
def superuser_client(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def editor_client(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def partner_on(smtp: Served, settings: Any) -> PartnerOn:
    """`partner_on(listener, **columns)` returns a saved partner whose server the site may reach and trusts."""
    return partner_maker(smtp, settings)


@pytest.fixture
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """An empty name server on loopback, and so much time for searches that no slow machine runs out of it."""
    monkeypatch.setattr(search, "SEARCH_TIMEOUT", 2 * PATIENCE)
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", PATIENCE)
    server = NameServer()
    yield server
    server.close()
