"""Sentences about this site as a server sees it, and about limits. Most are no fault of the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

_SETTINGS_ARE_RIGHT = _(
    "Your settings may be right. Wait until the limit allows mail again, or ask the provider for a higher one."
)

SENTENCES = {
    Code.SITE_IP_NOT_ALLOWED: Sentence(
        message=_("The provider does not accept mail from the IP address of this site (%(smtp_code)s)."),
        hint=_(
            "The address of the site's machine has to be allowed in the provider's settings. Its developers"
            " know it; login and password may be right."
        ),
    ),
    Code.SITE_IP_BLOCKED: Sentence(
        message=_(
            "The server refuses the IP address of this site: it is on a block list or has a bad reputation."
        ),
        hint=_(
            "Nothing in this form helps. The developers of this site have to have its "
            "address removed from the list, or send from another one."
        ),
    ),
    Code.SITE_IP_WITHOUT_NAME: Sentence(
        message=_(
            "The server refuses the IP address of this site: no host name belongs to it (reverse DNS)."
        ),
        hint=_(
            "Nothing in this form helps. The developers of this site have to ask whoever "
            "runs its network for a reverse name (PTR record)."
        ),
    ),
    Code.EHLO_NAME_REFUSED: Sentence(
        message=_("The server does not accept the name that this site greets with (%(smtp_code)s)."),
        hint=_(
            "Nothing in this form helps. The developers of this site can set a full host name with "
            "PARTNER_SMTP_EHLO_NAME."
        ),
    ),
    Code.QUOTA_PER_DAY: Sentence(
        message=_("The account has sent as much as it may in a day (%(smtp_code)s)."),
        hint=_SETTINGS_ARE_RIGHT,
    ),
    Code.QUOTA_PER_HOUR: Sentence(
        message=_("The account has sent as much as it may in an hour (%(smtp_code)s)."),
        hint=_SETTINGS_ARE_RIGHT,
    ),
    Code.QUOTA_REACHED: Sentence(
        message=_("The account has sent as much as its quota allows (%(smtp_code)s)."),
        hint=_SETTINGS_ARE_RIGHT,
    ),
    Code.SENDING_TOO_FAST: Sentence(
        message=_("The server accepts no more mail for now: too much came in a short time (%(smtp_code)s)."),
        hint=_("Your settings may be right. Wait some minutes before you try again."),
    ),
    Code.TOO_MANY_RECIPIENTS: Sentence(
        message=_("The message has more recipients than the server allows (%(smtp_code)s)."),
        hint=_("Send it to fewer recipients at once."),
    ),
    Code.GREYLISTED: Sentence(
        message=_("The server lets mail from unknown senders wait for a while (%(smtp_code)s)."),
        hint=_("This is usual (greylisting), and your settings may be right. Try again in some minutes."),
    ),
}

# Where the server names the time.
WITH_WAIT = {
    code: Sentence(
        message=SENTENCES[code].message, hint=_("Your settings may be right. Try again in %(wait_text)s.")
    )
    for code in (
        Code.GREYLISTED,
        Code.SENDING_TOO_FAST,
        Code.QUOTA_PER_HOUR,
        Code.QUOTA_PER_DAY,
        Code.QUOTA_REACHED,
    )
}
