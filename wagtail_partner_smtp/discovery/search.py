"""From the domain of an email address to the settings of a mail server that was seen to answer.

Asked in this order: what the domain itself says (SRV, RFC 6186 and RFC 8314), the provider that receives its
mail (MX), and the names that mail servers usually have. Nothing is offered that did not answer just now, at
an address that may be connected to, encrypted. DNS answers can be forged, so none of this is more than an offer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..smtp import network
from ..smtp.addresses import AddressGuard
from ..smtp.errors import CertificateError, Code, SMTPError
from ..smtp.names import canonical_host
from ..smtp.probe import Probe, look
from ..smtp.settings import DEFAULT_PORT, Policy, Security, SMTPSettings
from .dns import DNSError, DNSProblem, Questions
from .providers import Provider, of_domain, of_host, of_receiver

SEARCH_TIMEOUT = 12.0  # seconds for the whole search
MAX_CANDIDATES = 4  # of each source
USUAL_NAMES = ("smtp", "mail")

_ENCRYPTED = (Security.SSL, Security.TLS)


class Source(StrEnum):
    """How a server was found."""

    DOMAIN = "domain"
    PROVIDER = "provider"
    USUAL_NAME = "usual_name"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A server that may be the right one."""

    host: str
    port: int
    source: Source
    provider: Provider | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A candidate that answered, encrypted as ``security`` says.

    ``fault`` is what is wrong with its certificate, if that cannot be verified.
    """

    candidate: Candidate
    security: Security
    fault: CertificateError | None = None


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A candidate that is not offered: ``code`` is that of its address, or ``ENCRYPTION_NOT_OFFERED`` where
    it answers in clear text only, or ``NOT_SMTP`` where no mail server answers."""

    candidate: Candidate
    code: Code


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What was found for ``domain``, the best first. ``misses`` are servers that were named but not usable."""

    domain: str
    offers: tuple[Offer, ...] = ()
    misses: tuple[Miss, ...] = ()
    problem: DNSProblem | None = None
    is_declined: bool = False
    ran_out_of_time: bool = False


def domain_of(email: str) -> str:
    """The domain of an address, as an A-label. Raises ``ValueError`` for what is none that the DNS knows."""
    local, _, domain = email.strip().rpartition("@")
    name = canonical_host(domain)
    if not local or "." not in name or name.rpartition(".")[2].isdigit():
        raise ValueError("not an email address with a domain")
    return name


def discover(domain: str, policy: Policy, nameservers: Sequence[str] = ()) -> Discovery:
    """Look for the server that ``domain`` sends its mail by, for at most twelve seconds.

    Never raises for anything that a server or a network can do.
    """
    search = _Search(domain, policy)
    search.run(nameservers)
    return Discovery(
        domain=domain,
        offers=tuple(search.offers),
        misses=tuple(search.misses),
        problem=search.problem,
        is_declined=search.is_declined,
        ran_out_of_time=search.ran_out_of_time and not search.offers,
    )


class _Search:
    def __init__(self, domain: str, policy: Policy) -> None:
        self.domain, self.policy = domain, policy
        # No longer than the lease that a connection test holds.
        self.deadline = time.monotonic() + min(SEARCH_TIMEOUT, policy.timeout)
        self.offers: list[Offer] = []
        self.misses: list[Miss] = []
        self.problem: DNSProblem | None = None
        self.is_declined = False
        self.ran_out_of_time = False

    def run(self, nameservers: Sequence[str]) -> None:
        provider = of_domain(self.domain)
        try:
            guard = AddressGuard(self.policy.allowed_networks)
            questions = Questions(nameservers, self.deadline, guard)
            receivers = questions.receivers(self.domain)
            provider = provider or next(filter(None, map(of_receiver, receivers)), None)
            submission = questions.submission(self.domain)
        except DNSError as error:
            self.problem = error.problem
        else:
            self.is_declined = submission.is_declined
            named = (self._named(service.host, service.port) for service in submission.services)
            half = (self.deadline - time.monotonic()) / 2
            self._offer_first(named, self.deadline - half)
        if provider and not any(offer.candidate.provider for offer in self.offers):
            self._offer_first([self._of(provider)], self.deadline)
        if not (provider or self.offers or self.problem or self.is_declined):
            self._offer_first(self._usual(), self.deadline)

    def _named(self, host: str, port: int) -> Candidate:
        return Candidate(host=host, port=port, source=Source.DOMAIN, provider=of_host(host))

    def _of(self, provider: Provider) -> Candidate:
        return Candidate(host=provider.host, port=provider.port, source=Source.PROVIDER, provider=provider)

    def _usual(self) -> Iterable[Candidate]:
        for name in USUAL_NAMES:
            for port in self.policy.probe_ports:
                # On port 25 servers receive mail; an answer there tells nothing about sending.
                if port != DEFAULT_PORT:
                    yield Candidate(host=f"{name}.{self.domain}", port=port, source=Source.USUAL_NAME)

    def _offer_first(self, candidates: Iterable[Candidate], deadline: float) -> None:
        """Offer the first that answers, each having its share of the time until ``deadline``."""
        chosen = list(candidates)[:MAX_CANDIDATES]
        for position, candidate in enumerate(chosen):
            left = deadline - time.monotonic()
            if left <= 0:
                self.ran_out_of_time = True
                return
            share = left / (len(chosen) - position)
            result = self._try(candidate, time.monotonic() + share)
            if isinstance(result, Offer):
                self.offers.append(result)
                return
            if candidate.source is not Source.USUAL_NAME:
                self.misses.append(result)

    def _try(self, candidate: Candidate, deadline: float) -> Offer | Miss:
        settings = SMTPSettings(host=candidate.host, port=candidate.port)
        security = None
        try:
            port, look_ups = settings.effective_port, network.FOR_TESTS
            for endpoint in network.resolve(settings.canonical_host, port, self.policy, deadline, look_ups):
                found = look(
                    Probe(
                        endpoint=endpoint,
                        host=candidate.host,
                        deadline=deadline,
                        local_hostname=self.policy.local_hostname,
                        ca_file=self.policy.ca_file,
                    )
                )
                security = found.security
                if security in _ENCRYPTED:
                    return Offer(candidate=candidate, security=security, fault=found.fault)
        except SMTPError as error:
            return Miss(candidate=candidate, code=error.code)
        code = Code.ENCRYPTION_NOT_OFFERED if security is Security.NONE else Code.NOT_SMTP
        return Miss(candidate=candidate, code=code)
