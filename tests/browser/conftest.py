"""A real Chromium: one for all tests of a process, with one profile whose traces are removed after each of them.

The scripts' own behaviour is tested on a `bare` page, everything together on `admin_page`.

Static files stay in the profile's cache, and one process shows all pages, which keeps the scripts that it has
compiled: a page takes less than half the time of one in a new profile.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from test_project import browser as browser_of_the_machine
from tests.browser.audit import Audit, Known
from tests.browser.bare import VIEWPORT, Bare
from tests.browser.rendered import Rendered
from tests.support.stopwatch import PATIENCE

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    # One process for all pages, and none in reserve.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    "--disable-features=SpareRendererForSitePerProcess",
)


# Playwright keeps an event loop running in the thread that started it. Django refuses blocking database calls
# there, and hands out other connections than it does without a loop. So Playwright lives no longer than the tests
# of this folder; for that time such calls are allowed, on the connections that the tests have anyway.


@pytest.fixture(scope="package")
def playwright(django_db_setup: None) -> Iterator[Playwright]:
    usual = {alias: connections[alias] for alias in connections}
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        for alias, connection in usual.items():
            connections[alias] = connection
        # In Python's development mode it would take the whole stack down at each step.
        asyncio.get_running_loop().set_debug(False)
        yield playwright


def find_browser(playwright: Playwright) -> str | None:
    """A Chromium of the machine, else the one that Playwright installed for itself."""
    own = playwright.chromium.executable_path
    return browser_of_the_machine.installed() or (own if Path(own).exists() else None)


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    executable = find_browser(playwright)
    if executable is None:
        reason = f"no browser: none of {', '.join(browser_of_the_machine.NAMES)} is installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    browser = playwright.chromium.launch(
        executable_path=executable, headless=True, args=FLAGS, timeout=120_000
    )
    expect.set_options(timeout=1000 * PATIENCE)
    yield browser
    browser.close()


class LastingFiles(StaticFilesHandler):
    """Static files as a site serves them that gives them names of their own: a browser asks for each once."""

    def serve(self, request: HttpRequest) -> HttpResponse | FileResponse:
        response = super().serve(request)
        response.headers["Cache-Control"] = "max-age=86400, immutable"
        return response


class Requests:
    """Those that are being answered. They use the database."""

    def __init__(self) -> None:
        self._running = 0
        self._changed = threading.Condition()

    def wait(self) -> None:
        """Until all are answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._running, PATIENCE)

    def of(self, application: WSGIApplication) -> WSGIApplication:
        """The same application, with its requests counted."""

        def answer(environ: Any, start_response: Any) -> Iterator[bytes]:
            self._count(1)
            try:
                with closing(application(environ, start_response)) as chunks:  # type: ignore[type-var]
                    yield from chunks
            finally:
                self._count(-1)

        return answer

    def _count(self, change: int) -> None:
        with self._changed:
            self._running += change
            self._changed.notify_all()


@pytest.fixture(scope="package")
def requests() -> Requests:
    return Requests()


@pytest.fixture(scope="package")
def site(django_db_setup: None, requests: Requests) -> Iterator[LiveServer]:
    """The live server by a name that asks for no database: bare pages have its static files only."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = lambda site: requests.of(LastingFiles(site))  # type: ignore[assignment]
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def live_server(site: LiveServer) -> LiveServer:
    return site


@pytest.fixture(scope="package")
def first_page(browser: Browser, site: LiveServer) -> Iterator[Page]:
    """A page of the profile that stays open, and with it the process that shows all of its pages."""
    # The sandbox's OAuth server has a certificate of an authority that no browser knows.
    context = browser.new_context(
        base_url=site.url, locale="en-GB", viewport=VIEWPORT, ignore_https_errors=True
    )
    context.set_default_timeout(1000 * PATIENCE)
    # Sent when a page ends, it would come when the test has ended.
    context.add_init_script("navigator.sendBeacon = () => true;")
    page = context.new_page()
    page.goto(f"{settings.STATIC_URL}wagtail_partner_smtp/partner-smtp.css")
    yield page
    context.close()


@pytest.fixture
def browser_context(first_page: Page, requests: Requests) -> Iterator[BrowserContext]:
    """The profile, without cookies and storage; paths such as `/admin/` are those of the live server."""
    context = first_page.context
    yield context
    for page in context.pages:
        if page != first_page:
            page.close()
    first_page.evaluate("localStorage.clear()")
    context.clear_cookies()
    context.clear_permissions()
    requests.wait()


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


@pytest.fixture(scope="package")
def rendered(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Rendered:
    return Rendered(django_db_blocker)


@pytest.fixture(scope="package")
def lasting_bare(first_page: Page, rendered: Rendered) -> tuple[Bare, list[str]]:
    """The bare page and the errors that no script of it has caught."""
    errors: list[str] = []
    first_page.on("pageerror", lambda error: errors.append(str(error)))
    bare = Bare(first_page, rendered)
    bare.open()
    return bare, errors


@pytest.fixture
def bare(browser_context: BrowserContext, lasting_bare: tuple[Bare, list[str]]) -> Iterator[Bare]:
    """An empty bare page; a script error that nobody caught fails the test."""
    bare, errors = lasting_bare
    errors.clear()
    yield bare
    bare.clear()
    assert errors == []


@pytest.fixture
def admin_page(page: Page, log_in: Callable[[User], None], superuser: User) -> Page:
    log_in(superuser)
    return page


@pytest.fixture(scope="package")
def known() -> Known:
    """What is wrong with Wagtail's own pages, as far as somebody has asked."""
    return {}


@pytest.fixture
def audit(admin_page: Page, known: Known) -> Audit:
    return Audit(admin_page, known)
