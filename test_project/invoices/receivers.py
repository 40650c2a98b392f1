from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from wagtail_partner_smtp.models import QueuedMessage
from wagtail_partner_smtp.signals import mail_failed, mail_sent, mail_unknown

from .models import Invoice


@receiver([mail_sent, mail_failed, mail_unknown])
def mark(message: QueuedMessage, **kwargs: Any) -> bool:
    """Whether that was news: a signal may be heard twice, and is about other mail too."""
    prefix, _, number = message.key.rpartition("-")
    if prefix != "invoice":
        return False
    invoice = Invoice.objects.filter(pk=number).exclude(mail=message.state)
    return bool(invoice.update(mail=message.state, mailed_at=message.ended_at))


def catch_up(since: datetime) -> int:
    """For cron: mark invoices whose mail has ended though nobody was told, as when a worker was killed."""
    ended = QueuedMessage.objects.filter(key__startswith="invoice-", ended_at__gte=since)
    return sum(mark(message) for message in ended.iterator())
