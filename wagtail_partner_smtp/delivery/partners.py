"""Whose mail a message is, and whether that somebody's account can be used at all."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from ..account.lookup import partner_model
from ..account.names import NOBODY, name_of, named
from ..account.row import SMTPAccount
from ..smtp.errors import Code, SettingsError
from ..smtp.settings import SMTPSettings, Stage, refuse_bad_input


class PartnerError(SettingsError):
    """There is no partner that the message could be sent for; ``facts["partner"]`` says who was named."""


class PartnerMissing(PartnerError):
    """The message names no partner, or one that does not exist."""


class PartnerInactive(PartnerError):
    """The partner is switched off."""


def partner_of(message: EmailMessage, otherwise: SMTPAccount | str | None) -> SMTPAccount:
    """The partner that a message names, or the other one. Raises ``PartnerMissing``, ``PartnerInactive``."""
    named = getattr(message, "partner", None)
    if named is None:
        named = otherwise
    if isinstance(named, str):
        return usable(_partner_by_slug(named))
    return usable(named)


def usable(partner: object) -> SMTPAccount:
    """The partner, if mail can be sent for it. Raises ``PartnerMissing``, ``PartnerInactive``."""
    if not isinstance(partner, SMTPAccount):
        raise missing(NOBODY)
    if not getattr(partner, "active", True):
        raise PartnerInactive(
            Code.PARTNER_INACTIVE, stage=Stage.SETTINGS, facts={"partner": name_of(partner)}
        )
    return partner


def missing(name: str) -> PartnerMissing:
    """The error for a partner of that name or slug, which is shown on one line."""
    return PartnerMissing(Code.PARTNER_MISSING, stage=Stage.SETTINGS, facts={"partner": named(name)})


@sensitive_variables("settings")
def refuse_unusable(settings: SMTPSettings) -> None:
    """Raises ``SettingsError`` for an account that no session can be opened with."""
    refuse_bad_input(settings)
    if not settings.email:
        raise SettingsError(Code.EMAIL_MISSING, stage=Stage.SETTINGS, facts={"field": "email"})


def _partner_by_slug(slug: str) -> SMTPAccount:
    rows: QuerySet[Any] = partner_model()._default_manager.all()
    partner: SMTPAccount | None = rows.filter(slug=slug).first()
    if partner is None:
        raise missing(slug)
    return partner
