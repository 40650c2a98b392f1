"""A login that was refused is not tried again at once, whoever presses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    WRONG,
    account_of,
    client_of,
    endpoint,
    listen,
    make_partner,
    permit,
    post,
    url,
    values_of,
)
from wagtail_partner_smtp.connection_test import leases, refused_logins
from wagtail_partner_smtp.models import ConnectionTestLease

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="plain")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """``clock(seconds)`` moves the time on by which refusals are reckoned."""
    times = SimpleNamespace(now=timezone.now())
    monkeypatch.setattr(refused_logins, "timezone", SimpleNamespace(now=lambda: times.now))

    def move(seconds: float) -> None:
        times.now += timedelta(seconds=seconds)

    return move


def code_of(client: Client, server: Listener, password: str = WRONG, **values: Any) -> str:
    error = post(client, **account_of(server, **values), smtp_password=password)[1]["error"]
    return str(error["code"]) if error else ""


def test_p57_of_twelve_presses_with_a_wrong_password_one_reaches_the_server(
    client: Client, server: Listener, clock: Callable[[float], None]
) -> None:
    codes = [code_of(client, server) for _ in range(12)]
    assert codes == ["auth_failed"] + ["login_too_soon"] * 11
    assert (server.count("AUTH"), server.connections) == (1, 1)


def test_p57_the_pause_grows_with_each_refusal_and_ends(
    client: Client, server: Listener, clock: Callable[[float], None]
) -> None:
    for pause in (2, 4, 8, 16, 32, 60, 60):
        assert code_of(client, server) == "auth_failed"
        clock(pause - 0.5)
        values = values_of(**account_of(server), smtp_password=WRONG)
        response = client.post(endpoint(), values, headers=HTTP_AJAX)
        assert (response.json()["error"]["code"], response["Retry-After"]) == ("login_too_soon", "1")
        assert "Wait 1 s" in response.json()["error"]["message"]
        clock(0.5)
    clock(refused_logins.REMEMBERED.total_seconds())
    assert code_of(client, server) == "auth_failed"
    assert ConnectionTestLease.objects.count() == 1


def test_p57_other_users_and_saved_values_wait_as_well(
    client: Client, server: Listener, editor: User, clock: Callable[[float], None]
) -> None:
    assert code_of(client, server) == "auth_failed"
    other = client_of(permit(editor, "change", "manage"))
    partner = make_partner(**account_of(server), password=WRONG)
    response = other.post(url("test_saved", partner), headers=HTTP_AJAX)
    assert response.json()["error"]["code"] == "login_too_soon"
    assert server.count("AUTH") == 1


def test_p57_a_test_email_waits_and_counts_as_well(
    client: Client, server: Listener, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "PAUSE", timedelta(0))
    partner = make_partner(**account_of(server), password=WRONG)

    def email_code() -> str:
        report = client.post(url("send_test_email", partner), headers=HTTP_AJAX).json()
        return str(report["error"] and report["error"]["code"])

    assert code_of(client, server) == "auth_failed"
    assert [email_code() for _ in range(3)] == ["login_too_soon"] * 3
    clock(2)
    assert email_code() == "auth_failed"
    clock(2)
    assert (email_code(), code_of(client, server)) == ("login_too_soon", "login_too_soon")
    assert server.count("AUTH") == 2
    clock(2)
    partner.set_smtp_password(RIGHT)
    partner.save()
    assert email_code() == "None"
    assert not ConnectionTestLease.objects.filter(key__startswith="refused-login:").exists()


def test_a_test_email_that_another_transport_takes_ends_no_pause(
    client: Client, server: Listener, clock: Callable[[float], None], settings: Any
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    assert code_of(client, server) == "auth_failed"
    clock(2)
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    assert client.post(url("send_test_email", partner), headers=HTTP_AJAX).status_code == 200
    assert ConnectionTestLease.objects.filter(key__startswith="refused-login:").count() == 1


def test_another_login_is_not_kept_waiting(client: Client, server: Listener) -> None:
    assert code_of(client, server) == "auth_failed"
    assert code_of(client, server, smtp_login="another") == "auth_failed"
    assert code_of(client, server, smtp_login="") == ""


def test_a_login_that_is_accepted_ends_it(
    client: Client, server: Listener, clock: Callable[[float], None]
) -> None:
    for pause in (2, 4):
        assert code_of(client, server) == "auth_failed"
        clock(pause)
    assert code_of(client, server, RIGHT) == ""
    assert not ConnectionTestLease.objects.exists()
    assert code_of(client, server) == "auth_failed"
    clock(2)
    assert code_of(client, server) == "auth_failed"


def test_what_is_refused_for_now_is_no_wrong_login(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="plain", rules=(on("AUTH", reply="454 4.7.0 later"),))
    assert [code_of(client, server, RIGHT) for _ in range(2)] == ["auth_temporary"] * 2
