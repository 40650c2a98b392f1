"""The state of a partner's connection to a provider, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.utils import formats
from django.utils.translation import gettext as _

from ... import diagnosis
from ...account.columns import OAuthGrant
from ...account.times import as_local
from ...connection_test import without_password
from ...oauth.providers import SITE
from ...smtp.errors import Code, SettingsError
from ...smtp.settings import Stage
from .words import other_mailbox

if TYPE_CHECKING:
    from ...account.row import SMTPAccount


@dataclass(frozen=True, kw_only=True)
class Standing:
    """``caution`` is what somebody should look at, "" if there is nothing."""

    state: Literal["none", "connected", "needs_consent"]
    sentence: str
    caution: str = ""

    @property
    def is_connected(self) -> bool:
        """There is something to disconnect."""
        return self.state != "none"

    @property
    def icon(self) -> str:
        """The name of a Wagtail icon."""
        return {"none": "help", "connected": "check", "needs_consent": "warning"}[self.state]

    def as_dict(self) -> dict[str, Any]:
        """For the script."""
        return {"state": self.state, "icon": self.icon, "sentence": self.sentence, "caution": self.caution}


def standing(partner: SMTPAccount) -> Standing:
    """Of what is saved of a partner."""
    if partner.smtp_oauth_needs_consent:
        return Standing(state="needs_consent", sentence=needs_to_be_connected(), caution=why(partner))
    if not partner.is_smtp_connected:
        return Standing(state="none", sentence=_("Not connected yet."))
    mailbox, login = partner.smtp_oauth_connected_as, partner.smtp_login
    is_other = bool(mailbox) and mailbox.casefold() != login.casefold()
    return Standing(
        state="connected",
        sentence=_since(partner, mailbox),
        caution=other_mailbox(mailbox, login) if is_other else "",
    )


def needs_to_be_connected() -> str:
    return _("Needs to be connected again.")


def why(partner: SMTPAccount) -> str:
    """Why the provider takes the sign-in no more, and what to do."""
    try:
        code = Code(partner.smtp_oauth_needs_consent)
    except ValueError:  # written by another version
        return ""
    found = diagnosis.of_error(SettingsError(code, stage=Stage.SETTINGS), without_password(partner))
    return f"{found.message} {found.hint}".strip()


def wants_consent(partner: SMTPAccount) -> bool:
    """Whether it is an account that somebody signs in for."""
    by_consent = partner.smtp_oauth_grant == OAuthGrant.CONSENT
    return bool(partner.uses_smtp_oauth and by_consent and partner.smtp_oauth_provider != SITE)


def _since(partner: SMTPAccount, mailbox: str) -> str:
    if partner.smtp_oauth_connected_at is None:
        return _("Connected.")
    day = formats.date_format(as_local(partner.smtp_oauth_connected_at), "DATE_FORMAT")
    if not mailbox:
        return _("Connected since %(day)s.") % {"day": day}
    return _("Connected as %(mailbox)s since %(day)s.") % {"mailbox": mailbox, "day": day}
