"""A process that queues or delivers one message with a large attachment, and says what memory it took."""

from __future__ import annotations

import os
import sys
import tracemalloc
from datetime import timedelta

import django


def measure(action: str, slug: str, octets: int) -> None:
    """Print the most octets that Python held at a time, beyond what it held before."""
    from django.core.management import call_command
    from django.utils import timezone

    from wagtail_partner_smtp.models import get_partner_model

    partner = get_partner_model()._default_manager.get(slug=slug)
    attachment = os.urandom(octets) if action == "queue" else b""
    tracemalloc.start()
    if action == "queue":
        later = timezone.now() + timedelta(hours=1)
        files = [("scan.bin", attachment, "application/pdf")]
        partner.queue_mail("Large", "text", ["ann@customer.example"], attachments=files, send_at=later)
    else:
        call_command("deliver_partner_mail", once=True, threads=1, verbosity=0)
    print(tracemalloc.get_traced_memory()[1], flush=True)


if __name__ == "__main__":
    django.setup()
    measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
