"""Pressing Disconnect: what the site and the provider forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from wagtail.models import ModelLogEntry

from smtp_sandbox.oauth.faults import Fault
from smtp_sandbox.oauth.replies import Raw
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import read_again
from tests.support.consent import MAILBOX, SCOPES, ask_to_disconnect, make_vendor_partner, sign_in
from tests.support.oauth_accounts import provider_settings
from tests.support.transactions import transaction_depth
from wagtail_partner_smtp import audit
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.oauth import grants

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

pytestmark = pytest.mark.django_db

FORGOTTEN = "Disconnected: this site has forgotten the permission."
WITHDRAWN = "Disconnected. The provider has withdrawn the permission as well."


@pytest.fixture
def revoking(oauth: OAuthServer, settings: Any) -> OAuthServer:
    """Known to the site as a provider that takes tokens back."""
    settings.PARTNER_SMTP_OAUTH = {"acme": provider_settings(oauth, label="Acme mail", scopes=SCOPES.split())}
    return oauth


def revocations(oauth: OAuthServer) -> int:
    return sum(each.endpoint == "revocation" for each in oauth.requests)


def stored(partner: AbstractPartner) -> dict[str, Any]:
    return {name: getattr(read_again(partner), name) for name in saving.CONNECTION}


def test_site_and_provider_forget(client: Client, revoking: OAuthServer) -> None:
    partner = make_vendor_partner(revoking, "acme")
    sign_in(client, revoking, partner)
    (grant,) = revoking.registry.grants
    assert revoking.registry.issued.accepts(MAILBOX, grant.access_token)
    status, answer = ask_to_disconnect(client, partner)
    assert (status, answer["message"]) == (200, WITHDRAWN)
    assert answer["standing"] == {
        "state": "none",
        "icon": "help",
        "sentence": "Not connected yet.",
        "caution": "",
    }
    assert stored(partner) == dict(saving.CONNECTION)
    assert revocations(revoking) == 1
    assert not revoking.registry.issued.accepts(MAILBOX, grant.access_token)


def test_the_history_says_so(
    client: Client, manager: User, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    sign_in(client, oauth, partner)
    ask_to_disconnect(client, partner)
    entry = ModelLogEntry.objects.get(action=audit.DISCONNECT)
    assert (entry.message, entry.user) == ("Disconnected the mailbox from its provider", manager)


def test_a_result_of_a_test_was_with_it(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    sign_in(client, oauth, partner)
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_status="ok")
    assert ask_to_disconnect(client, partner)[1]["badge"]["status"] == "changed"
    assert read_again(partner).smtp_status == "changed"


def test_a_provider_without_an_endpoint_for_it_is_not_asked(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    sign_in(client, oauth, partner)
    status, answer = ask_to_disconnect(client, partner)
    assert (status, revocations(oauth)) == (200, 0)
    assert answer["message"].startswith(FORGOTTEN)
    assert stored(partner) == dict(saving.CONNECTION)


@pytest.mark.parametrize("trouble", [{"drop": "rst"}, {"reply": Raw(b"nonsense", status=503)}])
def test_a_provider_that_does_not_do_it_keeps_nobody_from_it(
    client: Client, revoking: OAuthServer, trouble: dict[str, Any]
) -> None:
    partner = make_vendor_partner(revoking, "acme")
    sign_in(client, revoking, partner)
    revoking.fail(Fault(name="revocation", endpoint="revocation", **trouble))
    status, answer = ask_to_disconnect(client, partner)
    assert status == 200
    assert answer["message"].startswith(FORGOTTEN)
    assert stored(partner) == dict(saving.CONNECTION)


def test_tokens_that_cannot_be_read_are_forgotten_too(
    client: Client, revoking: OAuthServer, settings: Any
) -> None:
    partner = make_vendor_partner(revoking, "acme")
    sign_in(client, revoking, partner)
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    status, answer = ask_to_disconnect(client, partner)
    assert (status, revocations(revoking)) == (200, 0)
    assert answer["message"].startswith(FORGOTTEN)
    assert stored(partner) == dict(saving.CONNECTION)


def test_who_shares_the_permission_keeps_it(client: Client, revoking: OAuthServer) -> None:
    """Google, asked to withdraw one token, withdraws all that the application has of that account."""
    one = make_vendor_partner(revoking, "acme")
    other = make_vendor_partner(revoking, "acme", slug="other")
    for partner in (one, other):
        sign_in(client, revoking, partner)
    assert ask_to_disconnect(client, one)[1]["message"].startswith(FORGOTTEN)
    assert revocations(revoking) == 0
    assert read_again(other).is_smtp_connected
    assert ask_to_disconnect(client, other)[1]["message"] == WITHDRAWN
    assert revocations(revoking) == 1


def test_another_mailbox_shares_nothing(client: Client, revoking: OAuthServer) -> None:
    one = make_vendor_partner(revoking, "acme")
    other = make_vendor_partner(revoking, "acme", slug="other", smtp_login="other@example.com")
    sign_in(client, revoking, one)
    sign_in(client, revoking, other, "other@example.com")
    assert ask_to_disconnect(client, one)[1]["message"] == WITHDRAWN


def test_it_can_be_connected_again(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    sign_in(client, oauth, partner)
    ask_to_disconnect(client, partner)
    sign_in(client, oauth, partner)
    assert read_again(partner).is_smtp_connected


def test_what_is_not_connected_is_no_error(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    assert ask_to_disconnect(client, partner)[0] == 200
    assert oauth.requests == ()


def test_no_transaction_is_open_while_the_provider_is_asked(
    client: Client, revoking: OAuthServer, monkeypatch: pytest.MonkeyPatch, smtp: Served
) -> None:
    partner = make_vendor_partner(revoking, "acme")
    sign_in(client, revoking, partner)
    depths: list[int] = []
    monkeypatch.setattr(grants, "revoke", lambda *args, **options: depths.append(transaction_depth()))
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    before = transaction_depth()
    ask_to_disconnect(client, partner)
    assert depths == [before]
