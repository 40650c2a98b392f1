"""What somebody may queue that is not right, and what may happen to a partner before the mail leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import NEW_KEY, OLD_KEY
from tests.support.admin import url
from tests.support.delivery import PASSWORD, PartnerOn, make_message
from tests.support.outbox import deliver, queue_of, row, states, wait_no_longer
from wagtail_partner_smtp.backend import (
    MessageError,
    PartnerInactive,
    PartnerMissing,
    QueuedEmailBackend,
)
from wagtail_partner_smtp.models import MailState, Partner, PartnerQueue, QueuedContent, QueuedMessage
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.signals import partner_queue_stopped
from wagtail_partner_smtp.smtp import SettingsError
from wagtail_partner_smtp.smtp.errors import Code

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

ANN = ["ann@customer.example"]


class Broken(EmailMessage):
    """A message of a site's own class that cannot be rendered."""

    def message(self, **kwargs: Any) -> Any:
        raise LookupError("no template")


@pytest.fixture(autouse=True)
def nothing_through_the_site(db: None) -> Iterator[None]:
    """The site's own server never gets a partner's mail, whatever is wrong with it."""
    yield
    assert mail.outbox == []


# The message


def test_a_message_without_recipients_is_refused(smtp: Served, partner_on: PartnerOn) -> None:
    with pytest.raises(SettingsError) as refused:
        partner_on(smtp.plain).queue_mail("Invoice", "text", [])
    assert refused.value.code == Code.EMAIL_INVALID
    assert states() == {}


def test_among_many_a_message_without_recipients_fails_alone(smtp: Served, partner_on: PartnerOn) -> None:
    messages = [make_message(subject="1"), make_message(subject="2", to=[]), make_message(subject="3")]
    rows = partner_on(smtp.plain).queue_mails(messages)
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["1", "3"]
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].code) == (MailState.FAILED, Code.EMAIL_INVALID)


def test_a_backend_queues_nothing_for_a_message_without_recipients(
    smtp: Served, partner_on: PartnerOn
) -> None:
    """As Django's backends, which send nothing and say nothing."""
    assert QueuedEmailBackend(partner=partner_on(smtp.plain)).send_messages([make_message(to=[])]) == 0
    assert states() == {}


def test_a_message_that_cannot_be_rendered_is_raised(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    with pytest.raises(MessageError):
        QueuedEmailBackend(partner=partner).send_messages([Broken(to=ANN)])
    with pytest.raises(MessageError):
        partner.queue_mail("Invoice", "text", ANN, attachments=[("a.txt", object(), "text/plain")])
    assert states() == {}


def test_among_many_a_message_that_cannot_be_rendered_fails_alone(
    smtp: Served, partner_on: PartnerOn
) -> None:
    broken = [
        Broken("broken", to=ANN),
        make_message(subject="broken", to=["jane@exa mple.com"]),
        make_message(subject="broken", headers={"Bcc": "eve@customer.example"}),
        make_message(subject="broken", attachments=[("a.txt", object(), "text/plain")]),
    ]
    partner_on(smtp.plain).queue_mails([make_message(subject="1"), *broken, make_message(subject="2")])
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["1", "2"]
    assert states() == {MailState.SENT: 2, MailState.FAILED: 4}
    failed = QueuedMessage.objects.filter(state=MailState.FAILED)
    assert all(message.code and message.subject == "broken" for message in failed)
    assert {message.ended_at is None for message in failed} == {False}
    assert operations.resend(failed) == 0, "there is no content to send"


def test_a_message_that_could_not_be_rendered_does_not_keep_its_key(
    smtp: Served, partner_on: PartnerOn
) -> None:
    """Once it is mended, the invoice can be sent after all."""
    partner = partner_on(smtp.plain)
    partner.queue_mails([Broken("broken", to=ANN)], keys=["invoice-1"])
    partner.queue_mail("mended", "text", ANN, key="invoice-1")
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["mended"]
    assert row(state=MailState.FAILED).key == "invoice-1"


def test_an_error_amid_many_leaves_none(smtp: Served, partner_on: PartnerOn, woken: list[int]) -> None:
    def messages() -> Iterator[EmailMessage]:
        for number in range(600):
            yield make_message(subject=str(number))
        raise LookupError

    partner = partner_on(smtp.plain)
    with pytest.raises(LookupError):
        partner.queue_mails(messages())
    with pytest.raises(ValueError, match="zip"):
        partner.queue_mails([make_message(), make_message()], keys=["one"])
    assert states() == {}
    assert not QueuedContent.objects.exists()
    assert woken == []


# Keys, priorities and times


@pytest.mark.parametrize("key", ["k" * 10_000, "k" * 256, "nul\0", 42, None, b"invoice-1"])
def test_a_key_that_is_none_is_refused(key: Any, smtp: Served, partner_on: PartnerOn) -> None:
    with pytest.raises(ValueError, match="key"):
        partner_on(smtp.plain).queue_mail("Invoice", "text", ANN, key=key)
    assert states() == {}


@pytest.mark.parametrize("priority", [32768, -32768, 10**10, 1.5, "high", None])
def test_a_priority_that_no_column_holds_is_refused(
    priority: Any, smtp: Served, partner_on: PartnerOn
) -> None:
    with pytest.raises(ValueError, match="priority"):
        partner_on(smtp.plain).queue_mail("Invoice", "text", ANN, priority=priority)
    assert states() == {}


@pytest.mark.parametrize("priority", [32767, -32767])
def test_the_greatest_and_the_least_priority_are_taken(
    priority: int, smtp: Served, partner_on: PartnerOn
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", ANN, priority=priority)
    assert row().priority == priority
    deliver()
    assert states() == {MailState.SENT: 1}


@pytest.mark.parametrize("send_at", ["tomorrow", 5, datetime.max.date(), datetime.max])
def test_a_time_that_is_none_is_refused(send_at: Any, smtp: Served, partner_on: PartnerOn) -> None:
    with pytest.raises(ValueError, match="send_at"):
        partner_on(smtp.plain).queue_mail("Invoice", "text", ANN, send_at=send_at)
    assert states() == {}


@pytest.mark.parametrize("uses_time_zones", [True, False])
@pytest.mark.parametrize("is_aware", [True, False])
def test_a_time_is_understood_with_and_without_its_zone(
    uses_time_zones: bool, is_aware: bool, smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    """A naive time is in the site's time zone, as in Django's forms."""
    settings.USE_TZ, settings.TIME_ZONE = uses_time_zones, "Pacific/Auckland"
    zone = timezone.get_default_timezone()
    aware = datetime.now(zone).replace(microsecond=0) + timedelta(hours=1)
    partner_on(smtp.plain).queue_mail(
        "Invoice", "text", ANN, send_at=aware if is_aware else aware.replace(tzinfo=None)
    )
    due = row().due_at
    assert due is not None
    assert due == (aware if uses_time_zones else aware.replace(tzinfo=None))
    deliver()
    assert states() == {MailState.QUEUED: 1}


# The partner


def test_nothing_is_queued_for_nobody(smtp: Served, partner_on: PartnerOn) -> None:
    unsaved = Partner(name="ACME", slug="acme", smtp_email="billing@acme.example")
    off = partner_on(smtp.plain, active=False)
    for partner, error in ((unsaved, PartnerMissing), (off, PartnerInactive)):
        with pytest.raises(error):
            partner.queue_mail("Invoice", "text", ANN)
        with pytest.raises(error):
            partner.queue_mails([make_message()])
    assert not PartnerQueue.objects.exists()


def test_the_backend_takes_each_message_for_its_own_partner(smtp: Served, partner_on: PartnerOn) -> None:
    other = smtp.listen("honest", mode="plain")
    acme, borealis = partner_on(smtp.plain), partner_on(other)
    backend = QueuedEmailBackend(partner=acme.slug)
    messages = [make_message(), make_message(borealis, subject="Borealis"), make_message(borealis.slug)]
    assert backend.send_messages(messages) == 3
    assert [message.queued_message.queue for message in messages] == [  # type: ignore[attr-defined]
        queue_of(acme),
        queue_of(borealis),
        queue_of(borealis),
    ]
    deliver()
    assert (len(smtp.plain.messages), len(other.messages)) == (1, 2)


@pytest.mark.parametrize("named", [None, "nobody", 42])
def test_the_backend_refuses_a_message_without_a_partner(
    named: Any, smtp: Served, partner_on: PartnerOn
) -> None:
    message = make_message(headers={"X-Partner": partner_on(smtp.plain).slug})
    message.partner = named  # type: ignore[attr-defined]
    with pytest.raises(PartnerMissing):
        QueuedEmailBackend().send_messages([message])
    assert QueuedEmailBackend(fail_silently=True).send_messages([message]) == 0
    assert states() == {}


def test_the_backend_goes_on_after_an_error_only_if_it_is_to_be_silent(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    messages = [make_message(partner), make_message(), make_message(partner)]
    with pytest.raises(PartnerMissing):
        QueuedEmailBackend().send_messages(messages)
    assert states() == {MailState.QUEUED: 1}
    assert QueuedEmailBackend(fail_silently=True).send_messages(messages) == 2
    assert states() == {MailState.QUEUED: 3}


@pytest.mark.parametrize(
    ("happens", "code"),
    [("deleted", Code.PARTNER_MISSING), ("switched off", Code.PARTNER_INACTIVE)],
)
def test_mail_of_a_partner_that_went_meanwhile_is_cancelled_with_the_reason(
    happens: str, code: Code, smtp: Served, partner_on: PartnerOn
) -> None:
    gone, stays = partner_on(smtp.plain), partner_on(smtp.plain)
    gone.queue_mail("Invoice", "text", ANN)
    stays.queue_mail("Newsletter", "text", ANN)
    if happens == "deleted":
        gone.delete()
    else:
        gone.active = False
        gone.save()
    deliver()
    cancelled = row(subject="Invoice")
    assert (cancelled.state, cancelled.code) == (MailState.CANCELLED, code)
    assert cancelled.partner_name == gone.name
    assert [message.subject for message in smtp.plain.messages] == ["Newsletter"]


def test_mail_waits_for_a_password_that_was_lost_and_leaves_once_there_is_one(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", ANN)
    partner.clear_smtp_password()
    partner.save()
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, Code.PASSWORD_MISSING)
    assert queue_of(partner).stopped_at is not None
    assert smtp.plain.connections == 0
    deliver()
    assert row().attempts == 1
    partner.set_smtp_password(PASSWORD)
    partner.save()
    deliver()
    assert states() == {MailState.SENT: 1}


def test_p37_a_lost_key_stops_the_queue_with_one_alert_until_the_password_is_typed_again(
    smtp: Served, partner_on: PartnerOn, settings: Settings, superuser_client: Client
) -> None:
    """What was sealed with the lost key waits for it; what was queued since leaves."""
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=f"old {number}") for number in range(3))
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    partner.queue_mails(make_message(subject=f"new {number}") for number in range(3))
    told: list[str] = []

    def receive(code: str, **facts: Any) -> None:
        told.append(code)

    partner_queue_stopped.connect(receive)
    try:
        deliver()
        deliver()
    finally:
        partner_queue_stopped.disconnect(receive)
    queue = queue_of(partner)
    assert (told, queue.trouble_code) == ([Code.PASSWORD_UNREADABLE], Code.PASSWORD_UNREADABLE)
    assert queue.stopped_at is not None
    assert smtp.plain.connections == 0
    assert states() == {MailState.DEFERRED: 1, MailState.QUEUED: 5}
    page = superuser_client.get(url("outgoing_mail", partner)).content.decode()
    assert "The saved password can no longer be read on this site." in page

    partner.set_smtp_password(PASSWORD)
    partner.save()
    assert superuser_client.post(url("resume_mail", partner)).status_code == 302
    assert queue_of(partner).stopped_at is None
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["new 0", "new 1", "new 2"]
    held = QueuedMessage.objects.exclude(state=MailState.SENT)
    assert set(held.values_list("state", "code")) == {(MailState.DEFERRED, "content_key_lost")}
    assert queue_of(partner).failures == 0, "that is no fault of the server"

    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    wait_no_longer()
    deliver()
    assert states() == {MailState.SENT: 6}


def test_mail_leaves_by_the_host_that_the_partner_has_when_it_is_sent(
    smtp: Served, partner_on: PartnerOn
) -> None:
    """A password saved for another destination is not sent to the new one."""
    new = smtp.listen("honest", mode="plain")
    partner = partner_on(smtp.plain)
    partner_on(new)
    partner.queue_mail("Invoice", "text", ANN)
    partner.smtp_port = new.port
    partner.save()
    deliver()
    assert row().state == MailState.DEFERRED
    assert row().code in {Code.PASSWORD_MISSING, Code.PASSWORD_UNREADABLE}
    assert (smtp.plain.connections, new.connections) == (0, 0)
    partner.set_smtp_password(PASSWORD)
    partner.save()
    deliver()
    assert states() == {MailState.SENT: 1}
    assert (smtp.plain.connections, len(new.messages)) == (0, 1)


def test_mail_of_a_partner_that_lost_its_address_waits(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", ANN)
    Partner.objects.filter(pk=partner.pk).update(smtp_email="")
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, Code.EMAIL_MISSING)
    partner.refresh_from_db()
    with pytest.raises(SettingsError):
        partner.queue_mail("Invoice", "text", ANN)
