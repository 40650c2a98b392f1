"""Users, the permissions they are granted, and a real browser.

The fixtures `smtp` and `smtp_sandbox` come from the sandbox's own pytest plugin.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

import smtp_sandbox
import wagtail_partner_smtp
from test_project import browser as browser_of_the_machine
from tests.support.name_server import NameServer
from tests.support.paths import ROOT
from tests.support.stopwatch import PATIENCE, until
from wagtail_partner_smtp.delivery import sessions
from wagtail_partner_smtp.discovery import dns, search
from wagtail_partner_smtp.smtp import probe, session

Grant = Callable[..., User]

BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def pytest_configure(config: pytest.Config) -> None:
    """With TEST_INSTALLED=1 refuse to run against the packages of the source tree."""
    # In debug mode asyncio warns when the machine was slow, which is no news here.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    if os.environ.get("TEST_INSTALLED") != "1":
        return
    for package in (wagtail_partner_smtp, smtp_sandbox):
        location = Path(next(iter(package.__path__))).resolve()
        if location == ROOT / location.name:
            pytest.exit(f"{package.__name__} is imported from the source tree, not from the wheel", 4)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        marker = item.get_closest_marker("django_db")
        options = dict(marker.kwargs) if marker else {}
        if options.get("transaction") or fixtures & {"live_server", "transactional_db"}:
            # Such a test empties the tables when it ends. The next one needs what the migrations wrote:
            # Wagtail's root page, site, locale and groups.
            options |= {"transaction": True, "serialized_rollback": True}
            item.add_marker(pytest.mark.django_db(**options), append=False)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stalls is no server that does not answer. Tests of these limits set their own."""
    monkeypatch.setattr(session, "QUIT_TIMEOUT", PATIENCE)
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", PATIENCE)


@pytest.fixture(autouse=True)
def no_suspects() -> None:
    """A port may be that of an earlier test's server."""
    sessions._suspects.clear()


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
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """An empty name server on loopback, and so much time for searches that no slow machine runs out of it."""
    monkeypatch.setattr(search, "SEARCH_TIMEOUT", 2 * PATIENCE)
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", PATIENCE)
    server = NameServer()
    yield server
    server.close()


# The browser. Playwright keeps an event loop running in the thread that started it. Django refuses blocking
# database calls there, and hands out other connections than it does without a loop. So Playwright lives no
# longer than one module; for that time such calls are allowed, on the connections that the tests have anyway.


@pytest.fixture(scope="module")
def playwright(django_db_setup: None) -> Iterator[Playwright]:
    usual = {alias: connections[alias] for alias in connections}
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        for alias, connection in usual.items():
            connections[alias] = connection
        yield playwright


def find_browser(playwright: Playwright) -> str | None:
    """A Chromium of the machine, else the one that Playwright installed for itself."""
    own = playwright.chromium.executable_path
    return browser_of_the_machine.installed() or (own if Path(own).exists() else None)


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    executable = find_browser(playwright)
    if executable is None:
        reason = f"no browser: none of {', '.join(browser_of_the_machine.NAMES)} is installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    browser = playwright.chromium.launch(
        executable_path=executable, headless=True, args=BROWSER_FLAGS, timeout=120_000
    )
    expect.set_options(timeout=1000 * PATIENCE)
    yield browser
    browser.close()


@pytest.fixture
def browser_context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A fresh profile; paths such as `/admin/` are those of the live server."""
    context = browser.new_context(
        base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(1000 * PATIENCE)
    # Sent when a page ends, it would come when the test has ended.
    context.add_init_script("navigator.sendBeacon = () => true;")
    yield context
    context.close()
    wait_for_running_requests()


def wait_for_running_requests() -> None:
    """Until no thread of the live server uses the connection to the database, which is about to be emptied."""
    until(lambda: not any("process_request" in thread.name for thread in threading.enumerate()))


@pytest.fixture
def log_in(browser_context: BrowserContext, live_server: LiveServer) -> Callable[[User], None]:
    """`log_in(user)` gives the browser that user's session."""

    def log_in_as(user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        browser_context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return log_in_as


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """An empty tab; a script error that nobody caught fails the test."""
    page = browser_context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def admin_page(page: Page, log_in: Callable[[User], None], superuser: User) -> Page:
    log_in(superuser)
    return page
