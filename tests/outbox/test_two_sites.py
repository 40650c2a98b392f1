"""Two projects on one database: the other one may have models, and keys, that are not here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver, queue_of, states
from wagtail_partner_smtp.models import MailState, PartnerQueue, QueuedMessage, WorkerPulse
from wagtail_partner_smtp.outbox import operations, retention, sweeping
from wagtail_partner_smtp.outbox.states import ENDED

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

ANN = ["ann@customer.example"]


@pytest.fixture
def elsewhere(db: None) -> ContentType:
    """A model of the other site."""
    return ContentType.objects.create(app_label="elsewhere", model="customer")


def of_the_other_site(queue: PartnerQueue, elsewhere: ContentType) -> None:
    PartnerQueue.objects.filter(pk=queue.pk).update(partner_type=elsewhere)


def test_mail_of_a_model_that_is_not_here_is_left_to_its_own_site(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    theirs, ours = partner_on(smtp.plain), partner_on(smtp.plain)
    theirs.queue_mail("theirs", "text", ANN)
    ours.queue_mail("ours", "text", ANN)
    queue = queue_of(theirs)
    own_type = queue.partner_type
    of_the_other_site(queue, elsewhere)
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["ours"]
    assert QueuedMessage.objects.get(subject="theirs").state == MailState.QUEUED

    PartnerQueue.objects.filter(pk=queue.pk).update(partner_type=own_type)
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["ours", "theirs"]


def test_so_many_queues_of_the_other_site_hide_none_of_ours(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    for _ in range(25):
        theirs = partner_on(smtp.plain)
        theirs.queue_mail("theirs", "text", ANN)
        of_the_other_site(queue_of(theirs), elsewhere)
    partner_on(smtp.plain).queue_mail("ours", "text", ANN)
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["ours"]


def test_a_stopped_queue_of_the_other_site_stays_stopped(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    partner = partner_on(smtp.listen("auth-535"))
    partner.queue_mail("theirs", "text", ANN)
    deliver()
    queue = queue_of(partner)
    assert queue.stopped_at is not None
    of_the_other_site(queue, elsewhere)
    sweeping.sweep()
    queue.refresh_from_db()
    assert queue.stopped_at is not None


def test_an_empty_queue_of_the_other_site_is_not_dropped(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("theirs", "text", ANN)
    of_the_other_site(queue_of(partner), elsewhere)
    QueuedMessage.objects.all().delete()
    retention.drop_queues()
    assert PartnerQueue.objects.count() == 1


def test_a_lease_that_ran_out_at_the_other_site_is_ended_here_too(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("theirs", "text", ANN)
    of_the_other_site(queue_of(partner), elsewhere)
    now = timezone.now()
    QueuedMessage.objects.update(
        state=MailState.SENDING, rank=None, lease_until=now - timedelta(minutes=1), handed_over_at=now
    )
    sweeping.sweep()
    assert states() == {MailState.UNKNOWN: 1}


def test_mail_sealed_with_a_key_that_is_not_here_is_not_lost(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = ["the key of that site" * 3]
    partner = partner_on(smtp.plain)
    partner.queue_mail("theirs", "text", ANN)
    settings.PARTNER_SMTP_KEYS = ["the key of this site" * 3]
    deliver()
    assert smtp.plain.connections == 0
    assert not QueuedMessage.objects.filter(state__in=ENDED).exists()
    settings.PARTNER_SMTP_KEYS = ["the key of that site" * 3]
    operations.resume(partner)
    deliver()
    assert states() == {MailState.SENT: 1}


def test_a_worker_of_the_other_site_is_none_of_ours(
    smtp: Served, partner_on: PartnerOn, elsewhere: ContentType
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("ours", "text", ANN)
    QueuedMessage.objects.update(due_at=timezone.now() - timedelta(hours=1))
    WorkerPulse.objects.create(name="of the other site", seen_at=timezone.now())
    assert operations.unattended_since() is not None
    of_the_other_site(queue_of(partner), elsewhere)
    assert operations.unattended_since() is None
