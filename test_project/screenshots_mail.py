"""The outgoing mail of a month, and mailboxes connected and not: what the pictures show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from smtp_sandbox import Sandbox
from test_project import demo_invoices, demo_oauth
from test_project.demo_samples import OAUTH_SLUG
from test_project.invoices.models import issue
from wagtail_partner_smtp.connection_test.rounds import check
from wagtail_partner_smtp.models import DeliveryAttempt, MailState, Partner, QueuedMessage
from wagtail_partner_smtp.outbox import judging
from wagtail_partner_smtp.outbox.states import ENDED, Fate

WITHDRAWN_SLUG = "jasper"
STOPPED_SLUG = "wrong-password"
UNKNOWN_NUMBER = "acme-2026-0417"
NO_MAILBOX = "550 5.1.1 No such mailbox"
BUSY = "421 4.3.2 Service not available, try again later"
DAYS = 30
SATURDAY = 5
MOST_OF_ONE_DAY = 9
BUSY_EVERY = 17


def connect_mailboxes(sandbox: Sandbox) -> None:
    """Two owners have agreed; the second has taken it back since."""
    for slug in (OAUTH_SLUG, WITHDRAWN_SLUG):
        partner = Partner.objects.get(slug=slug)
        demo_oauth.connect(partner, sandbox.oauth)
        check(partner)
    sandbox.oauth.withdraw(partner.smtp_login)
    Partner.objects.filter(pk=partner.pk).update(smtp_oauth_token_expires_at=timezone.now())
    check(Partner.objects.get(pk=partner.pk))


def send_mail() -> None:
    """The demonstration's invoices, those of a partner whose password is wrong, and one of unknown outcome."""
    for failure in demo_invoices.send_invoices():
        raise AssertionError(failure)
    stopped = Partner.objects.get(slug=STOPPED_SLUG)
    for number in range(1, 4):
        issue(stopped, f"{STOPPED_SLUG}-{number:03}", [f"customer-{number}@{STOPPED_SLUG}-customers.example"])
    call_command("deliver_partner_mail", once=True, verbosity=0)
    spread()
    lose_connection()


def spread() -> None:
    """Over the working days of a month; now and then a server was busy at first."""
    ended = QueuedMessage.objects.filter(state__in=ENDED).order_by("pk")
    for number, (message, days) in enumerate(zip(ended, reversed(list(_days(ended.count()))), strict=True)):
        earlier = timedelta(days=days, minutes=13 * number % 180)
        for name in ("created_at", "attempted_at", "ended_at"):
            setattr(message, name, getattr(message, name) - earlier)
        attempt = message.attempt_rows.get()
        attempt.at -= earlier
        if number % BUSY_EVERY == 0:
            message.attempts = attempt.number = 2
            _add_busy_attempt(attempt)
        attempt.save()
        message.save()


@transaction.atomic  # no worker sees the message before its outcome is there
def lose_connection() -> None:
    """A message that a server was too busy for at first, and that it has not confirmed the second time."""
    ann, bob = "ann@customer.example", "bob@customer.example"
    issue(Partner.objects.get(slug="acme"), UNKNOWN_NUMBER, [ann, bob])
    message = QueuedMessage.objects.get(subject__contains=UNKNOWN_NUMBER)
    verdict = judging.unknown([bob])
    message.outcomes = {ann: {"fate": Fate.REFUSED.value, "reply": NO_MAILBOX}, **verdict.outcomes}
    message.state, message.code, message.stage = verdict.state, verdict.code, verdict.stage
    message.attempts, message.rank, message.due_at = 2, None, None
    message.ended_at = message.attempted_at = timezone.now() - timedelta(hours=1)
    message.created_at = message.ended_at - timedelta(minutes=16)
    message.save()
    second = DeliveryAttempt.objects.create(
        message=message,
        queue_id=message.queue_id,
        number=message.attempts,
        at=message.ended_at,
        state=message.state,
        code=message.code,
        stage=message.stage,
        outcomes=message.outcomes,
    )
    _add_busy_attempt(second)


def _add_busy_attempt(second: DeliveryAttempt) -> None:
    DeliveryAttempt.objects.create(
        message=second.message,
        queue_id=second.queue_id,
        number=1,
        at=second.at - timedelta(minutes=15),
        state=MailState.DEFERRED,
        code="server_busy",
        stage="connect",
        reply=BUSY,
    )


def _days(messages: int) -> Iterator[int]:
    """For each of so many, how many days ago it ended: the latest first."""
    today = timezone.localdate()
    left = messages
    while left > 0:
        for day in range(DAYS):
            if (today - timedelta(days=day)).weekday() < SATURDAY:
                share = min(left, 1 + (day * 7 + 3) % MOST_OF_ONE_DAY)
                left -= share
                yield from [day] * share
