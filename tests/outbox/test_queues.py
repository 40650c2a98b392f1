"""The queues of partners, found or made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.accounts import make_partner
from tests.support.outbox import queue_of, row
from wagtail_partner_smtp.models import Partner, PartnerQueue
from wagtail_partner_smtp.outbox import queues

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]

TO = ["ann@example.com"]


def test_a_renamed_partner_has_its_new_name_from_the_next_mail_on() -> None:
    partner = make_partner(name="Acme")
    partner.queue_mail("Invoice", "text", TO)
    queue = queue_of(partner)
    partner.name = "Acme & Sons"
    partner.save()
    partner.queue_mail("Reminder", "text", TO)
    assert queue_of(partner) == queue
    assert queue_of(partner).partner_name == row(subject="Reminder").partner_name == "Acme & Sons"
    assert row(subject="Invoice").partner_name == "Acme"


def test_of_nobody_there_is_no_queue() -> None:
    make_partner().queue_mail("Invoice", "text", TO)
    assert list(queues.of([])) == []
    assert queues.find(Partner()) is None
    assert queues.find(make_partner()) is None


def test_a_change_is_decided_anew_when_somebody_was_faster() -> None:
    partner = make_partner()
    partner.queue_mail("Invoice", "text", TO)
    queue, asked = queue_of(partner), []

    def decide(found: PartnerQueue) -> dict[str, Any]:
        asked.append(found.failures)
        if len(asked) == 1:
            assert queues.swap(queue_of(partner), {"failures": 5})
        return {"failures": found.failures + 1}

    before = queues.change(queue.pk, decide)
    assert before is not None
    assert (asked, before.failures, queue_of(partner).failures) == ([0, 5], 5, 6)
    assert queue_of(partner).version == queue.version + 2


def test_what_wants_no_change_writes_nothing() -> None:
    partner = make_partner()
    partner.queue_mail("Invoice", "text", TO)
    queue = queue_of(partner)
    assert queues.change(queue.pk, lambda found: {}) == queue
    assert queue_of(partner).version == queue.version


def test_a_queue_that_is_gone_is_not_asked_about() -> None:
    assert queues.change(0, lambda found: pytest.fail("nothing to decide")) is None


@pytest.mark.parametrize("held", [{"failures": 1}, {"retry_at": "2030-01-01T00:00Z"}])
def test_whoever_waits_is_let_go_on_once(held: dict[str, Any]) -> None:
    partner = make_partner()
    partner.queue_mail("Invoice", "text", TO)
    queue = queue_of(partner)
    assert not queues.let_go_on(queue)
    PartnerQueue.objects.update(**held)
    assert queues.let_go_on(queue)
    found = queue_of(partner)
    assert (found.failures, found.retry_at, found.version) == (0, None, queue.version + 1)
