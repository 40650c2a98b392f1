"""Choosing a partner for a page or a block: who is offered whom."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from tests.support.admin import HTTP_AJAX, client_of, make_partner, permit
from tests.support.policies import decide_per_partner
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.permissions import can_choose_partner

pytestmark = pytest.mark.django_db

HOST, LOGIN, EMAIL = "mail.hidden-host.example", "hidden-login", "hidden@address.example"
NOTHING = "There is nothing here that you may choose."


@pytest.fixture
def acme() -> AbstractPartner:
    return make_partner(smtp_host=HOST, smtp_login=LOGIN, smtp_email=EMAIL)


@pytest.fixture
def borealis() -> AbstractPartner:
    return make_partner(name="Borealis", slug="north", active=False, password="")


def chooser(name: str, *args: Any, **query: str) -> str:
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    return reverse(viewset.chooser_viewset.get_url_name(name), args=args, query=query)


def offered(client: Client, **query: str) -> str:
    """What the window shows, and what it shows after a search."""
    window = client.get(chooser("choose", **query), headers=HTTP_AJAX)
    results = client.get(chooser("choose_results", **query), headers=HTTP_AJAX)
    assert (window.status_code, results.status_code) == (200, 200)
    return str(json.loads(window.content)["html"]) + results.content.decode()


@pytest.mark.parametrize("key", ["nonsense", "9" * 30, "9" * 5000])
def test_no_row_is_chosen_by_what_is_no_key(superuser_client: Client, key: str) -> None:
    make_partner()
    assert superuser_client.get(chooser("chosen", key), headers=HTTP_AJAX).status_code == 404
    several = superuser_client.get(chooser("chosen_multiple", id=key), headers=HTTP_AJAX)
    # SQLite alone cannot even be asked for a number of more than 19 digits.
    assert several.status_code == 404 or json.loads(several.content)["result"] == []


def chosen(client: Client, partner: AbstractPartner) -> dict[str, Any] | None:
    """What the page is told, if anything; one or several at a time make no difference."""
    one = client.get(chooser("chosen", partner.pk), headers=HTTP_AJAX)
    several = client.get(chooser("chosen_multiple", id=str(partner.pk)), headers=HTTP_AJAX)
    results = json.loads(several.content)["result"]
    if one.status_code == 404:
        assert results == []
        return None
    result: dict[str, Any] = json.loads(one.content)["result"]
    assert results == [result]
    return result


def test_who_may_not_see_partners_is_offered_none_and_told_why(editor: User, acme: AbstractPartner) -> None:
    client = client_of(editor)
    shown = offered(client)
    assert shown.count(NOTHING) == 2
    assert "Acme" not in shown
    assert chosen(client, acme) is None
    assert not can_choose_partner(editor, acme)


@pytest.mark.parametrize("permission", ["add", "change", "delete", "view"])
def test_who_may_see_partners_may_choose_one_and_learns_nothing_of_its_account(
    permission: str, editor: User, acme: AbstractPartner, borealis: AbstractPartner
) -> None:
    user = permit(editor, permission)
    client = client_of(user)
    shown = offered(client)
    assert "Acme" in shown
    assert "Borealis" in shown
    result = chosen(client, acme)
    assert result is not None
    assert (result["id"], result["string"]) == (str(acme.pk), "Acme")
    assert can_choose_partner(user, acme)
    for secret in (HOST, LOGIN, EMAIL, "smtp_", acme.smtp_password_encrypted):
        assert secret not in shown + json.dumps(result)


def test_the_list_says_who_is_not_active(superuser_client: Client, acme: Any, borealis: Any) -> None:
    shown = offered(superuser_client)
    assert "Active" in shown
    # In the window and in the results: Acme, Borealis.
    assert re.findall(r'"w-sr-only">\s*(True|False)\b', shown) == ["True", "False"] * 2


@pytest.mark.parametrize(
    ("query", "found"), [("bor", ["Borealis"]), ("NORTH", ["Borealis"]), ("e", ["Acme", "Borealis"])]
)
def test_a_search_looks_into_names(
    query: str, found: list[str], editor: User, acme: Any, borealis: Any
) -> None:
    shown = offered(client_of(permit(editor, "view")), q=query)
    assert [name for name in ("Acme", "Borealis") if name in shown] == found


@pytest.mark.parametrize("query", [HOST, LOGIN, EMAIL])
def test_no_search_tells_what_an_account_has(query: str, editor: User, acme: Any) -> None:
    shown = offered(client_of(permit(editor, "view")), q=query)
    assert "Acme" not in shown
    assert "no snippets match" in shown


def test_a_site_that_narrows_the_section_narrows_the_chooser(
    editor: User, acme: AbstractPartner, borealis: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = get_partner_model()

    def own_rows(request: Any) -> QuerySet[Any]:
        return model._default_manager.exclude(slug="acme")

    monkeypatch.setattr(model.snippet_viewset, "get_queryset", own_rows)  # type: ignore[attr-defined]
    client = client_of(permit(editor, "view"))
    shown = offered(client)
    assert "Acme" not in shown
    assert "Borealis" in shown
    assert chosen(client, acme) is None


def test_a_site_that_decides_per_partner_decides_who_may_choose_it(
    editor: User, acme: AbstractPartner, borealis: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_per_partner(monkeypatch, "north")
    user = permit(editor, "view")
    client = client_of(user)
    assert "Acme" not in offered(client)
    assert (chosen(client, acme), can_choose_partner(user, acme)) == (None, False)
    assert chosen(client, borealis)
    assert can_choose_partner(user, borealis)


def test_who_may_add_the_first_one_is_led_to_it(editor: User) -> None:
    shown = offered(client_of(permit(editor, "add")))
    assert NOTHING not in shown
    assert "create one now" in shown
