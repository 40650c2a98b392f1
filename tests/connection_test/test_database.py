"""What a test does about the database, which it needs before and after it waits for a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    client_of,
    listen,
    make_partner,
    post,
    read_again,
    url,
    values_of,
)
from tests.support.consent import (
    ask_to_disconnect,
    make_partner_at,
    make_vendor_partner,
    reach_oauth,
    sign_in,
)
from tests.support.oauth_accounts import connect, provider_settings
from wagtail_partner_smtp import audit, connection_test
from wagtail_partner_smtp.account.database import give_back
from wagtail_partner_smtp.connection_test import refused_logins, results
from wagtail_partner_smtp.discovery import reputation, search
from wagtail_partner_smtp.oauth import grants
from wagtail_partner_smtp.outbox import database as outbox_database
from wagtail_partner_smtp.smtp import connecting

alone = pytest.mark.django_db(transaction=True)


class Watched(Exception):
    """What the test wanted to see has been seen."""


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="starttls")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType, str], list[bool]]:
    """``opened(module, name)``: whether the thread had a connection at each call of the function, which fails."""

    def watch(module: ModuleType, name: str) -> list[bool]:
        found: list[bool] = []

        def call(*args: Any, **kwargs: Any) -> Any:
            found.append(connection.connection is not None)
            raise Watched

        monkeypatch.setattr(module, name, call)
        return found

    return watch


@alone
@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("test_connection", connection_test, "run"),
        ("test_saved", connection_test, "run"),
        ("find_settings", search, "discover"),
        ("check_domain", reputation, "look"),
    ],
)
def test_who_waits_for_another_machine_has_no_connection_to_the_database(
    name: str,
    module: ModuleType,
    function: str,
    superuser: Any,
    opened: Callable[[ModuleType, str], list[bool]],
) -> None:
    partner, client = make_partner(), client_of(superuser)
    found = opened(module, function)
    with pytest.raises(Watched):
        client.post(url(name, partner), values_of(partner), headers=HTTP_AJAX)
    assert found == [False]


@alone
@pytest.mark.parametrize("name", ["test_connection", "test_saved", "send_test_email"])
def test_nor_at_the_moment_of_dialling(
    name: str, superuser: Any, server: Listener, opened: Callable[[ModuleType, str], list[bool]]
) -> None:
    partner, client = make_partner(**account_of(server), password=RIGHT), client_of(superuser)
    found = opened(connecting, "connect")
    with suppress(Watched):
        client.post(url(name, partner), values_of(partner), headers=HTTP_AJAX)
    assert found == [False]


@alone
@pytest.mark.parametrize("name", ["test_saved", "send_test_email"])
def test_nor_while_a_token_is_waited_for(
    name: str, superuser: Any, smtp: Served, settings: Any, opened: Callable[[ModuleType, str], list[bool]]
) -> None:
    partner: Any = make_partner_at(reach_oauth(smtp, settings))
    connect(partner)
    found = opened(grants, "refresh")
    with suppress(Watched):
        client_of(superuser).post(url(name, partner), headers=HTTP_AJAX)
    assert found == [False]


@alone
def test_nor_while_a_provider_redeems_a_code(
    superuser: Any, smtp: Served, settings: Any, opened: Callable[[ModuleType, str], list[bool]]
) -> None:
    oauth = reach_oauth(smtp, settings)
    found = opened(grants, "exchange_code")
    with pytest.raises(Watched):
        sign_in(client_of(superuser), oauth, make_partner_at(oauth))
    assert found == [False]


@alone
def test_nor_while_a_provider_withdraws_a_connection(
    superuser: Any, smtp: Served, settings: Any, opened: Callable[[ModuleType, str], list[bool]]
) -> None:
    oauth = reach_oauth(smtp, settings)
    settings.PARTNER_SMTP_OAUTH = {"acme": provider_settings(oauth)}
    partner: Any = make_vendor_partner(oauth, "acme")
    connect(partner)
    found = opened(grants, "revoke")
    with pytest.raises(Watched):
        ask_to_disconnect(client_of(superuser), partner)
    assert found == [False]


@alone
def test_a_connection_is_opened_again_when_it_is_needed() -> None:
    make_partner()
    give_back()
    assert connection.connection is None
    assert make_partner(slug="other").pk


@alone
def test_none_is_closed_in_a_transaction() -> None:
    with transaction.atomic():
        partner = make_partner()
        give_back()
        assert connection.connection is not None
    transaction.set_autocommit(False)
    try:
        type(partner)._default_manager.filter(pk=partner.pk).update(name="Changed")
        give_back()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert read_again(partner).name == "Changed"


# A database that is locked


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType, str], None]:
    """``locked(module, name)``: the first call of the function finds the database locked."""
    monkeypatch.setattr(outbox_database, "FIRST_PAUSE", 0.0)

    def lock(module: ModuleType, name: str) -> None:
        function = getattr(module, name)
        errors = [OperationalError("database is locked")]

        def call(*args: Any) -> Any:
            if errors:
                raise errors.pop()
            return function(*args)

        monkeypatch.setattr(module, name, call)

    return lock


@alone
@pytest.mark.parametrize(
    ("module", "name"), [(refused_logins, "note"), (results, "store"), (audit, "log_test")]
)
def test_what_a_test_has_found_out_is_not_lost_to_a_lock(
    module: ModuleType, name: str, superuser: Any, server: Listener, locked: Callable[[ModuleType, str], None]
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    locked(module, name)
    status, report = post(client_of(superuser), partner)
    assert (status, report["token"], read_again(partner).smtp_status) == (200, "", "ok")
    assert server.connections == 1
