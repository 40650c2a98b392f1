"""What a test does about the database, which it needs before and after it waits for a server."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

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
from tests.support.locked_database import be_impatient, be_patient, lock
from tests.support.oauth_accounts import connect, provider_settings
from wagtail_partner_smtp import audit, connection_test
from wagtail_partner_smtp.account.database import give_back
from wagtail_partner_smtp.admin.tab import email_turns
from wagtail_partner_smtp.connection_test import refused_logins, results
from wagtail_partner_smtp.connection_test.rounds import check_all
from wagtail_partner_smtp.discovery import reputation, search
from wagtail_partner_smtp.oauth import consent, grants
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
def locked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[None]]:
    return partial(lock, monkeypatch)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)


@alone
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("module", "name"), [(refused_logins, "note"), (results, "store"), (audit, "log_test")]
)
def test_what_a_test_has_found_out_is_not_lost_to_a_lock(
    module: ModuleType, name: str, superuser: Any, server: Listener, locked: Callable[..., list[None]]
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    locked(module, name)
    status, report = post(client_of(superuser), partner)
    assert (status, report["token"], read_again(partner).smtp_status) == (200, "", "ok")
    assert server.connections == 1


@alone
@pytest.mark.usefixtures("patient")
def test_what_a_provider_has_granted_is_not_lost_to_a_lock(
    superuser: Any, smtp: Served, settings: Any, locked: Callable[..., list[None]]
) -> None:
    """Its code can be redeemed once."""
    oauth = reach_oauth(smtp, settings)
    partner = make_partner_at(oauth)
    locked(consent, "_store")
    sign_in(client_of(superuser), oauth, partner)
    assert read_again(partner).is_smtp_connected


NOT_WRITTEN = (
    "This site could not write the result down, as its database was busy. Test again later to keep it."
)


@alone
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("owner", "name", "is_stored"),
    [
        (refused_logins, "note", False),
        (results, "store", False),
        (audit, "log_test", True),
        (QuerySet, "delete", False),
    ],
)
@pytest.mark.parametrize("password", [RIGHT, "wrong"])
def test_p63_an_outcome_that_cannot_be_written_down_is_told(
    owner: Any,
    name: str,
    is_stored: bool,
    password: str,
    superuser: Any,
    server: Listener,
    locked: Callable[..., list[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once one thing could not be written nothing else is tried: each would be waited for."""
    partner, client = make_partner(**account_of(server), password=password), client_of(superuser)
    calls = locked(owner, name, math.inf)
    status, report = post(client, partner)
    assert (status, report["deliverable"]) == ((200, True) if password == RIGHT else (400, False))
    assert len(calls) == 1
    assert (read_again(partner).smtp_status != "untested") == is_stored
    assert (NOT_WRITTEN in report["notes"]) == (not is_stored)
    assert report["badge"]["text"] == ("just now" if is_stored else "just now, but not written down")
    assert [each.exc_info is not None for each in caplog.records if "written down" in each.message] == [True]


@alone
@pytest.mark.usefixtures("impatient")
def test_p63_so_is_the_outcome_of_settings_that_cannot_be_used(
    superuser: Any, settings: Any, locked: Callable[..., list[None]]
) -> None:
    partner = make_partner(password=RIGHT)
    settings.PARTNER_SMTP_KEYS = ["another key"]
    locked(results, "store_unusable", math.inf)
    report = client_of(superuser).post(url("test_saved", partner), headers=HTTP_AJAX).json()
    assert (report["error"]["code"], report["notes"]) == ("password_unreadable", [NOT_WRITTEN])


@alone
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("owner", "name"),
    [(refused_logins, "note"), (audit, "log_test_email"), (QuerySet, "delete"), (email_turns, "wait")],
)
def test_p63_a_test_email_that_left_is_not_called_failed(
    owner: Any, name: str, superuser: Any, server: Listener, locked: Callable[..., list[None]]
) -> None:
    """Who reads of an error sends it again."""
    partner, client = make_partner(**account_of(server), password=RIGHT), client_of(superuser)
    locked(owner, name, math.inf)
    response = client.post(url("send_test_email", partner), headers=HTTP_AJAX)
    assert (response.status_code, response.json()["ok"]) == (200, True)
    assert len(server.messages) == 1


@alone
@pytest.mark.usefixtures("impatient")
def test_p63_a_round_goes_on(server: Listener, locked: Callable[..., list[None]]) -> None:
    partners = [make_partner(slug=slug, **account_of(server), password=RIGHT) for slug in ("a", "b")]
    locked(results, "store", 1)
    assert [each.deliverable for each in check_all(partners, jobs=1)] == [True, True]
    assert [read_again(each).smtp_status for each in partners] == ["untested", "ok"]
