"""From a domain to settings that answer, against a name server and mail servers on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.name_server import SILENT, NameServer, resolve_to_loopback
from tests.support.stopwatch import Stopwatch
from wagtail_partner_smtp.discovery import dns, providers, search
from wagtail_partner_smtp.discovery.dns import DNSProblem, Submission
from wagtail_partner_smtp.discovery.providers import Provider
from wagtail_partner_smtp.discovery.search import Discovery, Source, discover, domain_of
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.smtp.settings import Policy, Security

DOMAIN = "acme.test"
MAIL, SMTP, ELSEWHERE = f"mail.{DOMAIN}", f"smtp.{DOMAIN}", "mx7.hoster.test"

Find = Callable[..., Discovery]


@pytest.fixture(autouse=True)
def names(dns_server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The domain exists, and its usual hosts have addresses."""
    resolve_to_loopback(monkeypatch, MAIL, SMTP, ELSEWHERE)
    dns_server.add(DOMAIN, "TXT", '"exists"')


@pytest.fixture
def find(dns_server: NameServer) -> Find:
    """`find(listeners…)` looks for the domain's settings where only these may be dialled."""

    def search(*allowed: Listener, domain: str = DOMAIN, timeout: float = 40, **policy: Any) -> Discovery:
        networks = tuple(f"127.0.0.1:{listener.port}" for listener in allowed)
        ports = policy.pop("probe_ports", tuple(listener.port for listener in allowed))
        rules = Policy(timeout=timeout, allowed_networks=networks, probe_ports=ports, **policy)
        return discover(domain, rules, [dns_server.entry])

    return search


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Callable[[Listener], Provider]:
    """`provider(listener)` makes the listener the only well-known provider."""

    def known(listener: Listener) -> Provider:
        postal = Provider(
            key="postal",
            name="Postal",
            host=ELSEWHERE,
            port=listener.port,
            security=Security.TLS,
            hint="Ask at the counter.",
            domains=("postal.test",),
            receivers=(("in.postal.test", ELSEWHERE),),
        )
        monkeypatch.setattr(providers, "PROVIDERS", (postal,))
        return postal

    return known


def offers(found: Discovery) -> list[tuple[str, int, str, Source]]:
    return [
        (each.candidate.host, each.candidate.port, each.security.value, each.candidate.source)
        for each in found.offers
    ]


def misses(found: Discovery) -> list[tuple[str, Code]]:
    return [(each.candidate.host, each.code) for each in found.misses]


# What the domain says


@pytest.mark.parametrize(("mode", "service"), [("ssl", "submissions"), ("starttls", "submission")])
def test_server_that_the_domain_names_is_offered_as_it_answers(
    find: Find, dns_server: NameServer, smtp: Served, mode: Any, service: str
) -> None:
    server = smtp.listen("honest", mode=mode)
    dns_server.add_service(service, DOMAIN, MAIL, server.port)
    security = {"ssl": "ssl", "starttls": "tls"}[mode]
    found = find(server)
    assert offers(found) == [(MAIL, server.port, security, Source.DOMAIN)]
    assert (found.misses, found.problem, found.is_declined) == ((), None, False)


def test_security_is_what_was_seen_not_what_the_record_says(
    find: Find, dns_server: NameServer, smtp: Served
) -> None:
    server = smtp.listen("honest", mode="starttls")
    dns_server.add_service("submissions", DOMAIN, MAIL, server.port)
    assert offers(find(server)) == [(MAIL, server.port, "tls", Source.DOMAIN)]


def test_first_that_answers_is_offered_and_no_other(find: Find, dns_server: NameServer, smtp: Served) -> None:
    dead = smtp.listen("refuse")
    good, worse = smtp.listen("honest", mode="ssl"), smtp.listen("honest", mode="ssl")
    for order, server in (("10 0", good), ("20 0", worse), ("5 0", dead)):
        dns_server.add_service("submissions", DOMAIN, MAIL, server.port, order=order)
    found = find(dead, good, worse)
    assert offers(found) == [(MAIL, good.port, "ssl", Source.DOMAIN)]
    assert misses(found) == [(MAIL, Code.NOT_SMTP)]
    assert worse.connections == 0


def test_domain_that_declines_is_not_guessed_at(find: Find, dns_server: NameServer, smtp: Served) -> None:
    server = smtp.listen("honest", mode="ssl")
    dns_server.add(f"_submissions._tcp.{DOMAIN}", "SRV", "0 0 0 .")
    found = find(server)
    assert (found.offers, found.is_declined) == ((), True)
    assert server.connections == 0


def test_only_so_many_servers_are_tried(find: Find, dns_server: NameServer, smtp: Served) -> None:
    closed = smtp.listen("refuse")
    for number in range(20):
        dns_server.add_service("submissions", DOMAIN, ELSEWHERE, closed.port, order=f"0 {number}")
        dns_server.add(
            f"_submission._tcp.{DOMAIN}", "SRV", f"{number} 0 {closed.port} h{number}.hoster.test."
        )
    found = find(closed, probe_ports=())
    assert len(found.misses) == search.MAX_CANDIDATES


# What must never happen


@pytest.mark.parametrize("source", ["domain", "provider", "usual name"])
def test_p06_address_that_may_not_be_dialled_is_not(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any, source: str
) -> None:
    inside = smtp.listen("honest", mode="ssl")
    if source == "domain":
        dns_server.add_service("submissions", DOMAIN, MAIL, inside.port)
    elif source == "provider":
        provider(inside)
        dns_server.add(DOMAIN, "MX", "0 in.postal.test.")
    found = find(probe_ports=(inside.port,))
    assert found.offers == ()
    assert inside.connections == 0
    assert {code for _, code in misses(found)} <= {Code.HOST_UNKNOWN}
    assert bool(found.misses) is (source != "usual name")


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "localhost"])
def test_p06_address_in_place_of_a_name_is_checked_as_well(
    find: Find, dns_server: NameServer, smtp: Served, host: str
) -> None:
    inside = smtp.listen("honest", mode="ssl")
    dns_server.add_service("submissions", DOMAIN, host, inside.port)
    assert misses(find(probe_ports=())) == [(host, Code.ADDRESS_NOT_ALLOWED)]
    assert inside.connections == 0


def test_clear_text_is_never_offered(find: Find, dns_server: NameServer, smtp: Served) -> None:
    plain = smtp.listen("honest", mode="plain")
    dns_server.add_service("submission", DOMAIN, MAIL, plain.port)
    found = find(plain)
    assert found.offers == ()
    assert misses(found) == [(MAIL, Code.ENCRYPTION_NOT_OFFERED)]
    assert plain.connections > 0


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_nobody_logs_in_and_nothing_is_sent(
    find: Find, dns_server: NameServer, smtp: Served, mode: Any
) -> None:
    server = smtp.listen("honest", mode=mode)
    dns_server.add_service("submissions", DOMAIN, MAIL, server.port)
    assert find(server).offers
    server.wait_idle()
    assert [server.count(verb) for verb in ("AUTH", "MAIL", "RCPT", "DATA")] == [0, 0, 0, 0]


def test_other_services_are_no_mail_servers(find: Find, dns_server: NameServer, smtp: Served) -> None:
    ssh = smtp.listen("ssh")
    dns_server.add_service("submission", DOMAIN, MAIL, ssh.port)
    found = find(ssh, probe_ports=())
    assert (offers(found), misses(found)) == ([], [(MAIL, Code.NOT_SMTP)])


# Providers


def test_provider_is_found_by_who_receives_the_mail(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    server = smtp.listen("honest", mode="starttls")
    postal = provider(server)
    dns_server.add(DOMAIN, "MX", "10 mail.acme.test.", "20 eu.in.postal.test.")
    found = find(server)
    assert offers(found) == [(ELSEWHERE, server.port, "tls", Source.PROVIDER)]
    assert found.offers[0].candidate.provider == postal


def test_provider_is_offered_beside_the_server_that_the_domain_names(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    own, server = smtp.listen("honest", mode="ssl"), smtp.listen("honest", mode="starttls")
    provider(server)
    dns_server.add(DOMAIN, "MX", "10 in.postal.test.")
    dns_server.add_service("submissions", DOMAIN, MAIL, own.port)
    assert [source for *_, source in offers(find(own, server))] == [Source.DOMAIN, Source.PROVIDER]


def test_provider_s_server_that_the_domain_names_is_one_offer(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    server = smtp.listen("honest", mode="starttls")
    postal = provider(server)
    dns_server.add(DOMAIN, "MX", "10 in.postal.test.")
    dns_server.add_service("submission", DOMAIN, ELSEWHERE, server.port)
    found = find(server)
    assert offers(found) == [(ELSEWHERE, server.port, "tls", Source.DOMAIN)]
    assert found.offers[0].candidate.provider == postal


def test_provider_s_own_domain_needs_no_dns(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    server = smtp.listen("honest", mode="starttls")
    provider(server)
    dns_server.break_down("postal.test", "MX", "SERVFAIL")
    found = find(server, domain="postal.test")
    assert offers(found) == [(ELSEWHERE, server.port, "tls", Source.PROVIDER)]


def test_provider_that_does_not_answer_is_told_and_nothing_guessed(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    closed, own = smtp.listen("refuse"), smtp.listen("honest", mode="ssl")
    provider(closed)
    dns_server.add(DOMAIN, "MX", "10 in.postal.test.")
    found = find(closed, own)
    assert (offers(found), misses(found)) == ([], [(ELSEWHERE, Code.NOT_SMTP)])
    assert own.connections == 0


# Usual names


@pytest.mark.parametrize("host", ["smtp.shop.test", "mail.shop.test"])
def test_usual_name_is_tried_where_the_domain_says_nothing(
    find: Find, dns_server: NameServer, smtp: Served, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    dns_server.add("shop.test", "TXT", '"exists"')
    resolve_to_loopback(monkeypatch, host)
    server = smtp.listen("honest", mode="starttls")
    found = find(server, domain="shop.test")
    assert offers(found) == [(host, server.port, "tls", Source.USUAL_NAME)]
    assert found.misses == ()


def test_ports_of_a_usual_name_are_tried_in_their_order(find: Find, smtp: Served) -> None:
    first, second = smtp.listen("honest", mode="ssl"), smtp.listen("honest", mode="starttls")
    assert offers(find(first, second)) == [(SMTP, first.port, "ssl", Source.USUAL_NAME)]
    assert second.connections == 0


def test_port_25_is_not_guessed_at(find: Find, smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    server = smtp.listen("honest", mode="starttls")
    monkeypatch.setattr(search, "DEFAULT_PORT", server.port)
    assert find(server).offers == ()
    assert server.connections == 0


def test_usual_names_are_tried_where_the_named_server_is_dead(
    find: Find, dns_server: NameServer, smtp: Served
) -> None:
    closed, good = smtp.listen("refuse"), smtp.listen("honest", mode="ssl")
    dns_server.add_service("submissions", DOMAIN, ELSEWHERE, closed.port)
    found = find(closed, good, probe_ports=(good.port,))
    assert offers(found) == [(SMTP, good.port, "ssl", Source.USUAL_NAME)]
    assert misses(found) == [(ELSEWHERE, Code.NOT_SMTP)]


def test_nothing_found_is_neither_a_problem_nor_an_exception(find: Find, smtp: Served) -> None:
    closed = smtp.listen("refuse")
    found = find(closed)
    assert (found.offers, found.misses, found.problem, found.ran_out_of_time) == ((), (), None, False)


# When the DNS does not help


def test_domain_that_does_not_exist(find: Find, smtp: Served, dns_server: NameServer) -> None:
    server = smtp.listen("honest", mode="ssl")
    found = find(server, domain="acme.tets")
    assert (found.problem, found.offers) == (DNSProblem.NO_SUCH_DOMAIN, ())
    assert dns_server.questions == [("acme.tets", "MX")]


def test_name_service_that_fails(find: Find, dns_server: NameServer, smtp: Served) -> None:
    server = smtp.listen("honest", mode="ssl")
    dns_server.break_down(DOMAIN, "MX", "SERVFAIL")
    assert find(server).problem is DNSProblem.FAILURE
    assert server.connections == 0


def test_name_service_that_is_silent(
    find: Find, dns_server: NameServer, smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "QUESTION_TIMEOUT", 0.2)
    dns_server.break_down(DOMAIN, "MX", SILENT)
    assert find(smtp.listen("honest", mode="ssl")).problem is DNSProblem.TIMEOUT


# Time


def test_p16_silent_servers_end_at_the_deadline(find: Find, dns_server: NameServer, smtp: Served) -> None:
    silent = smtp.listen("silent")
    for number in range(4):
        dns_server.add_service("submissions", DOMAIN, ELSEWHERE, silent.port, order=f"{number} 0")
    with Stopwatch() as watch:
        found = find(silent, timeout=2.0)
    assert found.offers == ()
    assert watch.seconds < 8  # each look alone may take half a minute here


def test_silent_server_of_the_domain_leaves_time_for_its_provider(
    find: Find, dns_server: NameServer, smtp: Served, provider: Any
) -> None:
    silent, server = smtp.listen("silent"), smtp.listen("honest", mode="starttls")
    provider(server)
    dns_server.add(DOMAIN, "MX", "0 in.postal.test.")
    dns_server.add_service("submissions", DOMAIN, MAIL, silent.port)
    found = find(silent, server, timeout=12.0)
    assert offers(found) == [(ELSEWHERE, server.port, "tls", Source.PROVIDER)]
    assert misses(found) == [(MAIL, Code.NOT_SMTP)]


def test_deadline_is_never_beyond_that_of_a_test(
    find: Find, dns_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    class Asked(Exception):
        pass

    def questions(nameservers: Any, deadline: float, guard: Any) -> Any:
        seen.append(deadline - time.monotonic())
        raise Asked

    monkeypatch.setattr(search, "Questions", questions)
    for timeout, search_timeout in ((100, 12.0), (5, 12.0)):
        monkeypatch.setattr(search, "SEARCH_TIMEOUT", search_timeout)
        with pytest.raises(Asked):
            find(timeout=timeout)
    assert seen[0] <= 12
    assert seen[1] <= 5


def test_time_that_is_gone_is_told(find: Find, dns_server: NameServer, smtp: Served) -> None:
    server = smtp.listen("honest", mode="ssl")
    dns_server.add_service("submissions", DOMAIN, MAIL, server.port)
    found = find(server, timeout=0.0)
    assert (found.offers, found.problem) == ((), DNSProblem.TIMEOUT)


def test_time_that_the_name_service_has_used_up_is_told(
    find: Find, dns_server: NameServer, smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = dns.Questions.submission

    def slowly(questions: dns.Questions, domain: str) -> Submission:
        found = ask(questions, domain)
        while time.monotonic() < questions._deadline:
            time.sleep(0.01)
        return found

    monkeypatch.setattr(dns.Questions, "submission", slowly)
    server = smtp.listen("honest", mode="ssl")
    dns_server.add_service("submissions", DOMAIN, MAIL, server.port)
    found = find(server, timeout=0.5)
    assert (found.offers, found.problem, found.ran_out_of_time) == ((), None, True)
    assert server.connections == 0


# Domains


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("billing@acme.test", "acme.test"),
        (" billing@Acme.Test. ", "acme.test"),
        ('"a@b"@acme.test', "acme.test"),
        ("rechnung@bücher.example", "xn--bcher-kva.example"),
        ("rechnung@BÜCHER.example", "xn--bcher-kva.example"),
    ],
)
def test_domain_of_an_address(email: str, domain: str) -> None:
    assert domain_of(email) == domain


@pytest.mark.parametrize(
    "email",
    ["", "billing", "@acme.test", "billing@", "billing@localhost", "a@127.0.0.1", "a@[127.0.0.1]", "a@::1",
     "a@acme..test", "a@ac me.test", "a@acme.test\r\nx", f"a@{'x' * 64}.test", "a@.test", "a@1.2.3"],
)  # fmt: skip
def test_what_has_no_domain_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        domain_of(email)


def test_internationalised_domain_is_asked_for_as_an_a_label(find: Find, dns_server: NameServer) -> None:
    find(domain=domain_of("a@bücher.example"))
    assert dns_server.questions[0] == ("xn--bcher-kva.example", "MX")
