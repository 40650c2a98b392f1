"""A site's own source of tokens."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import OAuthServer
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth.providers import SITE
from wagtail_partner_smtp.smtp.token_source import AccessToken

from .accounts import MAILBOX, again, make_partner_on

pytestmark = pytest.mark.django_db
_given: list[Any] = []
_asked: list[tuple[str, bool]] = []


def get(partner: Partner, *, renew: bool) -> Any:
    """Stands in ``PARTNER_SMTP_TOKEN_PROVIDER``."""
    _asked.append((partner.slug, renew))
    answer = _given.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture(autouse=True)
def provider(site: Any) -> None:
    site.PARTNER_SMTP_TOKEN_PROVIDER = "tests.oauth.test_site.get"
    _given.clear()
    _asked.clear()


@pytest.fixture
def own(site: Any, mail: Listener) -> Partner:
    return make_partner_on(mail, SITE)


def run(partner: Partner) -> ConnectionReport:
    return connection_test.run(again(partner).smtp_settings(), conf.policy())


def test_the_sites_token_logs_in(own: Partner, smtp_oauth: OAuthServer) -> None:
    _given.append(smtp_oauth.issue(MAILBOX).access_token)
    assert run(own).ok
    assert _asked == [(own.slug, False)]
    assert smtp_oauth.requests == ()


def test_a_token_that_is_refused_is_asked_for_once_more(own: Partner, smtp_oauth: OAuthServer) -> None:
    _given.extend(["not-good", smtp_oauth.issue(MAILBOX).access_token])
    assert run(own).ok
    assert _asked == [(own.slug, False), (own.slug, True)]


def test_a_token_that_is_young_is_not_asked_for_again(own: Partner) -> None:
    _given.append(AccessToken(value="not-good", age=10.0))
    report = run(own)
    assert report.error is not None
    assert (report.error.code, len(_asked)) == ("token_refused", 1)


@pytest.mark.parametrize(
    "answer", [None, "", 5, b"token", "two words", {"token": "s3cret"}, ValueError("s3cret")]
)
def test_a_source_that_fails_is_the_cause(
    own: Partner, mail: Listener, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    _given.append(answer)
    report = run(own)
    assert report.error is not None
    assert (report.error.code, report.error.stage) == ("oauth_source_failed", "token")
    assert mail.connections == 0
    assert "own source has no access token" in caplog.text
    assert "s3cret" not in caplog.text


def test_without_the_setting_the_provider_is_not_known(own: Partner, site: Any) -> None:
    site.PARTNER_SMTP_TOKEN_PROVIDER = ""
    with pytest.raises(ValueError, match="oauth_provider_unknown"):
        again(own).smtp_settings()
