"""Which partner a message belongs to, and whether that partner's account can be used at all."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.core.mail import EmailMessage
from django.db import router
from django.views.decorators.debug import sensitive_variables

from ..account.health import is_active
from ..account.lookup import find, has_column
from ..account.names import NOBODY, name_of, named
from ..account.row import SMTPAccount
from ..account.saving import STANDING, assign
from ..smtp.errors import Code, SettingsError
from ..smtp.settings import SMTPSettings, Stage, refuse_bad_input


class _Whose(StrEnum):
    """A member of its own, which stays the same object when a message is copied or pickled."""

    THE_SITE = ""


THE_SITE: Final = _Whose.THE_SITE
"""What ``message.partner`` is of mail that is the site's own, whomever a backend is made for."""


class PartnerError(SettingsError):
    """There is no partner that the message could be sent for; ``facts["partner"]`` says who was named."""


class PartnerMissing(PartnerError):
    """The message names no partner, or one that does not exist."""


class PartnerInactive(PartnerError):
    """The partner is switched off."""


def is_of_a_partner(message: EmailMessage) -> bool:
    """Whether a message names anybody but the site. Who names an empty slug did not mean the site."""
    named = getattr(message, "partner", None)
    return named is not None and named is not THE_SITE


def partner_of(message: EmailMessage, otherwise: SMTPAccount | str | None) -> SMTPAccount:
    """The partner that a message names, or the other one, if mail may be sent for it now.

    Raises ``PartnerMissing``, also for mail that is ``THE_SITE``'s, and ``PartnerInactive``; both also if that has
    happened since an instance was read.
    """
    named = getattr(message, "partner", None)
    if named is None:
        named = otherwise
    if named is THE_SITE:
        raise missing(NOBODY)
    if not isinstance(named, str):
        return _still(usable(named))
    partner = find(named)
    if partner is None:
        raise missing(named)
    return usable(partner)


def usable(partner: object) -> SMTPAccount:
    """The partner, if mail can be sent for it. Raises ``PartnerMissing``, ``PartnerInactive``."""
    if not isinstance(partner, SMTPAccount):
        raise missing(NOBODY)
    if not is_active(partner):
        raise _inactive(partner)
    return partner


def _still(partner: SMTPAccount) -> SMTPAccount:
    """An instance may be older than the decision to send nothing more, and than what other mail has shown of the
    account: one query. Of one that was never saved there is nothing else to know."""
    if partner._state.adding:
        return partner
    rows = type(partner)._base_manager.using(router.db_for_write(type(partner), instance=partner))
    columns = ("active", *STANDING) if has_column(type(partner), "active") else STANDING
    stored = rows.filter(pk=partner.pk).values(*columns).first()
    if stored is None:
        raise PartnerMissing(Code.PARTNER_MISSING, stage=Stage.SETTINGS, facts={"partner": name_of(partner)})
    if not stored.pop("active", True):
        raise _inactive(partner)
    assign(partner, stored)
    return partner


def _inactive(partner: SMTPAccount) -> PartnerInactive:
    return PartnerInactive(Code.PARTNER_INACTIVE, stage=Stage.SETTINGS, facts={"partner": name_of(partner)})


def missing(name: str) -> PartnerMissing:
    """The error for a partner of that name or slug, which is shown on one line."""
    return PartnerMissing(Code.PARTNER_MISSING, stage=Stage.SETTINGS, facts={"partner": named(name)})


@sensitive_variables("settings")
def refuse_unusable(settings: SMTPSettings) -> None:
    """Raises ``SettingsError`` for an account that no session can be opened with."""
    refuse_bad_input(settings)
    if not settings.email:
        raise SettingsError(Code.EMAIL_MISSING, stage=Stage.SETTINGS, facts={"field": "email"})
