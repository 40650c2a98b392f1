"""Partners whose mailbox's owner signs in at the sandbox's OAuth server, and the way there and back."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib.admin.utils import quote
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import DEFAULTS, HTTP_AJAX, make_partner
from tests.support.oauth_accounts import make_oauth_partner
from wagtail_partner_smtp.admin.oauth.callback import URL_NAME
from wagtail_partner_smtp.models import AbstractPartner, SMTPAccountMixin

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

MAILBOX = "user@example.com"
SCOPES = "openid email offline_access smtp"


def reach_oauth(smtp: Served, settings: Any, *listeners: Listener) -> OAuthServer:
    """The sandbox's OAuth server, which the site may ask, beside these mail servers."""
    ports = [smtp.sandbox.oauth.port, *(each.port for each in listeners)]
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{port}" for port in ports]
    settings.PARTNER_SMTP_CA_FILE = smtp.ca_file
    settings.PARTNER_SMTP_PROBE_PORTS = [each.port for each in listeners]
    return smtp.sandbox.oauth


def account_at(oauth: OAuthServer, **changes: Any) -> dict[str, Any]:
    """The columns of an account whose tokens come from there, for the sandbox's ready-made application."""
    return {
        "smtp_auth": "oauth",
        "smtp_login": MAILBOX,
        "smtp_oauth_provider": "other",
        "smtp_oauth_grant": "consent",
        "smtp_oauth_client_id": oauth.client.client_id,
        "smtp_oauth_authorization_endpoint": oauth.authorization_endpoint,
        "smtp_oauth_token_endpoint": oauth.token_endpoint,
        "smtp_oauth_scopes": SCOPES,
    } | changes


def make_partner_at(oauth: OAuthServer, **values: Any) -> AbstractPartner:
    """A saved partner with such an account, not connected yet."""
    return make_oauth_partner(DEFAULTS | account_at(oauth, **values), secret=oauth.client.client_secret)


def make_vendor_partner(oauth: OAuthServer, name: str, **values: Any) -> AbstractPartner:
    """One whose provider and application are of the site's settings."""
    names = ("authorization_endpoint", "token_endpoint", "scopes", "client_id")
    nothing = dict.fromkeys((f"smtp_oauth_{each}" for each in names), "")
    return make_partner(password="", **account_at(oauth, smtp_oauth_provider=name, **nothing) | values)


def ask_to_connect(client: Client, partner: SMTPAccountMixin) -> tuple[int, dict[str, Any]]:
    """Press Connect."""
    return _post(client, address_of(partner, "oauth_connect"))


def ask_to_disconnect(client: Client, partner: SMTPAccountMixin) -> tuple[int, dict[str, Any]]:
    """Press Disconnect."""
    return _post(client, address_of(partner, "oauth_disconnect"))


def address_of(row: Any, name: str) -> str:
    """Of a view of the row's section."""
    return reverse(row.snippet_viewset.get_url_name(name), args=[quote(row.pk)])


def provider_address(client: Client, partner: SMTPAccountMixin) -> str:
    """Where Connect leads to."""
    status, answer = ask_to_connect(client, partner)
    assert status == 200, answer
    return str(answer["url"])


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def sign_in(client: Client, oauth: OAuthServer, partner: SMTPAccountMixin, mailbox: str = MAILBOX) -> Any:
    """Connect, sign in at the provider as ``mailbox`` and agree: the answer to the browser that comes back."""
    return client.get(oauth.consent(provider_address(client, partner), mailbox))


def id_token(**claims: Any) -> str:
    """As a provider makes one, with a signature that nobody needs to read."""
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "RS256"}, claims)
    )
    return f"{header}.{payload}.c2lnbmF0dXJl"


def callback(**query: str) -> Mapping[str, Any]:
    """Arguments for a client that calls the callback by itself."""
    return {"path": reverse(URL_NAME), "data": query}


def said(response: Any) -> str:
    """What the next page will say."""
    return " ".join(_sentences(response))


def _sentences(response: Any) -> Iterator[str]:
    for message in get_messages(response.wsgi_request):
        yield " ".join(html.unescape(str(message)).split())


def _post(client: Client, address: str) -> tuple[int, dict[str, Any]]:
    response = client.post(address, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)
