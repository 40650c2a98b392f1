"""What holds for every address of the plugin, whoever asks for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.models import ModelLogEntry

from smtp_sandbox import Listener
from tests.conftest import Grant
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    addresses_of,
    client_of,
    make_partner,
    other_names,
    permit,
    section_names,
    values_of,
)
from tests.support.outgoing import make_attempt, make_message, mime
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage, get_partner_model
from wagtail_partner_smtp.permissions import MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL, VIEW_OUTGOING_MAIL

pytestmark = pytest.mark.django_db

LOGIN, EMAIL, SUBJECT, REPLY = "hidden-login", "hidden@acme.example", "Hidden subject", "hidden reply"
ACTIONS = ("retry", "resend", "cancel")


@pytest.fixture
def partner(server: Listener) -> AbstractPartner:
    """With an account that works, and mail that failed."""
    partner = make_partner(**account_of(server, smtp_login=LOGIN, smtp_email=EMAIL), password=RIGHT)
    message = make_message(partner, "failed", content=mime(), subject=SUBJECT, reply=REPLY)
    make_attempt(message, "failed", reply=REPLY)
    return partner


def addresses(partner: AbstractPartner) -> list[str]:
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    names = [viewset.get_url_name(name) for name in section_names()] + other_names()
    message = QueuedMessage.objects.get()
    options = partner._meta
    actions = [
        reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, action])
        for action in ("test_connection", "delete")
    ]
    found = addresses_of(*names, arguments=[partner.pk, message.pk, *ACTIONS])
    return [*found, *(f"{action}?id={partner.pk}" for action in actions)]


def everything() -> list[Any]:
    """All rows that a request could change."""
    return [list(model._default_manager.values()) for model in (get_partner_model(), QueuedMessage)]


def sent_to(partner: AbstractPartner) -> dict[str, Any]:
    """What the forms and endpoints read, all at once."""
    return values_of(partner) | {
        "name": "Overwritten",
        "smtp_password": "typed",
        "id": QueuedMessage.objects.get().pk,
        "confirmed": "1",
        "value": "x",
    }


def test_the_addresses_are_found(partner: AbstractPartner) -> None:
    assert len(addresses(partner)) > 35


@pytest.mark.parametrize("method", ["get", "post"])
def test_p13_nobody_is_let_in_who_has_not_logged_in(
    partner: AbstractPartner, server: Listener, method: str
) -> None:
    before, client = everything(), Client()
    for address in addresses(partner):
        for ending in ("", "export=csv"):
            response = getattr(client, method)(
                f"{address}{'&' if '?' in address else '?'}{ending}", sent_to(partner)
            )
            assert response.status_code in (302, 403, 405), address
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/admin/login/")
    assert (everything(), server.connections) == (before, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_p13_who_may_enter_the_admin_only_sees_and_does_nothing(
    partner: AbstractPartner, server: Listener, editor: User, method: str
) -> None:
    before, client = everything(), client_of(editor)
    for address in addresses(partner):
        response = getattr(client, method)(address, sent_to(partner), headers=HTTP_AJAX)
        assert response.status_code in (302, 403, 404, 405), address
        assert "Acme" not in response.content.decode()
    assert (everything(), server.connections) == (before, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_p13_who_may_not_manage_the_account_sees_nothing_of_it_at_any_address(
    partner: AbstractPartner, server: Listener, editor: User, grant: Grant, method: str
) -> None:
    """With all other permissions, those for mail included, but those to delete: that is no look."""
    editor = grant(
        permit(editor, "add", "change", "view"), VIEW_OUTGOING_MAIL, MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL
    )
    client = client_of(editor)
    sent = sent_to(partner) | {"name": partner.name}
    before, seen = everything(), 0
    hidden = [LOGIN, EMAIL, SUBJECT, REPLY, partner.smtp_password_encrypted, str(partner.smtp_uuid)]
    # What was sent comes back in a form that has errors.
    sent = {name: value for name, value in sent.items() if value not in hidden}
    for address in addresses(partner):
        for query in ("", "q=hidden", "export=csv", "ordering=smtp_status"):
            separator = "&" if "?" in address else "?"
            response = getattr(client, method)(f"{address}{separator}{query}", sent)
            content = response.getvalue() if response.streaming else response.content
            text = content.decode("utf-8", "replace")
            assert not [secret for secret in hidden if secret in text], (address, query)
            seen += "Acme" in text
    assert (everything(), server.connections) == (before, 0)
    assert seen > 0 or method == "post"


def test_p13_no_forged_request_does_anything(
    partner: AbstractPartner, server: Listener, superuser: User
) -> None:
    client = client_of(superuser, enforce_csrf_checks=True)
    before = everything()
    for address in addresses(partner):
        for headers in ({}, HTTP_AJAX, {"Origin": "https://evil.example"}):
            response = client.post(address, sent_to(partner), headers=headers)
            assert response.status_code in (403, 405), address
    assert (everything(), server.connections) == (before, 0)


def test_p62_a_link_does_nothing(partner: AbstractPartner, server: Listener, superuser: User) -> None:
    """Any site can lead a browser to an address, and the session comes along."""
    client = client_of(superuser)
    before = everything()
    for address in addresses(partner):
        client.get(address, sent_to(partner))
    assert (everything(), server.connections) == (before, 0)
    assert not ModelLogEntry.objects.exists()


@pytest.mark.parametrize(
    "number", ["9" * 30, "9" * 5000, "²"], ids=["30 digits", "5000 digits", "superscript"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_no_number_for_python_or_a_database_has_an_answer(
    partner: AbstractPartner, superuser: User, method: str, number: str
) -> None:
    """Python reads no number of more than 4,300 digits, a database none of more than 19, nobody ``²``."""
    client = client_of(superuser)
    numbers = dict.fromkeys(
        ("id", "queue", "p", "page", "per_page", "state", "smtp_port", "value", "pk", "last_mail"), number
    )
    keys = {f"/{partner.pk}/", f"/{QueuedMessage.objects.get().pk}/"}
    if WAGTAIL_VERSION < (8, 0) or not number.isascii():
        # Before 8.0, pages of Wagtail's own ended in an error; an address is ASCII.
        keys = set()
    for address in addresses(partner):
        others = [address.replace(key, f"/{number}/") for key in keys if key in address]
        for each in (address.partition("?")[0], *others):
            for more in ({}, {"all": "1"}):
                response = getattr(client, method)(each, numbers | more)
                assert response.status_code < 500, each


def test_no_page_of_another_site_is_framed_or_sends_its_visitors_on(
    partner: AbstractPartner, superuser: User
) -> None:
    client = client_of(superuser)
    for address in addresses(partner):
        response = client.get(f"{address}{'&' if '?' in address else '?'}next=https://evil.example/")
        assert "evil.example" not in response.headers.get("Location", "")
        if response.status_code == 200 and not response.streaming:
            text = response.content.decode()
            assert not re.search(r'(href|action|src)="https://evil\.example', text), address
