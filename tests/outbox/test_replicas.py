"""What decides on delivery is read where it is written: a replica may not know it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.utils.connection import ConnectionDoesNotExist

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import queue_of, row, states
from wagtail_partner_smtp.account import lookup
from wagtail_partner_smtp.backend import EmailBackend, PartnerInactive, QueuedEmailBackend
from wagtail_partner_smtp.models import AbstractPartner, Partner
from wagtail_partner_smtp.outbox import operations, sweeping
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.outbox.worker import Drain

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]


class Replica:
    """Has a replica to read from, and none that answers: whoever asks it fails."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return True


@pytest.fixture
def partner(smtp: Served, partner_on: PartnerOn, settings: Settings) -> AbstractPartner:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", ["ann@example.com"])
    return partner


def work(settings: Settings) -> None:
    """What a worker does, on a site with a replica."""
    settings.DATABASE_ROUTERS = [Replica()]
    try:
        with pytest.raises(ConnectionDoesNotExist):
            Partner.objects.count()
        sweeping.sweep()
        Drain().run()
    finally:
        settings.DATABASE_ROUTERS = []


def test_queued_mail_is_sent(partner: AbstractPartner, settings: Settings) -> None:
    work(settings)
    assert states() == {MailState.SENT: 1}


@pytest.mark.parametrize("change", [{"active": False}, None])
def test_p50_mail_of_a_partner_that_sends_nothing_more_is_cancelled(
    change: dict[str, Any] | None, partner: AbstractPartner, smtp: Served, settings: Settings
) -> None:
    rows = Partner.objects.filter(pk=partner.pk)
    rows.delete() if change is None else rows.update(**change)
    work(settings)
    expected = "partner_missing" if change is None else "partner_inactive"
    assert (row().state, row().code, smtp.plain.connections) == (MailState.CANCELLED, expected, 0)


def test_a_stopped_queue_is_swept_resumed_and_corrected(
    partner: AbstractPartner, smtp: Served, settings: Settings
) -> None:
    good = smtp.sandbox.users["billing"]
    smtp.sandbox.users["billing"] = "another"
    for _ in range(2):
        work(settings)
    assert (smtp.plain.count("AUTH"), queue_of(partner).stopped_at is None) == (1, False)
    settings.DATABASE_ROUTERS = [Replica()]
    assert not operations.resume_if_corrected(partner)
    assert operations.resume(partner)
    settings.DATABASE_ROUTERS = []
    smtp.sandbox.users["billing"] = good
    work(settings)
    assert states() == {MailState.SENT: 1}


@pytest.mark.parametrize("backend", [EmailBackend, QueuedEmailBackend])
def test_a_partner_is_found_by_its_slug_as_it_is_now(
    backend: Any, partner: AbstractPartner, smtp: Served, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = [Replica()]
    assert lookup.find(f"{partner._meta.label_lower}:{partner.pk}") == partner
    message = make_message(partner.slug)
    assert backend().send_messages([message]) == 1
    Partner.objects.using("default").filter(pk=partner.pk).update(active=False)
    with pytest.raises(PartnerInactive):
        backend().send_messages([message])
    settings.DATABASE_ROUTERS = []
