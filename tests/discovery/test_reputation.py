"""DKIM, DMARC, and all records together."""

from __future__ import annotations

import pytest

from tests.discovery.zone import Zone
from tests.support.name_server import SILENT, NameServer
from wagtail_partner_smtp.discovery import dkim, dmarc, dns, reputation
from wagtail_partner_smtp.discovery.dkim import DKIM
from wagtail_partner_smtp.discovery.dmarc import DMARC, DMARCPolicy
from wagtail_partner_smtp.discovery.dns import DNSProblem
from wagtail_partner_smtp.discovery.spf import Result

DOMAIN = "acme.test"
KEY = "v=DKIM1; k=rsa; p=MIGfMA0"


# DKIM


def test_keys_are_found_under_usual_names_and_revoked_ones_are_told_apart() -> None:
    zone = Zone().add(f"google._domainkey.{DOMAIN}", "TXT", KEY)
    zone.add(f"k1._domainkey.{DOMAIN}", "TXT", "v=DKIM1; p=").add(f"s1._domainkey.{DOMAIN}", "TXT", "none")
    assert dkim.look(zone, DOMAIN) == DKIM(selectors=("google",), revoked=("k1",))


def test_domain_without_a_name_below_has_no_key_and_is_asked_once() -> None:
    zone = Zone().add(DOMAIN, "TXT", "hello")
    assert dkim.look(zone, DOMAIN) == DKIM(has_none=True)
    assert len(zone.asked) == 1


def test_key_of_another_name_is_not_ruled_out() -> None:
    zone = Zone().add(f"x2026._domainkey.{DOMAIN}", "TXT", KEY)
    assert dkim.look(zone, DOMAIN) == DKIM()
    assert len(zone.asked) == 1 + len(dkim.USUAL_SELECTORS)


# DMARC


@pytest.mark.parametrize(
    ("record", "policy", "is_testing"),
    [
        ("v=DMARC1; p=reject", DMARCPolicy.REJECT, False),
        ("v=DMARC1;p=QUARANTINE; pct=20", DMARCPolicy.QUARANTINE, True),
        ("v=DMARC1; p=reject; t=y", DMARCPolicy.REJECT, True),
        ("v=DMARC1; p=none; rua=mailto:dmarc@acme.test", DMARCPolicy.NONE, False),
        ("v=DMARC1; rua=mailto:dmarc@acme.test", DMARCPolicy.NONE, False),
        ("v=DMARC1; p=refuse", None, False),
    ],
)
def test_policy(record: str, policy: DMARCPolicy | None, is_testing: bool) -> None:
    found = dmarc.find(Zone().add(f"_dmarc.{DOMAIN}", "TXT", record, "v=DMARC2; p=none"), DOMAIN)
    assert (found.policy, found.is_testing, found.record) == (policy, is_testing, record)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # The policy for what lies below counts, else the policy.
        ({"acme.test": "v=DMARC1; p=reject; sp=none"}, ("acme.test", DMARCPolicy.NONE)),
        ({"acme.test": "v=DMARC1; p=reject"}, ("acme.test", DMARCPolicy.REJECT)),
        # The organization is the highest of them, unless one says that it ends there.
        (
            {"shop.acme.test": "v=DMARC1; p=none", "acme.test": "v=DMARC1; p=reject"},
            ("acme.test", DMARCPolicy.REJECT),
        ),
        (
            {"shop.acme.test": "v=DMARC1; p=none; psd=n", "acme.test": "v=DMARC1; p=reject"},
            ("shop.acme.test", DMARCPolicy.NONE),
        ),
        # A registry's is for those without any of their own.
        (
            {"acme.test": "v=DMARC1; p=none", "test": "v=DMARC1; p=reject; psd=y"},
            ("acme.test", DMARCPolicy.NONE),
        ),
        ({"test": "v=DMARC1; p=reject; psd=y"}, ("test", DMARCPolicy.REJECT)),
    ],
)
def test_record_of_the_organization(records: dict[str, str], expected: tuple[str, DMARCPolicy]) -> None:
    zone = Zone().add("mail.shop.acme.test", "TXT", "hello")
    for name, record in records.items():
        zone.add(f"_dmarc.{name}", "TXT", record)
    found = dmarc.find(zone, "mail.shop.acme.test")
    assert (found.domain, found.policy) == expected


def test_several_records_are_none() -> None:
    zone = Zone().add(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    assert dmarc.find(zone, DOMAIN) == DMARC()


def test_long_name_is_asked_for_eight_times() -> None:
    zone = Zone()
    dmarc.find(zone, "a.b.c.d.e.f.g.h.i.mail.example.test")
    assert len(zone.asked) == 8
    assert zone.asked[1] == ("_dmarc.f.g.h.i.mail.example.test", "TXT")


# All together, against a name server


def test_all_records(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 ip4:192.0.2.0/25 " "ip6:2001:db8::/32 -all"')
    dns_server.add("mail.acme.test", "A", "192.0.2.25")
    dns_server.add("mail.acme.test", "AAAA", "2001:db8::25")
    dns_server.add(f"selector1._domainkey.{DOMAIN}", "TXT", f'"{KEY}"')
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    found = reputation.look(DOMAIN, "mail.acme.test", [dns_server.entry], 40)
    assert (found.spf.result, found.dkim.selectors, found.dmarc.policy) == (
        Result.PASS,
        ("selector1",),
        DMARCPolicy.REJECT,
    )


def test_address_in_place_of_a_host(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 ip4:192.0.2.25 -all"')
    assert reputation.look(DOMAIN, "192.0.2.25", [dns_server.entry], 40).spf.result is Result.PASS


def test_domain_that_does_not_exist_is_asked_for_once(dns_server: NameServer) -> None:
    found = reputation.look("acme.tets", "", [dns_server.entry], 40)
    assert found.problem is DNSProblem.NO_SUCH_DOMAIN
    assert len(dns_server.questions) == 1


def test_silence_about_one_record_leaves_the_others(
    dns_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.5)
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    dns_server.break_down(DOMAIN, "TXT", SILENT)
    found = reputation.look(DOMAIN, "", [dns_server.entry], 40)
    assert (found.spf.problem, found.dmarc.policy) == (DNSProblem.TIMEOUT, DMARCPolicy.REJECT)


def test_record_that_leads_to_endless_questions_ends(dns_server: NameServer) -> None:
    for number in range(10):
        exchangers = [f"10 mx{number}-{each}.acme.test." for each in range(10)]
        dns_server.add(f"d{number}.acme.test", "MX", *exchangers)
        for each in range(10):
            dns_server.add(f"mx{number}-{each}.acme.test", "A", "198.51.100.1")
    terms = " ".join(f"mx:d{number}.acme.test" for number in range(10))
    dns_server.add(DOMAIN, "TXT", f'"v=spf1 {terms} -all"')
    dns_server.add("mail.acme.test", "A", "192.0.2.25")
    found = reputation.look(DOMAIN, "mail.acme.test", [dns_server.entry], 40)
    assert found.spf.problem is DNSProblem.TOO_MANY_QUESTIONS
    assert len(dns_server.questions) <= dns.MOST_QUESTIONS
