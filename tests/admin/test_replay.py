"""Signed values that a page was given, handed in once more: by whom, and when, they were not meant for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    client_of,
    listen,
    make_partner,
    permit,
    post,
    read_again,
    url,
    values_of,
)
from tests.support.consent import make_partner_at, provider_address, query_of, reach_oauth, said
from wagtail_partner_smtp.admin.oauth.callback import URL_NAME
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db

NEEDED = ("change", "manage_partner_smtp")


@pytest.fixture
def untrusted(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="ssl", certificate="self-signed")


@pytest.fixture
def manager(editor: User) -> User:
    return permit(editor, "add", "change", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)


def withdraw(user: User, permission: str) -> None:
    user.user_permissions.remove(*user.user_permissions.filter(codename__startswith=permission))


def offer_of(client: Client, partner: AbstractPartner) -> str:
    """The value that lets the user trust the certificate that a test has seen."""
    return str(post(client, partner)[1]["trust"]["value"])


def hand_in(client: Client, partner: AbstractPartner, value: str) -> int:
    response = client.post(url("trust_certificate", partner), {"value": value}, headers=HTTP_AJAX)
    return int(response.status_code)


@pytest.mark.parametrize("permission", NEEDED)
def test_p58_an_offer_is_nothing_to_who_may_not_manage_the_account_any_more(
    client: Client, manager: User, untrusted: Listener, permission: str
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    value = offer_of(client, partner)
    withdraw(manager, permission)
    assert hand_in(client, partner, value) == 403
    assert read_again(partner).smtp_pinned_certificate == ""


def test_p58_nor_to_nobody_or_for_a_partner_that_is_gone(
    client: Client, superuser_client: Client, untrusted: Listener
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    value = offer_of(client, partner)
    client.logout()
    assert hand_in(client, partner, value) == 403
    assert read_again(partner).smtp_pinned_certificate == ""
    other = make_partner(slug="other", **account_of(untrusted), password=RIGHT)
    value = offer_of(superuser_client, other)
    pk = other.pk
    other.delete()
    other.pk = pk
    assert hand_in(superuser_client, other, value) == 404


@pytest.mark.parametrize("change", ["port", "security", "login"])
def test_p58_nor_after_the_destination_was_changed(
    client: Client, smtp: Served, untrusted: Listener, change: str
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    value = offer_of(client, partner)
    partner = read_again(partner)
    setattr(partner, f"smtp_{change}", {"port": smtp.ssl.port, "security": "tls", "login": "other"}[change])
    partner.save()
    assert hand_in(client, partner, value) == 400
    assert read_again(partner).smtp_pinned_certificate == ""


@pytest.mark.parametrize("permission", NEEDED)
def test_a_result_is_stored_for_nobody_who_may_not_manage_the_account(
    client: Client, manager: User, server: Listener, permission: str
) -> None:
    partner = make_partner(**account_of(server), smtp_reply_to="desk@acme.example", password="wrong")
    values = values_of(partner, smtp_password=RIGHT)
    token = client.post(url("test_connection", partner), values, headers=HTTP_AJAX).json()["token"]
    partner = read_again(partner)
    partner.set_smtp_password(RIGHT)
    partner.save()
    withdraw(manager, permission)
    client.post(url("edit", partner), values | {"smtp_test_token": token})
    assert read_again(partner).smtp_status == "untested"


def test_a_state_ends_with_its_session(client: Client, manager: User, smtp: Served, settings: Any) -> None:
    oauth = reach_oauth(smtp, settings)
    partner = make_partner_at(oauth)
    state = query_of(provider_address(client, partner))["state"]
    client.logout()
    client.force_login(manager)
    response = client.get(reverse(URL_NAME), {"state": state, "code": "x"})
    assert "This sign-in was not expected" in said(response)
    assert oauth.token_requests() == ()
