"""Partners, and where a site finds the model that it chose for them."""

from __future__ import annotations

from typing import cast

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import conf
from .account import SMTPAccountMixin
from .account_columns import SECURITY_CHOICES, AlertState, SMTPStatus

__all__ = [
    "SECURITY_CHOICES",
    "AbstractPartner",
    "AlertState",
    "ConnectionTestLease",
    "Partner",
    "SMTPAccountMixin",
    "SMTPStatus",
    "get_account_models",
    "get_partner_model",
    "get_partner_model_string",
]


class AbstractPartner(SMTPAccountMixin):
    """Somebody whose mail the site sends through that somebody's own server."""

    name = models.CharField(_("name"), max_length=255)
    slug = models.SlugField(
        _("slug"), max_length=255, unique=True, help_text=_("The short name that code and commands use.")
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Mail of an inactive partner is not sent.")
    )

    class Meta(SMTPAccountMixin.Meta):
        abstract = True
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Partner(AbstractPartner):
    """The partner of a site that does not bring its own (``PARTNER_SMTP_PARTNER_MODEL``)."""

    class Meta(AbstractPartner.Meta):
        pass


class ConnectionTestLease(models.Model):
    """Who is testing one partner's connection right now. Written by ``leases`` only."""

    key = models.CharField(max_length=255, primary_key=True)
    token = models.UUIDField()
    user_id = models.CharField(max_length=255)
    expires = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


def get_account_models() -> list[type[SMTPAccountMixin]]:
    """All models that have the columns of an account, those of the site included."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, SMTPAccountMixin) and model._meta.get_field("smtp_uuid").model is model
    ]


def get_partner_model_string() -> str:
    """The chosen partner model as ``app_label.ModelName``."""
    return conf.partner_model()


def get_partner_model() -> type[AbstractPartner]:
    """The chosen partner model. Raises ``ImproperlyConfigured`` if there is none of that name."""
    name = get_partner_model_string()
    try:
        return cast("type[AbstractPartner]", apps.get_model(name, require_ready=False))
    except (LookupError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{conf.PREFIX}PARTNER_MODEL names no installed model: {name!r}"
        ) from error
