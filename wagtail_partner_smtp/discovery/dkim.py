"""Whether a domain publishes keys for signed mail (DKIM, RFC 6376).

A key's name holds a selector that only its signer knows. So the usual ones are asked for, which proves nothing
if there is none among them; only a domain without any name below ``_domainkey`` has no key (RFC 8020 2).
"""

from __future__ import annotations

from dataclasses import dataclass

from .dns import DNSError, DNSProblem, Questions

KEYS = "_domainkey"
# Those that providers and programs use if nobody chooses another: Microsoft 365, Google, Mailchimp, SendGrid,
# Fastmail, Proton Mail, Zoho, cPanel and Plesk.
USUAL_SELECTORS = ("selector1", "google", "k1", "s1", "fm1", "protonmail", "zmail", "default", "mail", "dkim")


@dataclass(frozen=True, kw_only=True)
class DKIM:
    """The selectors of keys that were found; those in ``revoked`` have been taken back (RFC 6376 3.6.1).

    ``has_none`` tells that there cannot be any.
    """

    selectors: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    has_none: bool = False
    problem: DNSProblem | None = None


def look(questions: Questions, domain: str) -> DKIM:
    """Look for keys under the usual selectors. Never raises for what the DNS says."""
    try:
        questions.texts(f"{KEYS}.{domain}")
    except DNSError as error:
        if error.problem is DNSProblem.NO_SUCH_DOMAIN:
            return DKIM(has_none=True)
        return DKIM(problem=error.problem)
    found: dict[str, bool] = {}
    for selector in USUAL_SELECTORS:
        try:
            texts = questions.texts(f"{selector}.{KEYS}.{domain}")
        except DNSError as error:
            if error.problem is DNSProblem.NO_SUCH_DOMAIN:
                continue
            return DKIM(problem=error.problem)
        keys = [tags["p"] for text in texts if "p" in (tags := tags_of(text))]
        if keys:
            found[selector] = any(keys)
    return DKIM(
        selectors=tuple(each for each, is_valid in found.items() if is_valid),
        revoked=tuple(each for each, is_valid in found.items() if not is_valid),
    )


def tags_of(text: str) -> dict[str, str]:
    """The tags of a record of DKIM or DMARC, by their names in lower case (RFC 6376 3.2)."""
    parts = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, separator, value in parts if separator}
