"""The endpoint behind *Find settings*."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from dns.resolver import NoResolverConfiguration, Resolver
from wagtail.models import ModelLogEntry

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import HTTP_AJAX, PASSWORD, client_of, make_partner, permit, reach, url
from tests.support.name_server import SILENT, NameServer, resolve_to_loopback
from tests.support.transactions import depths_within, transaction_depth
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.discovery import dns, providers, search
from wagtail_partner_smtp.discovery.provider import OAuth
from wagtail_partner_smtp.discovery.providers import Provider
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.probe import Finding, Probe, look
from wagtail_partner_smtp.smtp.settings import Security

pytestmark = pytest.mark.django_db

DOMAIN, MAIL, HOSTER = "acme.test", "mail.acme.test", "mx7.hoster.test"
# The sandbox's certificate is for localhost.
UNTRUSTED = (
    "But its certificate is not trusted, and no mail is sent until that is "
    "corrected: The server's certificate "
    "is for another name than {} (localhost, 127.0.0.1, ::1)."
)


@pytest.fixture(autouse=True)
def names(dns_server: NameServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to_loopback(monkeypatch, MAIL, HOSTER)
    dns_server.add(DOMAIN, "TXT", '"exists"')
    settings.PARTNER_SMTP_NAMESERVERS = [dns_server.entry]
    settings.PARTNER_SMTP_TEST_TIMEOUT = 40
    settings.PARTNER_SMTP_PROBE_PORTS = []


@pytest.fixture
def server(smtp: Served, settings: Any, dns_server: NameServer) -> Listener:
    """What the domain names for sending mail."""
    server = smtp.listen("honest", mode="ssl")
    reach(settings, smtp.ca_file, server)
    dns_server.add_service("submissions", DOMAIN, MAIL, server.port)
    return server


def endpoint(partner: AbstractPartner | None = None) -> str:
    return url("find_settings", partner) if partner else url("find_settings_new")


def find(client: Client, partner: AbstractPartner | None = None, **values: str) -> tuple[int, dict[str, Any]]:
    """Press Find settings."""
    body = {"smtp_email": f"billing@{DOMAIN}", "smtp_login": ""} | values
    response = client.post(endpoint(partner), body, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


@pytest.mark.parametrize("is_saved", [True, False])
def test_found_settings_are_offered_as_form_values(client: Client, server: Listener, is_saved: bool) -> None:
    status, answer = find(client, make_partner() if is_saved else None)
    assert status == 200
    assert answer == {
        "domain": DOMAIN,
        "headline": "Settings were found for acme.test.",
        "offers": [
            {
                "message": f"mail.acme.test answers on port {server.port} with SSL.",
                "origin": "acme.test names this server for sending mail.",
                "caution": UNTRUSTED.format(MAIL),
                "hint": "",
                "values": {"smtp_host": MAIL, "smtp_port": server.port, "smtp_security": "ssl"},
            }
        ],
        "notes": [],
        "error": None,
    }


def test_server_outside_the_domain_is_shown_as_such(
    client: Client, smtp: Served, settings: Any, dns_server: NameServer
) -> None:
    server = smtp.listen("honest", mode="starttls")
    reach(settings, smtp.ca_file, server)
    dns_server.add_service("submission", DOMAIN, HOSTER, server.port)
    _, answer = find(client)
    (offer,) = answer["offers"]
    assert offer["caution"] == (
        "mx7.hoster.test does not belong to acme.test. Use it only if you know it as your mail provider's. "
        + UNTRUSTED.format(HOSTER)
    )


def test_a_certificate_that_verifies_needs_no_caution(
    client: Client, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_localhost(probe: Probe) -> Finding:
        return look(replace(probe, host="localhost"))

    monkeypatch.setattr(search, "look", at_localhost)
    _, answer = find(client)
    (offer,) = answer["offers"]
    assert offer["caution"] == ""


@pytest.fixture
def postal(server: Listener, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`postal(…)` makes the server that of the provider who receives the domain's mail."""

    def provider(**values: Any) -> None:
        known = Provider(
            key="postal",
            name="Postal",
            host=HOSTER,
            port=server.port,
            security=Security.SSL,
            hint="Ask at the counter.",
            receivers=(("postal.test", HOSTER),),
            **values,
        )
        monkeypatch.setattr(providers, "PROVIDERS", (known,))

    dns_server.add("shop.test", "MX", "0 in.postal.test.")
    return provider


@pytest.mark.parametrize(
    ("facts", "typed", "expected"),
    [
        ({}, "", None),
        ({"login": "apikey"}, "", "apikey"),
        ({"login": "apikey"}, "other", "apikey"),
        ({"login_is_email": True}, "", "billing@shop.test"),
        ({"login_is_email": True}, "other", None),
    ],
)
def test_provider_comes_with_its_hint_and_the_login_only_if_it_is_known(
    client: Client, postal: Any, facts: dict[str, Any], typed: str, expected: str | None
) -> None:
    postal(**facts)
    _, answer = find(client, smtp_email=" billing@shop.test ", smtp_login=typed)
    (offer,) = answer["offers"]
    assert offer["origin"] == "shop.test has its mail at Postal."
    assert offer["hint"] == "Ask at the counter."
    assert offer["values"].get("smtp_login") == expected
    assert "smtp_password" not in offer["values"]


@pytest.mark.parametrize(
    ("oauth", "is_set_up", "expected"),
    [
        (OAuth.NEEDED, True, {"smtp_auth": "oauth", "smtp_oauth_provider": "postal"}),
        (OAuth.NEEDED, False, {}),
        (OAuth.POSSIBLE, True, {}),
    ],
)
def test_provider_that_takes_no_passwords_comes_with_oauth_where_the_site_has_it(
    client: Client, postal: Any, settings: Any, oauth: OAuth, is_set_up: bool, expected: dict[str, str]
) -> None:
    if is_set_up:
        settings.PARTNER_SMTP_OAUTH = {"postal": {"token_endpoint": "https://login.postal.test/token"}}
    postal(oauth=oauth)
    _, answer = find(client, smtp_email="billing@shop.test")
    (offer,) = answer["offers"]
    method = {name: value for name, value in offer["values"].items() if "auth" in name}
    assert method == expected


def test_guess_is_called_a_guess(
    client: Client, server: Listener, dns_server: NameServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dns_server.add("shop.test", "TXT", '"exists"')
    resolve_to_loopback(monkeypatch, "mail.shop.test")
    settings.PARTNER_SMTP_PROBE_PORTS = [server.port]
    _, answer = find(client, smtp_email="a@shop.test")
    (offer,) = answer["offers"]
    assert offer["values"]["smtp_host"] == "mail.shop.test"
    assert offer["origin"].startswith("A guess:")


# Finding nothing


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NXDOMAIN", "There is no domain acme.test. Check the spelling of the SMTP Email."),
        ("SERVFAIL", "The name service cannot say anything about acme.test just now."),
        (SILENT, "The name service does not answer. Try again in a few minutes."),
    ],
)
def test_dns_that_does_not_help_is_told_in_words(
    client: Client, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch, fault: str, sentence: str
) -> None:
    if fault == SILENT:
        monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.2)
    dns_server.break_down(DOMAIN, "MX", fault)
    status, answer = find(client)
    assert (status, answer["offers"]) == (200, [])
    assert answer["headline"].startswith(sentence)


def test_site_without_name_servers_is_told_the_setting(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*args: Any, **kwargs: Any) -> None:
        raise NoResolverConfiguration

    settings.PARTNER_SMTP_NAMESERVERS = []
    monkeypatch.setattr(Resolver, "read_resolv_conf", nothing)
    assert "PARTNER_SMTP_NAMESERVERS" in find(client)[1]["headline"]


def test_domain_that_says_nothing_and_one_that_declines(client: Client, dns_server: NameServer) -> None:
    assert find(client)[1]["headline"].startswith("No settings were found for acme.test.")
    dns_server.add(f"_submission._tcp.{DOMAIN}", "SRV", "0 0 0 .")
    assert find(client)[1]["headline"].startswith("acme.test says that it has no server for sending mail.")


@pytest.mark.parametrize(
    ("profile", "is_reachable", "note"),
    [
        ("refuse", True, "mail.acme.test should be the server, but it does not answer this site on port"),
        ("honest", True, "but only without encryption, so it is not offered."),
        ("honest", False, "There is no server of the name mail.acme.test on the public internet"),
    ],
)
def test_named_server_that_is_not_offered_is_explained(
    client: Client,
    smtp: Served,
    settings: Any,
    dns_server: NameServer,
    profile: str,
    is_reachable: bool,
    note: str,
) -> None:
    server = smtp.listen(profile, mode="plain")
    reach(settings, smtp.ca_file, *[server][: int(is_reachable)])
    dns_server.add_service("submission", DOMAIN, MAIL, server.port)
    _, answer = find(client)
    assert answer["offers"] == []
    (sentence,) = answer["notes"]
    assert note in sentence


def test_domain_is_shown_as_it_was_typed(client: Client, dns_server: NameServer) -> None:
    _, answer = find(client, smtp_email="a@bücher.example")
    assert answer["domain"] == "xn--bcher-kva.example"
    assert answer["headline"].startswith("There is no domain bücher.example.")


@pytest.mark.parametrize(
    ("email", "code", "sentence"),
    [
        ("", "email_missing", "Type the SMTP Email first: this site looks for the settings of its domain."),
        ("  ", "email_missing", "Type the SMTP Email first: this site looks for the settings of its domain."),
        ("billing", "email_invalid", "This is not an email address, such as billing@example.com."),
        ("a@127.0.0.1", "email_invalid", "This is not an email address, such as billing@example.com."),
        ("a@acme.test\r\nx", "email_invalid", "This is not an email address, such as billing@example.com."),
    ],
)
def test_bad_email_is_400_and_nothing_is_asked(
    client: Client, dns_server: NameServer, email: str, code: str, sentence: str
) -> None:
    status, answer = find(client, smtp_email=email)
    error = answer["error"]
    assert (status, error["code"], error["field"]) == (400, code, "smtp_email")
    assert error["message"] == sentence
    assert dns_server.questions == []


# Who may ask, and how often


@pytest.mark.parametrize("actions", [(), ("change",), ("manage",), ("add", "change", "view")])
def test_p13_without_permission_is_403_and_nothing_is_asked(
    editor: User, server: Listener, dns_server: NameServer, actions: tuple[str, ...]
) -> None:
    client = client_of(permit(editor, *actions))
    for partner in (make_partner(), None):
        assert find(client, partner)[0] == 403
    assert (dns_server.questions, server.connections) == ([], 0)


def test_p13_adding_and_changing_are_two_permissions(editor: User, server: Listener) -> None:
    client = client_of(permit(editor, "add", "manage"))
    assert [find(client, make_partner())[0], find(client)[0]] == [403, 200]


def test_p13_logged_out_without_token_and_other_methods(
    client: Client, manager: User, server: Listener, dns_server: NameServer
) -> None:
    body = {"smtp_email": f"a@{DOMAIN}"}
    strict = client_of(manager, enforce_csrf_checks=True)
    assert Client().post(endpoint(), body, headers=HTTP_AJAX).status_code == 403
    assert strict.post(endpoint(), body, headers=HTTP_AJAX).status_code == 403
    for method in ("get", "head", "put", "patch", "delete", "options"):
        assert getattr(client, method)(endpoint(), headers=HTTP_AJAX).status_code == 405
    assert (dns_server.questions, server.connections) == ([], 0)


def only_first(user: User, partner: Any) -> bool:
    return getattr(partner, "slug", "") == "first"


def test_p14_site_decides_per_partner(client: Client, settings: Any, dns_server: NameServer) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.only_first"
    first, second = make_partner(slug="first"), make_partner(slug="second")
    assert [find(client, second)[0], find(client)[0]] == [403, 403]
    assert dns_server.questions == []
    assert find(client, first)[0] == 200


def test_p15_busy_is_400_with_retry_after_and_nothing_is_asked(
    client: Client, superuser: User, dns_server: NameServer
) -> None:
    partner = make_partner()
    with leases.hold(partner, superuser):
        response = client.post(endpoint(partner), {"smtp_email": f"a@{DOMAIN}"}, headers=HTTP_AJAX)
    assert response.status_code == 400
    assert json.loads(response.content)["error"]["code"] == "busy"
    assert int(response["Retry-After"]) >= 1
    assert dns_server.questions == []


def test_p06_private_address_in_the_dns_is_not_dialled(
    client: Client, server: Listener, settings: Any
) -> None:
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = []
    _, answer = find(client)
    assert (answer["offers"], server.connections) == ([], 0)
    assert "PARTNER_SMTP_ALLOWED_NETWORKS" in answer["notes"][0]


def test_no_transaction_is_open_while_the_dns_is_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = depths_within(monkeypatch, search, "discover")
    find(client, make_partner())
    assert depths == [transaction_depth()]


def test_search_changes_nothing_and_tells_no_secret(client: Client, server: Listener) -> None:
    partner = make_partner()
    before = type(partner)._default_manager.values().get()
    response = client.post(endpoint(partner), {"smtp_email": f"a@{DOMAIN}", "smtp_password": "typed-7391"})
    text = response.content.decode()
    assert type(partner)._default_manager.values().get() == before
    assert not ModelLogEntry.objects.exists()
    assert PASSWORD not in text
    assert "typed-7391" not in text
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    server.wait_idle()
    assert server.count("AUTH") == 0
