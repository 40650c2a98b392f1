"""What a domain's records for receivers come to, in an editor's words. Advice: it changes no result of a test."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from ...discovery.dkim import DKIM
from ...discovery.dmarc import DMARC, DMARCPolicy
from ...discovery.dns import DNSProblem
from ...discovery.reputation import SenderRecords
from ...discovery.spf import SPF, Fault, Result
from .found_settings import problem_sentence

MOST_SHOWN = 300  # characters of a record


class Standing(StrEnum):
    """How a record stands; the words of each are in ``strings.domain_strings``."""

    GOOD = "good"
    ADVICE = "advice"
    UNKNOWN = "unknown"


Verdict = tuple[Standing, str]


def as_dict(found: SenderRecords, *, shown_domain: str) -> dict[str, Any]:
    """The JSON of an answer: a headline, and for each kind of record how it stands, why, and the record itself."""
    facts = {"domain": shown_domain, "host": found.host}
    if found.problem:
        return {"headline": problem_sentence(found.problem) % facts, "records": [], "error": None}
    return {
        "headline": _("What receivers of mail are told about %(domain)s:") % facts,
        "records": list(_records(found, facts)),
        "error": None,
    }


def _records(found: SenderRecords, facts: dict[str, str]) -> Iterator[dict[str, str]]:
    for name, (standing, sentence), record in (
        ("SPF", _spf(found), found.spf.record),
        ("DKIM", _dkim(found.dkim), ""),
        ("DMARC", _dmarc(found), found.dmarc.record),
    ):
        more = {
            "include": f"include:{found.provider.spf[0]}" if found.provider and found.provider.spf else ""
        }
        more["provider"] = found.provider.name if found.provider else ""
        more |= {"term": found.spf.term[:MOST_SHOWN], "policy_domain": found.dmarc.domain}
        more["selectors"] = ", ".join(found.dkim.selectors or found.dkim.revoked)
        yield {
            "name": name,
            "standing": standing.value,
            "message": sentence % (facts | more),
            "record": record[:MOST_SHOWN],
        }


def _not_asked(problem: DNSProblem) -> Verdict:
    if problem is DNSProblem.TIMEOUT:
        return Standing.UNKNOWN, _("The name service did not answer in time. Try again in a few minutes.")
    return Standing.UNKNOWN, _("The name service cannot say anything about it just now. Try again later.")


def _spf(found: SenderRecords) -> Verdict:
    spf = found.spf
    if spf.problem:
        return _not_asked(spf.problem)
    if spf.fault:
        return Standing.ADVICE, _broken(spf.fault)
    if not spf.record:
        return Standing.ADVICE, _(
            "No SPF record names the servers that may send mail of %(domain)s, so receivers "
            "cannot distinguish your mail from forged mail. Ask whoever manages the domain "
            "to add an SPF record for your mail provider."
        )
    if not found.host:
        return Standing.UNKNOWN, _(
            "There is an SPF record. Fill in the host to learn whether it covers that server."
        )
    return _of_server(found, spf)


def _of_server(found: SenderRecords, spf: SPF) -> Verdict:
    if spf.result is Result.PASS:
        return Standing.GOOD, _("The addresses of %(host)s are listed.")
    if found.provider and found.provider.spf:
        if spf.included & set(found.provider.spf):
            return Standing.GOOD, _("The servers of %(provider)s are included.")
        if len(found.provider.spf) > 1:
            return Standing.ADVICE, _(
                "The servers of %(provider)s are not included. Receivers may treat your mail as forged. Ask "
                "whoever manages the domain to add what %(provider)s names for it, such as %(include)s, to the "
                "SPF record."
            )
        return Standing.ADVICE, _(
            "The servers of %(provider)s are not included. Receivers may treat your mail as "
            "forged. Ask whoever manages the domain to add %(include)s to the SPF record."
        )
    if spf.is_doubtful or spf.result is None:
        return Standing.UNKNOWN, _(
            "This site cannot find out whether %(host)s is covered. Ask your mail provider."
        )
    if spf.result is Result.FAIL:
        return Standing.ADVICE, _(
            "The addresses of %(host)s are not listed, and the record asks receivers to "
            "refuse all that is not listed. If your provider sends from other addresses, "
            "the record may still be right: ask your provider what it has to contain."
        )
    return Standing.UNKNOWN, _(
        "The addresses of %(host)s are not listed. If your provider sends from other "
        "addresses, the record may still be right: ask your provider what it has to "
        "contain."
    )


def _broken(fault: Fault) -> str:
    why = {
        Fault.SEVERAL_RECORDS: _(
            "%(term)s has more than one SPF record; only one is allowed, so none counts."
        ),
        Fault.SYNTAX: _("The SPF record has a part that is not valid: %(term)s. So all of it is ignored."),
        Fault.TOO_MANY_LOOKUPS: _(
            "The SPF record needs more than ten further look-ups, which is not allowed, so "
            "all of it is ignored."
        ),
        Fault.TOO_MANY_VOID_LOOKUPS: _(
            "The SPF record names several servers that do not exist, so all of it is ignored."
        ),
        Fault.INCLUDED_RECORD_MISSING: _(
            "The SPF record includes that of %(term)s, which has none, so all of it is ignored."
        ),
    }[fault]
    return f"{why} {_('Tell whoever manages the domain.')}"


def _dkim(dkim: DKIM) -> Verdict:
    if dkim.problem:
        return _not_asked(dkim.problem)
    if dkim.selectors:
        return Standing.GOOD, _("The domain has keys for signed mail (%(selectors)s).")
    if dkim.revoked:
        return Standing.ADVICE, _("The domain's key for signed mail (%(selectors)s) was revoked.")
    if dkim.has_none:
        return Standing.ADVICE, _(
            "The domain has no key, so its mail is not signed in its name. Ask your mail "
            "provider how to switch signing on."
        )
    return Standing.UNKNOWN, _(
        "No key was found under the usual names. That proves nothing: a key can have any name. Ask your mail "
        "provider."
    )


def _dmarc(found: SenderRecords) -> Verdict:
    dmarc: DMARC = found.dmarc
    if dmarc.problem:
        return _not_asked(dmarc.problem)
    if dmarc.policy is None:
        return Standing.ADVICE, _(
            "%(domain)s has no DMARC record. Large receivers ask for one if a sender sends "
            "much mail. Ask whoever manages the domain to add one, to begin with p=none."
        )
    if dmarc.policy is DMARCPolicy.NONE or dmarc.is_testing:
        return Standing.GOOD, _("Forged mail is only reported, not stopped yet (%(policy_domain)s).")
    if dmarc.policy is DMARCPolicy.QUARANTINE:
        return Standing.GOOD, _(
            "Mail that is neither signed nor from a listed server goes to the spam folder (%(policy_domain)s)."
        )
    return Standing.GOOD, _(
        "Mail that is neither signed nor from a listed server is refused (%(policy_domain)s)."
    )
