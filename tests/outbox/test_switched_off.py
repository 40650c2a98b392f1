"""Mail in hand of a partner whose account is another one, or none any more, while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import set_columns
from tests.support.delivery import EMAIL, PartnerOn, make_message
from tests.support.outbox import deliver, row, states
from wagtail_partner_smtp.models import AbstractPartner, Partner, PartnerQueue, QueuedMessage
from wagtail_partner_smtp.outbox import claiming, sending, settling
from wagtail_partner_smtp.outbox.states import Fate, MailState
from wagtail_partner_smtp.smtp.session import SMTPSession

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

Change = Callable[[Partner], object]


@dataclass
class Clock:
    """Stands in for the module ``time``, and stands still until a test moves ``now``."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time by which the account counts as known."""
    clock = Clock()
    monkeypatch.setattr(sending, "time", clock)
    return clock


def with_password(partner: Partner) -> None:
    partner.set_smtp_password("another")
    partner.save()


CHANGES: dict[str, Change] = {
    "switched off": lambda partner: set_columns(partner, active=False),
    "deleted": lambda partner: partner.delete(),
    "host": lambda partner: set_columns(partner, smtp_host="other.example.com"),
    "port": lambda partner: set_columns(partner, smtp_port=1),
    "email": lambda partner: set_columns(partner, smtp_email="other@acme.example"),
    "password": with_password,
}


def queue_five(partner: AbstractPartner) -> claiming.Batch:
    partner.queue_mails(make_message(subject=str(number)) for number in range(5))
    batch = claiming.claim()
    assert batch is not None
    return batch


@pytest.mark.parametrize("login", ["billing", ""])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_p50_nothing_leaves_a_second_after_the_account_was_changed(
    change: Change, login: str, smtp: Served, partner_on: PartnerOn, clock: Clock, settings: Settings
) -> None:
    # Else an envelope leaves together with the content, and not before it.
    settings.PARTNER_SMTP_PIPELINING = False
    listener = smtp.plain if login else smtp.listen(auth=())
    partner = partner_on(listener, smtp_login=login)
    batch = queue_five(partner)

    def change_after_the_first() -> bool:
        if len(listener.messages) == 1:
            change(Partner.objects.get(pk=partner.pk))
            clock.now += sending.KNOWN_FOR
        return False

    assert sending.send(batch, change_after_the_first).total() == 1
    assert states() == {MailState.SENT: 1, MailState.QUEUED: 4}
    assert (len(listener.messages), listener.count("RCPT")) == (1, 1)
    assert PartnerQueue.objects.get().slots == {}
    waiting = QueuedMessage.objects.filter(state=MailState.QUEUED)
    kept = waiting.values_list("attempts", "rank", "lease_token", "handed_over_at").distinct()
    assert kept.get() == (0, 0, None, None)


def test_p50_what_waits_then_is_sent_by_the_new_account_or_cancelled(
    smtp: Served, partner_on: PartnerOn, clock: Clock
) -> None:
    partner = partner_on(smtp.plain)
    batch = queue_five(partner)
    changes: Iterator[dict[str, Any]] = iter([{"smtp_email": "other@acme.example"}, {"active": False}])

    def change_after_each() -> bool:
        if smtp.plain.messages and (values := next(changes, None)):
            set_columns(Partner.objects.get(pk=partner.pk), **values)
            clock.now += sending.KNOWN_FOR
        return False

    sending.send(batch, change_after_each)
    second = claiming.claim()
    assert second is not None
    sending.send(second, lambda: len(smtp.plain.messages) == 2)
    assert [message.mail_from for message in smtp.plain.messages] == [EMAIL, "other@acme.example"]
    change_after_each()
    deliver()
    assert states() == {MailState.SENT: 2, MailState.CANCELLED: 3}


def test_p50_nothing_leaves_over_a_session_that_took_long_to_open(
    smtp: Served, partner_on: PartnerOn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = partner_on(smtp.plain)
    batch = queue_five(partner)
    usual = SMTPSession.open

    def open_slowly(session: SMTPSession) -> None:
        usual(session)
        set_columns(Partner.objects.get(pk=partner.pk), active=False)
        clock.now += sending.KNOWN_FOR

    monkeypatch.setattr(SMTPSession, "open", open_slowly)
    assert sending.send(batch).total() == 0
    assert (states(), smtp.plain.messages) == ({MailState.QUEUED: 5}, ())
    assert (row(subject="0").attempts, row(subject="0").handed_over_at) == (0, None)


def test_p50_p41_a_message_that_is_being_handed_over_is_finished(
    smtp: Served, partner_on: PartnerOn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes one recipient at a time: whoever has it already must not get it again."""
    listener = smtp.listen(rules=(on("RCPT", skip=1, times=1, reply="452 4.5.3 Too many recipients"),))
    partner = partner_on(listener)
    partner.queue_mail("Invoice", "text", ["ann@example.com", "bob@example.com"])
    usual = settling.Ledger.hand_over

    def change_then(ledger: settling.Ledger, message: QueuedMessage) -> None:
        usual(ledger, message)
        set_columns(Partner.objects.get(pk=partner.pk), active=False)
        clock.now += sending.KNOWN_FOR

    monkeypatch.setattr(settling.Ledger, "hand_over", change_then)
    deliver()
    sent = row()
    assert (sent.state, [sent.fate_of(each) for each in sent.recipient_list]) == (
        MailState.SENT,
        [Fate.ACCEPTED] * 2,
    )
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",), ("bob@example.com",)]


@pytest.mark.parametrize(("seconds", "times"), [(0.0, 2), (0.25, 3), (1.0, 7)])
def test_the_account_is_read_once_a_second_at_most(
    seconds: float, times: int, smtp: Served, partner_on: PartnerOn, clock: Clock, settings: Settings
) -> None:
    """And at the beginning and the end of a batch: however many messages there are."""
    settings.PARTNER_SMTP_QUEUE_BATCH = 5
    batch = queue_five(partner_on(smtp.plain))

    def later() -> bool:
        clock.now += seconds
        return False

    with CaptureQueriesContext(connection) as queries:
        assert sending.send(batch, later).total() == 5
    table = connection.ops.quote_name(Partner._meta.db_table)
    asked = [each for each in queries if each["sql"].startswith("SELECT") and f"FROM {table}" in each["sql"]]
    assert len(asked) == times


def test_the_transport_of_a_sites_own_tests_gets_nothing_of_a_partner_that_is_switched_off(
    smtp: Served, partner_on: PartnerOn, clock: Clock, settings: Settings, mailoutbox: list[Any]
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    partner = partner_on(smtp.plain)
    batch = queue_five(partner)

    def change_after_the_first() -> bool:
        if len(mailoutbox) == 1:
            set_columns(Partner.objects.get(pk=partner.pk), active=False)
            clock.now += sending.KNOWN_FOR
        return False

    assert sending.send(batch, change_after_the_first).total() == 1
    assert len(mailoutbox) == 1
