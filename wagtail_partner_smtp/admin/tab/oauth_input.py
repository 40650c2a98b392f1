"""The fields for OAuth: which providers are offered, which fields count for them, and what is wrong with what was
typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ... import conf
from ...account.columns import OAuthGrant
from ...account.oauth_values import OAUTH_COLUMNS
from ...account.row import SMTPAccount
from ...discovery.providers import PROVIDERS
from ...oauth import providers
from ...oauth.providers import Offered
from ...smtp.errors import Code, SMTPError

SECRET, SECRET_REMOVE = "smtp_oauth_secret", "smtp_oauth_secret_remove"
PROVIDER, GRANT = "smtp_oauth_provider", "smtp_oauth_grant"

_TYPED = ("smtp_oauth_token_endpoint", "smtp_oauth_scopes")
_SIGN_IN = "smtp_oauth_authorization_endpoint"


def offered() -> dict[str, Offered]:
    """The providers that this site can use, by the value that the column holds."""
    try:
        return {each.key: each for each in providers.offered()}
    except ImproperlyConfigured:
        # A system check says what is wrong with the settings.
        return {}


def counting(provider: str, grant: str, choices: Mapping[str, Offered] | None = None) -> frozenset[str]:
    """The fields that mean something for a provider and a grant, besides the provider itself.

    ``choices`` are those of ``offered()``, for those who ask often.
    """
    chosen = (offered() if choices is None else choices).get(provider)
    if not provider or (chosen is not None and not chosen.grants):
        return frozenset()
    names = {GRANT, SECRET, SECRET_REMOVE}
    if not providers.takes_key(provider, grant):
        names.add("smtp_oauth_client_id")
    if chosen is not None and chosen.takes_tenant:
        names.add("smtp_oauth_tenant")
    if chosen is not None and chosen.is_typed:
        names.update(_TYPED)
        if grant == OAuthGrant.CONSENT:
            names.add(_SIGN_IN)
    return frozenset(names)


def as_stored(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns without what does not count."""
    counts = counting(columns[PROVIDER], columns[GRANT]) | {PROVIDER}
    kept = {name: columns[name] if name in counts else "" for name in OAUTH_COLUMNS}
    return kept | {GRANT: kept[GRANT] or OAuthGrant.CONSENT.value}


def mail_server(provider: str, choices: Mapping[str, Offered] | None = None) -> dict[str, Any]:
    """The provider's mail server, as values of the form; empty if none is known.

    ``choices`` are those of ``offered()``, for those who ask often.
    """
    chosen = (offered() if choices is None else choices).get(provider)
    hosts = chosen.hosts if chosen else ()
    for preset in PROVIDERS:
        if preset.key == provider and preset.host in hosts:
            return {
                "smtp_host": preset.host,
                "smtp_port": preset.port,
                "smtp_security": preset.security.value,
            }
    return {"smtp_host": hosts[0]} if hosts else {}


def error_of(account: SMTPAccount) -> SMTPError | None:
    """Why nobody could be asked for the tokens of an account with these values; its ``facts`` name the field."""
    if account.smtp_oauth_provider == providers.SITE and conf.token_provider():
        return None
    try:
        provider = providers.provider_of(account)
    except SMTPError as error:
        # An unreadable secret included.
        return error
    if account.smtp_oauth_grant == OAuthGrant.CONSENT and not provider.authorization_endpoint:
        return providers.wrong(Code.OAUTH_ENDPOINT_MISSING, _SIGN_IN.removeprefix("smtp_"))
    return None
