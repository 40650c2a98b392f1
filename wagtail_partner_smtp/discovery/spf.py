"""Who may send a domain's mail, as its SPF record has it (RFC 7208).

The judge asks as a receiver of mail would, for the addresses of the server that mail is handed to. That server
often has others send it on, so an address that is not listed proves nothing; the record of its provider may be.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from .dns import DNSError, DNSProblem, IPAddress, Questions

_T = TypeVar("_T")

MOST_LOOKUPS = 10  # terms that ask the DNS (RFC 7208 4.6.4)
MOST_VOID_LOOKUPS = 2
MOST_ADDRESSES = 4  # of a server: each of them is judged by itself

_VERSION = re.compile(r"v=spf1( |$)", re.IGNORECASE)
_MECHANISM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9\-_.]*)=(.*)", re.IGNORECASE)
_TARGET = re.compile(r":?([^/]*)(?:/(\d{1,2}))?(?://(\d{1,3}))?")
_MACRO = re.compile(r"%\{d\}", re.IGNORECASE)


class Result(StrEnum):
    """What a record says of an address (RFC 7208 2.6)."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"


_QUALIFIERS = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class Fault(StrEnum):
    """Why receivers have to take a record for broken: ``permerror`` (RFC 7208 2.6.7)."""

    SEVERAL_RECORDS = "several_records"
    SYNTAX = "syntax"
    TOO_MANY_LOOKUPS = "too_many_lookups"
    TOO_MANY_VOID_LOOKUPS = "too_many_void_lookups"
    INCLUDED_RECORD_MISSING = "included_record_missing"


class BrokenRecordError(Exception):
    """A record that cannot be followed; ``fault`` says why, ``term`` where."""

    def __init__(self, fault: Fault, term: str = "") -> None:
        super().__init__(fault.value, term)
        self.fault, self.term = fault, term


@dataclass(frozen=True, kw_only=True)
class SPF:
    """What a domain's SPF record says of a server.

    ``record`` is "" without one. ``result`` is the same for all addresses of the server, or ``None`` if it is not,
    if the server has none, or if that cannot be known (``is_doubtful``: the record depends on more than
    addresses). ``included`` are the names whose records it takes in, directly or not.
    """

    record: str = ""
    result: Result | None = None
    included: frozenset[str] = frozenset()
    is_doubtful: bool = False
    fault: Fault | None = None
    term: str = ""
    problem: DNSProblem | None = None


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One mechanism of a record: whose ``result`` counts if it matches."""

    name: str
    result: Result
    text: str
    domain: str = ""
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    prefixes: tuple[int, int] = (32, 128)


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record that was read: its mechanisms in order, and the domain that it redirects to."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str = ""


def judge(questions: Questions, domain: str, addresses: Sequence[IPAddress]) -> SPF:
    """What the record of ``domain`` says of a server with these addresses. Never raises for what the DNS says."""
    text = ""
    try:
        text = _record_of(questions, domain)
        if not text:
            return SPF()
        judged: Sequence[IPAddress | None] = addresses[:MOST_ADDRESSES] or [None]
        evaluations = [_evaluation(questions, domain, each) for each in judged]
    except BrokenRecordError as error:
        return SPF(record=text, fault=error.fault, term=error.term)
    except DNSError as error:
        if error.problem is DNSProblem.NO_SUCH_DOMAIN:
            return SPF()
        return SPF(record=text, problem=error.problem)
    doubtful = any(evaluation.is_doubtful for _, evaluation in evaluations)
    results = {result for result, _ in evaluations}
    is_known = addresses and len(results) == 1 and not (doubtful and results != {Result.PASS})
    return SPF(
        record=text,
        result=results.pop() if is_known else None,
        included=frozenset(name for _, evaluation in evaluations for name in evaluation.included),
        is_doubtful=doubtful,
    )


def _evaluation(questions: Questions, domain: str, address: IPAddress | None) -> tuple[Result, _Evaluation]:
    evaluation = _Evaluation(questions=questions, address=address)
    return evaluation.check(domain) or Result.NEUTRAL, evaluation


def _record_of(questions: Questions, domain: str) -> str:
    records = [text for text in questions.texts(domain) if _VERSION.match(text)]
    if len(records) > 1:
        raise BrokenRecordError(Fault.SEVERAL_RECORDS, domain)
    return records[0] if records else ""


def parse(text: str) -> Record:
    """A record's terms. Raises ``BrokenRecordError``: an error anywhere spoils all of it (RFC 7208 4.6)."""
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in text.split()[1:]:
        if match := _MECHANISM.fullmatch(term):
            mechanisms.append(_mechanism(match, term))
        elif match := _MODIFIER.fullmatch(term):
            name = match[1].lower()
            if name in {"redirect", "exp"} and (name in modifiers or not match[2]):
                raise BrokenRecordError(Fault.SYNTAX, term)
            modifiers[name] = match[2]
        else:
            raise BrokenRecordError(Fault.SYNTAX, term)
    return Record(mechanisms=tuple(mechanisms), redirect=modifiers.get("redirect", ""))


def _mechanism(match: re.Match[str], term: str) -> Mechanism:
    name, argument = match[2].lower(), match[3] or ""
    common: dict[str, Any] = {"name": name, "result": _QUALIFIERS[match[1]], "text": term}
    try:
        if name in {"ip4", "ip6"}:
            network = ipaddress.ip_network(argument.removeprefix(":"), strict=False)
            if f"ip{network.version}" != name:
                raise ValueError(name)
            return Mechanism(**common, network=network)
        return Mechanism(**common, **_target(name, argument))
    except ValueError as error:
        raise BrokenRecordError(Fault.SYNTAX, term) from error


def _target(name: str, argument: str) -> dict[str, Any]:
    """The domain and the lengths of prefixes that follow a mechanism's name. Raises ``ValueError``."""
    if name == "all" and argument:
        raise ValueError(argument)
    if name in {"include", "exists"} and not argument.removeprefix(":"):
        raise ValueError(argument)
    if name not in {"a", "mx"}:
        return {"domain": argument.removeprefix(":")}
    found = _TARGET.fullmatch(argument)
    if found is None or argument.startswith(":/") or argument == ":":
        raise ValueError(argument)
    four, six = int(found[2] or 32), int(found[3] or 128)
    if four > 32 or six > 128:
        raise ValueError(argument)
    return {"domain": found[1], "prefixes": (four, six)}


@dataclass(kw_only=True)
class _Evaluation:
    """One address on its way through the records; without one, nothing matches that names addresses."""

    questions: Questions
    address: IPAddress | None
    lookups: int = 0
    voids: int = 0
    is_doubtful: bool = False
    included: list[str] = field(default_factory=list)

    def check(self, domain: str) -> Result | None:
        """The result of the record of ``domain``; ``None`` if it has no record."""
        text = self._text(domain)
        if not text:
            return None
        record = parse(text)
        for mechanism in record.mechanisms:
            if self._matches(mechanism, domain):
                return mechanism.result
        if record.redirect:
            return self._redirected(record.redirect, domain)
        return Result.NEUTRAL

    def _text(self, domain: str) -> str:
        try:
            return _record_of(self.questions, domain)
        except DNSError as error:
            if error.problem is DNSProblem.NO_SUCH_DOMAIN:
                return ""
            raise

    def _redirected(self, target: str, domain: str) -> Result | None:
        self._count(f"redirect={target}")
        name = self._expanded(target, domain)
        if not name:
            return Result.NEUTRAL
        self.included.append(name.lower())
        result = self.check(name)
        if result is None:
            raise BrokenRecordError(Fault.INCLUDED_RECORD_MISSING, name)
        return result

    def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        if mechanism.name == "all":
            return True
        if mechanism.network is not None:
            return self.address is not None and self.address in mechanism.network
        self._count(mechanism.text)
        if mechanism.name == "ptr":
            self.is_doubtful = True
            return False
        name = self._expanded(mechanism.domain or domain, domain)
        return bool(name) and self._asks(mechanism, name)

    def _asks(self, mechanism: Mechanism, name: str) -> bool:
        if mechanism.name == "include":
            return self._includes(name)
        if mechanism.name == "exists":
            return bool(self._answers(lambda: self.questions.addresses(name, 4), mechanism.text))
        hosts = self._exchangers(name, mechanism.text) if mechanism.name == "mx" else [name]
        return any(self._is_near(mechanism, host) for host in hosts)

    def _includes(self, name: str) -> bool:
        self.included.append(name.lower())
        result = self.check(name)
        if result is None:
            raise BrokenRecordError(Fault.INCLUDED_RECORD_MISSING, name)
        return result is Result.PASS

    def _exchangers(self, name: str, term: str) -> list[str]:
        hosts = self._answers(lambda: self.questions.exchangers(name), term)
        if len(hosts) > MOST_LOOKUPS:
            raise BrokenRecordError(Fault.TOO_MANY_LOOKUPS, term)
        return hosts

    def _is_near(self, mechanism: Mechanism, host: str) -> bool:
        if self.address is None:
            return False
        version = self.address.version
        prefix = mechanism.prefixes[version == 6]
        found = self._answers(lambda: self.questions.addresses(host, version), mechanism.text)
        return any(self.address in ipaddress.ip_network((each, prefix), strict=False) for each in found)

    def _answers(self, ask: Callable[[], list[_T]], term: str) -> list[_T]:
        """What was asked for. No name and no records are the same, and both are rationed (RFC 7208 4.6.4)."""
        try:
            found = ask()
        except DNSError as error:
            if error.problem is not DNSProblem.NO_SUCH_DOMAIN:
                raise
            found = []
        self.voids += not found
        if self.voids > MOST_VOID_LOOKUPS:
            raise BrokenRecordError(Fault.TOO_MANY_VOID_LOOKUPS, term)
        return found

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenRecordError(Fault.TOO_MANY_LOOKUPS, term)

    def _expanded(self, name: str, domain: str) -> str:
        """The name with the domain filled in; "" if it depends on more than that, such as on the sender."""
        name = _MACRO.sub(lambda _: domain, name)
        if "%" in name:
            self.is_doubtful = True
            return ""
        return name.rstrip(".")
