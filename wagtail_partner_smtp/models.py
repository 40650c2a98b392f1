"""Partners, and where a site finds the model that it chose for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import conf
from .account.columns import SECURITY_CHOICES, AlertState, OAuthGrant, SMTPAuth, SMTPStatus
from .account.lookup import account_models, partner_model
from .account.row import SMTPAccount
from .delivery.backend import EmailBackend
from .outbox import operations, queueing
from .outbox.queueing import Options
from .outbox.rows import DeliveryAttempt, PartnerQueue, QueuedContent, QueuedMessage, WorkerPulse
from .outbox.states import MailState

__all__ = [
    "SECURITY_CHOICES",
    "AbstractPartner",
    "AlertState",
    "ConnectionTestLease",
    "DeliveryAttempt",
    "MailState",
    "OAuthGrant",
    "Partner",
    "PartnerQueue",
    "QueuedContent",
    "QueuedMessage",
    "SMTPAccountMixin",
    "SMTPAuth",
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

    def save(
        self, *, using: str | None = None, update_fields: Iterable[str] | None = None, **options: Any
    ) -> None:
        super().save(using=using, update_fields=update_fields, **options)
        if self._account_changed:
            operations.resume_if_corrected(self)

    def trust_smtp_certificate(self, sha256: str) -> bool:
        was_written = super().trust_smtp_certificate(sha256)
        if was_written:
            operations.resume_if_corrected(self)
        return was_written

    def send(self, message: EmailMessage) -> int:
        """Send a message of Django's now through this account; the number of messages sent.

        If the message names another partner, it is replaced by this one. Raises the errors of
        ``wagtail_partner_smtp.backend``, ``UnreadablePassword`` among them.
        """
        return self.send_mails([message])

    def send_mails(self, messages: Iterable[EmailMessage]) -> int:
        """Send any number of messages now, over one session; the number of messages sent.

        The first that fails ends it. Raises what ``send`` raises.
        """
        mails = list(messages)
        for mail in mails:
            mail.partner = self  # type: ignore[attr-defined]
        return EmailBackend(partner=self).send_messages(mails) or 0

    def send_mail(
        self,
        subject: str,
        message: str,
        recipient_list: Sequence[str],
        *,
        html_message: str | None = None,
        cc: Sequence[str] | None = None,
        bcc: Sequence[str] | None = None,
        reply_to: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        attachments: Sequence[Any] | None = None,
    ) -> int:
        """Write one message and send it now. Raises what ``send`` raises, and ``TypeError`` as Django does."""
        mail = self._mail(
            subject, message, recipient_list, html_message, cc, bcc, reply_to, headers, attachments
        )
        return self.send(mail)

    async def asend_mail(
        self, subject: str, message: str, recipient_list: Sequence[str], **options: Any
    ) -> int:
        """``send_mail`` with its keywords, in the thread of synchronous code: the event loop goes on meanwhile.

        A message that is on its way is not called back when the task is cancelled.
        """
        return await sync_to_async(self.send_mail)(subject, message, recipient_list, **options)

    def queue_mail(
        self,
        subject: str,
        message: str,
        recipient_list: Sequence[str],
        *,
        html_message: str | None = None,
        cc: Sequence[str] | None = None,
        bcc: Sequence[str] | None = None,
        reply_to: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        attachments: Sequence[Any] | None = None,
        key: str = "",
        priority: int = 0,
        send_at: datetime | None = None,
    ) -> QueuedMessage:
        """Queue one message for this account, to be sent once the transaction that is going on is committed.

        A message with the ``key`` (at most 255 characters) of an earlier one is not queued again: the earlier one
        is returned. The higher the ``priority`` (-32767 to 32767), the sooner; not before ``send_at``. Raises what
        ``send_mail`` raises for a message, or an account, that cannot be used, and ``ValueError`` for a key, a
        priority or a time that is none.
        """
        mail = self._mail(
            subject, message, recipient_list, html_message, cc, bcc, reply_to, headers, attachments
        )
        return queueing.queue_one(self, mail, key=key, options=Options(priority=priority, send_at=send_at))

    def queue_mails(
        self,
        messages: Iterable[EmailMessage],
        *,
        keys: Iterable[str] | None = None,
        priority: int = 0,
        send_at: datetime | None = None,
    ) -> list[QueuedMessage]:
        """Queue any number of messages, in few statements; all of them or, if something is raised, none.

        ``keys`` has one for each message. A message that cannot be rendered is stored as failed, with the reason.
        """
        options = Options(priority=priority, send_at=send_at)
        return queueing.queue_many(self, messages, keys=keys, options=options)

    def _mail(
        self,
        subject: str,
        message: str,
        recipient_list: Sequence[str],
        html_message: str | None,
        cc: Sequence[str] | None,
        bcc: Sequence[str] | None,
        reply_to: Sequence[str] | None,
        headers: Mapping[str, str] | None,
        attachments: Sequence[Any] | None,
    ) -> EmailMessage:
        mail = EmailMultiAlternatives(
            subject=subject,
            body=message,
            from_email=self.smtp_email,
            to=recipient_list,
            cc=cc,
            bcc=bcc,
            reply_to=reply_to,
            headers=dict(headers or {}),
            attachments=attachments,
        )
        if html_message is not None:
            mail.attach_alternative(html_message, "text/html")
        mail.partner = self  # type: ignore[attr-defined]
        return mail


class AbstractPartner(SMTPAccountMixin):
    """A partner whose mail the site sends through the partner's own server."""

    # The list is in this order.
    name = models.CharField(_("name"), max_length=255, db_index=True)
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
        # The report is in this order, and the first page counts who is active. Each model names it for itself.
        indexes = [models.Index(fields=["smtp_status", "name", "active"])]

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
    return [model for model in account_models() if issubclass(model, SMTPAccountMixin)]


def get_partner_model_string() -> str:
    """The chosen partner model as ``app_label.ModelName``."""
    return conf.partner_model()


def get_partner_model() -> type[AbstractPartner]:
    """The chosen partner model. Raises ``ImproperlyConfigured`` if there is none of that name."""
    return cast("type[AbstractPartner]", partner_model())
