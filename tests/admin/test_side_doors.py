"""Ways into a partner's account besides its own pages: APIs, actions on many rows, choosers."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import path, reverse
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import BaseAPIViewSet

from tests.support.admin import client_of, make_partner, permit
from wagtail_partner_smtp.admin.lists.bulk_delete import AccountDeleteBulkAction
from wagtail_partner_smtp.models import AbstractPartner, get_account_models, get_partner_model

pytestmark = pytest.mark.django_db

HOST, LOGIN = "mail.hidden-host.example", "hidden-login"


class PartnersAPI(BaseAPIViewSet):
    """What a site gets that puts partners into its API without naming any field."""

    model = get_partner_model()


router = WagtailAPIRouter("partners_api")
router.register_endpoint("partners", PartnersAPI)
urlpatterns = [path("api/", router.urls)]


@pytest.fixture
def partner() -> AbstractPartner:
    return make_partner(smtp_host=HOST, smtp_login=LOGIN)


@pytest.mark.parametrize("query", ["", "?fields=*"])
@pytest.mark.urls(__name__)
def test_p40_an_api_has_nothing_of_the_account(client: Client, partner: AbstractPartner, query: str) -> None:
    for address in ("/api/partners/", f"/api/partners/{partner.pk}/"):
        response = client.get(address + query, headers={"Accept": "application/json"})
        assert response.status_code == 200
        text = response.content.decode()
        assert f'"id": {partner.pk}' in text or f'"id":{partner.pk}' in text
        for secret in ("smtp_", HOST, LOGIN, partner.smtp_password_encrypted):
            assert secret not in text


@pytest.mark.parametrize("name", ["smtp_password_encrypted", "smtp_host", "smtp_uuid"])
@pytest.mark.urls(__name__)
def test_p40_an_api_cannot_be_asked_for_the_account(
    client: Client, partner: AbstractPartner, name: str
) -> None:
    headers = {"Accept": "application/json"}
    assert client.get(f"/api/partners/?fields={name}", headers=headers).status_code == 400
    assert client.get(f"/api/partners/?{name}=x", headers=headers).status_code == 400


def test_p40_no_account_is_registered_with_the_api_of_wagtail_8() -> None:
    exposed = [model for model in get_account_models() if getattr(model, "api_fields", None)]
    assert exposed == []
    if importlib.util.find_spec("wagtail.api.v3"):
        snippets = import_module("wagtail.snippets.api.v3.registry")
        snippets.register_content_types()
        assert not snippets.registry.has(get_partner_model()._meta.label)


@pytest.fixture
def outsider(editor: User) -> Client:
    """Of somebody who may do everything with partners except manage their mail."""
    return client_of(permit(editor, "add", "change", "delete", "view"))


def doors(partner: AbstractPartner) -> list[str]:
    options: Any = partner._meta
    bulk = reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, "delete"])
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    chooser = reverse(viewset.get_chooser_admin_url_namespace() + ":choose")
    return [f"{bulk}?id={partner.pk}", chooser, f"{chooser}results/?q=acme"]


def test_actions_on_many_rows_and_choosers_show_no_account(
    outsider: Client, partner: AbstractPartner
) -> None:
    shown = [outsider.get(address) for address in doors(partner)]
    assert [response.status_code for response in shown] == [200] * 3
    text = "".join(response.content.decode() for response in shown)
    assert "Acme" in text
    for secret in (HOST, LOGIN, partner.smtp_password_encrypted, str(partner.smtp_uuid)):
        assert secret not in text


# Wagtail's own way to delete several


def bulk_delete(partner: AbstractPartner, query: str) -> str:
    options = partner._meta
    return f"{reverse('wagtail_bulk_action', args=[options.app_label, options.model_name, 'delete'])}?{query}"


@pytest.mark.parametrize("query", ["id={pk}", "id=all"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_p13_who_sees_no_partner_is_told_no_name_and_deletes_none(
    editor: User, partner: AbstractPartner, query: str, method: str
) -> None:
    response = getattr(client_of(editor), method)(bulk_delete(partner, query.format(pk=partner.pk)))
    assert response.status_code == 302
    assert "Acme" not in response.content.decode()
    assert get_partner_model()._default_manager.count() == 1


def test_who_sees_partners_is_told_which_are_not_to_be_deleted(
    editor: User, partner: AbstractPartner
) -> None:
    client = client_of(permit(editor, "view"))
    assert "Acme" in client.get(bulk_delete(partner, "id=all")).content.decode()
    client.post(bulk_delete(partner, "id=all"))
    assert get_partner_model()._default_manager.count() == 1


def test_who_may_delete_does_so_within_the_section(
    editor: User, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_partner(name="Borealis", slug="borealis")
    client = client_of(permit(editor, "view"))
    model: Any = get_partner_model()
    narrowed = model._default_manager.filter(slug="acme")
    monkeypatch.setattr(type(model.snippet_viewset), "get_queryset", lambda viewset, request: narrowed)
    for _ in ("seen", "deleted"):
        page = client.get(bulk_delete(partner, "id=all")).content.decode()
        assert ("Acme" in page, "Borealis" in page) == (True, False)
        client = client_of(permit(editor, "delete"))
    client.post(bulk_delete(partner, "id=all"))
    assert [row.slug for row in model._default_manager.all()] == ["borealis"]


@pytest.mark.parametrize("model", get_account_models())
def test_every_model_with_a_section_has_that_action(model: Any) -> None:
    action = bulk_action_registry.get_bulk_action_class(
        model._meta.app_label, model._meta.model_name, "delete"
    )
    assert action is AccountDeleteBulkAction
