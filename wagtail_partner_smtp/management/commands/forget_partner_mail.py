"""Forget queued mail that ended long ago."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from wagtail_partner_smtp.outbox import retention


class Command(BaseCommand):
    help = (
        "Forgets queued mail of partners that ended more than PARTNER_SMTP_LOG_DAYS days ago, and what a worker "
        "that was killed left of the content of sent mail. For cron, once a day."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        forgotten, dropped = retention.forget()
        retention.drop_queues()
        if verbosity:
            self.stdout.write(f"{forgotten} forgotten, {dropped} contents dropped")
