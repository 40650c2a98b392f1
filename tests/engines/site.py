"""A site on one engine, in a process of its own: it does what it is told, one line of JSON after the other."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

import django


def clear() -> None:
    from wagtail_partner_smtp.models import Partner
    from wagtail_partner_smtp.outbox.rows import PartnerQueue, WorkerPulse

    PartnerQueue.objects.all().delete()
    Partner.objects.all().delete()
    # The engine of another test's site had been asked to look, and its worker was killed.
    WorkerPulse.objects.update(wake_at=None)


def partner(slug: str, host: str) -> None:
    from wagtail_partner_smtp.models import Partner

    Partner.objects.create(
        name=slug, slug=slug, smtp_host=host, smtp_port=2525, smtp_email=f"billing@{slug}.example",
        smtp_security="none",
    )  # fmt: skip


def queue(slug: str, subjects: list[str], rolled_back: bool = False, ahead: float = 0.0) -> None:
    """``ahead`` is in how many seconds the messages may leave."""
    from datetime import timedelta

    from django.core.mail import EmailMessage
    from django.db import transaction
    from django.utils import timezone

    from wagtail_partner_smtp.models import Partner

    sender = Partner.objects.get(slug=slug)
    mails = [EmailMessage(each, "text", sender.smtp_email, ["ann@example.com"]) for each in subjects]
    with transaction.atomic():
        sender.queue_mails(mails, send_at=timezone.now() + timedelta(seconds=ahead) if ahead else None)
        if rolled_back:
            transaction.set_rollback(True)


def deliver() -> None:
    from django.core.management import call_command

    call_command("deliver_partner_mail", "--once", verbosity=0)


def states() -> dict[str, int]:
    """How many messages are in each state that there is one in."""
    from wagtail_partner_smtp.outbox import operations

    return {str(state): number for state, number in operations.counts().items() if number}


def held() -> bool:
    """Whether a worker's lease on a message has not run out."""
    from django.utils import timezone

    from wagtail_partner_smtp.outbox.rows import QueuedMessage

    return QueuedMessage.objects.filter(state="sending", lease_until__gte=timezone.now()).exists()


def unfinished(hosts: list[str]) -> int:
    """How many messages of these servers' partners have not ended."""
    from wagtail_partner_smtp.outbox.rows import QueuedMessage
    from wagtail_partner_smtp.outbox.states import ENDED

    names = [host.replace(".", "-") for host in hosts]
    return QueuedMessage.objects.filter(partner_name__in=names).exclude(state__in=ENDED).count()


def report() -> list[list[str]]:
    """Subject and state of every message."""
    from wagtail_partner_smtp.outbox.rows import QueuedMessage

    return [list(row) for row in QueuedMessage.objects.values_list("subject", "state")]


def multiply(times: int) -> int:
    """Double what waits so many times, without content; how many wait now. The first are sent first."""
    from django.db import connection

    from wagtail_partner_smtp.outbox.rows import QueuedMessage

    columns = [str(field.column) for field in QueuedMessage._meta.concrete_fields if not field.primary_key]
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute(
                f"INSERT INTO {_TABLE} ({names}) SELECT {names} FROM {_TABLE} WHERE due_at IS NOT NULL"  # noqa: S608
            )
        cursor.execute("ANALYZE" if connection.vendor != "mysql" else f"ANALYZE TABLE {_TABLE}")
    return QueuedMessage.objects.filter(rank__isnull=False).count()


def claim() -> dict[str, list[str]]:
    """The statements of one claim, and how the database means to find what they ask for."""
    from django.db import connection, transaction

    from wagtail_partner_smtp.outbox import claiming

    said: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        said.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(listen):
            batch = claiming.claim()
        assert batch is not None
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        plans = []
        for sql, parameters in said:
            with connection.cursor() as cursor:
                cursor.execute(f"{explain} {sql}", parameters)
                plans.append("\n".join(" ".join(map(str, row)) for row in cursor.fetchall()))
        transaction.set_rollback(True)
    return {"statements": [sql for sql, _ in said], "plans": plans}


_TABLE = "wagtail_partner_smtp_queuedmessage"


def drain(count: int) -> int:
    """Send so many messages, and some; the most memory that this process ever had, in KiB."""
    from wagtail_partner_smtp.outbox.worker import Drain

    worker = Drain()
    while worker.outcomes.total() < count and worker.one_batch():
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)


ORDERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        clear,
        partner,
        queue,
        deliver,
        states,
        held,
        unfinished,
        report,
        multiply,
        claim,
        drain,
        migrate,
    )
}


def main() -> None:
    django.setup()
    from django.db import close_old_connections

    for line in sys.stdin:
        name, options = json.loads(line)
        # The database may have been restarted.
        close_old_connections()
        print(json.dumps(ORDERS[name](**options)), flush=True)


if __name__ == "__main__":
    main()
