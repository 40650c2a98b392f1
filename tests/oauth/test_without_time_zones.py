"""Tokens of sites with ``USE_TZ = False``, whose columns hold the site's own time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import column, set_columns
from wagtail_partner_smtp.models import Partner

from .accounts import again
from .providers import soon

pytestmark = pytest.mark.skipif(
    not hasattr(time, "tzset"), reason="TIME_ZONE does not move this system's clock"
)


@pytest.fixture(autouse=True)
def no_time_zones(settings: Any) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "Pacific/Auckland"


def token_of(partner: Partner) -> str:
    source = again(partner).smtp_settings().token_source
    assert source is not None
    return source.token(soon()).value


def grow_old(partner: Partner, minutes: int) -> None:
    """As if the token that is there were good for so many minutes more."""
    now = datetime.now()
    set_columns(
        partner,
        smtp_oauth_token_issued_at=now - timedelta(minutes=57),
        smtp_oauth_token_expires_at=now + timedelta(minutes=minutes),
    )


def test_a_token_is_kept_and_renewed_in_time(partner: Partner, smtp_oauth: OAuthServer) -> None:
    first, second = token_of(partner), token_of(partner)
    assert (first == second, len(smtp_oauth.token_requests())) == (True, 1)
    assert abs(column(partner, "smtp_oauth_token_issued_at") - datetime.now()) < timedelta(minutes=5)

    grow_old(partner, minutes=1)
    assert token_of(partner) != first


@pytest.mark.parametrize(("minutes", "asks"), [(-1, 1), (30, 0)])
def test_a_lease_is_by_the_same_clock(
    partner: Partner, smtp_oauth: OAuthServer, minutes: int, asks: int
) -> None:
    first = token_of(partner)
    grow_old(partner, minutes=3)
    set_columns(
        partner,
        smtp_oauth_renewing=uuid4(),
        smtp_oauth_renewing_until=datetime.now() + timedelta(minutes=minutes),
    )
    assert (token_of(partner) != first) == bool(asks)
    assert len(smtp_oauth.token_requests()) == 1 + asks
