"""What is asked of the DNS, against a name server on loopback."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from dns.resolver import Resolver

from tests.support.name_server import SILENT, NameServer
from tests.support.stopwatch import Stopwatch, until
from wagtail_partner_smtp.discovery import dns
from wagtail_partner_smtp.discovery.dns import DNSError, DNSProblem, Questions, Service, parse_nameserver
from wagtail_partner_smtp.smtp.addresses import AddressGuard

DOMAIN = "acme.test"


def ask(server: NameServer, seconds: float = 40, networks: Sequence[str] = ()) -> Questions:
    return Questions([server.entry], time.monotonic() + seconds, AddressGuard(networks))


def services(server: NameServer) -> list[tuple[str, int]]:
    return [(each.host, each.port) for each in ask(server).submission(DOMAIN).services]


def test_receivers_come_in_the_order_of_their_preference(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "MX", "20 b.acme.test.", "5 a.acme.test.", "100 C.Acme.test.")
    assert ask(dns_server).receivers(DOMAIN) == ["a.acme.test", "b.acme.test", "c.acme.test"]


@pytest.mark.parametrize("target", [".", "two\\ words.test.", "a\\000b.test.", "-dash.test."])
def test_receiver_that_is_no_host_is_left_out(dns_server: NameServer, target: str) -> None:
    dns_server.add(DOMAIN, "MX", f"0 {target}", "10 mx.acme.test.")
    assert ask(dns_server).receivers(DOMAIN) == ["mx.acme.test"]


def test_domain_that_receives_no_mail_is_no_failure(dns_server: NameServer) -> None:
    dns_server.add(DOMAIN, "TXT", '"hello"')
    assert ask(dns_server).receivers(DOMAIN) == []


def test_encrypted_service_comes_before_the_one_with_starttls(dns_server: NameServer) -> None:
    dns_server.add_service("submission", DOMAIN, "a.acme.test", 587)
    dns_server.add_service("submissions", DOMAIN, "b.acme.test", 465, order="99 0")
    assert services(dns_server) == [("b.acme.test", 465), ("a.acme.test", 587)]


def test_services_come_by_priority_and_then_the_heaviest(dns_server: NameServer) -> None:
    for name, order in (("d", "20 100"), ("b", "10 5"), ("a", "10 50"), ("c", "20 200")):
        dns_server.add_service("submissions", DOMAIN, f"{name}.acme.test", 465, order=order)
    assert [host[0] for host, _ in services(dns_server)] == ["a", "b", "c", "d"]


def test_service_that_is_named_twice_is_one(dns_server: NameServer) -> None:
    for service in ("submissions", "submission"):
        dns_server.add_service(service, DOMAIN, "mail.acme.test", 465)
    assert services(dns_server) == [("mail.acme.test", 465)]


def test_dot_means_that_the_service_is_not_offered(dns_server: NameServer) -> None:
    dns_server.add(f"_submissions._tcp.{DOMAIN}", "SRV", "0 0 0 .")
    submission = ask(dns_server).submission(DOMAIN)
    assert (submission.services, submission.is_declined) == ((), True)


def test_dot_at_one_service_says_nothing_about_the_other(dns_server: NameServer) -> None:
    dns_server.add(f"_submissions._tcp.{DOMAIN}", "SRV", "0 0 0 .")
    dns_server.add_service("submission", DOMAIN, "mail.acme.test", 587)
    submission = ask(dns_server).submission(DOMAIN)
    assert submission.services == (Service(host="mail.acme.test", port=587),)
    assert not submission.is_declined


def test_domain_without_services_has_neither_servers_nor_a_refusal(dns_server: NameServer) -> None:
    submission = ask(dns_server).submission(DOMAIN)
    assert (submission.services, submission.is_declined) == ((), False)


@pytest.mark.parametrize("record", ["0 0 0 mail.acme.test.", "0 0 465 two\\ words.test."])
def test_service_that_cannot_be_dialled_is_left_out(dns_server: NameServer, record: str) -> None:
    dns_server.add(f"_submissions._tcp.{DOMAIN}", "SRV", record)
    assert services(dns_server) == []


@pytest.mark.parametrize("fault", ["SERVFAIL", "REFUSED", SILENT])
def test_question_about_services_that_fails_is_no_answer(
    dns_server: NameServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == SILENT:
        monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.2)
    dns_server.break_down(f"_submissions._tcp.{DOMAIN}", "SRV", fault)
    monkeypatch.setattr(dns, "SUBMISSION_SERVICES", ("_submissions._tcp",))
    assert services(dns_server) == []
    until(lambda: dns_server.questions)


def test_domain_that_does_not_exist_is_told(dns_server: NameServer) -> None:
    with pytest.raises(DNSError) as caught:
        ask(dns_server).receivers("acme.tets")
    assert caught.value.problem is DNSProblem.NO_SUCH_DOMAIN


@pytest.mark.parametrize(
    "name", ["a..b", f"{'x' * 64}.test", ".".join(["label"] * 50), "\\999.test", "\\065.test", "\ufffd.test"]
)
def test_name_that_no_zone_can_hold_does_not_exist_and_is_not_asked_for(
    dns_server: NameServer, name: str
) -> None:
    with pytest.raises(DNSError) as caught:
        ask(dns_server).texts(name)
    assert caught.value.problem is DNSProblem.NO_SUCH_DOMAIN
    assert dns_server.questions == []


@pytest.mark.parametrize(
    "name",
    [
        "db.internal",
        "DB.Internal",
        "db.\uff49nternal",
        "db\u3002internal",
        "_dmarc.nas.local",
        "a.corp",
    ],
)
def test_p12_names_of_private_networks_are_not_asked_for(dns_server: NameServer, name: str) -> None:
    dns_server.add("db.internal", "TXT", "v=spf1")
    for ask_for in (ask(dns_server).texts, ask(dns_server).exchangers, ask(dns_server).receivers):
        with pytest.raises(DNSError) as caught:
            ask_for(name)
        assert caught.value.problem is DNSProblem.NO_SUCH_DOMAIN
    assert ask(dns_server).submission(name).services == ()
    for ask_for in (ask(dns_server).texts, ask(dns_server).exchangers):
        with pytest.raises(DNSError):
            ask_for("relay")
    assert dns_server.questions == []


@pytest.mark.parametrize("kind", ["TXT", "MX", "A"])
def test_p12_an_alias_does_not_lead_to_them(dns_server: NameServer, kind: str) -> None:
    """Whoever has a public domain writes aliases."""
    dns_server.add("exists.acme.test", "CNAME", "db.internal.")
    dns_server.add("missing.acme.test", "CNAME", "none.internal.")
    dns_server.add("db.internal", "A", "10.1.2.3")
    for name in ("exists.acme.test", "missing.acme.test"):
        with pytest.raises(DNSError) as caught:
            ask(dns_server)._ask(name, kind)
        assert caught.value.problem is DNSProblem.NO_SUCH_DOMAIN
    assert len(dns_server.questions) == 2


def test_a_public_alias_is_followed(dns_server: NameServer) -> None:
    dns_server.add("mail.acme.test", "CNAME", "mx.acme.test.")
    dns_server.add("mx.acme.test", "A", "93.184.215.14")
    assert ask(dns_server).addresses("mail.acme.test", 4) == [ipaddress.ip_address("93.184.215.14")]


def test_p12_addresses_of_the_own_network_are_not_told_but_where_they_are_allowed(
    dns_server: NameServer,
) -> None:
    private = ("10.1.2.3", "127.0.0.1", "169.254.169.254", "100.64.0.1")
    dns_server.add("mail.acme.test", "A", *private, "93.184.215.14")
    dns_server.add("mail.acme.test", "AAAA", "fd00::1", "::1", "64:ff9b::10.1.2.3")

    def told(*networks: str) -> set[str]:
        questions = ask(dns_server, networks=networks)
        return {str(each) for version in (4, 6) for each in questions.addresses("Mail.acme.test", version)}

    assert told() == {"93.184.215.14"}
    assert told("10.0.0.0/8:2525") == {"10.1.2.3", "93.184.215.14", "64:ff9b::a01:203"}
    assert "10.1.2.3" in told("mail.acme.test")
    assert "169.254.169.254" not in told("mail.acme.test")


def test_names_of_private_networks_that_are_allowed_are_asked_for(dns_server: NameServer) -> None:
    dns_server.add("relay.internal", "A", "10.1.2.3")
    for entry in ("relay.internal", "10.0.0.0/8"):
        assert len(ask(dns_server, networks=[entry]).addresses("relay.internal", 4)) == 1
    with pytest.raises(DNSError):
        ask(dns_server, networks=["other.internal"]).addresses("relay.internal", 4)


@pytest.mark.parametrize("fault", ["SERVFAIL", "REFUSED", "NOTIMP"])
def test_name_server_that_fails_is_told(dns_server: NameServer, fault: str) -> None:
    dns_server.break_down(DOMAIN, "MX", fault)
    with pytest.raises(DNSError) as caught:
        ask(dns_server).receivers(DOMAIN)
    assert caught.value.problem is DNSProblem.FAILURE


def test_name_server_that_is_silent_is_told(dns_server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.2)
    dns_server.break_down(DOMAIN, "MX", SILENT)
    with pytest.raises(DNSError) as caught:
        ask(dns_server).receivers(DOMAIN)
    assert caught.value.problem is DNSProblem.TIMEOUT


def test_silent_name_server_holds_nobody_up_beyond_the_deadline(dns_server: NameServer) -> None:
    dns_server.break_down(DOMAIN, "MX", SILENT)
    with Stopwatch() as watch, pytest.raises(DNSError) as caught:
        ask(dns_server, seconds=2.5).receivers(DOMAIN)
    assert caught.value.problem is DNSProblem.TIMEOUT
    assert watch.seconds < 10  # a question may take half a minute here


def test_nothing_is_asked_after_the_deadline(dns_server: NameServer) -> None:
    with pytest.raises(DNSError) as caught:
        ask(dns_server, seconds=-1).receivers(DOMAIN)
    assert caught.value.problem is DNSProblem.TIMEOUT
    assert dns_server.questions == []


@pytest.mark.parametrize("configuration", ["", "nameserver ns.example.com"], ids=["none", "no address"])
def test_machine_without_name_servers_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configuration: str
) -> None:
    (tmp_path / "resolv.conf").write_text(configuration)
    read = Resolver.read_resolv_conf
    monkeypatch.setattr(
        Resolver, "read_resolv_conf", lambda self, _: read(self, str(tmp_path / "resolv.conf"))
    )
    with pytest.raises(DNSError) as caught:
        Questions([], time.monotonic() + 5, AddressGuard([]))
    assert caught.value.problem is DNSProblem.NO_NAMESERVER


def test_only_the_named_servers_are_asked_and_no_search_list_is_used(dns_server: NameServer) -> None:
    with pytest.raises(DNSError):
        ask(dns_server, networks=["acme"]).receivers("acme")
    assert dns_server.questions == [("acme", "MX")]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("10.0.0.53", ("10.0.0.53", 53)),
        (" 10.0.0.53:5353 ", ("10.0.0.53", 5353)),
        ("fd00::53", ("fd00::53", 53)),
        ("[fd00::53]", ("fd00::53", 53)),
        ("[fd00::53]:5353", ("fd00::53", 5353)),
    ],
)
def test_name_server_is_read(entry: str, expected: tuple[str, int]) -> None:
    assert parse_nameserver(entry) == expected


@pytest.mark.parametrize(
    "entry", ["", "ns.example.com", "10.0.0.0/8", "10.0.0.53:0", "10.0.0.53:x", "https://1.1.1.1"]
)
def test_what_is_no_name_server_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_nameserver(entry)
