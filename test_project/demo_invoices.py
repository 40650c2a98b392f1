"""Two hundred invoices of three partners: queued, delivered, and what happened to them by partner.

One partner's server is dead, one refuses every tenth recipient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from django.core.management import call_command
from django.db import transaction

from test_project.demo_progress import Progress
from test_project.invoices.models import Invoice, issue
from wagtail_partner_smtp import diagnosis
from wagtail_partner_smtp.models import MailState, Partner, PartnerQueue
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.outbox.states import Fate
from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.settings import Stage

COLUMNS = ("sent", "partly", "failed", "waiting")
COLUMN_OF = {MailState.QUEUED: "waiting", MailState.DEFERRED: "waiting"}


@dataclass(frozen=True, kw_only=True)
class Share:
    """A partner's part of the invoices, and what must become of them; ``copies`` have a second recipient."""

    slug: str
    invoices: int
    copies: int
    outcome: dict[str, int]


SHARES = (
    Share(slug="acme", invoices=80, copies=0, outcome={"sent": 80}),
    # Of 120 recipients every tenth is refused: 4 of those who are alone, 8 of those who are two.
    Share(slug="harbour", invoices=80, copies=40, outcome={"sent": 68, "partly": 8, "failed": 4}),
    Share(slug="closed-port", invoices=40, copies=0, outcome={"waiting": 40}),
)


def send_invoices() -> Iterator[str]:
    """Queue and deliver them, and print the table; what is not as expected is yielded."""
    forget()
    total = sum(share.invoices for share in SHARES)
    print(f"\n{total} invoices of {len(SHARES)} partners, queued with the invoices and then delivered:")
    with Progress(total):
        with transaction.atomic():
            for share in SHARES:
                _issue(share)
        call_command("deliver_partner_mail", once=True, verbosity=0)
    print("\n".join(table()), flush=True)
    for share in SHARES:
        yield from _differences(share)


def forget() -> None:
    """The invoices of the last run."""
    PartnerQueue.objects.all().delete()
    Invoice.objects.all().delete()


def table() -> Iterator[str]:
    """The outcomes, a line for each partner."""
    width = max(len(_partner(share).name) for share in SHARES)
    yield f"  {'':{width}}" + "".join(f"{column:>9}" for column in COLUMNS)
    for share in SHARES:
        partner = _partner(share)
        found = outcome(partner)
        yield f"  {partner.name:{width}}" + "".join(f"{found[column]:>9}" for column in COLUMNS)
        yield from (f"      {reason}" for reason in reasons(partner))


def outcome(partner: Partner) -> Counter[str]:
    """How many of a partner's messages there are in each column of the table."""
    found: Counter[str] = Counter()
    for state, number in operations.counts(partner).items():
        found[COLUMN_OF.get(state, state.value)] += number
    return +found


def reasons(partner: Partner) -> Iterator[str]:
    """Why mail waits or has failed, in words."""
    mail = operations.overview(partner)
    if mail.queue and mail.is_held_up:
        stage = Stage(mail.queue.trouble_stage) if mail.queue.trouble_stage else None
        error = SMTPError(Code(mail.queue.trouble_code), stage=stage)
        said = diagnosis.of_error(error, partner.smtp_settings()).message
        yield f"{said} Tried again at {mail.queue.retry_at:%H:%M} UTC."
    refused = Counter(
        message.reply_to(recipient)
        for message in operations.messages_of(partner)
        for recipient in message.recipient_list
        if message.fate_of(recipient) is Fate.REFUSED
    )
    yield from (f"{number} recipients refused: {reply}" for reply, number in refused.items())


def _issue(share: Share) -> None:
    partner = _partner(share)
    numbers = count(1)
    for invoice in range(share.invoices):
        recipients = 2 if invoice >= share.invoices - share.copies else 1
        addresses = [f"customer-{next(numbers)}@{share.slug}-customers.example" for _ in range(recipients)]
        issue(partner, f"{share.slug}-{invoice + 1:03}", addresses)


def _differences(share: Share) -> Iterator[str]:
    partner = _partner(share)
    if (found := outcome(partner)) != share.outcome:
        yield f"the invoices of {share.slug}: {dict(found)}"
    marks = Counter(Invoice.objects.filter(partner=partner).values_list("mail", flat=True))
    if Counter({COLUMN_OF.get(MailState(mark), mark): number for mark, number in marks.items()}) != found:
        yield f"the invoices of {share.slug} are marked: {dict(marks)}"


def _partner(share: Share) -> Partner:
    return Partner.objects.get(slug=share.slug)
