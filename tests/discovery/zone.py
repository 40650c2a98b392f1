"""The DNS of a test, without a network."""

from __future__ import annotations

import ipaddress

from wagtail_partner_smtp.discovery.dns import DNSError, DNSProblem, IPAddress, Questions


class Zone(Questions):
    """Answers from what it is given; a name without any records does not exist, unless one below it has some."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self._records: dict[tuple[str, str], list[str]] = {}
        self._faults: dict[str, DNSProblem] = {}

    def add(self, name: str, kind: str, *values: str) -> Zone:
        self._records.setdefault((name, kind), []).extend(values)
        return self

    def break_down(self, name: str, problem: DNSProblem) -> None:
        self._faults[name] = problem

    def texts(self, name: str) -> list[str]:
        return self._answer(name, "TXT")

    def exchangers(self, domain: str) -> list[str]:
        return self._answer(domain, "MX")

    def addresses(self, name: str, version: int) -> list[IPAddress]:
        kind = "A" if version == 4 else "AAAA"
        return [ipaddress.ip_address(each) for each in self._answer(name, kind)]

    def _answer(self, name: str, kind: str) -> list[str]:
        self.asked.append((name, kind))
        if name in self._faults:
            raise DNSError(self._faults[name])
        if not any(each == name or each.endswith(f".{name}") for each, _ in self._records):
            raise DNSError(DNSProblem.NO_SUCH_DOMAIN)
        return self._records.get((name, kind), [])
