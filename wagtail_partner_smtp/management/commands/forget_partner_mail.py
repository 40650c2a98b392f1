"""Forget queued mail that ended long ago."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from wagtail_partner_smtp.outbox import retention


class Command(BaseCommand):
    help = (
        "Deletes queued mail of partners that ended more than PARTNER_SMTP_LOG_DAYS days ago, and content of sent "
        "mail that a killed worker has left. For cron, once a day."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        forgotten, dropped = retention.forget()
        retention.drop_queues()
        if verbosity:
            self.stdout.write(f"{forgotten} messages deleted, and the content of {dropped} others")
