from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction

from wagtail_partner_smtp.models import Partner, QueuedMessage


class Invoice(models.Model):
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE)
    number = models.CharField(max_length=20)
    mail = models.CharField(max_length=16, default="queued")  # what happened to it: a MailState
    mailed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.number


def issue(partner: Partner, number: str, recipients: Sequence[str]) -> Invoice:
    """An invoice and its mail: both, or neither."""
    with transaction.atomic():
        invoice = Invoice.objects.create(partner=partner, number=number)
        send(invoice, recipients)
    return invoice


def send(invoice: Invoice, recipients: Sequence[str]) -> QueuedMessage:
    """However often this is called, the invoice is sent once."""
    return invoice.partner.queue_mail(
        f"Invoice {invoice.number}",
        "Dear customer,\n\nplease find your invoice attached.\n",
        recipients,
        attachments=[(f"{invoice.number}.txt", f"Invoice {invoice.number}", "text/plain")],
        key=f"invoice-{invoice.pk}",
    )
