"""What the DNS tells receivers about mail in a domain's name: SPF, DKIM and DMARC together."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ..smtp.addresses import AddressGuard
from ..smtp.names import host_or_nothing
from ..smtp.settings import Policy
from . import dkim, dmarc, spf
from .dns import DNSError, DNSProblem, IPAddress, Questions
from .provider import Provider
from .providers import of_host

LOOK_TIMEOUT = 12.0  # seconds for all of it


@dataclass(frozen=True, kw_only=True)
class SenderRecords:
    """What was found for ``domain`` and the server ``host`` ("" if none is known yet).

    ``provider`` is whose server that is, if it is known, ``problem`` why nothing was found.
    """

    domain: str
    host: str = ""
    provider: Provider | None = None
    spf: spf.SPF = field(default_factory=spf.SPF)
    dkim: dkim.DKIM = field(default_factory=dkim.DKIM)
    dmarc: dmarc.DMARC = field(default_factory=dmarc.DMARC)
    problem: DNSProblem | None = None


def look(domain: str, host: str, policy: Policy, nameservers: Sequence[str] = ()) -> SenderRecords:
    """Ask for the records of ``domain``, for at most twelve seconds. Never raises for what the DNS says."""
    host = host_or_nothing(host)
    try:
        deadline = time.monotonic() + min(LOOK_TIMEOUT, policy.timeout)
        questions = Questions(nameservers, deadline, AddressGuard(policy.allowed_networks))
        if _is_missing(questions, domain):
            return SenderRecords(domain=domain, host=host, problem=DNSProblem.NO_SUCH_DOMAIN)
        # SPF comes last: how much it asks is for others to say.
        keys, rules = dkim.look(questions, domain), dmarc.find(questions, domain)
        return SenderRecords(
            domain=domain,
            host=host,
            provider=of_host(host) if host else None,
            dkim=keys,
            dmarc=rules,
            spf=spf.judge(questions, domain, _addresses(questions, host)),
        )
    except DNSError as error:
        return SenderRecords(domain=domain, host=host, problem=error.problem)


def _is_missing(questions: Questions, domain: str) -> bool:
    try:
        questions.exchangers(domain)
    except DNSError as error:
        if error.problem is DNSProblem.NO_SUCH_DOMAIN:
            return True
        raise
    return False


def _addresses(questions: Questions, host: str) -> list[IPAddress]:
    """The host's addresses, or itself if it is one; none if the DNS does not tell."""
    with suppress(ValueError):
        return [ipaddress.ip_address(host)]
    found: list[IPAddress] = []
    for version in (4, 6) if host else ():
        with suppress(DNSError):
            found += questions.addresses(host, version)
    return found
