"""What a domain asks of those who receive mail in its name that proves nothing (DMARC, RFC 9989).

A record of the domain itself counts, else that of its organization, which is found by walking up the tree of names
(RFC 9989 4.10). Mail of this site is aligned if SPF passes for it: its envelope has the address that its *From*
has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .dkim import tags_of
from .dns import DNSError, DNSProblem, Questions

NAME = "_dmarc"
MOST_LABELS = 8  # of a walk, the first question apart

_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")
_BELOW_100 = re.compile(r"0*\d{1,2}", re.ASCII)


class DMARCPolicy(StrEnum):
    """What is to become of mail that is neither signed nor from a listed server."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class DMARC:
    """The policy for a domain and the name that has it, ``None`` and "" without one.

    ``is_testing`` tells that the policy is not to be applied in full yet: ``t=y`` (RFC 9989 4.7), or ``pct`` below
    100 as RFC 7489 had it.
    """

    policy: DMARCPolicy | None = None
    domain: str = ""
    record: str = ""
    is_testing: bool = False
    problem: DNSProblem | None = None


def find(questions: Questions, domain: str) -> DMARC:
    """The record that counts for mail from ``domain``. Never raises for what the DNS says."""
    try:
        found = list(_records(questions, domain))
    except DNSError as error:
        return DMARC(problem=error.problem)
    if not found:
        return DMARC()
    if found[0][0] == domain:
        return _read(*found[0], "p")
    return _read(*_of_the_organization(found), "sp")


def _of_the_organization(found: list[tuple[str, str]]) -> tuple[str, str]:
    """The record of the fewest labels that is not one of a registry, else the registry's (RFC 9989 4.10.2)."""
    own = [(name, text) for name, text in found if tags_of(text).get("psd", "").lower() != "y"]
    return (own or found)[-1]


def _records(questions: Questions, domain: str) -> Iterator[tuple[str, str]]:
    """Names and records from ``domain`` upwards, until one says where its organization ends (``psd``)."""
    for name in _walk(domain):
        try:
            records = [text for text in questions.texts(f"{NAME}.{name}") if _VERSION.match(text)]
        except DNSError as error:
            if error.problem is not DNSProblem.NO_SUCH_DOMAIN:
                raise
            continue
        # Several are none (RFC 9989 4.10).
        if len(records) == 1:
            yield name, records[0]
            if tags_of(records[0]).get("psd", "u").lower() in {"y", "n"}:
                return


def _walk(domain: str) -> Iterator[str]:
    yield domain
    above = domain.split(".")[1:][-(MOST_LABELS - 1) :]
    for start in range(len(above)):
        yield ".".join(above[start:])


def _read(name: str, text: str, tag: str) -> DMARC:
    tags = tags_of(text)
    wanted = (tags.get(tag) or tags.get("p", "")).lower()
    known = {each.value: each for each in DMARCPolicy}
    # A policy that nobody knows is none, so long as somebody wants reports (RFC 9989 4.7).
    policy = known.get(wanted) or (DMARCPolicy.NONE if "rua" in tags else None)
    return DMARC(
        policy=policy,
        domain=name,
        record=text,
        is_testing=tags.get("t", "").lower() == "y" or bool(_BELOW_100.fullmatch(tags.get("pct", ""))),
    )
