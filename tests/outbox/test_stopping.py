"""Queues that wait for somebody to correct the account, and what is no correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import pytest
from django.core.management import call_command
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import NEW_KEY, OLD_KEY, make_partner
from tests.support.delivery import PASSWORD, PartnerOn
from tests.support.outbox import deliver, queue_of, states
from wagtail_partner_smtp.models import AbstractPartner, Partner, PartnerQueue
from wagtail_partner_smtp.outbox import stopping
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]


@pytest.fixture
def stopped(smtp: Served, partner_on: PartnerOn, settings: Settings) -> AbstractPartner:
    """A partner whose password was refused."""
    settings.ADMINS = (
        ["admin@site.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@site.example")]
    )
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = partner_on(smtp.plain, password="wrong")
    partner.queue_mail("Invoice", "text", ["ann@example.com"])
    deliver()
    assert queue_of(partner).stopped_at is not None
    return partner


def test_a_change_of_keys_starts_no_stopped_queue(
    stopped: AbstractPartner, smtp: Served, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    # The older keys alone are those of processes that have not been restarted yet.
    for keys in ([NEW_KEY, OLD_KEY], [OLD_KEY], [NEW_KEY, OLD_KEY]):
        settings.PARTNER_SMTP_KEYS = keys
        deliver()
    call_command("rotate_partner_smtp_keys", verbosity=0)
    for keys in ([NEW_KEY, OLD_KEY], [NEW_KEY]):
        settings.PARTNER_SMTP_KEYS = keys
        deliver()
    assert queue_of(stopped).stopped_at is not None
    assert (smtp.plain.count("AUTH"), len(mailoutbox)) == (1, 1)

    changed = Partner.objects.get(pk=stopped.pk)
    changed.set_smtp_password(PASSWORD)
    changed.save()
    deliver()
    assert states() == {MailState.SENT: 1}


def test_a_password_that_is_typed_again_is_tried_again(stopped: AbstractPartner, smtp: Served) -> None:
    """Nobody can tell from what is stored that it is the same."""
    stopped.set_smtp_password("wrong")
    stopped.save()
    deliver()
    assert smtp.plain.count("AUTH") == 2


def test_a_fingerprint_shows_nothing_of_the_password() -> None:
    partner = make_partner(password="secret")
    before = stopping.fingerprint(partner)
    partner.set_smtp_password("secret")
    partner.save()
    assert stopping.fingerprint(partner) != before


def test_what_an_earlier_version_stopped_is_remembered_by_this_one(
    stopped: AbstractPartner, smtp: Served
) -> None:
    PartnerQueue.objects.update(stopped_account=stopping._hash(stopped, str))
    deliver()
    queue = queue_of(stopped)
    assert queue.stopped_at is not None
    assert (queue.stopped_account, smtp.plain.count("AUTH")) == (stopping.fingerprint(stopped), 1)


def test_what_is_not_stopped_is_not_corrected() -> None:
    assert not stopping.is_corrected(PartnerQueue(), make_partner())
    assert stopping.is_corrected(PartnerQueue(stopped_at=timezone.now()), make_partner())
