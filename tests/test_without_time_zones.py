"""Sites with ``USE_TZ = False``: columns hold the site's own time, and everything about it stays right."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import django
import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import url
from tests.support.delivery import PartnerOn, make_message
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.account.times import as_aware, as_stored
from wagtail_partner_smtp.admin.lists.report import report_url
from wagtail_partner_smtp.backend import EmailBackend
from wagtail_partner_smtp.connection_test import leases, results, rounds
from wagtail_partner_smtp.models import MailState, QueuedMessage
from wagtail_partner_smtp.outbox import operations, waking

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="TIME_ZONE does not move this system's clock"),
]

ADMIN = "admin@site.example"
FAR_EAST = "Pacific/Auckland"


@pytest.fixture(autouse=True)
def no_time_zones(settings: Settings) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = FAR_EAST
    settings.ADMINS = [ADMIN] if django.VERSION >= (6, 0) else [("Admin", ADMIN)]


def is_now(moment: datetime | None) -> bool:
    """On the site's clock, half a day away from that of Greenwich."""
    assert moment is not None
    assert moment.tzinfo is None
    return abs(datetime.now() - moment) < timedelta(minutes=10)


def test_a_result_and_the_end_of_the_certificate_are_kept(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"))
    report = rounds.check(partner)
    partner.refresh_from_db()
    assert partner.smtp_status == "ok"
    assert is_now(partner.smtp_tested_at)
    assert is_now(partner.smtp_status_since)
    assert is_now(partner.smtp_known_certificate_at)
    assert report.tls
    assert report.tls.not_after
    assert partner.smtp_certificate_until == as_stored(report.tls.not_after)
    assert as_aware(partner.smtp_certificate_until) == report.tls.not_after
    assert partner.smtp_certificate_days_left == report.tls.days_left


def test_a_signed_result_is_kept_unless_a_newer_one_is(
    smtp: Served, partner_on: PartnerOn, editor: User
) -> None:
    partner = partner_on(smtp.plain)
    settings = partner.smtp_settings()
    older, newer = (
        results.sign(editor, partner, settings, connection_test.run(settings, conf.policy()))
        for _ in range(2)
    )
    assert results.redeem(newer, editor, partner)
    assert not results.redeem(older, editor, partner)
    partner.refresh_from_db()
    assert is_now(partner.smtp_tested_at)


def test_a_lease_ends_in_seconds(smtp: Served, partner_on: PartnerOn, superuser: User, editor: User) -> None:
    partner = partner_on(smtp.plain)
    with leases.hold(partner, superuser), pytest.raises(leases.Busy) as busy, leases.hold(partner, editor):
        pass
    assert 1 <= busy.value.retry_after <= 1000
    with leases.hold(partner, editor):
        pass


def test_the_last_mail_is_noted(
    smtp: Served,
    partner_on: PartnerOn,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    partner = partner_on(smtp.plain)
    with django_capture_on_commit_callbacks(execute=True):
        EmailBackend(partner=partner).send_messages([make_message()])
    partner.refresh_from_db()
    assert is_now(partner.smtp_last_mail_at)


@pytest.mark.django_db(transaction=True)
def test_queued_mail_is_sent_tried_again_and_counted(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: None)
    listener = smtp.listen(rules=(on("RCPT", match="*later@*", reply="450 4.2.0 later"),))
    partner = partner_on(listener)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    partner.queue_mail("Invoice", "text", ["ann@example.com"])
    partner.queue_mail("Invoice", "text", ["later@example.com"])
    scheduled = partner.queue_mail("Invoice", "text", ["ann@example.com"], send_at=tomorrow)
    call_command("deliver_partner_mail", "--once")
    assert operations.counts()[MailState.SENT] == 1
    deferred = QueuedMessage.objects.get(state=MailState.DEFERRED)
    assert deferred.due_at is not None
    assert timedelta() < deferred.due_at - datetime.now() < timedelta(minutes=2)
    assert scheduled.due_at == as_stored(tomorrow)
    assert is_now(operations.worker_seen_at())
    (today,) = operations.per_day(1)
    assert (today.day, today.sent, today.deferred) == (datetime.now().date(), 1, 1)
    assert not operations.overview(partner).is_held_up


def test_a_certificate_is_told_once(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"))
    call_command("check_partner_smtp", "--alert")
    call_command("check_partner_smtp", "--alert")
    (message,) = mail.outbox
    assert message.subject.endswith("1 certificate expires soon")
    partner.refresh_from_db()
    assert partner.smtp_alerted_until == partner.smtp_certificate_until
    assert f"{partner.smtp_certificate_until:%Y}" in message.body


def test_the_pages_show_it(smtp: Served, partner_on: PartnerOn, superuser_client: Client) -> None:
    partner = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"))
    rounds.check(partner)
    for address in (url("list"), url("edit", partner), url("history", partner), reverse("wagtailadmin_home")):
        assert superuser_client.get(address).status_code == 200
    narrowed = superuser_client.get(report_url(certificate="14")).content.decode()
    assert partner.name in narrowed
    assert "2 days left" in narrowed
