"""Providers that are the sandbox's OAuth server, without any partner."""

from __future__ import annotations

import time
from typing import Any

from smtp_sandbox.oauth.server import CLIENT_ID, CLIENT_SECRET, OAuthServer
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.oauth import grants
from wagtail_partner_smtp.oauth.client import Answer
from wagtail_partner_smtp.oauth.providers import Provider

from .accounts import MAILBOX

SCOPE = "smtp"


def make_provider(server: OAuthServer, **values: Any) -> Provider:
    defaults: dict[str, Any] = {
        "name": "acme",
        "label": "Acme",
        "token_endpoint": server.token_endpoint,
        "revocation_endpoint": server.revocation_endpoint,
        "scopes": (SCOPE,),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return Provider(**(defaults | values))


def soon(seconds: float = PATIENCE) -> float:
    return time.monotonic() + seconds


def refreshed(server: OAuthServer, deadline: float | None = None, **values: Any) -> Answer:
    """The answer to one request with a refresh token that is good."""
    token = server.issue(MAILBOX).refresh_token
    return grants.refresh(make_provider(server, **values), token, deadline=deadline or soon())
