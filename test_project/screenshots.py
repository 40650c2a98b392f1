"""`make screenshots`: the pictures of the documentation, taken of the running product."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from smtp_sandbox import Sandbox
from test_project import browser, demo
from test_project.demo_lock import only_one
from test_project.demo_samples import LOGIN, OAUTH_SLUG, PASSWORD
from test_project.settings import VAR_DIR

if TYPE_CHECKING:
    from wagtail_partner_smtp.models import Partner

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH, HEIGHT = 1200, 720
ABOVE, BELOW = 150, 40
COLOURS = 128
TESTED_TOGETHER = (
    "ACME",
    "Borealis",
    "Closed port",
    "Cumulus",
    "Expired certificate (SSL)",
    "Wrong password",
)


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with only_one(VAR_DIR / "demo.lock"), Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        samples = demo.set_up(sandbox)
        from test_project import demo_run, screenshots_mail
        from wagtail_partner_smtp.connection_test.rounds import check

        for sample in samples:
            check(demo_run.save(sample))
        screenshots_mail.connect_mailboxes(sandbox)
        screenshots_mail.send_mail()
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
    for name, prepare in PICTURES.items():
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        shown = prepare(page)
        page.wait_for_load_state("networkidle")
        if shown:
            frame(page, shown)
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)  # the end of Wagtail's own transitions
        keep(page.screenshot(animations="disabled"), IMAGES / f"{name}.png")


def frame(page: Page, shown: Locator) -> None:
    """Make the window as high as what is to be seen, and scroll there; more has room below Wagtail's header."""
    box = shown.bounding_box()
    assert box
    page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, round(box["height"]) + ABOVE + BELOW)})
    shown.evaluate("(it, above) => window.scrollBy(0, it.getBoundingClientRect().top - above)", ABOVE)


def keep(picture: bytes, path: Path) -> None:
    """A palette is enough for an admin's colours, and a third of the size."""
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def home(page: Page) -> None:
    page.goto("/admin/")


def report(page: Page) -> None:
    page.goto("/admin/reports/partner-mail/")


def partners(page: Page) -> None:
    page.goto("/admin/snippets/partners/")


def bulk(page: Page) -> Locator:
    partners(page)
    for name in TESTED_TOGETHER:
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_role("link", name="Test connection of selected snippets").click()
    page.get_by_role("button", name="Test all").click()
    page.get_by_text("Finished.").first.wait_for(timeout=60_000)
    return page.locator(".partner-smtp-bulk")


def setup(page: Page) -> None:
    page.goto("/admin/snippets/partners/add/#tab-smtp")
    page.get_by_label("Fill in for a provider").select_option("Google Workspace")


def tab(page: Page) -> None:
    open_tab(page, "acme")


def tested(page: Page) -> Locator:
    run_test(page, "acme")
    return page.locator(".partner-smtp")


def test_email(page: Page) -> Locator:
    page.get_by_role("button", name="Send test email").click()
    page.get_by_text("The server has accepted the test email").first.wait_for()
    return page.locator(".partner-smtp-outcome")


def suggestion(page: Page) -> Locator:
    run_test(page, "ssl-on-starttls")
    return page.locator(".partner-smtp")


def untrusted(page: Page) -> Locator:
    run_test(page, "expired")
    return page.locator(".partner-smtp-outcome")


def oauth(page: Page) -> Locator:
    open_tab(page, OAUTH_SLUG)
    return page.get_by_role("tabpanel", name="SMTP")


def outgoing(page: Page) -> None:
    page.goto("/admin/reports/outgoing-mail/")


def message(page: Page) -> Locator:
    outgoing(page)
    page.get_by_role("link", name="ann@customer.example").click()
    return page.locator(".partner-smtp-message")


def outgoing_tab(page: Page) -> None:
    page.goto(f"/admin/snippets/partners/edit/{partner('wrong-password').pk}/#tab-outgoing_mail")


PICTURES: dict[str, Callable[[Page], Locator | None]] = {
    "home": home,
    "report": report,
    "list": partners,
    "setup": setup,
    "tab": tab,
    "tested": tested,
    "test-email": test_email,
    "suggestion": suggestion,
    "untrusted": untrusted,
    "bulk": bulk,
    "oauth": oauth,
    "outgoing": outgoing,
    "message": message,
    "outgoing-tab": outgoing_tab,
}
"""By name, in the order in which they are taken: each brings the page there, and says what must be in view."""


def run_test(page: Page, slug: str) -> None:
    open_tab(page, slug)
    page.get_by_role("button", name="Test connection").click()
    page.locator(".partner-smtp__report ol").wait_for()


def open_tab(page: Page, slug: str) -> None:
    page.goto(f"/admin/snippets/partners/edit/{partner(slug).pk}/#tab-smtp")


def partner(slug: str) -> Partner:
    from wagtail_partner_smtp.models import Partner

    return Partner.objects.get(slug=slug)


def session_cookie() -> str:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    values = {"is_staff": True, "is_superuser": True, "email": "admin@example.com"}
    admin, _ = User.objects.update_or_create(username="admin", defaults=values)
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
        context = chromium.new_context(
            base_url=url, viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB"
        )
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        yield context.new_page()
        chromium.close()


if __name__ == "__main__":
    sys.exit(main())
