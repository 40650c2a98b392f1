from __future__ import annotations

import pytest
from django.core.management import call_command

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.outbox.rows import QueuedContent, QueuedMessage
from wagtail_partner_smtp.outbox.states import MailState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]


def test_what_is_queued_is_delivered_by_the_command(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice 1", "text", ["ann@example.com"], html_message="<p>text</p>")
    partner.queue_mails([make_message(subject=f"Invoice {number}") for number in range(2, 5)])
    assert smtp.plain.connections == 0
    call_command("deliver_partner_mail", "--once")
    assert sorted(each.subject for each in smtp.plain.messages) == [f"Invoice {n}" for n in range(1, 5)]
    assert operations.counts()[MailState.SENT] == 4
    assert QueuedContent.objects.count() == 0
    assert smtp.plain.connections == 1
    assert [row.attempt_rows.count() for row in QueuedMessage.objects.all()] == [1] * 4
