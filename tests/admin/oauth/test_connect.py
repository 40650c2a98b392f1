"""Pressing Connect: where it leads, and who may press it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from tests.support.admin import HTTP_AJAX, client_of, make_partner, permit, url
from tests.support.consent import (
    MAILBOX,
    SCOPES,
    ask_to_connect,
    make_partner_at,
    provider_address,
    query_of,
    sign_in,
)
from tests.support.locks import lock_partners
from wagtail_partner_smtp.admin.oauth import pending
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.oauth import consent

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

pytestmark = pytest.mark.django_db


def waiting(client: Client) -> dict[str, Any]:
    """What the session waits for."""
    return dict(client.session.get(pending.KEY) or {})


def test_it_leads_to_the_providers_page(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    address = provider_address(client, partner)
    assert address.startswith(f"{oauth.authorization_endpoint}?")
    query = query_of(address)
    assert {name: query[name] for name in query if name not in ("state", "nonce", "code_challenge")} == {
        "response_type": "code",
        "client_id": oauth.client.client_id,
        "redirect_uri": "http://testserver/admin/partner-smtp/oauth/callback/",
        "scope": SCOPES,
        "code_challenge_method": "S256",
        "login_hint": MAILBOX,
    }
    assert oauth.requests == ()


def test_nobody_who_reads_the_session_or_the_address_has_it_all(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    query = query_of(provider_address(client, partner))
    ((name, values),) = waiting(client).items()
    assert query["state"] not in json.dumps(waiting(client))
    assert name == hashlib.sha256(query["state"].encode()).hexdigest()
    verifier = values["attempt"]["verifier"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()
    assert query["code_challenge"] == challenge.rstrip("=")
    assert verifier not in query.values()
    assert len(verifier) >= 43  # RFC 7636 4.1
    for secret in (verifier, values["attempt"]["nonce"]):
        assert secret not in repr(pending.Pending.stored(values))


def test_each_time_everything_is_new(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    first, second = (query_of(provider_address(client, partner)) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 32


def test_an_endpoint_keeps_its_own_query(client: Client, oauth: OAuthServer) -> None:
    own = "?prompt=login&empty=&redirect_uri=https://evil.example/"
    partner = make_partner_at(oauth, smtp_oauth_authorization_endpoint=f"{oauth.authorization_endpoint}{own}")
    address = provider_address(client, partner)
    assert "?prompt=login&empty=&redirect_uri=http%3A%2F%2Ftestserver%2F" in address
    assert address.count("redirect_uri") == 1
    assert "evil.example" not in address


def test_a_login_that_is_no_address_is_no_hint(client: Client, oauth: OAuthServer) -> None:
    partner = make_partner_at(oauth, smtp_login="billing")
    assert "login_hint" not in query_of(provider_address(client, partner))


def test_the_last_few_are_remembered(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    addresses = [provider_address(client, partner) for _ in range(pending.MAX_PENDING + 1)]
    assert len(waiting(client)) == pending.MAX_PENDING
    client.get(oauth.consent(addresses[0], MAILBOX))
    assert oauth.token_requests() == ()
    client.get(oauth.consent(addresses[1], MAILBOX))
    assert len(oauth.token_requests("authorization_code")) == 1


# Accounts that nobody can sign in for


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"smtp_auth": "password"}, "consent_not_wanted"),
        ({"smtp_oauth_grant": "application"}, "consent_not_wanted"),
        ({"smtp_oauth_provider": "site"}, "consent_not_wanted"),
        ({"smtp_oauth_authorization_endpoint": ""}, "oauth_endpoint_missing"),
        ({"smtp_oauth_authorization_endpoint": "http://login.example.com/"}, "oauth_endpoint_not_https"),
        ({"smtp_oauth_authorization_endpoint": "javascript:alert(1)"}, "oauth_endpoint_not_https"),
        ({"smtp_oauth_authorization_endpoint": "https://a@evil.example/"}, "oauth_endpoint_invalid"),
        ({"smtp_oauth_token_endpoint": ""}, "oauth_endpoint_missing"),
        ({"smtp_oauth_client_id": ""}, "oauth_client_id_missing"),
        ({"smtp_oauth_provider": "nobody"}, "oauth_provider_unknown"),
    ],
)
def test_what_is_missing_is_said(
    client: Client, oauth: OAuthServer, values: dict[str, str], code: str
) -> None:
    partner = make_partner_at(oauth, **values)
    status, answer = ask_to_connect(client, partner)
    assert (status, answer["error"]["code"]) == (400, code)
    assert answer["error"]["message"]
    assert "url" not in answer
    assert waiting(client) == {}


def test_without_the_extra_nobody_is_sent_away(
    client: Client, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "is_available", lambda: False)
    status, answer = ask_to_connect(client, partner)
    assert (status, answer["error"]["code"], waiting(client)) == (400, "oauth_unavailable", {})


def test_without_its_secret_nobody_is_sent_away(client: Client, partner: AbstractPartner) -> None:
    partner.clear_smtp_oauth_secret()
    partner.save()
    status, answer = ask_to_connect(client, partner)
    assert (status, waiting(client)) == (400, {})
    assert "secret" in answer["error"]["message"] + answer["error"]["hint"]


# Who may


def refuse_beta(user: Any, partner: Any) -> bool:
    """A site's own gate: everybody manages everything but Beta."""
    return getattr(partner, "name", "") != "Beta"


def test_another_editors_partner_is_refused(client: Client, oauth: OAuthServer, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.refuse_beta"
    mine = make_partner_at(oauth)
    others = make_partner_at(oauth, name="Beta", slug="beta")
    assert ask_to_connect(client, mine)[0] == 200
    status, answer = ask_to_connect(client, others)
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    assert len(waiting(client)) == 1


@pytest.mark.parametrize("name", ["oauth_connect", "oauth_disconnect"])
def test_a_locked_row_is_neither_connected_nor_disconnected(
    client: Client,
    superuser: User,
    oauth: OAuthServer,
    partner: AbstractPartner,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock_partners(monkeypatch, superuser)
    response = client.post(url(name, partner), headers=HTTP_AJAX)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "locked")
    assert (waiting(client), oauth.requests) == ({}, ())


@pytest.mark.parametrize("actions", [(), ("view", "change", "add", "delete"), ("manage", "view")])
@pytest.mark.parametrize("name", ["oauth_connect", "oauth_disconnect"])
def test_it_takes_the_permission(
    editor: User, oauth: OAuthServer, partner: AbstractPartner, name: str, actions: tuple[str, ...]
) -> None:
    client = client_of(permit(editor, *actions))
    response = client.post(url(name, partner), headers=HTTP_AJAX)
    assert response.status_code == 403
    assert waiting(client) == {}
    assert oauth.requests == ()


@pytest.mark.parametrize("name", ["oauth_connect", "oauth_disconnect"])
def test_strangers_are_refused(oauth: OAuthServer, partner: AbstractPartner, name: str) -> None:
    client = Client()
    assert client.post(url(name, partner), headers=HTTP_AJAX).status_code == 403
    assert client.post(url(name, partner)).headers["Location"].startswith("/admin/login/")
    assert not Session.objects.exists()


@pytest.mark.parametrize("name", ["oauth_connect", "oauth_disconnect"])
def test_it_takes_a_post_with_the_token_of_the_page(
    manager: User, client: Client, oauth: OAuthServer, partner: AbstractPartner, name: str
) -> None:
    assert sign_in(client, oauth, partner).status_code == 302
    careful = client_of(manager, enforce_csrf_checks=True)
    assert careful.post(url(name, partner), headers=HTTP_AJAX).status_code == 403
    for method in (careful.get, careful.head, careful.options):
        assert method(url(name, partner), headers=HTTP_AJAX).status_code == 405
    assert waiting(careful) == {}
    partner.refresh_from_db()
    assert partner.is_smtp_connected


def test_a_partner_that_is_gone_is_not_found(client: Client, partner: AbstractPartner) -> None:
    address = url("oauth_connect", partner)
    partner.delete()
    assert client.post(address, headers=HTTP_AJAX).status_code == 404


def test_the_answer_is_kept_by_nobody(client: Client, partner: AbstractPartner) -> None:
    response = client.post(url("oauth_connect", partner), headers=HTTP_AJAX)
    assert "no-store" in response.headers["Cache-Control"]


def test_a_password_account_cannot_be_connected(client: Client) -> None:
    partner = make_partner()
    status, answer = ask_to_connect(client, partner)
    assert (status, answer["error"]["code"]) == (400, "consent_not_wanted")
