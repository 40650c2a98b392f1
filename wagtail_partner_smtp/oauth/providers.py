"""Which provider issues one partner's access tokens, and which application the site uses there."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from types import MappingProxyType
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account import encryption
from ..account.columns import OAuthGrant
from ..account.oauth_values import is_tenant
from ..account.row import SMTPAccount
from ..smtp.errors import Code, TokenError
from ..smtp.names import host_or_nothing
from ..smtp.stages import Stage
from ..smtp.web_address import NotHTTPS, WebAddress
from . import is_available
from .vendors import VENDORS, Application, Vendor

OTHER: Final = "other"
"""The provider whose endpoints are typed for the one partner."""
SITE: Final = "site"
"""The site's own function, ``PARTNER_SMTP_TOKEN_PROVIDER``."""

_IDENTITY = b"wagtail_partner_smtp/oauth-settings/v1"
_CODE = 24  # characters
_NOTHING: Mapping[str, str] = MappingProxyType({})
# Tenants that stand for many, of which none has given an application anything.
_ANY_TENANT = {"common", "organizations", "consumers"}
_POST, _BASIC = "client_secret_post", "client_secret_basic"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What a grant needs to know. ``client_secret`` is the key of a service account where that is what it asks as.

    ``hosts`` are the servers that its tokens may be sent to; empty means any, for a client of the partner's own.
    ``of_site`` tells that client and secret are those of the site's settings.
    """

    name: str
    label: str
    token_endpoint: str
    authorization_endpoint: str = ""
    revocation_endpoint: str = ""
    scopes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    auth_method: str = _POST
    application: Application = Application.CLIENT_CREDENTIALS
    authorization_parameters: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    of_site: bool = False


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What a partner can choose on this site.

    ``hosts`` are the servers that its tokens may go to, empty for any; ``grants`` are empty where the site's own
    code does it all. ``takes_tenant``: its endpoints have one in them; ``has_tenant``: the settings name one.
    ``has_client`` are the grants for which the settings have all that it takes. ``is_typed``: endpoints and scopes
    are the partner's.
    """

    key: str
    label: str
    hosts: tuple[str, ...] = ()
    grants: tuple[OAuthGrant, ...] = ()
    takes_tenant: bool = False
    has_tenant: bool = False
    has_client: frozenset[OAuthGrant] = frozenset()
    is_typed: bool = False


@sensitive_variables()
def offered() -> tuple[Offered, ...]:
    """All that can be chosen, in the order of a list. Raises ``ImproperlyConfigured`` for wrong settings."""
    found: list[Offered] = []
    if is_available():
        named = conf.oauth()
        nothing = conf.OAuthSettings()
        names = dict.fromkeys([*VENDORS, *named])
        found += (_offered(name, VENDORS.get(name), named.get(name, nothing)) for name in names)
        other = gettext("Another provider")
        found.append(Offered(key=OTHER, label=other, grants=tuple(OAuthGrant), is_typed=True))
    if conf.token_provider():
        found.append(Offered(key=SITE, label=gettext("This site's own source")))
    return tuple(found)


@sensitive_variables()
def _offered(name: str, vendor: Vendor | None, site: conf.OAuthSettings) -> Offered:
    endpoint = site.token_endpoint or (vendor.token_endpoint if vendor else "")
    by_key = takes_key(name, OAuthGrant.APPLICATION)
    has_pair = bool(site.client_id and site.client_secret)
    ready = {
        OAuthGrant.CONSENT: has_pair,
        OAuthGrant.APPLICATION: bool(site.service_account_file) if by_key else has_pair,
    }
    return Offered(
        key=name,
        label=str(site.label or (vendor.label if vendor else name)),
        hosts=site.hosts or (vendor.hosts if vendor else ()),
        grants=tuple(OAuthGrant),
        takes_tenant="{tenant}" in endpoint,
        has_tenant=bool(site.tenant),
        has_client=frozenset(grant for grant, is_ready in ready.items() if is_ready),
    )


def takes_key(provider: str, grant: str) -> bool:
    """Whether the secret is the key of a service account, which names its client itself (RFC 7523)."""
    vendor = VENDORS.get(provider)
    by_key = vendor is not None and vendor.application is Application.JWT_BEARER
    return by_key and grant == OAuthGrant.APPLICATION


@sensitive_variables()
def provider_of(partner: SMTPAccount) -> Provider:
    """The partner's. Raises ``TokenError`` with the field to look at if something is missing or wrong."""
    is_typed = partner.smtp_oauth_provider == OTHER
    provider = _with_client(partner, _typed(partner) if is_typed else _named(partner))
    _refuse_other_host(partner, provider)
    return provider


def _typed(partner: SMTPAccount) -> Provider:
    return Provider(
        name=OTHER,
        label=gettext("Another provider"),
        authorization_endpoint=_endpoint("authorization_endpoint", partner.smtp_oauth_authorization_endpoint),
        token_endpoint=_endpoint("token_endpoint", partner.smtp_oauth_token_endpoint, needed=True),
        scopes=tuple(partner.smtp_oauth_scopes.split()),
        # The one way that every server has (RFC 6749 2.3.1).
        auth_method=_BASIC,
    )


@sensitive_variables()
def _named(partner: SMTPAccount) -> Provider:
    name = partner.smtp_oauth_provider
    vendor, site = VENDORS.get(name), _settings().get(name)
    if not name or (vendor is None and site is None):
        raise wrong(Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider", name=name)
    site = site or conf.OAuthSettings()
    by_consent = partner.smtp_oauth_grant == OAuthGrant.CONSENT
    tenant = _tenant(partner, vendor, site, by_consent=by_consent)
    known = vendor or Vendor(
        name=name,
        label=name,
        authorization_endpoint="",
        token_endpoint="",
        scopes=(),
        application_scopes=(),
        hosts=(),
    )

    def endpoint(key: str, *, needed: bool = False) -> str:
        text = getattr(site, key) or getattr(known, key)
        return _endpoint(key, text.replace("{tenant}", tenant), needed=needed)

    consent_scopes = site.scopes or known.scopes
    return Provider(
        name=name,
        label=str(site.label or known.label),
        authorization_endpoint=endpoint("authorization_endpoint"),
        token_endpoint=endpoint("token_endpoint", needed=True),
        revocation_endpoint=endpoint("revocation_endpoint"),
        scopes=consent_scopes if by_consent else site.application_scopes or known.application_scopes,
        hosts=site.hosts or known.hosts,
        auth_method=site.token_endpoint_auth_method or (_POST if vendor else _BASIC),
        application=known.application,
        authorization_parameters=known.authorization_parameters,
    )


def _settings() -> Mapping[str, conf.OAuthSettings]:
    try:
        return conf.oauth()
    except ImproperlyConfigured as error:
        raise wrong(Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider") from error


@sensitive_variables()
def _with_client(partner: SMTPAccount, provider: Provider) -> Provider:
    """The partner's own client, or else the site's; never the one's id with the other's secret."""
    by_key = takes_key(provider.name, partner.smtp_oauth_grant)
    own_id, own_secret = partner.smtp_oauth_client_id, partner.smtp_oauth_secret()
    if own_id or provider.name == OTHER or (by_key and own_secret):
        found = replace(provider, client_id=own_id, client_secret=own_secret)
    else:
        site = _settings().get(provider.name) or conf.OAuthSettings()
        secret = _file(site.service_account_file) if by_key else site.client_secret
        found = replace(provider, client_id=site.client_id, client_secret=secret, of_site=True)
    if not found.client_id and not by_key:
        raise wrong(Code.OAUTH_CLIENT_ID_MISSING, "oauth_client_id", label=found.label)
    if not found.client_secret:
        raise wrong(Code.OAUTH_SECRET_MISSING, "oauth_secret", label=found.label)
    return found


@sensitive_variables()
def _file(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(Code.OAUTH_KEY_INVALID, "oauth_secret", reason=type(error).__name__) from None


def _tenant(
    partner: SMTPAccount, vendor: Vendor | None, site: conf.OAuthSettings, *, by_consent: bool
) -> str:
    tenant = partner.smtp_oauth_tenant.strip() or site.tenant or (vendor.tenant if vendor else "")
    if not tenant:
        return ""
    if not by_consent and tenant in _ANY_TENANT:
        raise wrong(Code.OAUTH_TENANT_MISSING, "oauth_tenant")
    if not is_tenant(tenant):
        raise wrong(Code.OAUTH_TENANT_INVALID, "oauth_tenant")
    return tenant


def _endpoint(key: str, text: str, *, needed: bool = False) -> str:
    text = text.strip()
    if not text:
        if needed:
            raise wrong(Code.OAUTH_ENDPOINT_MISSING, f"oauth_{key}")
        return ""
    try:
        return str(WebAddress.parse(text))
    except NotHTTPS:
        raise wrong(Code.OAUTH_ENDPOINT_NOT_HTTPS, f"oauth_{key}") from None
    except ValueError:
        raise wrong(Code.OAUTH_ENDPOINT_INVALID, f"oauth_{key}") from None


def _refuse_other_host(partner: SMTPAccount, provider: Provider) -> None:
    if not provider.hosts:
        if provider.of_site:
            # Otherwise anybody who can edit a partner could send a token of the site's application to their
            # own server.
            raise wrong(Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider", name=provider.name)
        return
    if not allows(provider.hosts, host_or_nothing(partner.smtp_host)):
        allowed = ", ".join(provider.hosts)
        raise wrong(Code.OAUTH_HOST_NOT_ALLOWED, "host", label=provider.label, hosts=allowed)


def site_identity(partner: SMTPAccount) -> str:
    """Of what the site's settings hold for the partner's provider; nothing can be read from it.

    The newest key's ID and a code made with that key, 40 characters; "" if the settings cannot be read.
    """
    return _site_identity(partner, encryption.keys(_IDENTITY)[0])


def is_same_site(partner: SMTPAccount, identity: str) -> bool:
    """Whether the settings are still those of that ``site_identity``, whichever key it was made with.

    Who does not know the key cannot tell, and takes them for the same.
    """
    keys = encryption.keys(_IDENTITY)
    key = next((each for each in keys if identity.startswith(each.id)), None)
    if identity and key is None:
        return True
    return hmac.compare_digest(identity, _site_identity(partner, key or keys[0]))


@sensitive_variables()
def _site_identity(partner: SMTPAccount, key: encryption.Key) -> str:
    try:
        site = conf.oauth().get(partner.smtp_oauth_provider)
    except ImproperlyConfigured:
        return ""
    values = json.dumps([str(value) for value in astuple(site)] if site else [])
    code = hmac.new(key.material, values.encode(), hashlib.sha256).hexdigest()
    return key.id + code[:_CODE]


def allows(hosts: Iterable[str], host: str) -> bool:
    """Whether a canonical host is one of them; ``*.`` at the head of one stands for one label."""
    return any(host == each or _is_below(host, each) for each in hosts)


def _is_below(host: str, pattern: str) -> bool:
    label, dot, rest = host.partition(".")
    return pattern.startswith("*.") and bool(label and dot) and rest == pattern.removeprefix("*.")


def wrong(code: Code, field: str, **facts: str) -> TokenError:
    """An error of the stage *token* about a field of the form."""
    return TokenError(code, stage=Stage.TOKEN, facts={**facts, "field": field})
