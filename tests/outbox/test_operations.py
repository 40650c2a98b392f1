"""What people do with queued mail, and what they are told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn, make_message
from tests.support.outbox import deliver, queue_of, row, states, wait_no_longer
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test import results
from wagtail_partner_smtp.models import DeliveryAttempt, PartnerQueue, QueuedMessage, WorkerPulse
from wagtail_partner_smtp.outbox import claiming, operations, pacing, pulses, sending, settling
from wagtail_partner_smtp.outbox.sealing import ContentUnreadable
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

TO = ["ann@example.com", "bob@example.com"]
ALL = QueuedMessage.objects.all


def test_p42_an_unknown_message_is_sent_again_by_a_person_with_its_message_id(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("DATA-END", drop="fin", times=1),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    before = row()
    assert ALL().filter(operations.can_be_sent_again()).exists()
    assert operations.resend(ALL()) == 1
    assert (row().state, row().ended_at, row().outcomes) == (MailState.QUEUED, None, {})
    deliver()
    assert (row().state, row().attempts, row().message_id) == (MailState.SENT, 2, before.message_id)
    assert listener.messages[-1].email["Message-ID"] == before.message_id


def test_only_those_who_did_not_get_it_are_sent_it_again(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", times=1, reply="550 5.1.1 no"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    assert operations.resend(ALL()) == 1
    deliver()
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",), ("bob@example.com",)]
    assert states() == {MailState.SENT: 1}


def test_what_was_sent_is_sent_again_to_all_if_its_content_is_kept(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("gone", "text", TO)
    deliver()
    settings.PARTNER_SMTP_KEEP_BODIES = True
    partner.queue_mail("kept", "text", TO)
    deliver()
    assert not ALL().filter(operations.can_be_sent_again(), subject="gone").exists()
    assert operations.resend(ALL()) == 1
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["gone", "kept", "kept"]


def test_a_message_that_waits_is_not_sent_again() -> None:
    make_partner().queue_mail("Invoice", "text", TO)
    assert operations.resend(ALL()) == 0


def test_a_message_sent_again_by_a_person_has_its_time(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="450 4.2.0 later"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    QueuedMessage.objects.update(give_up_at=timezone.now())
    deliver()
    assert states() == {MailState.FAILED: 1}
    operations.resend(ALL())
    deliver()
    assert states() == {MailState.DEFERRED: 1}


def test_waiting_mail_is_tried_now_though_the_server_was_away(
    smtp: Served, partner_on: PartnerOn, woken: list[int]
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    later = timezone.now() + timedelta(hours=1)
    QueuedMessage.objects.update(state=MailState.DEFERRED, attempts=3, due_at=later)
    PartnerQueue.objects.update(failures=3, retry_at=later)
    woken.clear()
    assert operations.retry_now(ALL()) == 1
    assert woken == [queue_of(partner).pk]
    deliver()
    assert states() == {MailState.SENT: 1}
    assert operations.retry_now(ALL()) == 0


def test_nothing_is_tried_before_its_own_time(smtp: Served, partner_on: PartnerOn, woken: list[int]) -> None:
    """Not even by *Try now*; and the server of what is left out is not asked once more for its sake."""
    partner, later = partner_on(smtp.plain), timezone.now() + timedelta(days=5)
    partner.queue_mail("later", "text", TO, send_at=later)
    PartnerQueue.objects.update(failures=3, retry_at=later)
    woken.clear()
    assert operations.retry_now(ALL()) == 0
    assert (woken, queue_of(partner).retry_at, row().due_at) == ([], later, later)
    partner.queue_mail("now", "text", TO)
    assert operations.retry_now(ALL()) == 1
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["now"]
    assert (row(subject="later").state, row(subject="later").due_at) == (MailState.QUEUED, later)
    QueuedMessage.objects.update(due_at=timezone.now())
    assert operations.retry_now(ALL()) == 1


def test_what_was_cancelled_before_its_time_keeps_it_when_it_is_sent_again(
    smtp: Served, partner_on: PartnerOn
) -> None:
    later = timezone.now() + timedelta(days=5)
    before = partner_on(smtp.plain).queue_mail("Invoice", "text", TO, send_at=later)
    assert operations.cancel(ALL()) == 1
    assert (row().state, row().rank) == (MailState.CANCELLED, None)
    deliver()
    assert operations.resend(ALL()) == 1
    deliver()
    assert (row().state, row().due_at, row().give_up_at) == (MailState.QUEUED, later, before.give_up_at)
    assert smtp.plain.connections == 0
    # Once its time has come, there is nothing to wait for.
    operations.cancel(ALL())
    QueuedMessage.objects.update(due_at=timezone.now() - timedelta(days=1))
    assert operations.resend(ALL()) == 1
    deliver()
    assert states() == {MailState.SENT: 1}


def test_what_was_tried_and_cancelled_has_no_time_of_its_own(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", times=2, reply="450 4.2.0 later"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    operations.cancel(ALL())
    assert row().due_at is None
    operations.resend(ALL())
    deliver()
    assert states() == {MailState.SENT: 1}


@pytest.mark.parametrize("ending", ["gives up", "is cancelled"])
def test_the_pauses_begin_anew_when_a_person_sends_it_again(
    ending: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("RCPT", reply="450 4.2.0 later"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    for _ in range(8):
        wait_no_longer()
        deliver()
    assert wait_of(row()) >= 60
    if ending == "gives up":
        QueuedMessage.objects.update(give_up_at=timezone.now())
        wait_no_longer()
        deliver()
        assert states() == {MailState.FAILED: 1}
    else:
        operations.cancel(ALL())
    before = row().attempts
    operations.resend(ALL())
    for minutes in (1, 2, 5):
        wait_no_longer()
        deliver()
        assert minutes <= wait_of(row()) <= minutes * (1 + pacing.JITTER)
    # What was tried before is not forgotten.
    assert row().attempts == before + 3
    numbers = DeliveryAttempt.objects.values_list("number", flat=True)
    assert list(numbers) == list(range(1, before + 4))


def test_what_was_never_sent_again_is_paced_by_its_own_row(
    smtp: Served, partner_on: PartnerOn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Of a server that defers a hundred thousand messages, none is looked up once more."""
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    QueuedMessage.objects.update(attempts=3)
    message = row()
    with django_assert_num_queries(0):
        assert settling._attempts_since_queued(message) == 3


def wait_of(message: QueuedMessage) -> float:
    """Minutes from the last attempt to the next."""
    assert message.due_at is not None
    assert message.attempted_at is not None
    return (message.due_at - message.attempted_at) / timedelta(minutes=1)


def test_waiting_mail_is_cancelled(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message() for _ in range(3))
    assert operations.cancel(ALL()) == 3
    assert operations.cancel(ALL()) == 0
    deliver()
    assert (states(), smtp.plain.connections) == ({MailState.CANCELLED: 3}, 0)


def test_a_message_in_hand_is_cancelled_before_its_content_leaves(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner_on(smtp.plain).queue_mails(make_message(subject=str(number)) for number in range(3))
    batch = claiming.claim()
    assert batch is not None
    assert operations.cancel(QueuedMessage.objects.filter(subject="1")) == 1
    sending.send(batch)
    assert states() == {MailState.SENT: 2, MailState.CANCELLED: 1}
    assert [message.subject for message in smtp.plain.messages] == ["0", "2"]


def test_what_may_have_left_is_not_cancelled() -> None:
    make_partner().queue_mail("Invoice", "text", TO)
    assert claiming.claim() is not None
    QueuedMessage.objects.update(handed_over_at=timezone.now())
    assert operations.cancel(ALL()) == 0


def test_a_cancelled_message_can_be_queued_again(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    operations.cancel(ALL())
    assert operations.resend(ALL()) == 1
    deliver()
    assert states() == {MailState.SENT: 1}


def test_a_stopped_queue_goes_on_by_one_call(smtp: Served, partner_on: PartnerOn, woken: list[int]) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    assert operations.resume(partner) is False
    PartnerQueue.objects.update(stopped_at=timezone.now())
    woken.clear()
    assert operations.resume(partner) is True
    assert woken == [queue_of(partner).pk]
    deliver()
    assert states() == {MailState.SENT: 1}


def test_a_stopped_queue_goes_on_after_a_good_test_of_what_is_saved(
    smtp: Served, partner_on: PartnerOn
) -> None:
    from wagtail_partner_smtp import conf

    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    PartnerQueue.objects.update(stopped_at=timezone.now())
    values = partner.smtp_settings()
    assert results.store(partner, values, connection_test.run(values, conf.policy()))
    assert queue_of(partner).stopped_at is None


def test_a_stopped_queue_stays_so_when_something_else_is_saved(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    partner.refresh_from_db()
    partner.name = "Another name"
    partner.save()
    deliver()
    assert queue_of(partner).stopped_at is not None
    assert smtp.plain.count("AUTH") == 1


def test_a_queue_goes_on_though_the_account_was_mended_below_the_model(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain, smtp_email="")
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_email="a@example.com")
    partner.refresh_from_db()
    partner.queue_mail("Invoice", "text", TO)
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_email="")
    deliver()
    assert queue_of(partner).stopped_at is not None
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_email="b@example.com")
    deliver()
    assert states() == {MailState.SENT: 1}


def test_counts_and_overviews(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    partner, other, quiet = make_partner(), make_partner(), make_partner()
    partner.queue_mails(make_message() for _ in range(4))
    other.queue_mail("Invoice", "text", TO)
    ids = list(operations.messages_of(partner).values_list("pk", flat=True))
    for pk, state in zip(ids, ("sent", "failed", "unknown"), strict=False):
        QueuedMessage.objects.filter(pk=pk).update(state=state)
    with django_assert_num_queries(2):
        found = operations.overviews([partner, other, quiet])
    assert set(found) == {str(partner.pk), str(other.pk)}
    mail = found[str(partner.pk)]
    assert (mail.waiting, mail.failed, mail.is_stopped, mail.is_held_up) == (1, 2, False, False)
    assert operations.overview(quiet) == operations.PartnerMail()
    assert operations.counts()[MailState.QUEUED] == 2
    assert operations.counts(partner)[MailState.QUEUED] == 1
    assert operations.counts(quiet)[MailState.QUEUED] == 0


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_a_chart_has_each_day(zone: str, settings: Settings) -> None:
    settings.TIME_ZONE = zone
    partner = make_partner()
    rows = partner.queue_mails(make_message() for _ in range(4))
    now = timezone.now()
    yesterday = now - timedelta(days=1)
    QueuedMessage.objects.filter(pk=rows[0].pk).update(state="sent", ended_at=now)
    QueuedMessage.objects.filter(pk=rows[1].pk).update(state="partly", ended_at=yesterday)
    QueuedMessage.objects.filter(pk=rows[2].pk).update(state="unknown", ended_at=yesterday)
    DeliveryAttempt.objects.create(
        message=rows[3], queue_id=rows[3].queue_id, number=1, at=yesterday, state="deferred"
    )
    days = operations.per_day(3, partner)
    assert [(each.sent, each.deferred, each.failed) for each in days] == [(0, 0, 0), (1, 1, 1), (1, 0, 0)]
    assert days[-1].day == timezone.localtime(now).date()
    assert operations.per_day(3) == days


def test_counting_one_partners_mail_reads_indexes_alone() -> None:
    """What joins two tables, or counts by a column that no index has, took half a second of a hundred thousand."""
    partner = make_partner()
    partner.queue_mail("Invoice", "text", ["ann@customer.example"])
    with CaptureQueriesContext(connection) as queries:
        operations.per_day(3, partner)
        operations.overview(partner)
    said = [query["sql"] for query in queries]
    assert not any("deliveryattempt" in sql and "queuedmessage" in sql for sql in said)
    counts = [sql for sql in said if "COUNT" in sql]
    assert len(counts) == 4
    assert all("COUNT(*)" in sql for sql in counts)
    assert [each.sent for each in operations.per_day(2, make_partner())] == [0, 0]


def test_mail_that_nobody_looks_after_is_told() -> None:
    assert operations.unattended_since() is None
    make_partner().queue_mail("Invoice", "text", TO)
    now = timezone.now()
    assert operations.unattended_since() is None
    QueuedMessage.objects.update(due_at=now - timedelta(hours=1))
    assert operations.unattended_since() == now - timedelta(hours=1)
    WorkerPulse.objects.create(name=pulses.name(), seen_at=now - timedelta(minutes=30))
    assert operations.unattended_since() == now - timedelta(minutes=30)
    WorkerPulse.objects.update(seen_at=now)
    assert operations.unattended_since() is None
    WorkerPulse.objects.update(seen_at=now - timedelta(minutes=30))
    PartnerQueue.objects.update(stopped_at=now)
    assert operations.unattended_since() is None, "it waits for somebody else"


def test_a_worker_is_seen(smtp: Served) -> None:
    assert operations.worker_seen_at() is None
    deliver()
    seen = operations.worker_seen_at()
    assert seen is not None
    assert timezone.now() - seen < timedelta(minutes=1)


def test_the_text_of_a_message_that_was_sent_is_gone(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    assert operations.is_content_kept(row())
    assert operations.content(row()).rstrip().endswith(b"text")
    deliver()
    assert not operations.is_content_kept(row())
    with pytest.raises(ContentUnreadable, match="gone"):
        operations.content(row())
