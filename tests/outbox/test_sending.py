"""What comes of queued mail, by what the partner's server says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.profiles import EXTENSIONS
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import set_columns
from tests.support.delivery import EMAIL, LOGIN, PartnerOn, make_message, said
from tests.support.outbox import deliver, let_leases_run_out, queue_of, row, states, wait_no_longer
from wagtail_partner_smtp.delivery.envelope import Outgoing
from wagtail_partner_smtp.models import (
    AbstractPartner,
    DeliveryAttempt,
    Partner,
    PartnerQueue,
    QueuedContent,
    QueuedMessage,
)
from wagtail_partner_smtp.outbox import claiming, letters, operations, sending, settling
from wagtail_partner_smtp.outbox.states import Fate, MailState
from wagtail_partner_smtp.smtp.errors import Code

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

TO = ["ann@example.com", "bob@example.com"]
QUOTA = "550 5.4.5 Daily user sending limit exceeded"


def fates(message: QueuedMessage) -> list[Fate]:
    return [message.fate_of(each) for each in message.recipient_list]


def test_a_sent_message_keeps_what_is_known_and_loses_its_content(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    sent = row()
    assert (sent.state, sent.attempts, sent.code, fates(sent)) == (MailState.SENT, 1, "", [Fate.ACCEPTED] * 2)
    assert sent.reply.startswith("250")
    assert (sent.rank, sent.due_at, sent.lease_until, sent.handed_over_at) == (None, None, None, None)
    assert sent.ended_at is not None
    assert not QueuedContent.objects.exists()
    (message,) = smtp.plain.messages
    assert (message.mail_from, list(message.rcpt_tos)) == (EMAIL, TO)
    assert message.email["Message-ID"] == sent.message_id
    assert len(message.data) - sent.size in (0, 2), "the last line may have had no end"
    queue = queue_of(partner)
    assert (queue.slots, queue.failures, queue.last_sent_at is None) == ({}, 0, False)
    partner.refresh_from_db()
    assert partner.smtp_last_mail_at is not None


def test_content_is_kept_where_a_site_says_so(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEEP_BODIES = True
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    deliver()
    assert (states(), QueuedContent.objects.count()) == ({MailState.SENT: 1}, 1)


def test_a_large_message_arrives_as_it_was_queued(smtp: Served, partner_on: PartnerOn) -> None:
    attachment = ("invoice.bin", bytes(range(256)) * 5000, "application/octet-stream")
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO, attachments=[attachment])
    assert QueuedContent.objects.count() == 4
    deliver()
    (message,) = smtp.plain.messages
    (part,) = message.email.iter_attachments()
    assert part.get_content() == attachment[1]


def test_p41_refused_recipients_are_not_tried_again_with_the_accepted(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", reply="550 5.1.1 No such user"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    partly = row()
    assert (partly.state, fates(partly)) == (MailState.PARTLY, [Fate.ACCEPTED, Fate.REFUSED])
    assert partly.reply_to("bob@example.com") == "550 5.1.1 No such user"
    wait_no_longer()
    deliver()
    assert len(listener.messages) == 1


def test_p45_a_recipient_refused_for_now_is_tried_again_alone(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", times=1, reply="450 4.2.0 greylisted"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    deferred = row()
    assert (deferred.state, fates(deferred)) == (MailState.DEFERRED, [Fate.ACCEPTED, Fate.UNTRIED])
    assert deferred.reply_to("bob@example.com") == "450 4.2.0 greylisted"
    wait_no_longer()
    deliver()
    assert (row().state, row().attempts, fates(row())) == (MailState.SENT, 2, [Fate.ACCEPTED] * 2)
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",), ("bob@example.com",)]
    assert list(DeliveryAttempt.objects.values_list("number", "state")) == [(1, "deferred"), (2, "sent")]


@pytest.mark.parametrize("place", ["RCPT", "MAIL", "DATA-END"])
def test_p45_a_quota_that_is_used_up_amid_the_recipients_is_waited_for(
    place: str, smtp: Served, partner_on: PartnerOn
) -> None:
    """At RCPT of the first transaction, or anywhere in a second one."""
    rules = (
        on(
            "RCPT",
            match="*bob@*",
            times=1,
            reply=QUOTA if place == "RCPT" else "452 4.5.3 Too many recipients",
        ),
        on(place, match="*bob@*" if place == "RCPT" else "*", skip=1, times=1, reply=QUOTA),
    )
    listener = smtp.listen(rules=rules[:1] if place == "RCPT" else rules)
    partner = partner_on(listener)
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    deferred = row()
    assert (deferred.state, deferred.code) == (MailState.DEFERRED, "quota_per_day")
    assert fates(deferred) == [Fate.ACCEPTED, Fate.UNTRIED]
    assert (queue_of(partner).retry_at is not None, queue_of(partner).stopped_at) == (True, None)
    wait_no_longer()
    deliver()
    assert (row().state, fates(row())) == (MailState.SENT, [Fate.ACCEPTED] * 2)
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",), ("bob@example.com",)]


def test_an_account_that_is_suspended_amid_the_recipients_stops_the_queue(
    smtp: Served, partner_on: PartnerOn
) -> None:
    suspended = on("RCPT", match="*bob@*", times=1, reply="530 5.7.0 Authentication required")
    listener = smtp.listen(rules=(suspended,))
    partner = partner_on(listener)
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    assert (row().state, fates(row())) == (MailState.DEFERRED, [Fate.ACCEPTED, Fate.UNTRIED])
    assert queue_of(partner).stopped_at is not None


def test_p42_who_was_not_reached_is_tried_again_behind_an_unknown_outcome(
    smtp: Served, partner_on: PartnerOn
) -> None:
    too_many = on("RCPT", match="*bob@*", times=1, reply="452 4.5.3 Too many recipients")
    listener = smtp.listen(rules=(too_many, on("DATA-END", drop="fin", times=1)))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, "outcome_unknown")
    assert fates(row()) == [Fate.UNKNOWN, Fate.UNTRIED]
    for _ in range(2):
        wait_no_longer()
        deliver()
    assert (row().state, fates(row())) == (MailState.UNKNOWN, [Fate.UNKNOWN, Fate.ACCEPTED])
    # The server had the first one, and did not say so.
    assert [message.rcpt_tos for message in listener.messages] == [("ann@example.com",), ("bob@example.com",)]


def test_p45_the_rest_of_a_message_in_other_letters_needs_what_all_of_it_did(
    smtp: Served, partner_on: PartnerOn
) -> None:
    """Its headers name all recipients (RFC 6531 3.4, RFC 6532)."""
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", times=1, reply="450 4.2.0 greylisted"),))
    partner_on(listener).queue_mail("Invoice", "text", ["jürgen@example.com", "bob@example.com"])
    deliver()
    wait_no_longer()
    deliver()
    assert (states(), len(listener.messages)) == ({MailState.SENT: 1}, 2)
    assert [" SMTPUTF8" in command for command in said(listener.sessions, "MAIL")] == [True, True]


def test_where_that_is_not_offered_any_more_the_rest_does_not_leave(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", times=1, reply="450 4.2.0 greylisted"),))
    partner = partner_on(listener, smtp_login="")
    partner.queue_mail("Invoice", "text", ["jürgen@example.com", "bob@example.com"])
    deliver()
    other = smtp.listen(extensions=tuple(each for each in EXTENSIONS if each != "SMTPUTF8"))
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{other.port}"]
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_port=other.port)
    wait_no_longer()
    deliver()
    assert (row().state, row().code, len(other.messages)) == (MailState.PARTLY, "smtputf8_required", 0)


REFUSALS: list[tuple[Any, MailState, str]] = [
    (on("MAIL", reply="451 4.3.0 later"), MailState.DEFERRED, "sender_temporary"),
    (on("RCPT", reply="450 4.2.1 later"), MailState.DEFERRED, "sender_temporary"),
    (on("DATA-END", reply="451 4.3.0 later"), MailState.DEFERRED, "data_refused"),
    (on("DATA-END", drop="fin"), MailState.UNKNOWN, "outcome_unknown"),
    (on("MAIL", reply="552 5.3.4 too big"), MailState.FAILED, "message_too_large"),
    (on("RCPT", reply="550 5.1.1 no"), MailState.FAILED, "recipient_unknown"),
    (on("RCPT", reply="550 5.7.1 spam"), MailState.FAILED, "sender_not_owned"),
    (on("DATA-END", reply="554 5.7.1 spam"), MailState.FAILED, "content_refused"),
]


@pytest.mark.parametrize(("rule", "state", "code"), REFUSALS)
def test_p45_a_message_is_tried_again_by_the_class_of_the_reply(
    rule: Any, state: MailState, code: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(rule,))
    partner = partner_on(listener)
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    message = row()
    assert (message.state, message.code) == (state, code)
    assert QueuedContent.objects.count() == 1
    waits = state == MailState.DEFERRED
    assert (message.rank is not None, message.due_at is not None, message.ended_at is None) == (waits,) * 3
    assert (queue_of(partner).stopped_at, queue_of(partner).failures) == (None, 0)


@pytest.mark.parametrize(
    ("words", "state", "failures", "is_stopped"),
    [
        ("Message rejected as spam", MailState.FAILED, 0, False),
        ("Sending limit exceeded", MailState.DEFERRED, 1, False),
        ("Your account has been suspended", MailState.DEFERRED, 0, True),
    ],
)
def test_what_is_said_with_one_code_is_told_apart_by_its_cause(
    words: str, state: MailState, failures: int, is_stopped: bool, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listen(rules=(on("DATA-END", reply=f"554 5.7.1 {words}"),)))
    partner.queue_mail("Invoice", "text", TO)
    deliver()
    queue = queue_of(partner)
    assert (row().state, queue.failures, queue.stopped_at is not None) == (state, failures, is_stopped)


def test_p42_an_unknown_outcome_is_never_sent_again_by_itself(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("DATA-END", drop="fin", times=1),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    wait_no_longer()
    deliver()
    assert (states(), listener.count("EHLO")) == ({MailState.UNKNOWN: 1}, 1)


def test_p43_a_broken_quit_changes_nothing(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("QUIT", drop="rst"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    assert states() == {MailState.SENT: 1}


def test_p44_a_session_that_the_server_gives_up_is_opened_again(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("MAIL", skip=1, times=1, reply="421 4.4.2 idle"),))
    partner = partner_on(listener)
    partner.queue_mails(make_message(subject=str(number)) for number in range(3))
    deliver()
    assert states() == {MailState.SENT: 3}
    assert (len(listener.messages), listener.connections) == (3, 2)


def test_wrong_credentials_stop_the_queue_with_one_alert(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    partner.queue_mails(make_message(subject=str(number)) for number in range(5))
    deliver()
    deliver()
    assert states() == {MailState.DEFERRED: 1, MailState.QUEUED: 4}
    assert smtp.plain.count("AUTH") == 1
    queue = queue_of(partner)
    assert queue.stopped_at is not None
    assert (queue.trouble_code, queue.trouble_stage) == ("auth_failed", "auth")
    told = [record for record in caplog.records if "is stopped" in record.getMessage()]
    assert len(told) == 1
    partner.set_smtp_password("correct-horse-bättery-7391")
    partner.save()
    deliver()
    assert states() == {MailState.SENT: 5}


def test_p51_a_dead_partner_delays_nobody_and_is_tried_again_by_itself(
    smtp: Served, partner_on: PartnerOn
) -> None:
    dead = partner_on(smtp.listen(reach="refused"))
    dead.queue_mails(make_message(subject=f"dead {number}") for number in range(10))
    good = partner_on(smtp.plain)
    good.queue_mails(make_message(subject=f"good {number}") for number in range(50))
    deliver()
    assert states() == {MailState.SENT: 50, MailState.DEFERRED: 1, MailState.QUEUED: 9}
    queue = queue_of(dead)
    assert (queue.failures, queue.trouble_code) == (1, "connection_refused")
    assert queue.retry_at is not None
    assert queue.retry_at > timezone.now()
    wait_no_longer()
    deliver()
    assert queue_of(dead).failures == 2
    assert DeliveryAttempt.objects.filter(message__queue=queue).count() == 2, "one tries for all"
    set_columns(Partner.objects.get(pk=dead.pk), smtp_port=smtp.plain.port)
    # The password was sealed for the dead one.
    dead.refresh_from_db()
    dead.set_smtp_password("correct-horse-bättery-7391")
    dead.save()
    wait_no_longer()
    deliver()
    assert states() == {MailState.SENT: 60}
    assert queue_of(dead).failures == 0


def test_p50_mail_of_a_partner_that_is_gone_is_cancelled(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    name = str(partner)
    partner.delete()
    deliver()
    message = row()
    assert (message.state, message.code, message.partner_name) == (
        MailState.CANCELLED,
        "partner_missing",
        name,
    )
    assert smtp.plain.connections == 0


def test_p50_mail_of_a_partner_that_is_switched_off_is_cancelled(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    partner.active = False
    partner.save()
    deliver()
    assert (row().state, row().code) == (MailState.CANCELLED, "partner_inactive")
    assert smtp.plain.connections == 0


def test_p59_mail_waits_while_the_list_of_authorities_cannot_be_read(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    partner_on(smtp.ssl).queue_mail("Invoice", "text", TO)
    settings.PARTNER_SMTP_CA_FILE = str(tmp_path / "ca.pem")
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, "authorities_unreadable")
    shutil.copy(smtp.ca_file, tmp_path / "ca.pem")
    wait_no_longer()
    deliver()
    assert (row().state, len(smtp.ssl.messages)) == (MailState.SENT, 1)


def test_p37_an_account_that_cannot_be_read_stops_the_queue(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    if django.VERSION < (6, 1):  # where MAILERS took its place
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.ssl.port
    partner = partner_on(smtp.plain)
    partner.queue_mail("Invoice", "text", TO)
    set_columns(Partner.objects.get(pk=partner.pk), smtp_host="127.0.0.1")
    deliver()
    assert (row().state, row().code) == (MailState.DEFERRED, "password_unreadable")
    assert queue_of(partner).stopped_at is not None
    assert (smtp.plain.connections, smtp.ssl.connections) == (0, 0)


def test_mail_leaves_from_the_address_that_the_partner_has_when_it_is_sent(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mails([make_message(from_email=f"Acme Billing <{EMAIL}>")])
    partner.smtp_email = "new@acme.example"
    partner.save()
    deliver()
    (message,) = smtp.plain.messages
    assert (message.mail_from, message.email["From"]) == (
        "new@acme.example",
        "Acme Billing <new@acme.example>",
    )


def test_p52_a_message_whose_content_is_broken_fails_alone(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    rows = partner.queue_mails(make_message(subject=str(number)) for number in range(4))
    QueuedContent.objects.filter(message=rows[0]).update(sealed=b"x" * 40)
    QueuedContent.objects.filter(message=rows[1]).delete()
    QueuedMessage.objects.filter(pk=rows[2].pk).update(recipients="no address")
    deliver()
    assert states() == {MailState.FAILED: 3, MailState.SENT: 1}
    codes = list(QueuedMessage.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["content_not_for_this_message", "content_gone", "content_not_for_this_message", ""]


# What another version may have written, or somebody by hand.
STRANGE: dict[str, Any] = {
    "a fate that nobody knows": {"ann@a.example": {"fate": "delegated"}},
    "no fate": {"ann@a.example": {"reply": "250 ok"}},
    "a fate that is no text": {"ann@a.example": {"fate": ["accepted"]}},
    "no object": {"ann@a.example": "accepted"},
    "nothing": {"ann@a.example": None},
}
NO_OUTCOMES: dict[str, Any] = {"a list": ["accepted"], "a text": "accepted", "a number": 7}


@pytest.mark.parametrize("name", STRANGE)
def test_p52_a_recipient_whose_outcome_nobody_can_read_counts_as_unknown(
    name: str, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    queued = partner.queue_mail("1", "text", ["ann@a.example", "bob@b.example"])
    partner.queue_mail("2", "text", ["cyd@c.example"])
    QueuedMessage.objects.filter(pk=queued.pk).update(outcomes=STRANGE[name])
    deliver()
    assert [message.rcpt_tos for message in smtp.plain.messages] == [("bob@b.example",), ("cyd@c.example",)]
    message = row(pk=queued.pk)
    assert message.state == MailState.UNKNOWN
    assert (message.fate_of("ann@a.example"), message.fate_of("bob@b.example")) == (
        Fate.UNKNOWN,
        Fate.ACCEPTED,
    )
    deliver()
    assert len(smtp.plain.messages) == 2


@pytest.mark.parametrize("name", NO_OUTCOMES)
def test_p52_a_message_whose_outcomes_nobody_can_read_is_not_sent(
    name: str, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    queued = partner.queue_mail("1", "text", ["ann@a.example"])
    partner.queue_mail("2", "text", ["cyd@c.example"])
    QueuedMessage.objects.filter(pk=queued.pk).update(outcomes=NO_OUTCOMES[name])
    deliver()
    assert [message.rcpt_tos for message in smtp.plain.messages] == [("cyd@c.example",)]
    message = row(pk=queued.pk)
    assert (message.state, message.code) == (MailState.UNKNOWN, Code.OUTCOME_UNKNOWN)
    assert message.outcomes == {"ann@a.example": {"fate": "unknown"}}


@pytest.mark.parametrize("outcomes", [*STRANGE.values(), *NO_OUTCOMES.values()])
def test_p52_outcomes_that_nobody_can_read_hold_up_no_other_path(
    outcomes: Any, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    queued = partner.queue_mail("1", "text", ["ann@a.example"])
    claimed = claiming.claim()
    assert claimed is not None
    QueuedMessage.objects.filter(pk=queued.pk).update(outcomes=outcomes, handed_over_at=timezone.now())
    let_leases_run_out()
    deliver()
    assert row().state == MailState.UNKNOWN
    assert operations.resend(QueuedMessage.objects.all()) == 1
    assert row().outcomes == {}
    deliver()
    assert row().state == MailState.SENT


@pytest.mark.parametrize(
    "error", [ValueError("what"), UnicodeEncodeError("ascii", "ä", 0, 1, "what"), LookupError("what")]
)
def test_p52_a_message_that_fails_by_whatever_error_fails_alone(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    outgoing = letters.outgoing

    def poisoned(message: QueuedMessage, content: bytes, email: str) -> Outgoing:
        if message.subject == "1":
            raise error
        return outgoing(message, content, email)

    monkeypatch.setattr(letters, "outgoing", poisoned)
    partner_on(smtp.plain).queue_mails(make_message(subject=str(number)) for number in range(3))
    deliver()
    found = QueuedMessage.objects.order_by("pk").values_list("state", "code")
    assert list(found) == [("sent", ""), ("failed", type(error).__name__), ("sent", "")]


def test_a_message_that_makes_the_server_hang_up_does_not_hold_up_the_others(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*poison*", drop="fin"),), extensions=("8BITMIME",))
    partner = partner_on(listener)
    partner.queue_mail("0", "text", ["poison@example.com"])
    partner.queue_mails(make_message(subject=str(number)) for number in range(1, 4))
    deliver()
    assert states() == {MailState.DEFERRED: 1, MailState.SENT: 3}


def test_a_server_that_loses_every_session_is_left_alone(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", drop="fin"),), extensions=("8BITMIME",))
    partner = partner_on(listener)
    partner.queue_mails(make_message(subject=str(number)) for number in range(9))
    deliver()
    assert listener.connections == sending.LOST_SESSIONS
    assert queue_of(partner).failures == 1


LIMITS = [
    (on("MAIL", skip=3, reply="421 4.7.0 too many"), "rate"),
    (on("MAIL", skip=3, reply="451 4.7.1 slow down"), "rate"),
    (on("MAIL", skip=3, reply="452 4.3.1 enough"), "rate"),
    (on("RCPT", skip=3, reply="451 4.7.1 slow down"), "rate"),
]


@pytest.mark.parametrize(("rule", "learnt"), LIMITS)
def test_p46_a_server_that_wants_less_gets_less(
    rule: Any, learnt: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(rule,), extensions=("8BITMIME", "ENHANCEDSTATUSCODES"))
    partner = partner_on(listener)
    partner.queue_mails(make_message(subject=str(number)) for number in range(6))
    deliver()
    queue = queue_of(partner)
    assert states() == {MailState.SENT: 3, MailState.DEFERRED: 1, MailState.QUEUED: 2}
    assert queue.learnt_rate == 1
    assert (queue.failures, queue.retry_at is None) == (1, False)


def test_p46_too_many_sessions_are_not_opened_again(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("AUTH", reply="432 4.3.2 Too many connections"),))
    partner = partner_on(listener)
    partner.queue_mail("Invoice", "text", TO)
    batch = claiming.claim()
    assert batch is not None
    queue = queue_of(partner)
    end = timezone.now() + timedelta(minutes=1)
    queue.slots = queue.slots | {f"other-{number}": end.timestamp() for number in range(2)}
    queue.save()
    sending.send(batch)
    queue = queue_of(partner)
    assert (queue.learnt_sessions, row().state) == (2, MailState.DEFERRED)
    assert set(queue.slots) == {"other-0", "other-1"}


def test_a_message_that_is_too_old_is_given_up(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob@*", reply="450 4.2.0 greylisted"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    QueuedMessage.objects.update(give_up_at=timezone.now())
    deliver()
    message = row()
    assert (message.state, fates(message)) == (MailState.PARTLY, [Fate.ACCEPTED, Fate.REFUSED])
    assert message.reply_to("bob@example.com") == "450 4.2.0 greylisted"


def test_of_a_dead_partner_all_old_messages_are_given_up_at_once(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen(reach="refused"))
    rows = partner.queue_mails(make_message(subject=str(number)) for number in range(9))
    QueuedMessage.objects.exclude(pk=rows[-1].pk).update(give_up_at=timezone.now())
    deliver()
    assert states() == {MailState.FAILED: 8, MailState.QUEUED: 1}


def test_a_stopped_queue_lets_nothing_grow_old(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    partner.queue_mail("Invoice", "text", TO)
    QueuedMessage.objects.update(give_up_at=timezone.now())
    deliver()
    assert states() == {MailState.DEFERRED: 1}


def test_nothing_is_sent_within_a_transaction(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    batch = claiming.claim()
    assert batch is not None
    with pytest.raises(RuntimeError), transaction.atomic():
        sending.send(batch)
    assert smtp.plain.connections == 0


def test_a_forced_stop_amid_a_message_leaves_it_unknown_and_the_rest_waiting(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=str(number)) for number in range(3))
    usual = settling.Ledger.hand_over

    def stop(ledger: settling.Ledger, message: QueuedMessage) -> None:
        usual(ledger, message)
        raise SystemExit

    monkeypatch.setattr(settling.Ledger, "hand_over", stop)
    batch = claiming.claim()
    assert batch is not None
    with pytest.raises(SystemExit):
        sending.send(batch)
    assert states() == {MailState.UNKNOWN: 1, MailState.QUEUED: 2}
    assert queue_of(partner).slots == {}


def test_a_database_that_is_away_when_the_content_would_leave_costs_nothing(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)

    def away(ledger: settling.Ledger, message: QueuedMessage) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(settling.Ledger, "hand_over", away)
        batch = claiming.claim()
        assert batch is not None
        with pytest.raises(OperationalError):
            sending.send(batch)
    assert (states(), smtp.plain.messages) == ({MailState.QUEUED: 1}, ())
    deliver()
    assert states() == {MailState.SENT: 1}


def test_an_outcome_is_stored_though_the_database_was_away_for_a_moment(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner_on(smtp.plain).queue_mail("Invoice", "text", TO)
    failures = iter([OperationalError("away"), OperationalError("away")])

    def away_twice(execute: Any, sql: str, *arguments: Any) -> Any:
        is_the_outcome = sql.startswith("UPDATE") and "outcomes" in sql
        if is_the_outcome and (error := next(failures, None)):
            raise error
        return execute(sql, *arguments)

    batch = claiming.claim()
    assert batch is not None
    monkeypatch.setattr(connection, "close", lambda: None)
    with connection.execute_wrapper(away_twice):
        sending.send(batch)
    assert (states(), len(smtp.plain.messages)) == ({MailState.SENT: 1}, 1)


def test_messages_of_one_partner_share_a_session_and_leave_in_order(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    partner.queue_mails(make_message(subject=f"normal {n}") for n in range(2))
    partner.queue_mail("urgent", "text", TO, priority=5)
    partner.queue_mail("tomorrow", "text", TO, send_at=timezone.now() + timedelta(days=1))
    deliver()
    assert [message.subject for message in smtp.plain.messages] == ["urgent", "normal 0", "normal 1"]
    assert (smtp.plain.connections, len(said(smtp.plain.sessions, "AUTH"))) == (1, 1)
    assert states() == {MailState.SENT: 3, MailState.QUEUED: 1}


def test_the_transport_of_a_sites_own_tests_gets_queued_mail(
    smtp: Served, partner_on: PartnerOn, settings: Settings, mailoutbox: list[Any]
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    partner_on(smtp.plain).queue_mail("Rechnung für März", "text", TO, html_message="<p>text</p>")
    deliver()
    (message,) = mailoutbox
    assert (message.subject, message.from_email, message.to) == ("Rechnung für März", EMAIL, TO)
    assert message.message()["Message-ID"] == row().message_id
    assert (states(), smtp.plain.connections) == ({MailState.SENT: 1}, 0)


def test_the_password_is_in_no_row(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("AUTH", reply="535 5.7.8 correct-horse-bättery-7391 is wrong"),))
    partner_on(listener).queue_mail("Invoice", "text", TO)
    deliver()
    found = repr([*QueuedMessage.objects.values(), *DeliveryAttempt.objects.values()])
    assert "redacted" in found
    assert "correct-horse" not in found
    assert LOGIN


def queue_many(partner: AbstractPartner, count: int) -> None:
    partner.queue_mails(make_message(subject=str(number)) for number in range(count))


def test_a_session_goes_on_while_nobody_else_waits(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    queue_many(partner_on(smtp.plain), 7)
    batch = claiming.claim()
    assert batch is not None
    assert sending.send(batch).total() == 7
    assert (states(), smtp.plain.connections) == ({MailState.SENT: 7}, 1)
    assert [message.subject for message in smtp.plain.messages] == [str(number) for number in range(7)]
    assert (QueuedContent.objects.count(), DeliveryAttempt.objects.count()) == (0, 7)
    assert PartnerQueue.objects.get().slots == {}


def test_a_session_ends_with_its_batch_where_somebody_else_waits(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    first, second = partner_on(smtp.plain), partner_on(smtp.listen())
    queue_many(first, 3)
    queue_many(second, 3)
    batch = claiming.claim()
    assert batch is not None
    assert sending.send(batch).total() == 2
    assert queue_of(first).slots == {}
    other = claiming.claim()
    assert other is not None
    assert other.queue.partner_id == str(second.pk)


def test_a_partner_who_can_be_served_by_nobody_ends_no_session(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 1
    settings.PARTNER_SMTP_QUEUE_SESSIONS = 1
    busy, free = partner_on(smtp.listen()), partner_on(smtp.plain)
    queue_many(busy, 2)
    assert claiming.claim() is not None
    queue_many(free, 2)
    batch = claiming.claim()
    assert batch is not None
    assert sending.send(batch).total() == 2


def test_a_turn_is_over_where_somebody_else_waits_and_else_goes_on(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TURN", 0.0)
    first = partner_on(smtp.plain)
    queue_many(first, 3)
    batch = claiming.claim()
    assert batch is not None
    assert sending.send(batch).total() == 3, "alone"
    queue_many(first, 3)
    batch = claiming.claim()
    assert batch is not None
    queue_many(partner_on(smtp.listen()), 1)
    assert sending.send(batch).total() == 1
    assert states() == {MailState.SENT: 4, MailState.QUEUED: 3}


@pytest.mark.parametrize(
    "change",
    [
        lambda now: {"stopped_at": now},
        lambda now: {"failures": 1},
        lambda now: {"learnt_sessions": 0, "learnt_at": now},
        lambda now: {"slots": {}},
    ],
)
def test_a_session_ends_with_its_batch_where_the_queue_has_trouble(
    change: Callable[[datetime], dict[str, Any]], smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    queue_many(partner_on(smtp.plain), 3)
    batch = claiming.claim()
    assert batch is not None
    PartnerQueue.objects.update(**change(timezone.now()))
    assert sending.send(batch).total() == 2


@pytest.mark.parametrize("change", [{"active": False}, {"smtp_email": "other@example.com"}])
def test_p50_a_session_ends_with_its_batch_once_the_account_is_another(
    change: dict[str, Any],
    smtp: Served,
    partner_on: PartnerOn,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "KNOWN_FOR", 3600.0)
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    partner = partner_on(smtp.plain)
    queue_many(partner, 5)
    batch = claiming.claim()
    assert batch is not None

    def change_after_three() -> bool:
        if len(smtp.plain.messages) == 3:
            Partner.objects.filter(pk=partner.pk).update(**change)
        return False

    assert sending.send(batch, change_after_three).total() == 4
    assert states() == {MailState.SENT: 4, MailState.QUEUED: 1}


def test_a_session_has_a_most_of_messages(
    smtp: Served, partner_on: PartnerOn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARTNER_SMTP_QUEUE_BATCH = 2
    monkeypatch.setattr(sending, "MESSAGES", 3)
    queue_many(partner_on(smtp.plain), 7)
    deliver()
    assert (states(), smtp.plain.connections) == ({MailState.SENT: 7}, 2)


def test_p47_one_of_two_messages_that_is_not_ours_any_more_is_told_from_the_other(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    """The outcome of one and the mark of the next are one statement, which counts both."""
    queue_many(partner_on(smtp.plain), 4)
    batch = claiming.claim()
    assert batch is not None
    first, second, third, fourth = batch.messages

    def lose() -> bool:
        taken = {1: first, 2: third}.get(len(smtp.plain.messages))
        if taken is not None:
            QueuedMessage.objects.filter(pk=taken.pk).update(lease_token=None)
        return False

    sending.send(batch, lose)
    # The first was sent but lost before that was written; the third was lost before it left.
    lost = [record for record in caplog.records if "not in hand any more" in record.getMessage()]
    assert [vars(record)["queued_message"] for record in lost] == [first.pk]
    found = dict(QueuedMessage.objects.values_list("subject", "state"))
    assert found == {"0": "sending", "1": "sent", "2": "sending", "3": "sent"}
    assert [message.subject for message in smtp.plain.messages] == ["0", "1", "3"]
    assert {second.state, fourth.state} == {MailState.SENT}
