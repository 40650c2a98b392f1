"""The wheel alone, in a site as `wagtail start` makes it."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.packaging.conftest import Environment

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]

ACCOUNT = {"username": "admin", "password": "a password of this test"}


@pytest.fixture(scope="session")
def site(environment: Environment) -> Path:
    """A migrated site with one line added to what `wagtail start` wrote, and a superuser."""
    environment.run("wagtail", "start", "fresh_site")
    site = environment.work / "fresh_site"
    settings = site / "fresh_site" / "settings" / "base.py"
    text = settings.read_text()
    settings.write_text(
        text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "wagtail_partner_smtp",', 1)
    )
    environment.run("python", "manage.py", "migrate", cwd=site)
    environment.run(
        "python",
        *("manage.py", "createsuperuser", "--noinput", "--username", ACCOUNT["username"]),
        *("--email", "admin@example.com"),
        cwd=site,
        DJANGO_SUPERUSER_PASSWORD=ACCOUNT["password"],
    )
    return site


@pytest.fixture(scope="session")
def server(environment: Environment, site: Path) -> Iterator[str]:
    """The address of the running site."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(  # noqa: S603
        [environment.bin / "python", "manage.py", "runserver", "--noreload", address],
        cwd=site,
        env=environment.variables(),
        stdin=subprocess.DEVNULL,
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def visitor(server: str) -> OpenerDirector:
    """Somebody who logged in with the admin's own form."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    page = get_when_up(opener, f"{server}/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = ACCOUNT | {"csrfmiddlewaretoken": token[1], "next": "/admin/"}
    opener.open(f"{server}/admin/login/", urlencode(form).encode(), timeout=60).close()
    return opener


def get_when_up(opener: OpenerDirector, url: str) -> str:
    for _ in range(600):
        try:
            return get(opener, url)
        except URLError:
            time.sleep(0.2)
    raise TimeoutError(url)


def get(opener: OpenerDirector, url: str) -> str:
    with opener.open(url, timeout=60) as response:
        assert response.url == url, f"redirected to {response.url}"
        return str(response.read().decode())


def test_system_checks_find_nothing(environment: Environment, site: Path) -> None:
    environment.run("python", "manage.py", "check", "--fail-level", "WARNING", cwd=site)


def test_no_migration_is_missing(environment: Environment, site: Path) -> None:
    command = ("manage.py", "makemigrations", "--check", "--dry-run", "wagtail_partner_smtp")
    environment.run("python", *command, cwd=site)


@pytest.fixture(scope="session")
def listing(server: str, visitor: OpenerDirector) -> str:
    """The address that the entry "Partners" of the admin's menu leads to."""
    link = re.search(r'"label": "Partners".*?"url": "([^"]+)"', get(visitor, f"{server}/admin/"))
    assert link, "the menu has no entry for partners"
    return server + link[1]


def test_listing_of_partners_opens(visitor: OpenerDirector, listing: str) -> None:
    assert "Partners" in get(visitor, listing)


def test_add_form_has_the_smtp_fields(visitor: OpenerDirector, listing: str) -> None:
    assert 'name="smtp_host"' in get(visitor, f"{listing}add/")


def test_commands_of_the_plugin_are_found(environment: Environment, site: Path) -> None:
    environment.run("python", "manage.py", "check_partner_smtp", "--help", cwd=site)


def test_partner_is_saved_where_the_plugin_has_no_extra(visitor: OpenerDirector, listing: str) -> None:
    page = get(visitor, f"{listing}add/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "name": "Acme", "slug": "acme", "active": "on"}
    form |= {"smtp_host": "mail.example.com", "smtp_port": "587", "smtp_security": "tls"}
    form |= {"smtp_login": "acme", "smtp_password": "a password"}
    visitor.open(f"{listing}add/", urlencode(form).encode(), timeout=60).close()
    assert "Acme" in get(visitor, listing)
