"""What a search for settings has found, in an editor's words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...account.columns import SECURITY_CHOICES
from ...diagnosis import SENTENCES, untrusted
from ...discovery.dns import DNSProblem
from ...discovery.search import Candidate, Discovery, Miss, Offer, Source
from ...smtp.errors import Code
from . import method_choices

# What the address of a named server was refused for is worth telling: the site's developers can change it.
_ABOUT_ADDRESS = (
    Code.ADDRESS_NOT_ALLOWED,
    Code.PORT_NOT_ALLOWED,
    Code.HOST_UNKNOWN,
    Code.HOST_WITHOUT_ADDRESS,
)


def as_dict(found: Discovery, *, email: str, login: str) -> dict[str, Any]:
    """The JSON of an answer. ``email`` and ``login`` are what the form has now."""
    domain = email.strip().rpartition("@")[2]
    return {
        "domain": found.domain,
        "headline": _headline(found, domain),
        "offers": [_offer(each, found.domain, domain, email.strip(), login) for each in found.offers],
        "notes": [_note(each) for each in found.misses],
        "error": None,
    }


def _headline(found: Discovery, domain: str) -> str:
    if found.offers:
        sentence = ngettext(
            "Settings were found for %(domain)s.",
            "Several settings were found for %(domain)s. The first is the best.",
            len(found.offers),
        )
    elif found.problem:
        sentence = problem_sentence(found.problem)
    elif found.ran_out_of_time:
        sentence = _("Nothing was found for %(domain)s in time. Try again, or ask your mail provider.")
    elif found.is_declined:
        sentence = _(
            "%(domain)s says that it has no server for sending mail. Ask whoever manages the domain."
        )
    else:
        sentence = _(
            "No settings were found for %(domain)s. Ask your mail provider for the outgoing mail server."
        )
    return sentence % {"domain": domain}


def problem_sentence(problem: DNSProblem) -> str:
    """Why the DNS said nothing about a ``%(domain)s``."""
    return {
        DNSProblem.NO_SUCH_DOMAIN: _("There is no domain %(domain)s. Check the spelling of the SMTP Email."),
        DNSProblem.TIMEOUT: _("The name service does not answer. Try again in a few minutes."),
        DNSProblem.FAILURE: _(
            "The name service cannot say anything about %(domain)s just now. Try again "
            "later; if this continues, tell whoever manages the domain."
        ),
        DNSProblem.TOO_MANY_QUESTIONS: _(
            "%(domain)s needs more look-ups than this site asks of the name service. Tell "
            "whoever manages the domain."
        ),
        DNSProblem.NO_NAMESERVER: _(
            "This site knows no name service to ask. Its developers can name one with PARTNER_SMTP_NAMESERVERS."
        ),
    }[problem]


def _offer(offer: Offer, domain: str, shown_domain: str, email: str, login: str) -> dict[str, Any]:
    candidate, provider = offer.candidate, offer.candidate.provider
    values: dict[str, Any] = {
        "smtp_host": candidate.host,
        "smtp_port": candidate.port,
        "smtp_security": offer.security.value,
    }
    if provider and provider.login:
        values["smtp_login"] = provider.login
    elif provider and provider.login_is_email and not login.strip():
        values["smtp_login"] = email
    if provider:
        values |= method_choices.method_for(provider)
    facts = {"host": candidate.host, "domain": shown_domain, "provider": provider.name if provider else ""}
    return {
        "message": _("%(host)s answers on port %(port)s with %(security)s.")
        % {**facts, "port": candidate.port, "security": dict(SECURITY_CHOICES)[offer.security.value]},
        "origin": _origin(candidate) % facts,
        "caution": " ".join(filter(None, (_caution(candidate, domain) % facts, _fault(offer)))),
        "hint": method_choices.hint_for(provider) if provider else "",
        "values": values,
    }


def _origin(candidate: Candidate) -> str:
    if candidate.source is Source.PROVIDER:
        return _("%(domain)s has its mail at %(provider)s.")
    if candidate.source is Source.USUAL_NAME:
        return _("A guess: this is what the mail server of a domain is usually called.")
    if candidate.provider:
        return _("%(domain)s names this server of %(provider)s for sending mail.")
    return _("%(domain)s names this server for sending mail.")


def _caution(candidate: Candidate, domain: str) -> str:
    # RFC 6186 6: whoever forges a DNS answer could name a server of their own.
    is_outside = candidate.host != domain and not candidate.host.endswith(f".{domain}")
    if candidate.source is Source.DOMAIN and is_outside:
        return _(
            "%(host)s does not belong to %(domain)s. Use it only if you know it as your mail provider's."
        )
    return ""


def _fault(offer: Offer) -> str:
    return untrusted(offer.fault, offer.candidate.host) if offer.fault else ""


def _note(miss: Miss) -> str:
    facts = {"host": miss.candidate.host, "port": miss.candidate.port}
    if miss.code in _ABOUT_ADDRESS:
        sentence = SENTENCES[miss.code]
        return f"{sentence.message} {sentence.hint}" % facts
    if miss.code is Code.ENCRYPTION_NOT_OFFERED:
        return (
            _("%(host)s answers on port %(port)s, but only without encryption, so it is not offered.") % facts
        )
    return _("%(host)s should be the server, but it does not answer this site on port %(port)s.") % facts
