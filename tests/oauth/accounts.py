"""Partners whose tokens come from the sandbox's OAuth server."""

from __future__ import annotations

from typing import Any

from smtp_sandbox import Listener
from smtp_sandbox.oauth.registry import TENANT
from smtp_sandbox.oauth.server import CLIENT_ID, CLIENT_SECRET, OAuthServer
from tests.support.accounts import make_partner, set_columns
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.models import Partner

MAILBOX = "billing@example.org"
OTHER_MAILBOX = "jane@example.org"
RENEWING_FREE = {"smtp_oauth_renewing": None, "smtp_oauth_renewing_until": None}


def site_settings(server: OAuthServer, **changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """``PARTNER_SMTP_OAUTH`` that leads both vendors, and one of the site's own, to the sandbox."""
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "hosts": ["localhost"]}
    found: dict[str, dict[str, Any]] = {
        "microsoft": {**client, **_endpoints(server.microsoft), "tenant": TENANT},
        "google": {**client, **_endpoints(server.google)},
        "acme": {
            **client,
            **_endpoints(server),
            "label": "Acme",
            "scopes": ["smtp"],
            "application_scopes": ["smtp"],
        },
    }
    return {name: {**found[name], **changes.get(name, {})} for name in found}


def _endpoints(place: Any) -> dict[str, str]:
    names = ("authorization_endpoint", "token_endpoint", "revocation_endpoint")
    return {name: getattr(place, name) for name in names if getattr(place, name)}


def make_oauth_partner(
    listener: Listener, provider: str = "acme", *, secret: str = "", **values: Any
) -> Partner:
    """A partner at a mail server of the sandbox."""
    defaults = {
        "smtp_host": "localhost",
        "smtp_port": listener.port,
        "smtp_security": "ssl",
        "smtp_login": MAILBOX,
        "smtp_email": MAILBOX,
        "smtp_auth": "oauth",
        "smtp_oauth_provider": provider,
    }
    partner = make_partner(password="", **defaults | values)
    if secret:
        partner.set_smtp_oauth_secret(secret)
        partner.save()
    return again(partner)


def connect(partner: Partner, server: OAuthServer, mailbox: str = MAILBOX) -> Partner:
    """As after its owner has agreed: with a refresh token, and no access token yet."""
    sealed = partner.sealed_smtp_oauth_token(Kind.REFRESH_TOKEN, server.issue(mailbox).refresh_token)
    set_columns(partner, **{saving.SEALED[Kind.REFRESH_TOKEN]: sealed}, smtp_oauth_connected_as=mailbox)
    return again(partner)


def again(partner: Partner) -> Partner:
    """The partner as somebody else reads it."""
    return Partner.objects.get(pk=partner.pk)


def stored(partner: Partner, kind: Kind) -> str:
    """A token that is in the row."""
    return again(partner).smtp_oauth_token(kind)
