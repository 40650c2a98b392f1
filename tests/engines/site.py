"""A site on one engine, in a process of its own: it does what it is told, one line of JSON after the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import django


def clear() -> None:
    from wagtail_partner_smtp.models import Partner
    from wagtail_partner_smtp.outbox.rows import PartnerQueue

    PartnerQueue.objects.all().delete()
    Partner.objects.all().delete()


def partner(slug: str, host: str) -> None:
    from wagtail_partner_smtp.models import Partner

    Partner.objects.create(
        name=slug, slug=slug, smtp_host=host, smtp_port=2525, smtp_email=f"billing@{slug}.example",
        smtp_security="none",
    )  # fmt: skip


def queue(slug: str, subjects: list[str], rolled_back: bool = False) -> None:
    from django.core.mail import EmailMessage
    from django.db import transaction

    from wagtail_partner_smtp.models import Partner

    sender = Partner.objects.get(slug=slug)
    mails = [EmailMessage(each, "text", sender.smtp_email, ["ann@example.com"]) for each in subjects]
    with transaction.atomic():
        sender.queue_mails(mails)
        if rolled_back:
            transaction.set_rollback(True)


def deliver() -> None:
    from django.core.management import call_command

    call_command("deliver_partner_mail", "--once")


def states() -> dict[str, int]:
    """How many messages are in each state that there is one in."""
    from wagtail_partner_smtp.outbox import operations

    return {str(state): number for state, number in operations.counts().items() if number}


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


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)


ORDERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (clear, partner, queue, deliver, states, unfinished, report, migrate)
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
