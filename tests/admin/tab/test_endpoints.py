"""The endpoints of the SMTP tab, against real servers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from threading import Semaphore
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from wagtail.models import ModelLogEntry

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
    read_again,
    url,
    values_of,
)
from tests.support.locks import lock_partners
from tests.support.stopwatch import PATIENCE
from tests.support.threads import at_once, usual_transactions
from tests.support.transactions import depths_within, transaction_depth
from wagtail_partner_smtp import audit, connection_test
from wagtail_partner_smtp.admin.tab import answers, pinning
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import get_partner_model

pytestmark = pytest.mark.django_db


def stages(report: dict[str, Any]) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in report["stages"]}


# Three kinds of security, with and without AUTH, right and wrong passwords, good and bad certificates


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
@pytest.mark.parametrize("auth", [("PLAIN", "LOGIN"), ("LOGIN",), ("CRAM-MD5",), ("SCRAM-SHA-256",)])
def test_right_password_is_200(client: Client, smtp: Served, settings: Any, mode: str, auth: Any) -> None:
    server = listen(smtp, settings, mode=mode, auth=auth)
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, report["ok"], report["deliverable"], report["error"]) == (200, True, True, None)
    assert stages(report) == {
        "settings": "ok",
        "token": "skipped",
        "resolve": "ok",
        "connect": "ok",
        "ehlo": "ok",
        "starttls": "ok" if mode == "starttls" else "skipped",
        "auth": "ok",
        "sender": "ok",
        "quit": "ok",
    }
    assert server.sessions[0].user == "user"


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_wrong_password_is_400_at_the_password(
    client: Client, smtp: Served, settings: Any, mode: str
) -> None:
    server = listen(smtp, settings, mode=mode)
    status, report = post(client, **account_of(server), smtp_password=WRONG)
    assert (status, report["ok"], report["deliverable"]) == (400, False, False)
    assert report["error"]["code"] == "auth_failed"
    assert report["error"]["field"] == "smtp_password"
    assert report["error"]["smtp_code"] == 535
    assert stages(report)["auth"] == "failed"
    assert server.count("AUTH") == 1


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_p33_server_without_auth_is_200_with_a_warning(
    client: Client, smtp: Served, settings: Any, mode: str
) -> None:
    server = listen(smtp, settings, "auth-none", mode=mode)
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, report["ok"]) == (200, True)
    assert stages(report)["auth"] == "skipped"
    assert "auth_not_offered" in [warning["code"] for warning in report["warnings"]]


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_no_login_is_200_without_auth(client: Client, smtp: Served, settings: Any, mode: str) -> None:
    server = listen(smtp, settings, mode=mode)
    status, report = post(client, **account_of(server, smtp_login=""))
    assert (status, stages(report)["auth"]) == (200, "skipped")
    assert server.count("AUTH") == 0


@pytest.mark.parametrize("certificate", ["expired", "wrong-host", "self-signed", "untrusted"])
def test_p23_bad_certificate_of_an_ssl_server_is_200_and_not_trusted(
    client: Client, smtp: Served, settings: Any, certificate: str
) -> None:
    server = listen(smtp, settings, mode="ssl", certificate=certificate)
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, report["ok"], report["deliverable"]) == (200, True, False)
    assert "certificate_not_verified" in [warning["code"] for warning in report["warnings"]]
    assert report["badge"]["status"] == "untrusted"
    assert len(report["tls"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        ("expired", "certificate_expired"),
        ("wrong-host", "certificate_wrong_host"),
        ("self-signed", "certificate_self_signed"),
        ("untrusted", "certificate_unknown_issuer"),
    ],
)
def test_p22_bad_certificate_behind_starttls_is_400(
    client: Client, smtp: Served, settings: Any, certificate: str, code: str
) -> None:
    server = listen(smtp, settings, mode="starttls", certificate=certificate)
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, report["error"]["code"]) == (400, code)
    assert server.count("AUTH") == 0


def test_p20_starttls_not_offered_is_400_before_any_password(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, "starttls-missing", mode="starttls")
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, report["error"]["code"]) == (400, "starttls_not_offered")
    assert server.count("AUTH") == 0


def test_p26_password_in_clear_text_is_warned_about(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="plain")
    status, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert status == 200
    assert "cleartext_password" in [warning["code"] for warning in report["warnings"]]


def test_report_names_the_parameters_but_not_the_password(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, mode="starttls")
    _, report = post(client, **account_of(server), smtp_password=RIGHT)
    assert report["parameters"] == {
        "address": f"tls://localhost:{server.port}",
        "host": "localhost",
        "port": server.port,
        "login": "user",
        "password_set": True,
        "email": "user@example.com",
        "security": "tls",
    }


# Bad input


def test_p05_empty_host_is_400_and_never_the_sites_own(client: Client, settings: Any) -> None:
    status, report = post(client, smtp_host="", smtp_password=RIGHT)
    assert (status, report["ok"]) == (400, False)
    assert report["error"]["code"] == "host_missing"
    assert [error["field"] for error in report["errors"]] == ["smtp_host"]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"smtp_port": "25x"}, "smtp_port", "port_invalid"),
        ({"smtp_port": "0"}, "smtp_port", "port_invalid"),
        ({"smtp_port": "-1"}, "smtp_port", "port_invalid"),
        ({"smtp_port": "65561"}, "smtp_port", "port_invalid"),
        ({"smtp_host": "localhost:0", "smtp_port": ""}, "smtp_host", "port_invalid"),
        ({"smtp_host": "localhost:25"}, "smtp_host", "host_port_conflict"),
        ({"smtp_host": "no host"}, "smtp_host", "host_invalid"),
        ({"smtp_login": "user\r\nRSET"}, "smtp_login", "control_characters"),
        ({"smtp_email": "a@b.example\r\nRSET"}, "smtp_email", "control_characters"),
        ({"smtp_password": "a\nb"}, "smtp_password", "control_characters"),
        ({"smtp_email": "nobody"}, "smtp_email", "email_invalid"),
        ({"smtp_password": ""}, "smtp_password", "password_missing"),
        ({"smtp_security": "ssh"}, "smtp_security", "security_invalid"),
    ],
)
def test_p11_p31_bad_input_is_400_at_its_field(
    client: Client, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], field: str, code: str
) -> None:
    monkeypatch.setattr(connection_test, "run", forbidden)
    status, report = post(client, **({"smtp_password": RIGHT} | values))
    assert (status, report["ok"], report["deliverable"]) == (400, False, False)
    assert [(error["field"], error["code"]) for error in report["errors"]] == [(field, code)]
    assert report["error"]["field"] == field
    assert report["error"]["code"] == code
    assert report["errors"][0]["message"]
    assert "%(" not in json.dumps(report)


def forbidden(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("nothing may be tested here")


def test_every_bad_field_is_named_at_once(client: Client) -> None:
    _, report = post(client, smtp_host="no host", smtp_port="x", smtp_email="x\n", smtp_password="x")
    assert {error["field"] for error in report["errors"]} == {"smtp_host", "smtp_port", "smtp_email"}


def test_pasted_address_is_understood_and_told(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl")
    values = account_of(server, smtp_host=f"ssl://localhost:{server.port}", smtp_port="", smtp_security="tls")
    status, report = post(client, **values, smtp_password=RIGHT)
    assert status == 200
    assert report["parameters"]["address"] == f"ssl://localhost:{server.port}"
    assert report["notes"][-1] == "The security was set to SSL, as in the pasted address."


def test_other_fields_of_the_page_do_not_matter(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings)
    status, _ = post(client, **account_of(server), name="", slug="not a slug!", smtp_password=RIGHT)
    assert status == 200


# The stored password


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings)


def test_p01_blank_password_tests_with_the_stored_one(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    status, _ = post(client, partner)
    assert (status, server.sessions[0].user) == (200, "user")


@pytest.mark.parametrize(
    "change",
    [{"smtp_host": "127.0.0.1"}, {"smtp_port": "other"}, {"smtp_login": "admin"}, {"smtp_security": "ssl"}],
)
def test_p01_changed_destination_is_refused_without_a_connection(
    client: Client, smtp: Served, settings: Any, change: dict[str, Any]
) -> None:
    server, other = smtp.listen("honest"), smtp.listen("honest")
    reach(settings, smtp.ca_file, server, other)
    partner = make_partner(**account_of(server), password=RIGHT)
    change = {name: str(other.port) if value == "other" else value for name, value in change.items()}
    status, report = post(client, partner, **change)
    assert (status, report["error"]["code"]) == (400, "reenter_password")
    assert [error["field"] for error in report["errors"]] == ["smtp_password"]
    assert (server.connections, other.connections) == (0, 0)


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", " Localhost. "])
def test_p01_other_spelling_of_the_same_destination_works(
    client: Client, server: Listener, host: str
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    status, _ = post(client, partner, smtp_host=host)
    assert status == 200


def test_p37_unreadable_password_is_400_without_a_connection(
    client: Client, server: Listener, settings: Any
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    settings.PARTNER_SMTP_KEYS = ["another key"]
    status, report = post(client, partner)
    assert (status, report["error"]["code"], server.connections) == (400, "password_unreadable", 0)


def test_p03_row_rewritten_below_the_form_is_400_without_a_connection(
    client: Client, server: Listener
) -> None:
    partner = make_partner(password=RIGHT, smtp_host="elsewhere.example")
    type(partner)._default_manager.update(**account_of(server))
    partner = read_again(partner)
    status, report = post(client, partner)
    assert (status, report["error"]["code"], server.connections) == (400, "password_unreadable", 0)


# Who may


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tests that were made."""
    made: list[Any] = []
    run = connection_test.run

    def watch(*args: Any) -> Any:
        made.append(args)
        return run(*args)

    monkeypatch.setattr(connection_test, "run", watch)
    return made


NOT_ENOUGH = [(), ("view",), ("add", "change", "delete"), ("manage",), ("manage", "view")]


@pytest.mark.parametrize("actions", [*NOT_ENOUGH, ("add", "manage")])
def test_p13_saved_partner_needs_change_and_manage(
    editor: User, server: Listener, watched: list[Any], actions: tuple[str, ...]
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    client = client_of(permit(editor, *actions))
    for name in ("test_connection", "trust_certificate", "untrust_certificate"):
        response = client.post(url(name, partner), values_of(partner), headers=HTTP_AJAX)
        assert response.status_code == 403
    assert (watched, server.connections) == ([], 0)


@pytest.mark.parametrize("actions", [*NOT_ENOUGH, ("change", "manage")])
def test_p13_new_partner_needs_add_and_manage(
    editor: User, server: Listener, watched: list[Any], actions: tuple[str, ...]
) -> None:
    client = client_of(permit(editor, *actions))
    status, _ = post(client, **account_of(server), smtp_password=RIGHT)
    assert (status, watched, server.connections) == (403, [], 0)


def test_p13_change_and_manage_are_enough_for_a_saved_partner(editor: User, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    assert post(client_of(permit(editor, "change", "manage")), partner)[0] == 200


def test_p13_denied_without_javascript_is_403_too(editor: User, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    assert client_of(editor).post(endpoint(partner), values_of(partner)).status_code == 403


def test_p13_logged_out_is_403(server: Listener, watched: list[Any]) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    response = Client().post(endpoint(partner), values_of(partner), headers=HTTP_AJAX)
    assert (response.status_code, watched, server.connections) == (403, [], 0)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_p13_anything_but_post_is_405(
    client: Client, server: Listener, watched: list[Any], method: str
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    for address in (endpoint(), endpoint(partner), url("trust_certificate", partner)):
        assert getattr(client, method)(address, headers=HTTP_AJAX).status_code == 405
    assert (watched, server.connections) == ([], 0)


def test_p13_without_csrf_token_is_403(manager: User, server: Listener, watched: list[Any]) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    client = client_of(manager, enforce_csrf_checks=True)
    for name in ("test_connection", "trust_certificate", "untrust_certificate"):
        response = client.post(url(name, partner), values_of(partner), headers=HTTP_AJAX)
        assert response.status_code == 403
    assert (watched, server.connections) == ([], 0)


def only_first(user: User, partner: Any) -> bool:
    return getattr(partner, "slug", "") == "first"


def test_p14_site_decides_per_partner(
    client: Client, smtp: Served, settings: Any, watched: list[Any]
) -> None:
    first_server, second_server = smtp.listen("honest"), smtp.listen("honest")
    reach(settings, smtp.ca_file, first_server, second_server)
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.only_first"
    first = make_partner(slug="first", **account_of(first_server), password=RIGHT)
    second = make_partner(slug="second", **account_of(second_server), password=RIGHT)
    assert post(client, first)[0] == 200
    assert post(client, second)[0] == 403
    assert post(client)[0] == 403
    assert (len(watched), second_server.connections) == (1, 0)


@pytest.mark.parametrize("pk", ["999999", "x", "_5F", "%F0%9F%92%A9"])
def test_unknown_partner_is_404(client: Client, pk: str) -> None:
    assert client.post(url("test_connection_new") + f"{pk}/", headers=HTTP_AJAX).status_code == 404


def test_p13_who_may_not_test_learns_not_which_partners_there_are(editor: User) -> None:
    address = url("test_connection_new") + "999999/"
    assert client_of(editor).post(address, headers=HTTP_AJAX).status_code == 403


# The answer


def test_p28_answer_is_json_that_is_neither_cached_nor_sniffed(client: Client, server: Listener) -> None:
    for password in (RIGHT, WRONG, "a\nb"):
        values = values_of(**account_of(server), smtp_password=password)
        response = client.post(endpoint(), values, headers=HTTP_AJAX)
        assert response["Content-Type"] == "application/json"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]


def test_p28_answer_does_not_rely_on_the_sites_middleware() -> None:
    response = answers.answer({})
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


def test_p28_hostile_server_text_is_escaped_nowhere_and_cut(
    client: Client, smtp: Served, settings: Any
) -> None:
    text = "<img src=x onerror=alert(1)> " + "x " * 400
    server = listen(smtp, settings, rules=(on("MAIL", reply=f"550 5.7.1 {text}"),))
    _, report = post(client, **account_of(server, smtp_login=""))
    reply = next(stage["reply"] for stage in report["stages"] if stage["name"] == "sender")
    assert "<img src=x onerror=alert(1)>" in reply
    assert len(reply) <= 310


def test_failure_is_one_record_in_the_log_without_secrets(
    client: Client, server: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(client, **account_of(server), smtp_password=WRONG)
    records = [record for record in caplog.records if record.name == "wagtail_partner_smtp"]
    assert [(record.levelname, vars(record)["code"]) for record in records] == [("ERROR", "auth_failed")]
    assert WRONG not in caplog.text


# What is kept of the result


def test_result_of_saved_values_is_stored(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    _, report = post(client, partner)
    saved = read_again(partner)
    assert (saved.smtp_status, report["token"]) == ("ok", "")
    assert saved.smtp_tested_at is not None
    assert report["badge"] == {"status": "ok", "label": "OK", "icon": "check", "text": "just now"}


def test_failure_of_saved_values_is_stored(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=WRONG)
    post(client, partner)
    assert read_again(partner).smtp_status == "failed"


def test_result_of_other_values_is_not_stored(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=WRONG)
    status, report = post(client, partner, smtp_password=RIGHT)
    assert status == 200
    assert report["token"]
    assert read_again(partner).smtp_status == "untested"


@pytest.mark.parametrize("is_new", [True, False])
def test_fill_in_test_save_stores_the_result(client: Client, server: Listener, is_new: bool) -> None:
    partner = None if is_new else make_partner(**account_of(server, smtp_login=""), password="")
    values: dict[str, Any] = values_of(partner, **account_of(server), smtp_password=RIGHT)
    _, report = post(client, partner, **values)
    address = url("edit", partner) if partner else url("add")
    response = client.post(address, values | {"smtp_test_token": report["token"]})
    assert response.status_code == 302
    assert get_partner_model()._default_manager.get().smtp_status == "ok"


@pytest.mark.parametrize("change", [{"smtp_email": "b@example.com"}, {"smtp_password": "other"}])
def test_changed_after_the_test_is_not_called_tested(
    client: Client, server: Listener, change: dict[str, Any]
) -> None:
    values: dict[str, Any] = values_of(**account_of(server), smtp_password=RIGHT)
    _, report = post(client, **values)
    client.post(url("add"), values | change | {"smtp_test_token": report["token"]})
    assert get_partner_model()._default_manager.get().smtp_status == "untested"


def test_audit_log_has_one_entry_without_host_login_or_server_text(
    client: Client, server: Listener, manager: User
) -> None:
    partner = make_partner(**account_of(server), password=WRONG)
    post(client, partner)
    entry = ModelLogEntry.objects.get()
    assert (entry.action, entry.user, entry.object_id) == (
        "wagtail_partner_smtp.test",
        manager,
        str(partner.pk),
    )
    assert entry.data == {"status": "failed", "code": "auth_failed"}
    assert entry.message == "Tested the mail connection"


def test_test_of_a_new_partner_leaves_no_entry(client: Client, server: Listener) -> None:
    post(client, **account_of(server), smtp_password=RIGHT)
    assert not ModelLogEntry.objects.exists()


# One at a time


def test_p15_busy_is_400_with_retry_after_and_no_error_in_the_log(
    client: Client, server: Listener, superuser: User, caplog: pytest.LogCaptureFixture
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    with leases.hold(partner, superuser):
        response = client.post(endpoint(partner), values_of(partner), headers=HTTP_AJAX)
    report = json.loads(response.content)
    assert (response.status_code, report["error"]["code"], report["ok"]) == (400, "busy", False)
    assert 1 <= int(response["Retry-After"]) <= 17
    assert server.connections == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not ModelLogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_p15_twenty_tests_of_a_partner_at_once_make_one_connection(
    smtp: Served, settings: Any, superuser: User
) -> None:
    silent = listen(smtp, settings, rules=(on("EHLO", hang=True),))
    settings.PARTNER_SMTP_TEST_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 20
    turned_away = Semaphore(0)

    def press(client: Client) -> str:
        code = str(post(client, partner)[1]["error"]["code"])
        turned_away.release()
        return code

    def end_the_test() -> None:
        for _ in range(19):
            turned_away.acquire(timeout=PATIENCE)
        silent.disconnect()

    with usual_transactions():
        partner = make_partner(**account_of(silent), password=RIGHT)
        users = [User.objects.create_superuser(f"user{number}") for number in range(20)]
        jobs: list[Callable[[], str | None]] = [partial(press, client_of(user)) for user in users]
        codes = at_once(lambda job: job(), [*jobs, end_the_test])
    assert sorted(filter(None, codes)) == ["busy"] * 19 + ["disconnected"]
    assert silent.connections == 1


def test_no_transaction_is_open_while_the_network_is_waited_for(
    client: Client, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = depths_within(monkeypatch, connection_test, "run")
    post(client, make_partner(**account_of(server), password=RIGHT))
    assert depths == [transaction_depth()]


# Trusting a certificate


@pytest.fixture
def untrusted(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="ssl", certificate="self-signed")


def trust(client: Client, report: dict[str, Any], **changes: str) -> Any:
    offer = report["trust"] | changes
    return client.post(offer["url"], {"value": offer["value"]}, headers=HTTP_AJAX)


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_trusted_certificate_makes_the_account_deliverable(
    client: Client, smtp: Served, settings: Any, mode: str
) -> None:
    server = listen(smtp, settings, mode=mode, certificate="self-signed")
    partner = make_partner(**account_of(server), password=RIGHT)
    _, report = post(client, partner)
    assert server.count("AUTH") == 0
    response = trust(client, report)
    assert response.status_code == 200
    assert read_again(partner).smtp_pinned_certificate == report["tls"]["sha256"]
    status, report = post(client, partner)
    assert (status, report["deliverable"], report["trust"]) == (200, True, None)
    assert read_again(partner).smtp_status == "ok"
    assert server.count("AUTH") == 1


def test_trust_resets_the_status_and_is_in_the_audit_log(client: Client, untrusted: Listener) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    assert read_again(partner).smtp_status == "untrusted"
    response = trust(client, report)
    assert response.json()["badge"]["status"] == "changed"
    assert read_again(partner).smtp_status == "changed"
    entry = ModelLogEntry.objects.get(action="wagtail_partner_smtp.trust_certificate")
    assert (entry.message, entry.data) == ("Trusted the mail server's certificate", {})


def test_trust_in_a_locked_row_is_neither_given_nor_taken_back(
    client: Client,
    manager: User,
    superuser: User,
    untrusted: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    lock_partners(monkeypatch, superuser)

    def ways() -> list[Any]:
        taken_back = client.post(url("untrust_certificate", partner), headers=HTTP_AJAX)
        return [trust(client, report), taken_back]

    for response in ways():
        assert (response.status_code, response.json()["error"]["code"]) == (400, "locked")
        assert "Only superuser can make changes" in response.json()["error"]["message"]
    assert read_again(partner).smtp_status == "untrusted"
    assert set(ModelLogEntry.objects.values_list("action", flat=True)) == {audit.TEST}
    # It can be tested all the same, and whoever has locked it goes on.
    assert post(client, partner)[0] == 200
    lock_partners(monkeypatch, manager)
    assert [response.status_code for response in ways()] == [200, 200]


def test_trust_can_be_taken_back(client: Client, untrusted: Listener) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    trust(client, report)
    response = client.post(url("untrust_certificate", partner), headers=HTTP_AJAX)
    assert (response.status_code, response.json()["sha256"]) == (200, "")
    assert read_again(partner).smtp_pinned_certificate == ""
    assert ModelLogEntry.objects.filter(action="wagtail_partner_smtp.untrust_certificate").count() == 1


def test_p58_trust_that_was_taken_back_does_not_return_by_a_form_that_was_open(
    client: Client, untrusted: Listener
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    trust(client, report)
    form = values_of(read_again(partner), smtp_email="new@example.com")
    client.post(url("untrust_certificate", partner), headers=HTTP_AJAX)
    client.post(url("edit", partner), form)
    row = read_again(partner)
    assert (row.smtp_email, row.smtp_pinned_certificate) == ("new@example.com", "")
    actions = [f"wagtail_partner_smtp.{each}trust_certificate" for each in ("", "un")]
    assert (
        list(ModelLogEntry.objects.filter(action__in=actions).values_list("action", flat=True))
        == actions[::-1]
    )


def test_p58_a_pin_in_the_database_alone_sends_no_password(client: Client, untrusted: Listener) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    type(partner)._default_manager.update(smtp_pinned_certificate=report["tls"]["sha256"])
    status, report = post(client, partner)
    assert (status, report["deliverable"], report["tls"]["pinned"]) == (200, False, False)
    assert untrusted.count("AUTH") == 0


def test_good_certificate_needs_no_trust(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl")
    _, report = post(client, make_partner(**account_of(server), password=RIGHT))
    assert report["trust"] is None


def test_unsaved_settings_must_be_saved_before_they_are_trusted(client: Client, untrusted: Listener) -> None:
    partner = make_partner(password=RIGHT)
    for tested in (partner, None):
        _, report = post(client, tested, **account_of(untrusted), smtp_password=RIGHT)
        assert set(report["trust"]) == {"message"}


def test_offer_is_for_one_user_one_partner_and_one_destination(
    client: Client, untrusted: Listener, superuser: User
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    other = make_partner(slug="other", **account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    assert trust(client_of(superuser), report).status_code == 400
    assert trust(client, report, url=url("trust_certificate", other)).status_code == 400
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_host="elsewhere.example")
    assert trust(client, report).status_code == 400
    assert {each.smtp_pinned_certificate for each in (read_again(partner), read_again(other))} == {""}
    assert not ModelLogEntry.objects.filter(action__contains="trust").exists()


@pytest.mark.parametrize("value", ["", "x", "a:b:c", signing.dumps({"sha256": "a" * 64})])
def test_made_up_offer_is_refused(client: Client, untrusted: Listener, value: str) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    response = client.post(url("trust_certificate", partner), {"value": value}, headers=HTTP_AJAX)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "offer_ended")
    assert read_again(partner).smtp_pinned_certificate == ""


def test_offer_ends(client: Client, untrusted: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    monkeypatch.setattr(pinning, "MAX_AGE", -1)
    assert trust(client, report).status_code == 400


def test_p24_other_certificate_than_the_trusted_one_is_400_without_auth(
    client: Client, untrusted: Listener
) -> None:
    partner = make_partner(**account_of(untrusted), password=RIGHT)
    _, report = post(client, partner)
    trust(client, report)
    untrusted.use_certificate("untrusted")
    status, report = post(client, partner)
    assert (status, report["error"]["code"]) == (400, "certificate_changed")
    assert untrusted.count("AUTH") == 0
