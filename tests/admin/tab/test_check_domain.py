"""The endpoint behind *Check the domain*."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.admin import HTTP_AJAX, client_of, make_partner, url
from tests.support.name_server import SILENT, NameServer
from tests.support.transactions import depths_within, transaction_depth
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.discovery import dns, reputation
from wagtail_partner_smtp.discovery.providers import PROVIDERS
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db

DOMAIN, HOST, SERVER = "acme.test", "mail.acme.test", "93.184.215.25"


@pytest.fixture(autouse=True)
def names(dns_server: NameServer, settings: Any) -> None:
    dns_server.add(HOST, "A", SERVER)
    settings.PARTNER_SMTP_NAMESERVERS = [dns_server.entry]
    settings.PARTNER_SMTP_TEST_TIMEOUT = 40


def check(client: Client, partner: AbstractPartner | None = None, **values: str) -> tuple[int, Any]:
    """Press Check the domain."""
    body = {"smtp_email": f"billing@{DOMAIN}", "smtp_host": HOST} | values
    address = url("check_domain", partner) if partner else url("check_domain_new")
    response = client.post(address, body, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


def told(client: Client, **values: str) -> dict[str, tuple[str, str]]:
    """How each record stands, and what is said of it."""
    status, answer = check(client, None, **values)
    assert status == 200
    return {each["name"]: (each["standing"], each["message"]) for each in answer["records"]}


@pytest.mark.parametrize("is_saved", [True, False])
def test_all_three_are_told_with_their_records(
    client: Client, dns_server: NameServer, is_saved: bool
) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 a:mail.acme.test -all"')
    dns_server.add(f"default._domainkey.{DOMAIN}", "TXT", '"p=MIGf"')
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=quarantine"')
    assert check(client, make_partner() if is_saved else None) == (
        200,
        {
            "headline": "What receivers of mail are told about acme.test:",
            "records": [
                {
                    "name": "SPF",
                    "standing": "good",
                    "message": "The addresses of mail.acme.test are listed.",
                    "record": "v=spf1 a:mail.acme.test -all",
                },
                {
                    "name": "DKIM",
                    "standing": "good",
                    "message": "The domain has keys for signed mail (default).",
                    "record": "",
                },
                {
                    "name": "DMARC",
                    "standing": "good",
                    "message": (
                        "Mail that is neither signed nor from a listed server goes to the spam folder (acme.test)."
                    ),
                    "record": "v=DMARC1; p=quarantine",
                },
            ],
            "error": None,
        },
    )


@pytest.mark.parametrize(
    ("record", "standing", "words"),
    [
        ("", "advice", "cannot distinguish your mail from forged mail"),
        ("v=spf1 -all", "advice", "are not listed, and the record asks receivers to refuse all"),
        ("v=spf1 ~all", "unknown", "are not listed. If your provider sends from other addresses"),
        ("v=spf1 ptr -all", "unknown", "This site cannot find out whether"),
        ("v=spf1 nonsense -all", "advice", "a part that is not valid: nonsense"),
        ("v=spf1 include:acme.test", "advice", "more than ten further look-ups"),
        ("v=spf1 a:1.test a:2.test a:3.test", "advice", "several servers that do not exist"),
        ("v=spf1 include:1.test", "advice", "includes that of 1.test, which has none"),
        # One record, in strings that belong together.
        ('v=spf1 ip4:93.184.215" ".25 -all', "good", "are listed"),
    ],
)
def test_what_spf_comes_to(
    client: Client, dns_server: NameServer, record: str, standing: str, words: str
) -> None:
    if record:
        dns_server.add(DOMAIN, "TXT", f'"{record}"')
    found = told(client)["SPF"]
    assert found[0] == standing
    assert words in found[1]


def test_two_spf_records_and_a_missing_host(client: Client, dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 -all"')
    assert told(client, smtp_host="")["SPF"][0] == "unknown"
    dns_server.add(DOMAIN, "TXT", '"v=spf1 mx -all"')
    assert "acme.test has more than one SPF record" in told(client)["SPF"][1]


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each.spf], ids=lambda each: each.key)
def test_record_of_a_provider_counts_in_place_of_addresses(
    client: Client, dns_server: NameServer, provider: Any
) -> None:
    dns_server.add(provider.host, "A", "93.184.216.1")
    dns_server.add(DOMAIN, "TXT", '"v=spf1 -all"')
    standing, words = told(client, smtp_host=provider.host)["SPF"]
    assert standing == "advice"
    several = len(provider.spf) > 1
    assert (
        f"such as include:{provider.spf[0]}," if several else f"add include:{provider.spf[0]} to"
    ) in words
    for number, name in enumerate(provider.spf):
        dns_server.add(name, "TXT", '"v=spf1 ip4:203.0.113.0/24 -all"')
        domain = f"shop{number}.acme.test"
        dns_server.add(domain, "TXT", f'"v=spf1 include:{name} -all"')
        found = told(client, smtp_host=provider.host, smtp_email=f"a@{domain}")["SPF"]
        assert found == ("good", f"The servers of {provider.name} are included.")


def test_what_dkim_and_dmarc_come_to(client: Client, dns_server: NameServer) -> None:
    dns_server.add(f"x._domainkey.{DOMAIN}", "TXT", '"p=MIGf"')
    found = told(client)
    assert found["DKIM"][0] == "unknown"
    assert found["DMARC"][0] == "advice"
    dns_server.add(f"k1._domainkey.{DOMAIN}", "TXT", '"p="')
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject; t=y"')
    found = told(client)
    assert found["DKIM"] == ("advice", "The domain's key for signed mail (k1) was revoked.")
    assert found["DMARC"] == ("good", "Forged mail is only reported, not stopped yet (acme.test).")


def test_hostile_records_are_cut_and_stay_text(client: Client, dns_server: NameServer) -> None:
    dns_server.add(
        DOMAIN,
        "TXT",
        '"v=spf1 <b>%(host)s%s</b> \\195\\188' + 'x" "' * 10 + "x" * 200 + '" "' + "y" * 200 + '"',
    )
    (spf, *_) = check(client)[1]["records"]
    assert "<b>%(host)s%s</b>" in spf["message"]
    assert "\ufffd\ufffd" in spf["record"]
    assert len(spf["record"]) == 300


@pytest.mark.parametrize("fault", [SILENT, "SERVFAIL"])
def test_name_service_that_fails_is_said_of_each_record(
    client: Client, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault == SILENT:
        monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.3)
    for name in (DOMAIN, f"_domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}"):
        dns_server.break_down(name, "TXT", fault)
    assert {standing for standing, _ in told(client).values()} == {"unknown"}


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Type the SMTP Email first"),
        ("billing", "not a valid"),
        ("billing@[93.184.215.1]", "not a valid"),
    ],
)
def test_what_has_no_domain_is_refused_at_its_field(
    client: Client, dns_server: NameServer, email: str, words: str
) -> None:
    status, answer = check(client, smtp_email=email)
    assert (status, answer["error"]["field"]) == (400, "smtp_email")
    assert dns_server.questions == []


def test_domain_that_does_not_exist(client: Client) -> None:
    status, answer = check(client, smtp_email="billing@acme.tets")
    assert (status, answer["records"]) == (200, [])
    assert answer["headline"].startswith("There is no domain acme.tets.")


def test_who_may_not_manage_the_account_asks_nothing(editor: User, dns_server: NameServer) -> None:
    status, _ = check(client_of(editor), make_partner())
    assert status == 403
    assert dns_server.questions == []


def test_a_test_that_runs_is_waited_for(client: Client, superuser: User, dns_server: NameServer) -> None:
    partner = make_partner()
    with leases.hold(partner, superuser):
        status, answer = check(client, partner)
    assert (status, dns_server.questions) == (400, [])
    assert answer["error"]["code"] == "busy"


def test_no_transaction_is_open_meanwhile(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    depths = depths_within(monkeypatch, reputation, "look")
    outside = transaction_depth()
    check(client)
    assert depths == [outside]
