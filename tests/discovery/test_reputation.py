"""DKIM, DMARC, and all records together."""

from __future__ import annotations

import pytest

from tests.discovery.zone import Zone
from tests.support.name_server import SILENT, NameServer
from wagtail_partner_smtp.discovery import dkim, dmarc, dns, reputation
from wagtail_partner_smtp.discovery.dkim import DKIM
from wagtail_partner_smtp.discovery.dmarc import DMARC, DMARCPolicy
from wagtail_partner_smtp.discovery.dns import DNSProblem
from wagtail_partner_smtp.discovery.reputation import SenderRecords
from wagtail_partner_smtp.discovery.spf import Result
from wagtail_partner_smtp.smtp import Policy

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


@pytest.mark.parametrize("name", [f"_domainkey.{DOMAIN}", f"google._domainkey.{DOMAIN}"])
def test_keys_that_cannot_be_asked_for_are_not_missing(name: str) -> None:
    zone = Zone().add(f"google._domainkey.{DOMAIN}", "TXT", KEY)
    zone.break_down(name, DNSProblem.FAILURE)
    assert dkim.look(zone, DOMAIN) == DKIM(problem=DNSProblem.FAILURE)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (" v = DKIM1 ; p = MIG ", DKIM(selectors=("mail",))),
        ("p; hello", DKIM()),
        (" v=DKIM1; p= ; ", DKIM(revoked=("mail",))),
    ],
)
def test_blanks_around_tags_mean_nothing_and_a_word_is_no_tag(record: str, expected: DKIM) -> None:
    assert dkim.look(Zone().add(f"mail._domainkey.{DOMAIN}", "TXT", record), DOMAIN) == expected


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
        ("v=DMARC1; P = Reject ; T=Y", DMARCPolicy.REJECT, True),
        # What lies below the domain has a policy of its own.
        ("v=DMARC1; p=none; sp=reject", DMARCPolicy.NONE, False),
        ("v=DMARC1; p=reject; pct=100", DMARCPolicy.REJECT, False),
        ("v=DMARC1; p=reject; pct=099", DMARCPolicy.REJECT, True),
        ("v=DMARC1; p=reject; pct=all", DMARCPolicy.REJECT, False),
        ("v=DMARC1; p=reject; pct=" + "9" * 5000, DMARCPolicy.REJECT, False),
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
        (
            {"acme.test": "v=DMARC1; p=none", "test": "v=DMARC1; p=reject; psd=Y"},
            ("acme.test", DMARCPolicy.NONE),
        ),
        ({"test": "v=DMARC1; p=reject; psd=y"}, ("test", DMARCPolicy.REJECT)),
        # Above it nobody is asked.
        (
            {"acme.test": "v=DMARC1; p=reject; psd=Y", "test": "v=DMARC1; p=none"},
            ("acme.test", DMARCPolicy.REJECT),
        ),
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


@pytest.mark.parametrize(
    ("domain", "number", "second"),
    [
        ("a.b.c.d.e.f.g.h.i.mail.example.test", 8, "f.g.h.i.mail.example.test"),
        ("a.b.c.d.e.f.example.test", 8, "b.c.d.e.f.example.test"),
        ("acme.test", 2, "test"),
    ],
)
def test_each_name_of_a_walk_is_asked_for_once_and_eight_at_most(
    domain: str, number: int, second: str
) -> None:
    zone = Zone()
    dmarc.find(zone, domain)
    assert len(zone.asked) == number
    assert zone.asked[1] == (f"_dmarc.{second}", "TXT")


def test_policy_that_cannot_be_asked_for_is_not_missing() -> None:
    zone = Zone()
    zone.break_down(f"_dmarc.{DOMAIN}", DNSProblem.FAILURE)
    assert dmarc.find(zone, DOMAIN) == DMARC(problem=DNSProblem.FAILURE)


# All together, against a name server


def test_all_records(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 ip4:93.184.215.0/25 " "ip6:2606:4700::/32 -all"')
    dns_server.add("mail.acme.test", "A", "93.184.215.25")
    dns_server.add("mail.acme.test", "AAAA", "2606:4700::25")
    dns_server.add(f"selector1._domainkey.{DOMAIN}", "TXT", f'"{KEY}"')
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    found = reputation.look(DOMAIN, "mail.acme.test", Policy(timeout=40), [dns_server.entry])
    assert (found.spf.result, found.dkim.selectors, found.dmarc.policy) == (
        Result.PASS,
        ("selector1",),
        DMARCPolicy.REJECT,
    )


def test_address_in_place_of_a_host(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 ip4:93.184.215.25 -all"')
    assert (
        reputation.look(DOMAIN, "93.184.215.25", Policy(timeout=40), [dns_server.entry]).spf.result
        is Result.PASS
    )


def test_domain_that_does_not_exist_is_asked_for_once(dns_server: NameServer) -> None:
    found = reputation.look("acme.tets", "", Policy(timeout=40), [dns_server.entry])
    assert found.problem is DNSProblem.NO_SUCH_DOMAIN
    assert len(dns_server.questions) == 1


def test_silence_about_one_record_leaves_the_others(
    dns_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.5)
    dns_server.add(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    dns_server.break_down(DOMAIN, "TXT", SILENT)
    found = reputation.look(DOMAIN, "", Policy(timeout=40), [dns_server.entry])
    assert (found.spf.problem, found.dmarc.policy) == (DNSProblem.TIMEOUT, DMARCPolicy.REJECT)
    assert all(name for name, _ in dns_server.questions)


def test_each_address_of_a_host_counts_and_one_that_is_not_told_does_not(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"v=spf1 ip4:93.184.215.0/25 -all"')
    dns_server.add("mail.acme.test", "A", "93.184.215.25")
    dns_server.add("mail.acme.test", "AAAA", "2606:4700::25")
    # As people paste it.
    assert (
        reputation.look(DOMAIN, " Mail.Acme.test. ", Policy(timeout=40), [dns_server.entry]).spf.result
        is None
    )
    dns_server.break_down("mail.acme.test", "AAAA", "SERVFAIL")
    assert (
        reputation.look(DOMAIN, "mail.acme.test", Policy(timeout=40), [dns_server.entry]).spf.result
        is Result.PASS
    )


def test_name_service_that_fails_for_the_domain_is_the_only_answer(dns_server: NameServer) -> None:
    dns_server.break_down(DOMAIN, "MX", "SERVFAIL")
    found = reputation.look(DOMAIN, "mail.acme.test", Policy(timeout=40), [dns_server.entry])
    assert found == SenderRecords(domain=DOMAIN, host="mail.acme.test", problem=DNSProblem.FAILURE)


@pytest.mark.parametrize(("of_all", "of_the_site"), [(-1, 40), (40, -1)])
def test_nothing_is_asked_once_either_time_is_over(
    dns_server: NameServer, monkeypatch: pytest.MonkeyPatch, of_all: float, of_the_site: float
) -> None:
    monkeypatch.setattr(reputation, "LOOK_TIMEOUT", of_all)
    found = reputation.look(DOMAIN, "", Policy(timeout=of_the_site), [dns_server.entry])
    assert (found.problem, dns_server.questions) == (DNSProblem.TIMEOUT, [])


def test_record_that_leads_to_endless_questions_ends(dns_server: NameServer) -> None:
    for number in range(10):
        exchangers = [f"10 mx{number}-{each}.acme.test." for each in range(10)]
        dns_server.add(f"d{number}.acme.test", "MX", *exchangers)
        for each in range(10):
            dns_server.add(f"mx{number}-{each}.acme.test", "A", "93.184.216.1")
    terms = " ".join(f"mx:d{number}.acme.test" for number in range(10))
    dns_server.add(DOMAIN, "TXT", f'"v=spf1 {terms} -all"')
    dns_server.add("mail.acme.test", "A", "93.184.215.25")
    found = reputation.look(DOMAIN, "mail.acme.test", Policy(timeout=40), [dns_server.entry])
    assert found.spf.problem is DNSProblem.TOO_MANY_QUESTIONS
    assert len(dns_server.questions) == dns.MOST_QUESTIONS


# What the site's own network is not told by


def compared(dns_server: NameServer, record: str, host: str) -> object:
    """What the answer depends on, for a record that somebody wrote to find something out."""
    name = f"d{len(dns_server.questions)}.acme.test"
    dns_server.add(name, "TXT", f'"{record}"')
    found = reputation.look(name, host, Policy(timeout=40), [dns_server.entry])
    return found.problem, found.spf.result, found.spf.is_doubtful, found.spf.fault


@pytest.mark.parametrize("name", ["db.internal", "db.acme.test", "alias.acme.test"])
@pytest.mark.parametrize(
    ("record", "host"),
    [
        ("v=spf1 ip4:10.0.0.0/9 ip6:fd00::/9 -all", "{name}"),
        ("v=spf1 exists:{name} -all", "93.184.215.14"),
        ("v=spf1 a:{name} -all", "10.1.2.3"),
        ("v=spf1 mx:mx.{name} -all", "10.1.2.3"),
        ("v=spf1 a:{name} a:{name} a:{name} +all", "93.184.215.14"),
        ("v=spf1 a:none1.acme.test a:none2.acme.test a:{name} +all", "93.184.215.14"),
    ],
)
def test_p12_a_record_of_ones_own_does_not_find_out_addresses_of_the_site_s_network(
    dns_server: NameServer, name: str, record: str, host: str
) -> None:
    before = compared(dns_server, record.format(name=name), host.format(name=name))
    dns_server.add("alias.acme.test", "CNAME", "db.internal.")
    for each in ("db.internal", "db.acme.test"):
        dns_server.add(each, "A", "10.1.2.3")
        dns_server.add(each, "AAAA", "fd00::1")
        dns_server.add(f"mx.{each}", "MX", f"10 {each}.")
    assert compared(dns_server, record.format(name=name), host.format(name=name)) == before
