"""`make screenshots`: the pictures of the documentation, taken of the running product."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, ViewportSize, sync_playwright

from smtp_sandbox import Sandbox
from test_project import browser, demo
from test_project.demo_samples import LOGIN, PASSWORD

if TYPE_CHECKING:
    from wagtail_partner_smtp.models import Partner

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE: ViewportSize = {"width": 1200, "height": 820}
TALL: ViewportSize = {"width": 1200, "height": 1500}


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        samples = demo.set_up(sandbox)
        from test_project import demo_run
        from wagtail_partner_smtp.rounds import check

        for sample in samples:
            check(demo_run.save(sample))
        tell_of_earlier_days()
        # Playwright keeps an event loop in this thread, where Django would refuse to use the database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        cookie = session_cookie()
        with serving() as url, opened_browser(url, cookie) as page:
            take(page)
    return 0


def tell_of_earlier_days() -> None:
    """Partners of which some broke days ago, and that send mail, as a site has them after a while."""
    from django.utils import timezone

    from wagtail_partner_smtp.models import Partner

    now = timezone.now()
    for number, row in enumerate(Partner.objects.order_by("pk")):
        sent = now - timedelta(hours=5 * number * number) if row.smtp_status == "ok" or number % 2 else None
        since = now - timedelta(hours=7 * number + 1)
        Partner.objects.filter(pk=row.pk).update(smtp_status_since=since, smtp_last_mail_at=sent)


def take(page: Page) -> None:
    page.goto("/admin/")
    page.wait_for_load_state("networkidle")
    shoot(page, "home")
    page.goto("/admin/reports/partner-mail/")
    page.wait_for_load_state("networkidle")
    shoot(page, "report")
    page.goto("/admin/")
    page.get_by_role("link", name="Partners", exact=True).click()
    page.wait_for_load_state("networkidle")
    shoot(page, "list")
    for slug, button in (("acme", "tested"), ("ssl-on-starttls", "suggestion"), ("expired", "untrusted")):
        open_tab(page, partner(slug))
        if slug == "acme":
            shoot(page, "tab")
        run_test(page)
        page.set_viewport_size(TALL)
        shoot(page, button)
        page.set_viewport_size(SIZE)


def open_tab(page: Page, partner: Partner) -> None:
    page.goto(f"/admin/snippets/partners/edit/{partner.pk}/")
    page.get_by_role("tab", name="SMTP").click()


def run_test(page: Page) -> None:
    page.get_by_role("button", name="Test connection").click()
    page.locator(".partner-smtp__report ol").wait_for()
    page.locator(".partner-smtp__bar").first.scroll_into_view_if_needed()


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(400)  # the end of Wagtail's own transitions
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


def partner(slug: str) -> Partner:
    from wagtail_partner_smtp.models import Partner

    return Partner.objects.get(slug=slug)


def session_cookie() -> str:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    admin, _ = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(admin)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@contextmanager
def serving() -> Iterator[str]:
    """The site on a free port of loopback, its static files included."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


@contextmanager
def opened_browser(url: str, cookie: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.installed(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = chromium.new_context(base_url=url, viewport=SIZE, locale="en-GB")
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        yield context.new_page()
        chromium.close()


if __name__ == "__main__":
    sys.exit(main())
