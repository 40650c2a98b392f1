"""A site's own models are connected through the same address as partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from wagtail.models import ModelLogEntry

from test_project.shop.models import Supplier, Warehouse
from tests.support.consent import account_at, address_of, ask_to_disconnect, sign_in
from wagtail_partner_smtp import audit
from wagtail_partner_smtp.admin.oauth.callback import PANEL_ID

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Supplier, Warehouse])
def test_a_row_of_its_own_model_is_connected(
    superuser_client: Client, oauth: OAuthServer, model: type[Supplier] | type[Warehouse]
) -> None:
    values = {"smtp_host": "localhost", "smtp_port": 587, "smtp_security": "tls"}
    row = model(name="With mail", **values, **account_at(oauth))
    row.set_smtp_oauth_secret(oauth.client.client_secret)
    row.save()
    response = sign_in(superuser_client, oauth, row)
    assert response.headers["Location"] == f"{address_of(row, 'edit')}#{PANEL_ID}"
    assert model.objects.get(pk=str(row.pk)).is_smtp_connected
    page = superuser_client.get(address_of(row, "edit")).content.decode()
    assert "Connected as user@example.com since" in page
    assert ask_to_disconnect(superuser_client, row)[0] == 200
    assert not model.objects.get(pk=str(row.pk)).is_smtp_connected
    logged = ModelLogEntry.objects.filter(object_id=str(row.pk)).values_list("action", flat=True)
    assert {audit.CONNECT, audit.DISCONNECT} <= set(logged)
