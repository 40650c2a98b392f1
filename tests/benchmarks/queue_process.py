"""A process of the site whose queues are measured: ``python -m tests.benchmarks.queue_process WHAT [NUMBER]``.

Set up it says so, begins when it is told to, and prints how many seconds that took.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

EMAIL = "billing@acme.example"
BODY = "A line of the message, as long as lines of text are wont to be.\n" * 30
SUBJECT = "Invoice {}"


def queue_ours(number: int) -> None:
    from tests.benchmarks import queue_settings as settings
    from wagtail_partner_smtp.models import Partner

    partner = Partner(
        name="Acme", slug="acme", smtp_host="localhost", smtp_port=settings.PORT, smtp_login=settings.LOGIN,
        smtp_email=EMAIL, smtp_security="tls",
    )  # fmt: skip
    partner.set_smtp_password(settings.PASSWORD)
    partner.save()
    _queue(partner, number)


def _queue(partner: Any, number: int) -> None:
    from django.core.mail import EmailMessage

    partner.queue_mails(
        EmailMessage(SUBJECT.format(each), BODY, EMAIL, [f"r{each}@customer.example"])
        for each in range(number)
    )


def compare_rows(number: int) -> None:
    """Queueing, and writing as many rows of the same tables without any mail; prints both, taking turns."""
    from statistics import median

    from django.db import transaction

    from wagtail_partner_smtp.models import Partner, PartnerQueue, QueuedMessage
    from wagtail_partner_smtp.outbox.rows import QueuedContent

    queue_ours(1)
    partner, queue = Partner.objects.get(), PartnerQueue.objects.get()
    first = QueuedMessage.objects.get()
    values = {
        f.attname: getattr(first, f.attname)
        for f in first._meta.concrete_fields
        if f.name not in ("id", "uuid")
    }
    sealed = QueuedContent.objects.get().sealed
    times: dict[str, list[float]] = {"queued": [], "plain": []}
    for _ in range(7):
        began = time.perf_counter()
        _queue(partner, number)
        times["queued"].append(time.perf_counter() - began)
        began = time.perf_counter()
        with transaction.atomic():
            rows = [QueuedMessage(**values) for _ in range(number)]
            QueuedMessage.objects.bulk_create(rows, 500)
            contents = [QueuedContent(message=row, number=0, is_last=True, sealed=sealed) for row in rows]
            QueuedContent.objects.bulk_create(contents, 500)
        times["plain"].append(time.perf_counter() - began)
    assert queue.pk
    print(*(median(each) * 1000 / number for each in times.values()), flush=True)


def queue_theirs(number: int) -> None:
    from post_office import mail

    mail.send_many(
        [
            {
                "sender": EMAIL,
                "recipients": [f"r{each}@customer.example"],
                "subject": SUBJECT.format(each),
                "message": BODY,
            }
            for each in range(number)
        ]
    )


def drain_ours(threads: int) -> None:
    from django.core.management import call_command

    call_command("deliver_partner_mail", "--once", "--threads", str(threads))


def drain_theirs(processes: int) -> None:
    from django.core.management import call_command

    call_command("send_queued_mail", processes=processes, lockfile=os.environ["QUEUE_LOCK"])


def migrate(number: int) -> None:
    from tests.benchmarks.site import migrate

    migrate()


TASKS: dict[str, Callable[[int], None]] = {
    each.__name__: each
    for each in (migrate, queue_ours, queue_theirs, drain_ours, drain_theirs, compare_rows)
}


def main(name: str, number: str = "0") -> None:
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    TASKS[name](int(number))
    print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
