"""What the DNS says about the mail of a domain: MX, TXT, and the submission services of RFC 6186 and RFC 8314."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from ..smtp.addresses import AddressGuard
from ..smtp.names import host_or_nothing, split_port

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

QUESTION_TIMEOUT = 3.0  # seconds for each question
DNS_PORT = 53
MOST_QUESTIONS = 60  # of one search: those that SPF may lead to are somebody else's choice
SUBMISSION_SERVICES = ("_submissions._tcp", "_submission._tcp")  # RFC 8314 5.1: the encrypted one first


class DNSProblem(StrEnum):
    """Why the DNS gave no answer about a domain."""

    NO_SUCH_DOMAIN = "no_such_domain"
    TIMEOUT = "dns_timeout"
    FAILURE = "dns_failure"
    NO_NAMESERVER = "no_nameserver"
    TOO_MANY_QUESTIONS = "too_many_questions"


class DNSError(Exception):
    """A question without an answer; ``problem`` says why."""

    def __init__(self, problem: DNSProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Service:
    """One server that a domain names for sending mail."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a domain says about sending mail: its servers, best first, or that it ``is_declined``."""

    services: tuple[Service, ...] = ()
    is_declined: bool = False


def parse_nameserver(entry: str) -> tuple[str, int]:
    """``10.0.0.53``, ``10.0.0.53:5353`` or ``[fd00::53]:5353``. Raises ``ValueError`` for anything else."""
    address, port = split_port(entry.strip())
    return str(ipaddress.ip_address(address)), port or DNS_PORT


class Questions:
    """Asks one domain's name servers, each question for at most three seconds, all of them until ``deadline``.

    ``nameservers`` are entries for ``parse_nameserver``; without any, the system's are asked, which may know the
    names of the site's own network. What is made of an answer is shown, and by an SPF record of their own people
    choose what is asked and compared: so ``guard`` keeps those names, and addresses of that network, unknown.
    Raises ``DNSError`` if there are no name servers.
    """

    def __init__(self, nameservers: Sequence[str], deadline: float, guard: AddressGuard) -> None:
        self._deadline = deadline
        self._guard = guard
        self._asked = 0
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameservers)
        except (dns.resolver.NoResolverConfiguration, ValueError) as error:
            raise DNSError(DNSProblem.NO_NAMESERVER) from error
        if nameservers:
            self._resolver.nameservers = [
                dns.nameserver.Do53Nameserver(*parse_nameserver(entry)) for entry in nameservers
            ]

    def receivers(self, domain: str) -> list[str]:
        """The servers that receive the domain's mail, the preferred first. Raises ``DNSError``."""
        records = sorted(self._ask(domain, "MX"), key=lambda record: record.preference)
        return [host for record in records if (host := host_or_nothing(str(record.exchange)))]

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each put together from its strings without a space (RFC 7208 3.3).

        Octets above 127 become U+FFFD. Raises ``DNSError``.
        """
        return [b"".join(record.strings).decode("ascii", "replace") for record in self._ask(name, "TXT")]

    def addresses(self, name: str, version: int) -> list[IPAddress]:
        """The addresses of a name, of IP version 4 or 6, that may be told. Raises ``DNSError``."""
        found = (
            ipaddress.ip_address(record.address)
            for record in self._ask(name, "A" if version == 4 else "AAAA")
        )
        return [address for address in found if self._guard.may_tell(address, host_or_nothing(name))]

    def exchangers(self, domain: str) -> list[str]:
        """The names in the domain's MX records, as they stand there. Raises ``DNSError``."""
        return [record.exchange.to_text(omit_final_dot=True) for record in self._ask(domain, "MX")]

    def submission(self, domain: str) -> Submission:
        """The servers in the order of RFC 2782: by priority, then the heaviest. No answer is an empty one."""
        services: list[Service] = []
        is_declined = False
        for name in SUBMISSION_SERVICES:
            records = sorted(
                self._ask_calmly(f"{name}.{domain}"), key=lambda each: (each.priority, -each.weight)
            )
            # RFC 6186 3.4: a single dot as the target says that there is no such service.
            is_declined |= any(str(record.target) == "." for record in records)
            services += (
                Service(host=host, port=record.port)
                for record in records
                if record.port and (host := host_or_nothing(str(record.target)))
            )
        return Submission(services=tuple(dict.fromkeys(services)), is_declined=is_declined and not services)

    def _ask_calmly(self, name: str) -> Iterator[Any]:
        try:
            return self._ask(name, "SRV")
        except DNSError:
            return iter(())

    def _ask(self, name: str, kind: str) -> Iterator[Any]:
        self._asked += 1
        if self._asked > MOST_QUESTIONS:
            raise DNSError(DNSProblem.TOO_MANY_QUESTIONS)
        lifetime = min(QUESTION_TIMEOUT, self._deadline - time.monotonic())
        if lifetime <= 0:
            raise DNSError(DNSProblem.TIMEOUT)
        if "\\" in name:
            # In zone files it begins an escape (RFC 1035 5.1), which dnspython would read.
            raise DNSError(DNSProblem.NO_SUCH_DOMAIN)
        try:
            whole = dns.name.from_text(f"{name}.")
        except dns.exception.DNSException as error:
            # An empty label, one of more than 63 octets, or whatever else no zone can hold.
            raise DNSError(DNSProblem.NO_SUCH_DOMAIN) from error
        self._refuse_private(whole)
        try:
            answer = self._resolver.resolve(
                whole, kind, lifetime=lifetime, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN as error:
            raise DNSError(DNSProblem.NO_SUCH_DOMAIN) from error
        except dns.exception.Timeout as error:
            raise DNSError(DNSProblem.TIMEOUT) from error
        except dns.exception.DNSException as error:
            raise DNSError(DNSProblem.FAILURE) from error
        # Anybody can give a public name a private one as its alias.
        self._refuse_private(answer.canonical_name)
        return iter(answer)

    def _refuse_private(self, name: dns.name.Name) -> None:
        # Of a name as it is asked for: the library, too, knows several spellings of one.
        if not self._guard.may_ask(name.to_text(omit_final_dot=True).lower()):
            raise DNSError(DNSProblem.NO_SUCH_DOMAIN)
