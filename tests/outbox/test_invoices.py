"""A site's invoices and their mail, by the app that docs/sending.md shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from test_project.invoices import receivers
from test_project.invoices.models import Invoice, issue, send
from tests.support.outbox import deliver, let_leases_run_out
from wagtail_partner_smtp.delivery.sessions import SessionPool
from wagtail_partner_smtp.models import MailState, Partner, QueuedMessage
from wagtail_partner_smtp.outbox import announcing, sweeping
from wagtail_partner_smtp.signals import mail_sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

PartnerOn = Callable[..., Partner]

ANN = ["ann@customer.example"]


def test_an_invoice_and_its_mail_are_stored_together(smtp: Served, partner_on: PartnerOn) -> None:
    invoice = issue(partner_on(smtp.plain), "2026-001", ANN)
    assert QueuedMessage.objects.get().key == f"invoice-{invoice.pk}"
    deliver()
    (message,) = smtp.plain.messages
    assert message.subject == "Invoice 2026-001"
    assert [part.get_filename() for part in message.email.iter_attachments()] == ["2026-001.txt"]
    invoice.refresh_from_db()
    assert invoice.mail == MailState.SENT
    assert invoice.mailed_at == QueuedMessage.objects.get().ended_at


def test_an_invoice_that_is_rolled_back_is_not_sent(
    smtp: Served, partner_on: PartnerOn, woken: list[int]
) -> None:
    partner = partner_on(smtp.plain)
    with suppress(LookupError), transaction.atomic():
        issue(partner, "2026-001", ANN)
        raise LookupError
    assert not QueuedMessage.objects.exists()
    assert woken == []
    deliver()
    assert smtp.plain.connections == 0


def test_mail_that_cannot_be_queued_takes_its_invoice_back(smtp: Served, partner_on: PartnerOn) -> None:
    with pytest.raises(ValueError, match=r"jane@exa mple\.com"):
        issue(partner_on(smtp.plain), "2026-001", ["jane@exa mple.com"])
    assert not Invoice.objects.exists()
    assert not QueuedMessage.objects.exists()


def test_an_invoice_that_is_sent_again_by_mistake_is_sent_once(smtp: Served, partner_on: PartnerOn) -> None:
    invoice = issue(partner_on(smtp.plain), "2026-001", ANN)
    first = QueuedMessage.objects.get()
    assert send(invoice, ANN) == first
    deliver()
    assert send(invoice, ANN) == first
    deliver()
    assert len(smtp.plain.messages) == 1
    assert first.attempt_rows.count() == 1


@pytest.mark.parametrize(
    ("rule", "mail"),
    [
        (on("RCPT", reply="550 5.1.1 No such user"), MailState.FAILED),
        (on("RCPT", match="*bob@*", reply="550 5.1.1 No such user"), MailState.PARTLY),
        (on("DATA-END", drop="fin"), MailState.UNKNOWN),
    ],
)
def test_an_invoice_is_marked_by_what_became_of_its_mail(
    rule: Any, mail: MailState, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listen("honest", rules=(rule,)))
    invoice = issue(partner, "2026-001", [*ANN, "bob@customer.example"])
    other = issue(partner, "2026-002", ["cleo@customer.example"]) if mail is MailState.PARTLY else None
    deliver()
    invoice.refresh_from_db()
    assert invoice.mail == mail
    if other:
        other.refresh_from_db()
        assert other.mail == MailState.SENT


def test_a_signal_that_is_heard_twice_is_news_once(smtp: Served, partner_on: PartnerOn) -> None:
    issue(partner_on(smtp.plain), "2026-001", ANN)
    deliver()
    Invoice.objects.update(mail=MailState.QUEUED, mailed_at=None)
    message = QueuedMessage.objects.get()
    heard: Any = [mail_sent.send(QueuedMessage, message=message, partner=None) for _ in range(2)]
    assert heard == [[(receivers.mark, True)], [(receivers.mark, False)]]
    invoice = Invoice.objects.get()
    assert (invoice.mail, invoice.mailed_at) == (MailState.SENT, message.ended_at)


def test_mail_that_is_no_invoice_marks_none(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    invoice = Invoice.objects.create(partner=partner, number="2026-001")
    for number, key in enumerate(["", str(invoice.pk), f"reminder-{invoice.pk}", "invoice-", "invoice-x"]):
        partner.queue_mail(f"Something {number}", "text", ANN, key=key)
    deliver()
    assert len(smtp.plain.messages) == 5
    invoice.refresh_from_db()
    assert invoice.mail == "queued"


def test_what_nobody_was_told_is_caught_up_with(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may be killed between the storing and the telling."""
    began = timezone.now()
    issue(partner_on(smtp.plain), "2026-001", ANN)
    with monkeypatch.context() as killed:
        killed.setattr(announcing, "outcome", lambda *args, **kwargs: None)
        deliver()
    assert Invoice.objects.get().mail == "queued"
    assert receivers.catch_up(timezone.now() + timedelta(hours=1)) == 0
    assert [receivers.catch_up(began), receivers.catch_up(began)] == [1, 0]
    assert Invoice.objects.get().mail == MailState.SENT


def test_an_answer_that_comes_late_corrects_the_mark(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker's lease ran out meanwhile, and the outcome was unknown for a while."""
    issue(partner_on(smtp.plain), "2026-001", ANN)
    marks = []
    original = announcing.outcome

    def noted(message: QueuedMessage, *args: Any, **kwargs: Any) -> None:
        original(message, *args, **kwargs)
        marks.append(Invoice.objects.get().mail)

    monkeypatch.setattr(announcing, "outcome", noted)
    deliver_one = SessionPool.deliver

    def late(pool: SessionPool, *args: Any) -> Any:
        answer = deliver_one(pool, *args)
        let_leases_run_out()
        sweeping.sweep()
        return answer

    monkeypatch.setattr(SessionPool, "deliver", late)
    deliver()
    assert marks == [MailState.UNKNOWN, MailState.SENT]
