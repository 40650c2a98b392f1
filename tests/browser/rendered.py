"""What the site's own views answer, pages and JSON. Nothing of it stays in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.admin.lists.test_bulk import chosen
from tests.browser.answers import Given, given
from tests.support.admin import HTTP_AJAX, PASSWORD, client_of, make_partner, url, values_of
from wagtail_partner_smtp.admin.lists import bulk
from wagtail_partner_smtp.models import AbstractPartner

OWN = "superuser@example.com"
AS_SCRIPTS_DO = {**HTTP_AJAX, "Prefer": "report-in-body"}
Values = dict[str, Any]


class Rendered:
    """What a superuser is shown. A page is rendered once: settings that a test changes have no say."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._kept: dict[str, str] = {}

    def tab(self, *, own: str = OWN, **values: Any) -> str:
        """The form of a partner that is saved with ``values``, of a new one without any."""
        return self._once(
            f"tab {own} {values}", lambda client: _get(client, _edit(values) if values else url("add")), own
        )

    def refused(self, **values: Any) -> str:
        """The form of a new partner that came back with errors, after another one was saved with ``values``."""

        def post(client: Client) -> str:
            make_partner(**values)
            return client.post(url("add"), {"name": "Acme", "slug": "acme"}).content.decode()

        return self._once(f"refused {values}", post)

    def bulk(self, *rows: Values, pause: float = 0.0) -> str:
        """The page that tests partners with these values, in their order; ``pause`` in seconds."""

        def get(client: Client) -> str:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(bulk, "PAUSE", pause)
                return _get(
                    client, chosen(*(_saved(**_named(number) | row) for number, row in enumerate(rows)))
                )

        return self._once(f"bulk {pause} {rows}", get)

    def page(self, address: str) -> str:
        """A page that needs no partner."""
        return self._once(address, lambda client: _get(client, address))

    def answer(self, endpoint: str, *, own: str = OWN, sent: Values | None = None, **saved: Any) -> Given:
        """What the endpoint answers about a partner saved with ``saved``, or about a new one without any.

        It is asked each time, with the fields of the form as saved, or changed by ``sent``.
        """
        with self._undone(own) as client:
            partner = _saved(**saved) if saved else None
            address = url(endpoint, partner) if partner else url(f"{endpoint}_new")
            return given(client.post(address, values_of(partner, **sent or {}), headers=AS_SCRIPTS_DO))

    def _once(self, name: str, render: Callable[[Client], str], own: str = OWN) -> str:
        if name not in self._kept:
            with self._undone(own) as client:
                self._kept[name] = render(client)
        return self._kept[name]

    @contextmanager
    def _undone(self, own: str) -> Iterator[Client]:
        with self._blocker.unblock(), transaction.atomic():
            yield client_of(User.objects.create_superuser("superuser", own))
            transaction.set_rollback(True)


def _get(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def _edit(values: Values) -> str:
    return url("edit", _saved(**values))


def _named(number: int) -> Values:
    return {"name": f"Partner {number:03}", "slug": f"partner-{number}"}


def _saved(*, password: str = PASSWORD, **values: Any) -> AbstractPartner:
    """A partner with these values, those of the last test included, which saving would reset."""
    partner = make_partner(password=password, **values)
    type(partner)._default_manager.filter(pk=partner.pk).update(**values)
    return partner
