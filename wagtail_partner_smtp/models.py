"""Partners, and where a site finds the model that it chose for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import conf
from .account.columns import SECURITY_CHOICES, AlertState, SMTPStatus
from .account.lookup import partner_model
from .account.row import SMTPAccount
from .delivery.backend import EmailBackend
from .delivery.envelope import listed
from .outbox.rows import DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage, WorkerPulse

__all__ = [
    "SECURITY_CHOICES",
    "AbstractPartner",
    "AlertState",
    "ConnectionTestLease",
    "DeliveryAttempt",
    "Partner",
    "PartnerQueue",
    "QueuedContent",
    "QueuedMessage",
    "SMTPAccountMixin",
    "SMTPStatus",
    "WorkerPulse",
    "get_account_models",
    "get_partner_model",
    "get_partner_model_string",
]


class SMTPAccountMixin(SMTPAccount):
    """An SMTP account for any model of a site, and the way to send through it."""

    class Meta(SMTPAccount.Meta):
        abstract = True

    def send_mail(
        self,
        subject: str,
        message: str,
        recipient_list: Sequence[str],
        *,
        html_message: str | None = None,
        reply_to: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        attachments: Sequence[Any] | None = None,
    ) -> int:
        """Send one message now through this account; the number of messages sent.

        Raises the errors of ``wagtail_partner_smtp.backend``, ``UnreadablePassword`` among them.
        """
        mail = EmailMultiAlternatives(
            subject=subject,
            body=message,
            from_email=self.smtp_email,
            to=listed(recipient_list),
            reply_to=listed(reply_to),
            headers=dict(headers or {}),
            attachments=attachments,
        )
        if html_message is not None:
            mail.attach_alternative(html_message, "text/html")
        mail.partner = self  # type: ignore[attr-defined]
        return EmailBackend(partner=self).send_messages([mail]) or 0


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
    return cast("type[AbstractPartner]", partner_model())
