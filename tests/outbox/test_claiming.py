"""Who takes which messages, how many, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from tests.support.accounts import make_partner
from tests.support.delivery import make_message
from tests.support.outbox import queue_of
from tests.support.threads import at_once
from wagtail_partner_smtp import conf
from wagtail_partner_smtp.account.database import is_lost_race, persistently
from wagtail_partner_smtp.models import Partner, PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox import claiming, pacing, queues, settling
from wagtail_partner_smtp.outbox.claiming import Batch, claim
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]


def fill(count: int, **values: object) -> Partner:
    partner = make_partner()
    partner.queue_mails(make_message(subject=str(number)) for number in range(count))
    return partner


def subjects(batch: Batch | None) -> list[str]:
    return [message.subject for message in batch.messages] if batch else []


def end(batch: Batch) -> None:
    settling.Ledger(queue=batch.queue, token=batch.token).close(None, batch.messages)


def test_a_batch_is_of_one_partner_and_under_a_lease(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 3
    fill(5)
    fill(5)
    batch = claim()
    assert batch is not None
    rows = QueuedMessage.objects.filter(lease_token=batch.token)
    assert set(rows.values_list("queue", "state", "rank")) == {(batch.queue.pk, MailState.SENDING, None)}
    assert subjects(batch) == ["0", "1", "2"]
    later = timezone.now() + timedelta(seconds=conf.queue_lease() - 5)
    assert all(message.lease_until and message.lease_until > later for message in batch.messages)


def test_the_partner_that_waits_longest_is_next() -> None:
    partners = [fill(3) for _ in range(3)]
    served = []
    for _ in range(6):
        batch = claim()
        assert batch is not None
        served.append(batch.queue.partner_id)
        end(batch)
    assert served == [str(partner.pk) for partner in partners] * 2


def test_a_claim_is_five_statements_however_much_waits(
    django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 100
    fill(250)
    for _ in range(20):
        fill(2)
    queues.types_here()  # which a process asks for once
    with django_assert_num_queries(5) as queries:
        batch = claim()
    assert len(subjects(batch)) == 100
    verbs = [query["sql"].split()[0] for query in queries.captured_queries]
    assert verbs == ["SELECT", "SELECT", "UPDATE", "UPDATE", "SELECT"]
    assert not any("FOR UPDATE" in query["sql"] for query in queries.captured_queries)


def test_sessions_of_one_partner_are_bounded(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 2
    fill(9)
    first, second = claim(), claim()
    assert first is not None
    assert second is not None
    assert claim() is None
    end(first)
    assert subjects(claim()) == ["0", "1"]


def test_what_waits_is_shared_among_the_sessions(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 3
    fill(90)
    batches = [claim(), claim(), claim()]
    assert [len(subjects(batch)) for batch in batches] == [30, 20, 20]
    assert claim() is None
    assert batches[1] is not None
    assert len(claiming.claim_more(batches[1])) == 20


def test_no_batch_is_larger_for_that(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_SESSIONS, settings.PARTNER_SMTP_QUEUE_BATCH = 2, 21
    fill(90)
    assert [len(subjects(claim())) for _ in range(3)] == [21, 21, 0]


def test_a_session_whose_lease_ran_out_counts_no_more(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 1
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    partner = fill(9)
    assert claim() is not None
    assert claim() is None
    queue = queue_of(partner)
    PartnerQueue.objects.update(slots=dict.fromkeys(queue.slots, 1.0))
    assert claim() is not None


def test_a_lease_of_a_clock_that_was_put_back_counts_no_more(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 1
    fill(2)
    far = timezone.now() + timedelta(days=30)
    PartnerQueue.objects.update(slots={"x": far.timestamp()}, retry_at=far, paced_until=far)
    assert claim() is not None


def test_a_rate_is_kept(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_RATE = 12
    partner = fill(9)
    batch = claim()
    assert batch is not None
    assert len(batch.messages) == 2, "a sixth at once"
    end(batch)
    assert claim() is None
    free = queue_of(partner).paced_until
    assert free is not None
    assert timedelta() < free - timezone.now() < timedelta(seconds=10)


def test_a_learnt_rate_and_number_of_sessions_are_kept_and_forgotten() -> None:
    partner = fill(9)
    now = timezone.now()
    PartnerQueue.objects.update(learnt_rate=1, learnt_sessions=1, learnt_at=now)
    batch = claim()
    assert batch is not None
    assert len(batch.messages) == 1
    PartnerQueue.objects.update(learnt_at=now - pacing.FORGOTTEN_AFTER)
    PartnerQueue.objects.update(paced_until=None)
    assert len(subjects(claim())) == 8
    assert queue_of(partner).learnt_rate == 1


@pytest.mark.parametrize("column", ["stopped_at", "retry_at", "paced_until"])
def test_a_queue_that_is_held_is_left_alone(column: str) -> None:
    fill(2)
    PartnerQueue.objects.update(**{column: timezone.now() + timedelta(seconds=30)})
    assert claim() is None


def test_p51_a_server_that_did_not_answer_is_tried_with_one_message_by_one_worker() -> None:
    fill(5)
    PartnerQueue.objects.update(failures=3, retry_at=timezone.now() - timedelta(seconds=1))
    assert subjects(claim()) == ["0"]
    assert claim() is None


def test_p51_queues_with_trouble_come_after_the_others_for_a_minute() -> None:
    sick, well = fill(5), fill(5)
    past = timezone.now() - timedelta(seconds=1)
    PartnerQueue.objects.filter(partner_id=str(sick.pk)).update(failures=1, retry_at=past)
    PartnerQueue.objects.filter(partner_id=str(well.pk)).update(served_at=past)
    batch = claim()
    assert batch is not None
    assert batch.queue.partner_id == str(well.pk)
    end(batch)
    PartnerQueue.objects.filter(partner_id=str(sick.pk)).update(retry_at=past - claiming.PRECEDENCE)
    batch = claim()
    assert batch is not None
    assert batch.queue.partner_id == str(sick.pk)


def test_what_is_given_back_keeps_its_place() -> None:
    fill(4)
    batch = claim()
    assert batch is not None
    end(batch)
    assert subjects(claim()) == ["0", "1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_p48_of_many_claims_at_once_each_message_is_in_one(settings: Settings) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 5
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 8
    fill(30)

    def take(number: int) -> list[str]:
        # Whoever loses a race of the database finds nothing: the next look finds what is left.
        found: list[str] = []
        while QueuedMessage.objects.filter(rank__isnull=False).exists():
            found += subjects(claim_or_lose())
        return found

    taken = [subject for each in at_once(take, range(4)) for subject in each]
    assert len(taken) == len(set(taken)) == 30


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> list[Batch | None]:
    """What others claim, each time that a claim has read which messages are next: the first two times."""
    allowance = pacing.allowance
    claimed: list[Batch | None] = []

    def overtaken(*values: Any) -> pacing.Allowance:
        if len(claimed) < 2:
            with monkeypatch.context() as others:
                others.setattr(pacing, "allowance", allowance)
                claimed.append(claim())
        return allowance(*values)

    monkeypatch.setattr(pacing, "allowance", overtaken)
    return claimed


def test_p48_a_claim_that_others_overtake_takes_what_they_left(
    settings: Settings, faster: list[Batch | None]
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 3
    fill(5)
    slower = claim()
    assert [subjects(each) for each in (*faster, slower)] == [["0", "1"], ["2", "3"], ["4"]]


def test_p48_a_claim_that_others_overtake_takes_nothing_if_they_left_nothing(
    faster: list[Batch | None],
) -> None:
    fill(3)
    slower = claim()
    assert [subjects(each) for each in (*faster, slower)] == [["0", "1", "2"], []]


def test_p48_a_session_that_another_one_overtakes_goes_on(
    settings: Settings, faster: list[Batch | None]
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 1
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 4
    fill(5)
    batch = claim()
    assert batch is not None
    more = [message.subject for message in claiming.claim_more(batch)]
    assert [*map(subjects, faster), subjects(batch), more] == [["0"], ["1"], ["2"], ["3"]]


def test_a_claim_that_is_always_overtaken_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "swap", lambda queue, values: False)
    fill(1)
    assert claim() is None


def claim_or_lose() -> Batch | None:
    try:
        batch = persistently(claim)
        if batch is not None and not batch.messages:
            # Between its two looks somebody else took them; a session without messages is given back.
            end(batch)
        return batch
    except DatabaseError as error:
        if not is_lost_race(error):
            raise
        return None


def test_the_claim_uses_its_index() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's plan")
    partner = fill(3)
    plan = claiming._due(queue_of(partner), timezone.now()).explain()
    assert "partner_smtp_due" in plan
