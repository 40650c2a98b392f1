"""What the ESMTP extensions of a server mean, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..smtp.extensions import size_limit
from .sentence import Text


@dataclass(frozen=True, kw_only=True)
class Extension:
    """``meaning`` is a sentence, ``source`` where the extension is defined."""

    meaning: str
    source: str


_MEANINGS: dict[str, tuple[Text, str]] = {
    "8BITMIME": (gettext_lazy("Accepts text with accents and umlauts as it is."), "RFC 6152"),
    "ATRN": (gettext_lazy("Delivers the mail that waits for a domain, after login."), "RFC 2645"),
    "AUTH": (gettext_lazy("Lets users log in."), "RFC 4954"),
    "BINARYMIME": (gettext_lazy("Accepts attachments without converting them to text."), "RFC 3030"),
    "BURL": (gettext_lazy("Can fetch parts of a message from a mailbox."), "RFC 4468"),
    "CHECKPOINT": (gettext_lazy("Can go on with a message that was interrupted."), "RFC 1845"),
    "CHUNKING": (gettext_lazy("Accepts long messages in pieces."), "RFC 3030"),
    "DELIVERBY": (gettext_lazy("Can be told the time until which a message has to arrive."), "RFC 2852"),
    "DSN": (gettext_lazy("Can report whether a message was delivered."), "RFC 3461"),
    "ENHANCEDSTATUSCODES": (gettext_lazy("Says exactly why it refuses something."), "RFC 2034"),
    "ETRN": (gettext_lazy("Sends the mail that waits for a domain when it is asked to."), "RFC 1985"),
    "EXPN": (gettext_lazy("Tells who is on a mailing list, if it allows that."), "RFC 5321"),
    "FUTURERELEASE": (gettext_lazy("Can hold a message back until a given time."), "RFC 4865"),
    "HELP": (gettext_lazy("Explains its commands when it is asked to."), "RFC 5321"),
    "LIMITS": (gettext_lazy("Says how much it accepts in one connection."), "RFC 9422"),
    "MT-PRIORITY": (gettext_lazy("Can deliver urgent messages first."), "RFC 6710"),
    "NO-SOLICITING": (gettext_lazy("Says which advertising it does not want."), "RFC 3865"),
    "PIPELINING": (
        gettext_lazy("Accepts several commands at once, which makes sending faster."),
        "RFC 2920",
    ),
    "REQUIRETLS": (gettext_lazy("Can be told to pass a message on with encryption only."), "RFC 8689"),
    "RRVS": (
        gettext_lazy("Can check that an address still belongs to the same recipient."),
        "RFC 7293",
    ),
    "SIZE": (gettext_lazy("Sets no fixed limit to the size of a message."), "RFC 1870"),
    "SMTPUTF8": (gettext_lazy("Accepts email addresses with letters of any script."), "RFC 6531"),
    "STARTTLS": (gettext_lazy("Can encrypt the connection (TLS)."), "RFC 3207"),
    "VRFY": (gettext_lazy("Tells whether an address exists, if it allows that."), "RFC 5321"),
    "XCLIENT": (gettext_lazy("Lets a filter say who is connected."), "Postfix"),
    "XFORWARD": (gettext_lazy("Accepts what a filter says about who was connected."), "Postfix"),
}


def explain(extensions: Mapping[str, str]) -> dict[str, Extension]:
    """What is known of those keywords, which are in upper case; others are left out."""
    return {
        keyword: Extension(meaning=_meaning(keyword, parameters.strip()), source=_MEANINGS[keyword][1])
        for keyword, parameters in extensions.items()
        if keyword in _MEANINGS
    }


def _meaning(keyword: str, parameters: str) -> str:
    if keyword == "SIZE" and (limit := size_limit({keyword: parameters})):
        return _("Accepts messages of up to %(size)s.") % {"size": filesizeformat(limit)}
    if keyword == "AUTH" and parameters:
        return _("Lets users log in, with %(mechanisms)s.") % {
            "mechanisms": ", ".join(parameters.split()),
        }
    return str(_MEANINGS[keyword][0])
