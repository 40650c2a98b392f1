"""Partners with OAuth, made up for a test, and a source of tokens that asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.accounts import make_partner, set_columns
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.oauth import SMTPAccountOAuth
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.token_source import AccessToken

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer, Place

SECRET = "client secret sésame 電池"
TOKENS = {Kind.REFRESH_TOKEN: "refresh token 4711", Kind.ACCESS_TOKEN: "access token 0815"}

OAUTH: dict[str, Any] = {
    "smtp_auth": "oauth",
    "smtp_oauth_provider": "other",
    "smtp_oauth_tenant": "tenant.example.com",
    "smtp_oauth_client_id": "client-1",
    "smtp_oauth_authorization_endpoint": "https://login.example.com/authorize",
    "smtp_oauth_token_endpoint": "https://login.example.com/token",
    "smtp_oauth_scopes": "smtp.send offline_access",
}


@dataclass(frozen=True, kw_only=True)
class FixedSource:
    """A ``TokenSource`` of one account that always has the same token."""

    identity: tuple[str, ...] = field(repr=False)
    value: str = field(default="fixed-token", repr=False)

    @classmethod
    def of(cls, partner: SMTPAccountOAuth) -> FixedSource:
        return cls(identity=partner.smtp_oauth_identity())

    def token(self, deadline: float) -> AccessToken:
        return AccessToken(value=self.value)

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        return AccessToken(value=self.value)


def make_oauth_partner(
    columns: Mapping[str, Any] = OAUTH, /, *, secret: str = SECRET, password: str = "", **values: Any
) -> Partner:
    """A saved partner that logs in with OAuth, as these columns say."""
    partner = make_partner(password=password, **{**columns, **values})
    if secret:
        partner.set_smtp_oauth_secret(secret)
        partner.save()
    return Partner.objects.get(pk=partner.pk)


def connect(partner: Partner, **values: Any) -> Partner:
    """As after somebody has signed in: with both tokens."""
    sealed = {
        saving.SEALED[kind]: partner.sealed_smtp_oauth_token(kind, text) for kind, text in TOKENS.items()
    }
    set_columns(partner, **sealed, smtp_oauth_connected_as="billing@example.com", **values)
    return Partner.objects.get(pk=partner.pk)


def provider_settings(server: OAuthServer, place: Place | None = None, **more: Any) -> dict[str, Any]:
    """One of ``PARTNER_SMTP_OAUTH``: the sandbox's own provider or a vendor that it plays, with an application."""
    names = ("authorization_endpoint", "token_endpoint", "revocation_endpoint")
    at = place or server
    endpoints = {name: getattr(at, name) for name in names if getattr(at, name)}
    client = {"client_id": server.client.client_id, "client_secret": server.client.client_secret}
    return {**client, **endpoints, "hosts": ["localhost"], **more}
