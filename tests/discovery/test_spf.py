"""The judge of SPF records (RFC 7208)."""

from __future__ import annotations

import ipaddress

import pytest

from tests.discovery.zone import Zone
from wagtail_partner_smtp.discovery import spf
from wagtail_partner_smtp.discovery.dns import DNSProblem
from wagtail_partner_smtp.discovery.spf import SPF, Fault, Result

DOMAIN = "acme.test"
SERVER = "192.0.2.25"


@pytest.fixture
def zone() -> Zone:
    return Zone().add(DOMAIN, "MX", "mx.acme.test").add("mx.acme.test", "A", SERVER)


def judge(zone: Zone, *addresses: str) -> SPF:
    return spf.judge(zone, DOMAIN, [ipaddress.ip_address(each) for each in addresses or [SERVER]])


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", Result.PASS),
        ("V=SPF1 IP4:192.0.2.25 -ALL", Result.PASS),
        ("v=spf1 ip4:198.51.100.0/24 -all", Result.FAIL),
        ("v=spf1 ip4:198.51.100.0/24 ~all", Result.SOFTFAIL),
        ("v=spf1 ip4:198.51.100.0/24 ?all", Result.NEUTRAL),
        ("v=spf1 ip4:198.51.100.0/24", Result.NEUTRAL),
        ("v=spf1 -ip4:192.0.2.25 +all", Result.FAIL),
        ("v=spf1 ip6:2001:db8::/32 -all", Result.FAIL),
        ("v=spf1 mx -all", Result.PASS),
        ("v=spf1 a -all", Result.FAIL),
        ("v=spf1 a:mx.acme.test -all", Result.PASS),
        ("v=spf1 a:near.test/24 -all", Result.PASS),
        ("v=spf1 a:near.test -all", Result.FAIL),
        ("v=spf1 mx:other.test/16//64 -all", Result.FAIL),
        ("v=spf1 mx:near.test/24 -all", Result.PASS),
        ("v=spf1 ip4:192.0.2.1/24 -all", Result.PASS),
        ("v=spf1 exists:mx2.%{d} -all", Result.PASS),
        ("v=spf1 include:good.test. -all", Result.PASS),
        ("v=spf1 include:good.test -all", Result.PASS),
        # What an included record refuses is no refusal of this one.
        ("v=spf1 include:bad.test ~all", Result.SOFTFAIL),
        ("v=spf1 redirect=bad.test", Result.FAIL),
        ("v=spf1 REDIRECT=bad.test", Result.FAIL),
        # It is not followed where there is "all".
        ("v=spf1 ?all redirect=bad.test", Result.NEUTRAL),
        ("v=spf1 exp=why.test unknown=value -all", Result.FAIL),
        # Whoever invents modifiers may repeat them, and leave them empty.
        ("v=spf1 own= own= -all", Result.FAIL),
        # Two names without records are allowed, and ten terms that ask.
        ("v=spf1 a:1.test a:2.test -all", Result.FAIL),
        ("v=spf1 " + "a:mx2.acme.test " * 10, Result.NEUTRAL),
        ("v=spf1", Result.NEUTRAL),
    ],
)
def test_result(zone: Zone, record: str, expected: Result) -> None:
    zone.add(DOMAIN, "TXT", "hello", record, "v=spf10 all")
    zone.add("near.test", "A", "192.0.2.99").add("near.test", "MX", "near.test")
    zone.add("mx2.acme.test", "A", "198.51.100.7").add("other.test", "MX", "mx.other.test")
    zone.add("mx.other.test", "A", "198.51.100.1")
    zone.add("good.test", "TXT", f"v=spf1 ip4:{SERVER} -all").add("bad.test", "TXT", "v=spf1 -all")
    found = judge(zone)
    assert (found.result, found.fault, found.record) == (expected, None, record)


@pytest.mark.parametrize(
    ("records", "fault", "term"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], Fault.SEVERAL_RECORDS, DOMAIN),
        # Also behind what matches already.
        (["v=spf1 +all nonsense"], Fault.SYNTAX, "nonsense"),
        (["v=spf1 ip4:192.0.2.256 -all"], Fault.SYNTAX, "ip4:192.0.2.256"),
        (["v=spf1 ip4:2001:db8::1 -all"], Fault.SYNTAX, "ip4:2001:db8::1"),
        (["v=spf1 a:x.test/33 -all"], Fault.SYNTAX, "a:x.test/33"),
        (["v=spf1 mx//129 -all"], Fault.SYNTAX, "mx//129"),
        (["v=spf1 mx:x.test/y -all"], Fault.SYNTAX, "mx:x.test/y"),
        (["v=spf1 a:/24 -all"], Fault.SYNTAX, "a:/24"),
        (["v=spf1 a: -all"], Fault.SYNTAX, "a:"),
        (["v=spf1 include: -all"], Fault.SYNTAX, "include:"),
        (["v=spf1 exists -all"], Fault.SYNTAX, "exists"),
        (["v=spf1 all:x.test"], Fault.SYNTAX, "all:x.test"),
        (["v=spf1 redirect=a.test redirect=b.test"], Fault.SYNTAX, "redirect=b.test"),
        (["v=spf1 exp=a.test exp=b.test"], Fault.SYNTAX, "exp=b.test"),
        (["v=spf1 redirect="], Fault.SYNTAX, "redirect="),
        (["v=spf1 include:nothing.test -all"], Fault.INCLUDED_RECORD_MISSING, "nothing.test"),
        (["v=spf1 redirect=nothing.test"], Fault.INCLUDED_RECORD_MISSING, "nothing.test"),
        (["v=spf1 a:1.test a:2.test a:3.test -all"], Fault.TOO_MANY_VOID_LOOKUPS, "a:3.test"),
        (["v=spf1 include:acme.test -all"], Fault.TOO_MANY_LOOKUPS, "include:acme.test"),
        (["v=spf1 redirect=acme.test"], Fault.TOO_MANY_LOOKUPS, "redirect=acme.test"),
        (["v=spf1 " + "a:mx2.acme.test " * 11 + "-all"], Fault.TOO_MANY_LOOKUPS, "a:mx2.acme.test"),
    ],
)
def test_broken_record(zone: Zone, records: list[str], fault: Fault, term: str) -> None:
    zone.add(DOMAIN, "TXT", *records).add("mx2.acme.test", "A", "198.51.100.7")
    found = judge(zone)
    assert (found.result, found.fault, found.term) == (None, fault, term)
    assert found.record == ("" if fault is Fault.SEVERAL_RECORDS else records[0])


def test_ten_look_ups_are_allowed_and_counted_across_included_records(zone: Zone) -> None:
    zone.add("mx2.acme.test", "A", "198.51.100.7")
    zone.add("more.test", "TXT", "v=spf1 " + "a:mx2.acme.test " * 8 + "-all")
    zone.add(DOMAIN, "TXT", "v=spf1 include:more.test a:mx2.acme.test -all")
    assert judge(zone).result is Result.FAIL
    zone = Zone().add("mx2.acme.test", "A", "198.51.100.7")
    zone.add("more.test", "TXT", "v=spf1 " + "a:mx2.acme.test " * 9 + "-all")
    zone.add(DOMAIN, "TXT", "v=spf1 include:more.test a:mx2.acme.test -all")
    assert judge(zone).fault is Fault.TOO_MANY_LOOKUPS


def test_too_many_exchangers_are_too_many_look_ups(zone: Zone) -> None:
    zone.add("many.test", "MX", *(f"mx{number}.many.test" for number in range(11)))
    zone.add(DOMAIN, "TXT", "v=spf1 mx:many.test -all")
    assert judge(zone).fault is Fault.TOO_MANY_LOOKUPS


@pytest.mark.parametrize(
    "term",
    [
        "ptr -all",
        "exists:%{i}.list.test -all",
        "exists:%{l1r+/}.list.test -all",
        "include:%{l}.acme.test -all",
        "redirect=%{l}.acme.test",
    ],
)
def test_what_depends_on_more_than_the_address_cannot_be_told(zone: Zone, term: str) -> None:
    zone.add(DOMAIN, "TXT", f"v=spf1 {term}")
    found = judge(zone)
    assert (found.result, found.is_doubtful, found.fault) == (None, True, None)


def test_what_passes_passes_whatever_else_the_record_depends_on(zone: Zone) -> None:
    zone.add(DOMAIN, "TXT", "v=spf1 ptr mx -all")
    assert judge(zone).result is Result.PASS


def test_server_of_two_addresses_is_covered_only_by_both(zone: Zone) -> None:
    zone.add(DOMAIN, "TXT", "v=spf1 mx ip6:2001:db8::25 -all")
    assert judge(zone, SERVER, "2001:db8::25").result is Result.PASS
    assert judge(zone, SERVER, "2001:db8::26").result is None


def test_networks_of_the_new_kind_are_measured_as_such(zone: Zone) -> None:
    zone.add("near.test", "AAAA", "2001:db8::1").add(DOMAIN, "TXT", "v=spf1 a:near.test//64 -all")
    assert judge(zone, "2001:db8::25").result is Result.PASS
    assert judge(zone, "2001:db8:1::25").result is Result.FAIL


def test_only_so_many_addresses_of_a_server_are_judged(zone: Zone) -> None:
    zone.add(DOMAIN, "TXT", "v=spf1 -all")
    judge(zone, *(f"192.0.2.{number}" for number in range(250)))
    assert len(zone.asked) == 1 + spf.MOST_ADDRESSES


def test_without_an_address_the_included_names_are_known(zone: Zone) -> None:
    zone.add(DOMAIN, "TXT", f"v=spf1 mx ip4:{SERVER} include:Good.test -all")
    zone.add("Good.test", "TXT", "v=spf1 redirect=More.test").add("More.test", "TXT", "v=spf1 -all")
    found = spf.judge(zone, DOMAIN, [])
    assert (found.result, found.included) == (None, frozenset({"good.test", "more.test"}))


def test_domain_without_a_record_or_a_name(zone: Zone) -> None:
    assert judge(zone) == SPF()
    assert judge(Zone()) == SPF()


@pytest.mark.parametrize("name", [DOMAIN, "good.test"])
def test_name_service_that_fails(zone: Zone, name: str) -> None:
    zone.add(DOMAIN, "TXT", "v=spf1 include:good.test -all")
    zone.break_down(name, DNSProblem.FAILURE)
    record = "" if name == DOMAIN else "v=spf1 include:good.test -all"
    assert judge(zone) == SPF(record=record, problem=DNSProblem.FAILURE)
