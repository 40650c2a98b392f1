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
    reach,
    url,
    values_of,
)
from tests.support.name_server import resolve_to_loopback
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


def test_p57_a_clock_that_is_put_back_leaves_no_pause_for_an_hour(
    client: Client, server: Listener, clock: Callable[[float], None]
) -> None:
    assert code_of(client, server) == "auth_failed"
    clock(-60)
    assert code_of(client, server) == "login_too_soon"
    clock(-3600)
    assert code_of(client, server) == "auth_failed"
    assert ConnectionTestLease.objects.filter(key__startswith="refused-login:").count() == 1


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


def test_p57_the_pause_is_that_of_the_mailbox_on_whichever_port(
    client: Client, smtp: Served, settings: Any, clock: Callable[[float], None]
) -> None:
    servers = [smtp.listen("honest", mode=mode) for mode in ("plain", "ssl", "starttls")]
    reach(settings, smtp.ca_file, *servers)
    assert [code_of(client, server) for server in servers] == ["auth_failed", *["login_too_soon"] * 2]
    for server, pause in zip(servers[1:], (2, 4), strict=True):
        clock(pause - 0.5)
        assert code_of(client, server, RIGHT) == "login_too_soon"
        clock(0.5)
        assert code_of(client, server) == "auth_failed"
    assert [server.count("AUTH") for server in servers] == [1, 1, 1]


def test_p57_nor_does_the_login_in_capitals_begin_anew(client: Client, server: Listener) -> None:
    assert code_of(client, server, smtp_login="user") == "auth_failed"
    assert code_of(client, server, smtp_login="USER") == "login_too_soon"


def test_an_editor_who_corrects_the_port_waits_two_seconds(
    client: Client, smtp: Served, settings: Any, clock: Callable[[float], None]
) -> None:
    wrong = smtp.listen("honest", mode="plain", rules=(on("AUTH", reply="535 5.7.8 not on this port"),))
    right = smtp.listen("honest", mode="ssl")
    reach(settings, smtp.ca_file, wrong, right)
    assert code_of(client, wrong, RIGHT) == "auth_failed"
    clock(2)
    assert code_of(client, right, RIGHT) == ""
    assert not ConnectionTestLease.objects.exists()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two names of this machine."""
    found = ("one.example", "two.example")
    resolve_to_loopback(monkeypatch, *found)
    return found


def test_p57_an_email_address_is_the_same_mailbox_under_another_name_of_its_server(
    client: Client, server: Listener, names: tuple[str, str], clock: Callable[[float], None]
) -> None:
    one, two = ({"smtp_host": name, "smtp_login": "user@example.com"} for name in names)
    assert code_of(client, server, **one) == "auth_failed"
    assert code_of(client, server, **two) == "login_too_soon"
    # Any other login may be somebody else's at each of them.
    assert code_of(client, server, smtp_host=names[0]) == "auth_failed"
    assert code_of(client, server, smtp_host=names[1]) == "auth_failed"


def test_p57_a_server_that_accepts_anything_ends_no_pause_of_another(
    client: Client,
    smtp: Served,
    settings: Any,
    names: tuple[str, str],
    clock: Callable[[float], None],
) -> None:
    strict = smtp.listen("honest", mode="plain")
    lenient = smtp.listen("honest", mode="plain", rules=(on("AUTH", reply="235 2.7.0 whoever you are"),))
    reach(settings, smtp.ca_file, strict, lenient)
    login = {"smtp_login": "user@example.com"}
    for pause in (2, 4):
        assert code_of(client, strict, smtp_host=names[0], **login) == "auth_failed"
        clock(pause)
    assert code_of(client, lenient, smtp_host=names[1], **login) == ""
    assert code_of(client, strict, smtp_host=names[0], **login) == "auth_failed"
    clock(7.5)
    assert code_of(client, strict, smtp_host=names[0], **login) == "login_too_soon"


def test_two_mailboxes_of_one_provider_do_not_keep_each_other_waiting(
    client: Client, server: Listener
) -> None:
    logins = ["a@example.com", "b@example.com", "c@example.com"]
    assert [code_of(client, server, smtp_login=login) for login in logins] == ["auth_failed"] * 3


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


@pytest.mark.parametrize("reply", ["454 4.7.0 later", "535 5.7.8 Temporary authentication failure"])
def test_what_is_refused_for_now_is_no_wrong_login(
    client: Client, smtp: Served, settings: Any, reply: str
) -> None:
    server = listen(smtp, settings, mode="plain", rules=(on("AUTH", reply=reply),))
    assert [code_of(client, server, RIGHT) for _ in range(2)] == ["auth_temporary"] * 2
