"""Queued mail, made up for a test: what a worker would have left in the tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from wagtail_partner_smtp.models import (
    DeliveryAttempt,
    PartnerQueue,
    QueuedContent,
    QueuedMessage,
    WorkerPulse,
)
from wagtail_partner_smtp.outbox import pulses
from wagtail_partner_smtp.outbox.sealing import Sealer, binding_of

URL = "/admin/reports/outgoing-mail/"
RESULTS = f"{URL}results/"
AUTH_REPLY = "535 5.7.8 Authentication credentials invalid"


def ago(**parts: float) -> datetime:
    return timezone.now() - timedelta(**parts)


def queue_of(partner: Model, **values: Any) -> PartnerQueue:
    """The partner's queue with these columns, made if there is none."""
    kind = ContentType.objects.get_for_model(partner)
    defaults = {"partner_name": str(partner)} | values
    return PartnerQueue.objects.update_or_create(
        partner_type=kind, partner_id=str(partner.pk), defaults=defaults
    )[0]


def row_for(partner: Model, state: str, **values: Any) -> QueuedMessage:
    """A message that is not saved; what goes with its state is filled in."""
    now = timezone.now()
    waits = state in ("queued", "deferred")
    ended = state not in ("queued", "deferred", "sending")
    defaults = {
        "queue": queue_of(partner),
        "partner_name": str(partner),
        "sender": "billing@example.com",
        "recipients": "jane@example.net",
        "subject": "Invoice 1",
        "message_id": "<1@example.com>",
        "size": 1200,
        "state": state,
        "created_at": now,
        "give_up_at": now + timedelta(hours=72),
        "rank": 0 if waits else None,
        "due_at": now if waits else None,
        "ended_at": now if ended else None,
    }
    return QueuedMessage(**defaults | values)


def make_message(
    partner: Model, state: str = "sent", *, content: bytes | None = None, **values: Any
) -> QueuedMessage:
    """A saved message; with ``content`` (MIME) its content is kept."""
    message = row_for(partner, state, **values)
    message.save()
    if content is not None:
        for piece in Sealer().seal(content, binding_of(message)):
            QueuedContent.objects.create(
                message=message,
                number=piece.number,
                is_last=piece.is_last,
                key_id=piece.key_id,
                sealed=piece.sealed,
            )
    return message


def make_attempt(message: QueuedMessage, state: str, **values: Any) -> DeliveryAttempt:
    number = message.attempt_rows.count() + 1
    return DeliveryAttempt.objects.create(
        message=message,
        queue_id=message.queue_id,
        state=state,
        **{"number": number, "at": timezone.now(), **values},
    )


def see_worker(at: datetime) -> None:
    """A worker looked for mail then."""
    WorkerPulse.objects.update_or_create(name=pulses.name(), defaults={"seen_at": at})


def mime(text: str = "Dear Jane, here is the invoice.", *, html: str = "") -> bytes:
    """The octets of a message."""
    message = EmailMessage()
    message["Subject"] = "Invoice 1"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()
