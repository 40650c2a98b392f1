"""What the tab, the lists and the first page say of a connection."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admin.lists.test_report import names
from tests.support.admin import client_of, make_partner, permit, read_again, url
from tests.support.consent import ask_to_disconnect, make_partner_at, sign_in
from wagtail_partner_smtp.admin.lists.report import report_url
from wagtail_partner_smtp.admin.oauth.callback import PANEL_ID
from wagtail_partner_smtp.admin.oauth.standing import standing
from wagtail_partner_smtp.models import AbstractPartner

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

pytestmark = pytest.mark.django_db

AGAIN = "Needs to be connected again."


def panel(client: Client, partner: AbstractPartner | None = None) -> str:
    """The HTML of ours on the page of a partner, or of a new one; empty if it is not there."""
    page = client.get(url("edit", partner) if partner else url("add")).content.decode()
    found = re.search(rf'<div[^>]* id="{PANEL_ID}".*?>.*?</code>', page, re.S)
    return found.group() if found else ""


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def is_hidden(text: str) -> bool:
    return re.search(r'"\s+hidden\s*>', text.split("<p", 1)[0]) is not None


def need_consent(partner: AbstractPartner, code: str = "oauth_consent_expired", **values: Any) -> None:
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_oauth_needs_consent=code, **values)


def test_the_tab_says_how_it_stands(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    assert "Not connected yet." in words(panel(client, partner))
    assert re.search(r">\s*Connect\s*<", panel(client, partner))
    sign_in(client, oauth, partner)
    assert "Connected as user@example.com since " in words(panel(client, partner))
    assert re.search(r">\s*Connect again\s*<", panel(client, partner))
    need_consent(partner)
    shown = words(panel(client, partner))
    assert AGAIN in shown
    assert standing(read_again(partner)).caution in shown
    assert standing(read_again(partner)).caution
    ask_to_disconnect(client, partner)
    assert "Not connected yet." in words(panel(client, partner))


def test_a_reason_of_another_version_is_no_error(partner: AbstractPartner) -> None:
    partner.smtp_oauth_needs_consent = "of_the_future"
    assert (standing(partner).sentence, standing(partner).caution) == (AGAIN, "")


def test_it_says_who_will_ask_for_a_password(client: Client, oauth: OAuthServer) -> None:
    """Another editor may have typed the address."""
    endpoint = {"smtp_oauth_authorization_endpoint": "https://login.evil.example/authorize"}
    partner = make_partner_at(oauth, **endpoint)
    assert "Connecting opens a page of login.evil.example." in words(panel(client, partner))
    partner = make_partner_at(oauth, slug="incomplete", smtp_oauth_client_id="")
    assert "Connecting opens a page of the provider." in words(panel(client, partner))


def test_the_redirect_uri_is_shown(client: Client, partner: AbstractPartner) -> None:
    uri = "http://testserver/admin/partner-smtp/oauth/callback/"
    assert f">{uri}</code>" in panel(client, partner)
    page = client.get(url("edit", partner), secure=True).content.decode()
    assert f">{uri.replace('http:', 'https:')}</code>" in page


@pytest.mark.parametrize(
    ("secure", "host", "is_said"),
    [(False, "testserver", True), (True, "testserver", False), (False, "localhost", False)],
)
def test_an_address_that_no_provider_takes_is_said(
    client: Client, partner: AbstractPartner, secure: bool, host: str, is_said: bool
) -> None:
    page = client.get(url("edit", partner), secure=secure, headers={"Host": host}).content.decode()
    assert ("SECURE_PROXY_SSL_HEADER" in page) == is_said


@pytest.mark.parametrize(
    ("values", "hidden"),
    [({}, False), ({"smtp_oauth_grant": "application"}, True), ({"smtp_auth": "password"}, True)],
)
def test_it_shows_where_somebody_signs_in(
    client: Client, oauth: OAuthServer, values: dict[str, str], hidden: bool
) -> None:
    partner = make_partner_at(oauth, **values)
    assert is_hidden(panel(client, partner)) == hidden


def test_a_new_partner_has_to_be_saved_first(client: Client) -> None:
    assert "Save first, then connect" in words(panel(client))
    assert "<button" not in panel(client).split("Redirect URI")[0]


def test_a_copy_is_not_connected(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    sign_in(client, oauth, partner)
    page = client.get(url("copy", partner)).content.decode()
    assert "Not connected yet." in page
    assert "Connected as user@example.com since" not in page
    assert url("oauth_connect", partner) not in page


def test_nothing_of_it_is_shown_without_the_permission(
    editor: User, oauth: OAuthServer, partner: AbstractPartner, superuser_client: Client
) -> None:
    sign_in(superuser_client, oauth, partner)
    client = client_of(permit(editor, "change", "view"))
    page = client.get(url("edit", partner)).content.decode()
    assert "Acme" in page
    for hidden in (PANEL_ID, "Connected as", "oauth-connect"):
        assert hidden not in page


# Lists


def test_the_list_says_that_it_needs_to_be_connected(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    assert AGAIN not in client.get(url("list")).content.decode()
    need_consent(partner, smtp_status="ok")
    assert AGAIN in client.get(url("list")).content.decode()


def test_the_list_says_it_to_nobody_else(editor: User, oauth: OAuthServer, partner: AbstractPartner) -> None:
    need_consent(partner)
    client = client_of(permit(editor, "change", "view"))
    assert AGAIN not in client.get(url("list")).content.decode()


def test_the_first_page_says_it(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_status="ok")
    home = reverse("wagtailadmin_home")
    assert "can't send mail" not in html.unescape(client.get(home).content.decode())
    need_consent(partner)
    shown = words(client.get(home).content.decode())
    assert f"1 of 1 partners can't send mail. Acme {AGAIN}" in shown


def test_the_report_has_it_first(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    make_partner(name="Able", slug="able")
    type(partner)._default_manager.update(smtp_status="failed")
    need_consent(partner, smtp_status="ok")
    assert names(client) == ["Acme", "Able"]
    assert AGAIN in client.get(report_url()).content.decode()
    type(partner)._default_manager.filter(name="Able").update(smtp_status="ok")
    assert names(client, "?mail=broken") == ["Acme"]
