"""A process of the site whose queues are measured: ``python -m tests.benchmarks.queue_process WHAT [NUMBER]``.

Set up it says so, begins when it is told to, and prints how many seconds of a processor that took.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import django

EMAIL = "billing@acme.example"
BODY = "A line of the message, as long as lines of text are wont to be.\n" * 30
SUBJECT = "Invoice {}"
RUNS = 7


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
    partner.queue_mails(map(_message, range(number)))


def _message(number: int) -> Any:
    from django.core.mail import EmailMessage

    return EmailMessage(SUBJECT.format(number), BODY, EMAIL, [f"r{number}@customer.example"])


def compare_rows(number: int) -> None:
    """What a message costs to queue, and what plain rows do; prints milliseconds of each, measured in turns."""
    from statistics import median

    from wagtail_partner_smtp.models import Partner

    queue_ours(1)
    partner = Partner.objects.get()
    kinds: dict[str, Callable[[], None]] = {
        "queue_mails": lambda: _queue(partner, number),
        "rendered": lambda: _plain_rows(map(_rendered, range(number))),
        "plain": lambda: _plain_rows([_rendered(0)] * number),
        "same": _same_tables(number),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(RUNS):
        for name, write in kinds.items():
            began, cpu = time.perf_counter(), time.process_time()
            write()
            times[name].append((time.perf_counter() - began, time.process_time() - cpu))
    for each in times.values():
        print(*(f"{median(some) * 1000 / number:.4f}" for some in zip(*each, strict=True)), end=" ")
    print(flush=True)


def _rendered(number: int) -> bytes:
    return bytes(_message(number).message().as_bytes())


def _plain_rows(contents: Iterable[bytes]) -> None:
    """Rows of an app's own, with the finished messages."""
    from django.db import transaction

    from tests.benchmarks.plain.models import Mail

    with transaction.atomic():
        Mail._default_manager.bulk_create(
            (
                Mail(
                    sender=EMAIL,
                    recipients=f"r{each}@customer.example",
                    subject=SUBJECT.format(each),
                    content=content,
                )
                for each, content in enumerate(contents)
            ),
            500,
        )


def _same_tables(number: int) -> Callable[[], None]:
    """As many rows as a queued message has, of the same tables and with the same values, without any mail."""
    from django.db import transaction

    from wagtail_partner_smtp.models import QueuedMessage
    from wagtail_partner_smtp.outbox.rows import QueuedContent

    first = QueuedMessage.objects.get()
    values = {
        f.attname: getattr(first, f.attname)
        for f in first._meta.concrete_fields
        if f.name not in ("id", "uuid")
    }
    sealed = QueuedContent.objects.get().sealed

    def write() -> None:
        with transaction.atomic():
            rows = [QueuedMessage(**values) for _ in range(number)]
            QueuedMessage.objects.bulk_create(rows, 500)
            contents = [QueuedContent(message=row, number=0, is_last=True, sealed=sealed) for row in rows]
            QueuedContent.objects.bulk_create(contents, 500)

    return write


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

    call_command("deliver_partner_mail", "--once", "--threads", str(threads), verbosity=0)


def drain_counting(number: int) -> None:
    """Send all that waits, over one session at a time; prints statements, claims, and the most memory in KiB."""
    from django.db import connection

    from wagtail_partner_smtp.outbox.worker import Drain

    counts = {"all": 0, "claims": 0}

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        counts["all"] += 1
        # What only a claim says.
        counts["claims"] += sql.startswith("UPDATE") and "lease_token" in sql.partition(" WHERE ")[0]
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        Drain().run()
    print(*counts.values(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


def drain_theirs(processes: int) -> None:
    from django.core.management import call_command

    call_command("send_queued_mail", processes=processes, lockfile=os.environ["QUEUE_LOCK"])


def migrate(number: int) -> None:
    from tests.benchmarks.site import migrate

    migrate()


TASKS: dict[str, Callable[[int], None]] = {
    each.__name__: each
    for each in (migrate, queue_ours, queue_theirs, drain_ours, drain_counting, drain_theirs, compare_rows)
}


def main(name: str, number: str = "0") -> None:
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    began = _processor_time()
    TASKS[name](int(number))
    print(_processor_time() - began, flush=True)


def _processor_time() -> float:
    """Of this process, and of its children that have ended."""
    multiprocessing.active_children()  # waits for those
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main(*sys.argv[1:])
