"""What real mail has shown reaches those who are alerted: once, and without any mail waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.alerts.test_telling import (
    ADMIN,
    BACK,
    BROKEN,
    LOG,
    FailingMailer,
    Heard,
    break_login,
    mend_login,
    rewrite,
    run,
    state_of,
    subjects,
    use_mailer,
)
from tests.delivery.test_evidence import known
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver, in_thread
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.alerts import telling
from wagtail_partner_smtp.delivery import evidence
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.outbox import announcing, operations, stopping, tasks, waking, worker
from wagtail_partner_smtp.outbox.worker import Worker
from wagtail_partner_smtp.signals import partner_mail_changed
from wagtail_partner_smtp.smtp.errors import Code, SMTPError, TokenError
from wagtail_partner_smtp.smtp.stages import Stage

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)

TO = ["ann@customer.example"]
STOPPED = "[Django] Partner mail: queued mail of 1 partner is stopped"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def alerted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ADMINS = [ADMIN] if django.VERSION >= (6, 0) else [("Admin", ADMIN)]
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: None)


@pytest.fixture
def changes() -> Iterator[Heard]:
    heard = Heard(partner_mail_changed)
    yield heard
    heard.leave()


def send(partner: AbstractPartner, times: int = 1) -> None:
    """Mail that may fail, by the partner as it is stored now."""
    for _ in range(times):
        try:
            type(partner)._default_manager.get(pk=partner.pk).send_mail("Invoice", "Text", TO)
        except SMTPError:
            continue


def look() -> list[str]:
    """The subjects of what is told once a worker has done its work."""
    assert announcing.work_done.receivers
    assert [answer for _, answer in announcing.work_done.send_robust(None) if answer is not None] == []
    return subjects()


def age(partner: AbstractPartner, minutes: int) -> None:
    rewrite(partner, smtp_status_since=timezone.now() - timedelta(minutes=minutes))


def test_mail_that_fails_and_mail_that_is_taken_again_are_told_once(
    smtp: Served, partner_on: PartnerOn, changes: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_on(smtp.starttls)
    send(partner)
    assert (look(), state_of(partner)) == ([], "")
    break_login(smtp)
    send(partner, times=3)
    # No delivery waits for an alert.
    assert (mail.outbox, known(partner)) == ([], ("failed", "auth_failed", 3))
    announcing.work_done.send_robust(None)
    (message,) = mail.outbox
    assert (message.subject, message.to, state_of(partner)) == (BROKEN, [ADMIN], "broken")
    for words in ("The server does not accept login and password.", "Since ", "/edit/"):
        assert words in message.body
    for secret in (partner.smtp_login, partner.smtp_email, "535", "…"):
        assert secret not in message.body.replace("/edit/", "")
    mail.outbox.clear()
    send(partner, times=2)
    assert (look(), look(), run(), subjects()) == ([], [], 1, [])
    mend_login(smtp)
    send(partner, times=2)
    assert (look(), look(), state_of(partner)) == ([BACK], [], "working")
    assert (run(), subjects()) == (0, [])
    assert [(call["working"], call["previous"]) for call in changes.calls] == [(False, ""), (True, "broken")]
    assert changes.calls[0]["report"].cause.code == "auth_failed"
    told = [record.getMessage() for record in caplog.records if record.name == LOG]
    assert [each.endswith("stopped working: auth_failed") for each in told].count(True) == 1


@pytest.mark.parametrize("look_again", ["command", "alert"])
def test_a_queue_that_stops_within_a_request_is_told_later_and_once(
    smtp: Served, partner_on: PartnerOn, changes: Heard, look_again: str
) -> None:
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    partner.queue_mail("Invoice", "Text", TO)
    tasks.deliver_queue.call(None)
    assert (subjects(), state_of(partner), changes.calls) == ([], "", [])
    for _ in range(2):
        deliver() if look_again == "command" else run()
    assert (subjects(), state_of(partner), len(changes.calls)) == ([STOPPED], "broken", 1)


@pytest.mark.parametrize("look_again", ["command", "alert"])
def test_the_queue_of_a_partner_that_is_known_to_be_broken_stops_within_a_request(
    smtp: Served, partner_on: PartnerOn, look_again: str
) -> None:
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    assert (run(), subjects()) == (1, [BROKEN])
    partner.queue_mail("Invoice", "Text", TO)
    tasks.deliver_queue.call(None)
    for _ in range(2):
        deliver() if look_again == "command" else run()
    assert subjects() == [STOPPED]


@pytest.mark.parametrize("within_request", [True, False])
def test_a_queue_that_stops_before_anything_is_sent_is_told_whatever_the_transport(
    smtp: Served, partner_on: PartnerOn, settings: Settings, within_request: bool
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = LOCMEM
    partner = partner_on(smtp.starttls)
    rewrite(partner, smtp_password_encrypted=partner.smtp_password_encrypted[:-8] + "AAAAAAA=")
    partner.queue_mail("Invoice", "Text", TO)
    if within_request:
        tasks.deliver_queue.call(None)
        assert subjects() == []
    deliver()
    assert (subjects(), look()) == ([STOPPED], [])


def test_each_stop_is_told_once(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    partner.queue_mail("Invoice", "Text", TO)
    deliver()
    assert (subjects(), look()) == ([STOPPED], [])
    assert operations.resume(partner)
    deliver()
    assert (subjects(), look()) == ([STOPPED], [])


def test_a_stop_is_told_once_there_is_somebody_to_tell(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    admins, settings.ADMINS = settings.ADMINS, []
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    partner.queue_mail("Invoice", "Text", TO)
    deliver()
    assert (subjects(), state_of(partner)) == ([], "")
    settings.ADMINS = admins
    telling._pause.until = 0.0
    assert (look(), look(), state_of(partner)) == ([STOPPED], [], "broken")


def test_a_queue_that_goes_on_meanwhile_is_not_told(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    partner.queue_mail("Invoice", "Text", TO)
    tasks.deliver_queue.call(None)
    (queue,) = stopping.untold()
    assert operations.resume(partner)
    assert not stopping.claim_telling(queue)
    assert stopping.untold() == []


def test_a_stopped_queue_and_its_failed_mail_are_one_alert(
    smtp: Served, partner_on: PartnerOn, changes: Heard
) -> None:
    partner = partner_on(smtp.starttls)
    break_login(smtp)
    partner.queue_mail("Invoice", "Text", TO)
    deliver()
    assert (subjects(), state_of(partner), len(changes.calls)) == ([STOPPED], "broken", 1)
    assert (look(), run(), subjects()) == ([], 1, [])


def test_a_worker_tells_of_mail_that_was_sent_without_the_queue(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.starttls, password="wrong")
    send(partner)
    deliver()
    assert subjects() == [BROKEN]
    deliver()
    assert subjects() == []


def test_a_worker_that_waits_for_mail_gives_time_on_a_thread_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "PAUSE_FOR_OTHERS", 0.01)
    threads: list[str] = []
    was_called = threading.Event()

    def receive(**arguments: Any) -> None:
        threads.append(threading.current_thread().name)
        was_called.set()

    announcing.work_done.connect(receive)
    waiting = Worker(threads=1)
    running = in_thread(waiting.run)
    running.start()
    try:
        assert was_called.wait(PATIENCE)
    finally:
        waiting.stop()
        running.join(PATIENCE)
        announcing.work_done.disconnect(receive)
    assert not running.is_alive()
    assert set(threads) == {"outbox-beside"}


def test_what_may_be_over_in_a_moment_is_told_when_it_lasts(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen("refuse"))
    send(partner)
    age(partner, 11)
    assert (look(), state_of(partner)) == ([], "")
    rewrite(partner, smtp_status_since=timezone.now())
    send(partner)
    assert (known(partner), look()) == (("failed", "connection_refused", 2), [])
    age(partner, 11)
    assert (look(), look()) == ([BROKEN], [])


@pytest.mark.parametrize(
    "code",
    [
        Code.OAUTH_PROVIDER_BUSY,
        Code.OAUTH_ENDPOINT_SLOW,
        Code.OAUTH_ENDPOINT_UNREACHABLE,
        Code.OAUTH_SOURCE_FAILED,
    ],
)
def test_a_hiccup_of_whoever_makes_the_tokens_is_told_when_it_lasts(
    code: Code, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    send(partner)
    rewrite(partner, smtp_alert_state="working")
    for failures in (1, 2):
        partner.refresh_from_db()
        evidence.note(partner, evidence.of_error(TokenError(code, stage=Stage.TOKEN)))
        assert (known(partner), look()) == (("failed", code, failures), [])
    age(partner, 11)
    assert (look(), look()) == ([BROKEN], [])


def test_a_mailer_that_is_down_is_left_alone_and_the_news_is_told_later(
    smtp: Served, partner_on: PartnerOn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = partner_on(smtp.starttls, password="wrong")
    send(partner)
    tried: list[Any] = []

    def refuse(mailer: FailingMailer, messages: Any) -> int:
        tried.append(messages)
        raise ConnectionRefusedError

    monkeypatch.setattr(FailingMailer, "send_messages", refuse)
    use_mailer(settings, f"{FailingMailer.__module__}.FailingMailer")
    send(partner)
    assert (look(), look(), len(tried), state_of(partner)) == ([], [], 1, "")
    use_mailer(settings, LOCMEM)
    telling._pause.until = 0.0
    assert (look(), look()) == ([BROKEN], [])


def test_mail_about_a_stopped_queue_that_cannot_be_sent_is_made_up_for(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    partner = partner_on(smtp.starttls, password="wrong")
    partner.queue_mail("Invoice", "Text", TO)
    use_mailer(settings, f"{FailingMailer.__module__}.FailingMailer")
    deliver()
    assert state_of(partner) == ""
    use_mailer(settings, LOCMEM)
    telling._pause.until = 0.0
    assert (look(), look()) == ([STOPPED], [])


def test_nothing_is_told_of_who_sends_nothing_and_of_one_mails_own_fault(
    smtp: Served, partner_on: PartnerOn
) -> None:
    inactive = partner_on(smtp.starttls, password="wrong")
    send(inactive)
    rewrite(inactive, active=False)
    send(partner_on(smtp.listen("rcpt-550")), times=3)
    assert look() == []


@pytest.mark.parametrize("is_key_lost", [True, False])
def test_account_that_cannot_be_used_is_not_working_again(
    smtp: Served, partner_on: PartnerOn, settings: Settings, is_key_lost: bool
) -> None:
    partner = partner_on(smtp.starttls)
    assert run() == 0
    if is_key_lost:
        settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    else:
        rewrite(partner, smtp_password_encrypted=partner.smtp_password_encrypted[:-8] + "AAAAAAA=")
    assert (run(), subjects(), known(partner)[0]) == (1, [BROKEN], "failed")
    assert (look(), state_of(partner)) == ([], "broken")


def test_mail_that_proves_nothing_ends_the_trouble_without_a_word(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listen(rules=(on("MAIL", times=1, reply="530 5.7.0 Log in"),)), smtp_login="")
    send(partner)
    assert (look(), state_of(partner)) == ([BROKEN], "broken")
    partner.refresh_from_db()
    partner.send_mail("Invoice", "Text", [partner.smtp_email])
    assert (known(partner)[0], look(), state_of(partner)) == ("unproven", [], "")


def test_looking_costs_one_query_a_model(smtp: Served, partner_on: PartnerOn) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            look()
        return len(captured)

    number = queries()
    for _ in range(3):
        send(partner_on(smtp.starttls, password="wrong"))
    assert look() == ["[Django] Partner mail: 3 partners cannot send"]
    assert queries() == number
