"""Partners whose tokens come from the sandbox's OAuth server."""

from __future__ import annotations

from typing import Any

from smtp_sandbox import Listener
from smtp_sandbox.oauth.registry import TENANT
from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import set_columns
from tests.support.oauth_accounts import make_oauth_partner, provider_settings
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.models import Partner

MAILBOX = "billing@example.org"
OTHER_MAILBOX = "jane@example.org"
RENEWING_FREE = {"smtp_oauth_renewing": None, "smtp_oauth_renewing_until": None}


def site_settings(server: OAuthServer, **changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """``PARTNER_SMTP_OAUTH`` that leads both vendors, and one of the site's own, to the sandbox."""
    found = {
        "microsoft": provider_settings(server, server.microsoft, tenant=TENANT),
        "google": provider_settings(server, server.google),
        "acme": provider_settings(server, label="Acme", scopes=["smtp"], application_scopes=["smtp"]),
    }
    return {name: {**found[name], **changes.get(name, {})} for name in found}


def make_partner_on(
    listener: Listener, provider: str = "acme", *, secret: str = "", **values: Any
) -> Partner:
    """A partner at a mail server of the sandbox."""
    columns = {
        "smtp_host": "localhost",
        "smtp_port": listener.port,
        "smtp_security": "ssl",
        "smtp_login": MAILBOX,
        "smtp_email": MAILBOX,
        "smtp_auth": "oauth",
        "smtp_oauth_provider": provider,
    }
    return make_oauth_partner(columns, secret=secret, **values)


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
