"""What is left of all this where the extra is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.core.checks import CheckMessage

from tests.support.accounts import set_columns
from tests.support.oauth_accounts import make_oauth_partner
from tests.support.paths import ROOT
from wagtail_partner_smtp import checks
from wagtail_partner_smtp.oauth import is_available

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("authlib", "httpcore", "joserfc")))
import django
django.setup()
from django.conf import settings
from wagtail_partner_smtp import checks
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth import is_available
from wagtail_partner_smtp.oauth.providers import offered
settings.PARTNER_SMTP_OAUTH = {"acme": {}}
print(is_available(), offered(), [each.id for each in checks.check_settings()])
settings.PARTNER_SMTP_TOKEN_PROVIDER = "builtins.len"
print([each.key for each in offered()])
try:
    Partner(smtp_auth="oauth", smtp_oauth_provider="acme").smtp_settings()
except ValueError as error:
    print(error)
"""


@pytest.mark.processes
def test_a_site_without_the_extra_runs_and_says_so() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error::DeprecationWarning:wagtail_partner_smtp", "-c", WITHOUT],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=ROOT,
    )
    assert done.stdout.splitlines() == [
        "False () ['wagtail_partner_smtp.W007']",
        "['site']",
        "oauth_unavailable at settings",
    ], done.stderr


@pytest.mark.parametrize("name", ["authlib", "httpcore"])
def test_a_part_of_the_extra_is_not_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_available()
    monkeypatch.setitem(sys.modules, name, None)
    assert not is_available()


def found() -> list[CheckMessage]:
    known = "wagtail_partner_smtp.W008"
    return [each for each in checks.check_sealed_passwords(["default"]) if each.id == known]


@pytest.mark.django_db
def test_accounts_that_need_the_extra_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_oauth_partner(), make_oauth_partner()
    set_columns(second, smtp_oauth_provider="site")
    assert found() == []

    monkeypatch.setattr("wagtail_partner_smtp.oauth.is_available", lambda: False)

    (warning,) = found()
    assert warning.msg.startswith("1 rows of")
    assert first.uses_smtp_oauth
