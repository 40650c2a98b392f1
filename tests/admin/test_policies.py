"""Where a site decides for each partner by a permission policy of Wagtail's, every way in asks it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.conftest import Grant
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
)
from tests.support.outgoing import URL as OUTGOING
from tests.support.outgoing import make_message
from tests.support.policies import decide_per_partner
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.permissions import VIEW_OUTGOING_MAIL, can_manage_smtp, decides_per_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(editor: User, grant: Grant, monkeypatch: pytest.MonkeyPatch) -> User:
    """With all permissions, for North."""
    decide_per_partner(monkeypatch, "north")
    return grant(permit(editor, "add", "change", "view", "manage"), VIEW_OUTGOING_MAIL)


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings)


@pytest.fixture
def partners(server: Listener) -> tuple[AbstractPartner, AbstractPartner]:
    north, south = (
        make_partner(name=name, slug=name.lower(), **account_of(server), password=RIGHT)
        for name in ("North", "South")
    )
    for partner in (north, south):
        make_message(partner, "failed", subject=f"Invoice of {partner.name}")
    return north, south


def test_p14_a_permission_policy_decides_per_partner_too(
    client: Client, user: User, server: Listener, partners: tuple[AbstractPartner, AbstractPartner]
) -> None:
    north, south = partners
    assert [can_manage_smtp(user, partner) for partner in partners] == [True, False]
    assert post(client, north)[0] == 200
    before = server.connections
    assert post(client, south)[0] == 403
    for name in ("test_saved", "send_test_email", "find_settings", "check_domain", "read_server"):
        assert client.post(url(name, south), headers=HTTP_AJAX).status_code == 403
    for name in ("trust_certificate", "untrust_certificate", "oauth_connect", "oauth_disconnect"):
        assert client.post(url(name, south), headers=HTTP_AJAX).status_code == 403
    assert client.get(url("outgoing_mail", south), headers=HTTP_AJAX).status_code == 403
    assert client.post(url("resume_mail", south), headers=HTTP_AJAX).status_code == 403
    assert server.connections == before
    assert read_again(south).smtp_tested_at is None


def test_a_site_without_a_policy_of_its_own_is_not_asked_for_each_row() -> None:
    assert not decides_per_partner(get_partner_model())


def test_p14_lists_and_reports_have_the_accounts_and_the_mail_of_those_partners_alone(
    client: Client, partners: tuple[AbstractPartner, AbstractPartner]
) -> None:
    for address in ("/admin/reports/partner-mail/", OUTGOING):
        shown = client.get(address).content.decode()
        assert ("North" in shown, "South" in shown) == (True, False), address
    rows = b"".join(client.get(f"{url('list')}?export=csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [partners[0].smtp_host in row for row in rows[1:]] == [True, False]
