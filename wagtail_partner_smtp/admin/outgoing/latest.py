"""The last few messages of one partner, for its form."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse

from ...models import QueuedMessage
from ...outbox import operations
from .. import mail_words
from ..mail_words import MailBadge

SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Latest:
    message: QueuedMessage
    url: str
    badge: MailBadge
    next_attempt: str


def latest(partner: Model) -> list[Latest]:
    """The last one first."""
    rows = operations.messages_of(partner).select_related("queue").defer("outcomes").order_by("-pk")[:SHOWN]
    return [
        Latest(
            message=message,
            url=reverse("partner_smtp_message", args=[message.pk]),
            badge=mail_words.state_badge(message.state),
            next_attempt="" if message.queue.stopped_at else mail_words.next_attempt(message),
        )
        for message in rows
    ]
