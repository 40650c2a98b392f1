"""The tables of the outbox. Every time in them is by Python's clock, never by the database's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .states import Fate, MailState

MAX_ADDRESS = 320  # characters of an address: RFC 3696 3, errata 1690
MAX_REPLY = 320  # characters: the code, and the cleaned text of a server's reply


class PartnerQueue(models.Model):
    """One partner's queue: whose it is, how fast its mail may be sent, and whether it is sent at all.

    Written by compare-and-swap on ``version`` only. ``slots`` are the sessions in use: a lease's token, and its
    end as seconds since the epoch.
    """

    partner_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    partner_id = models.CharField(max_length=64)
    partner_name = models.CharField(_("partner"), max_length=255)
    partner = GenericForeignKey("partner_type", "partner_id")
    version = models.PositiveIntegerField(default=0)
    slots = models.JSONField(default=dict)
    served_at = models.DateTimeField(null=True)
    # The next message may leave then, as far as the rate is concerned.
    paced_until = models.DateTimeField(null=True)
    learnt_rate = models.PositiveIntegerField(null=True)  # messages a minute
    learnt_sessions = models.PositiveSmallIntegerField(null=True)
    learnt_at = models.DateTimeField(null=True)
    # The circuit: attempts in a row that found no server to talk to, and until when nobody tries.
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(_("tried again at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    # When those who are alerted were told of it; each stop is told once.
    stop_told_at = models.DateTimeField(null=True)
    # A fingerprint of the account that the queue was stopped with: another one lets it go on.
    stopped_account = models.CharField(max_length=64, default="")
    trouble_code = models.CharField(max_length=64, default="")
    trouble_stage = models.CharField(max_length=16, default="")
    trouble_reply = models.CharField(_("last failure"), max_length=MAX_REPLY, default="")
    trouble_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(_("last sent"), null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["partner_type", "partner_id"], name="partner_smtp_one_queue")
        ]

    def __str__(self) -> str:
        return self.partner_name


def _readable(outcome: Any) -> dict[str, str]:
    is_known = isinstance(outcome, dict) and outcome.get("fate") in Fate.values
    return outcome if is_known else {"fate": Fate.UNKNOWN.value}


class QueuedMessage(models.Model):
    """One message of one partner.

    ``rank`` (the lower, the sooner) is empty unless the message waits. ``lease_token`` says who has it in hand, or
    had it last, until ``lease_until``; ``handed_over_at`` that its content may have left. ``recipients`` are
    addresses, one a line; ``outcomes`` has an entry for each whose fate is known: ``{"fate": …, "reply": …}``.
    """

    queue = models.ForeignKey(PartnerQueue, on_delete=models.CASCADE, related_name="messages")
    uuid = models.UUIDField(default=uuid4, editable=False)
    partner_name = models.CharField(_("partner"), max_length=255)
    sender = models.CharField(_("sender"), max_length=MAX_ADDRESS)
    recipients = models.TextField(_("recipients"))
    outcomes = models.JSONField(default=dict)
    subject = models.CharField(pgettext_lazy("email", "subject"), max_length=255, default="")
    message_id = models.CharField(max_length=255, default="")
    size = models.PositiveIntegerField(_("size"), default=0)  # octets
    key = models.CharField(_("key"), max_length=255, default="")
    # Of the queue and the key; not a condition on the key, which MariaDB has no unique index for.
    key_digest = models.CharField(max_length=64, null=True, unique=True, default=None)  # noqa: DJ001
    priority = models.SmallIntegerField(_("priority"), default=0)  # the higher, the sooner
    state = models.CharField(_("state"), max_length=16, choices=MailState, default=MailState.QUEUED)
    created_at = models.DateTimeField(_("queued at"))
    # An attempt that fails later than this is the last one.
    give_up_at = models.DateTimeField()
    rank = models.SmallIntegerField(null=True)
    due_at = models.DateTimeField(_("next attempt"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    code = models.CharField(max_length=64, default="")
    stage = models.CharField(max_length=16, default="")
    reply = models.CharField(_("last reply"), max_length=MAX_REPLY, default="")
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        default_permissions = ("view",)
        permissions = [
            ("manage_outgoing_mail", "Can resend, retry and cancel outgoing mail"),
            ("read_outgoing_mail", "Can read the text of outgoing mail"),
        ]
        indexes = [
            # The next ones of a queue; those that do not wait are at none of its places.
            models.Index(fields=["queue", "rank", "due_at", "id"], name="partner_smtp_due"),
            models.Index(fields=["state", "ended_at"], name="partner_smtp_ended"),
            # Counting each partner's reads no rows.
            models.Index(fields=["queue", "state", "ended_at"], name="partner_smtp_counts"),
            models.Index(fields=["created_at"], name="partner_smtp_created"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id

    @property
    def recipient_list(self) -> list[str]:
        return self.recipients.split("\n") if self.recipients else []

    @property
    def known_outcomes(self) -> dict[str, dict[str, str]]:
        """``outcomes`` as this version reads them: of what it cannot, nobody can tell whether it has arrived."""
        stored = self.outcomes if isinstance(self.outcomes, dict) else dict.fromkeys(self.recipient_list)
        return {name: _readable(outcome) for name, outcome in stored.items()}

    def fate_of(self, recipient: str) -> Fate:
        return Fate(self._outcome_of(recipient)["fate"])

    def reply_to(self, recipient: str) -> str:
        """The server's reply about one recipient, or ""."""
        return str(self._outcome_of(recipient).get("reply", ""))

    def _outcome_of(self, recipient: str) -> dict[str, str]:
        if isinstance(self.outcomes, dict) and recipient not in self.outcomes:
            return {"fate": Fate.UNTRIED.value}
        return _readable(self.outcomes[recipient] if isinstance(self.outcomes, dict) else None)


class QueuedContent(models.Model):
    """A piece of a message, sealed. Read one message at a time."""

    message = models.ForeignKey(QueuedMessage, on_delete=models.CASCADE, related_name="contents")
    number = models.PositiveIntegerField()
    is_last = models.BooleanField()
    key_id = models.CharField(max_length=16)
    sealed = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="partner_smtp_one_piece")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"


class DeliveryAttempt(models.Model):
    """What came of one attempt. ``outcomes`` are those of the recipients that this attempt was about.

    ``queue_id`` is that of the message, so that counting those of one partner reads no messages.
    """

    message = models.ForeignKey(QueuedMessage, on_delete=models.CASCADE, related_name="attempt_rows")
    queue_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    at = models.DateTimeField(_("at"))
    state = models.CharField(_("state"), max_length=16, choices=MailState)
    code = models.CharField(max_length=64, default="")
    stage = models.CharField(max_length=16, default="")
    reply = models.CharField(_("reply"), max_length=MAX_REPLY, default="")
    outcomes = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        ordering = ["message", "number"]
        # Nearly all are those of sent mail, and of the others a day's are few: all queues' are looked through.
        indexes = [models.Index(fields=["state", "at", "queue_id"], name="partner_smtp_attempt_at")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}: {self.state}"


class WorkerPulse(models.Model):
    """When somebody last looked for mail to send, and when an engine was asked to have it done again.

    One row for all workers of a site.
    """

    name = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()
    wake_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
