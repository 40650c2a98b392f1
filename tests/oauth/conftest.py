"""A mail server that takes tokens, an OAuth server that gives them, and a site that may reach both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth import is_available

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

# Without the extra there is nothing of it to test.
collect_ignore_glob = [] if is_available() else ["test_*.py"]
if is_available():
    from .accounts import connect, make_partner_on, site_settings


@pytest.fixture
def mail(smtp: Served) -> Listener:
    return smtp.listen(mode="ssl", auth=("XOAUTH2", "OAUTHBEARER"))


@pytest.fixture
def site(smtp: Served, mail: Listener, smtp_oauth: OAuthServer, settings: Any) -> Any:
    """The settings of a site with an application at every provider."""
    settings.PARTNER_SMTP_CA_FILE = smtp.sandbox.ca_file
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{mail.port}", f"127.0.0.1:{smtp_oauth.port}"]
    settings.PARTNER_SMTP_PROBE_PORTS = []
    settings.PARTNER_SMTP_TEST_TIMEOUT = settings.PARTNER_SMTP_SEND_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth)
    return settings


@pytest.fixture
def partner(site: Any, mail: Listener, smtp_oauth: OAuthServer, db: None) -> Partner:
    """One that is connected and has no access token yet."""
    return connect(make_partner_on(mail), smtp_oauth)
