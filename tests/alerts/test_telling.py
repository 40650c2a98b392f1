"""check_partner_smtp --alert: who is told what, how often, and what becomes of it if that fails."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.dispatch import Signal
from django.utils import timezone
from wagtail.models import ModelLogEntry

from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import url
from tests.support.delivery import EMAIL, LOGIN, PASSWORD, PartnerOn, text_of
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp.alerts import news, telling
from wagtail_partner_smtp.connection_test import rounds
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.signals import partner_certificate_expiring, partner_mail_changed

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ADMIN = "admin@site.example"
BACKEND = "wagtail_partner_smtp.backend.EmailBackend"
LOG = "wagtail_partner_smtp"


@pytest.fixture(autouse=True)
def admins(settings: Settings) -> None:
    settings.ADMINS = [ADMIN] if django.VERSION >= (6, 0) else [("Admin", ADMIN)]


class Heard:
    """What was sent to the receivers of a signal."""

    def __init__(self, signal: Signal) -> None:
        self.calls: list[dict[str, Any]] = []
        self._signal = signal
        signal.connect(self)

    def __call__(self, signal: Signal, **arguments: Any) -> None:
        self.calls.append(arguments)

    def leave(self) -> None:
        self._signal.disconnect(self)


@pytest.fixture
def changes() -> Iterator[Heard]:
    heard = Heard(partner_mail_changed)
    yield heard
    heard.leave()


@pytest.fixture
def ends() -> Iterator[Heard]:
    heard = Heard(partner_certificate_expiring)
    yield heard
    heard.leave()


def run(*arguments: str, alert: bool = True) -> int:
    """The exit code of a round. What it prints holds no secret."""
    out = io.StringIO()
    try:
        call_command("check_partner_smtp", *(["--alert"] if alert else []), *arguments, stdout=out)
    except CommandError as error:
        return error.returncode
    finally:
        assert PASSWORD not in out.getvalue()
    return 0


def use_mailer(settings: Settings, backend: str, **options: Any) -> None:
    """Make it the site's own."""
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND = backend


def rewrite(partner: AbstractPartner, **columns: Any) -> None:
    type(partner)._default_manager.filter(pk=partner.pk).update(**columns)


def state_of(partner: AbstractPartner) -> str:
    return str(type(partner)._default_manager.values_list("smtp_alert_state", flat=True).get(pk=partner.pk))


def subjects() -> list[str]:
    """Of the mails since the last call."""
    found = [str(message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return found


def break_login(smtp: Served) -> None:
    smtp.sandbox.users[LOGIN] = "changed by the provider"


def mend_login(smtp: Served) -> None:
    smtp.sandbox.users[LOGIN] = PASSWORD


BROKEN = "[Django] Partner mail: 1 partner cannot send"
BACK = "[Django] Partner mail: 1 partner can send again"
ENDS = "[Django] Partner mail: 1 certificate expires soon"


def test_each_change_is_told_once(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.starttls)
    assert (run(), subjects(), state_of(partner)) == (0, [], "working")
    break_login(smtp)
    assert (run(), subjects(), state_of(partner)) == (1, [BROKEN], "broken")
    assert (run(), subjects(), state_of(partner)) == (1, [], "broken")
    mend_login(smtp)
    assert (run(), subjects(), state_of(partner)) == (0, [BACK], "working")
    assert (run(), subjects(), state_of(partner)) == (0, [], "working")


def test_without_alert_nobody_is_told_and_nothing_is_taken_for_told(
    smtp: Served, partner_on: PartnerOn, changes: Heard
) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    assert (run(alert=False), subjects(), state_of(partner), changes.calls) == (1, [], "", [])
    assert (run(), subjects(), state_of(partner)) == (1, [BROKEN], "broken")


def test_a_busy_server_is_told_when_it_is_still_busy(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen("banner-421"))
    assert (run(), subjects(), state_of(partner)) == (1, [], "")
    assert (run(), subjects(), state_of(partner)) == (1, [BROKEN], "broken")


def test_a_server_that_is_away_for_a_moment_is_not_told(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen()
    partner = partner_on(listener, smtp_login="", smtp_relay_proven_at=timezone.now())
    away = smtp.listen("refuse").port
    settings.PARTNER_SMTP_ALLOWED_NETWORKS += [f"127.0.0.1:{away}"]
    assert run() == 0
    for _ in range(2):
        rewrite(partner, smtp_port=away)
        assert (run(), subjects()) == (1, [])
        rewrite(partner, smtp_port=listener.port)
        assert (run(), subjects(), state_of(partner)) == (0, [], "working")
    rewrite(partner, smtp_port=away)
    assert (run(), run(), subjects()) == (1, 1, [BROKEN])


def test_greylisting_is_no_alert(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen("mail-451"))
    assert (run(), run(), subjects(), state_of(partner)) == (0, 0, [], "working")


def test_an_untrusted_certificate_is_broken_mail(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.listen(mode="ssl", certificate="self-signed"))
    assert run() == 1
    (message,) = mail.outbox
    assert message.subject == BROKEN
    assert "The certificate is not trusted, and mail will not be sent" in message.body


def test_partners_that_are_inactive_or_unfinished_alert_nobody(smtp: Served, partner_on: PartnerOn) -> None:
    inactive = partner_on(smtp.plain, password="wrong", active=False)
    unfinished = partner_on(smtp.plain, smtp_host="", smtp_login="")
    assert (run(inactive.slug, unfinished.slug), subjects()) == (1, [])
    assert (state_of(inactive), state_of(unfinished)) == ("", "")


def test_an_unreadable_password_is_told(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    partner = partner_on(smtp.plain)
    assert (run(), state_of(partner)) == (0, "working")
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    assert run() == 1
    (message,) = mail.outbox
    assert "The saved password can no longer be read on this site." in message.body
    assert "Since" in message.body


def test_a_certificate_is_told_once_before_it_ends(smtp: Served, partner_on: PartnerOn, ends: Heard) -> None:
    listener = smtp.listen(mode="ssl", certificate="expires-soon")
    partner = partner_on(listener)
    assert (run(), run(), subjects(), state_of(partner)) == (0, 0, [ENDS], "working")
    partner.refresh_from_db()
    (call,) = ends.calls
    assert (call["sender"], call["partner"], call["days_left"]) == (type(partner), partner, 2)
    assert call["until"] == partner.smtp_alerted_until == partner.smtp_certificate_until
    listener.use_certificate("good")
    assert (run(), subjects()) == (0, [])


# The mail


def test_one_mail_tells_everything_in_an_editor_s_words(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.SERVER_EMAIL = "site@site.example"
    settings.EMAIL_SUBJECT_PREFIX = "[Shop] "
    settings.WAGTAILADMIN_BASE_URL = "https://admin.site.example/"
    settings.TIME_ZONE = "Europe/Berlin"
    wrong = partner_on(smtp.ssl, password="wrong", name="Acme & Sons <GmbH>", slug="acme-sons")
    closed = partner_on(smtp.listen("banner-554"), name="Closed", slug="closed")
    back = partner_on(smtp.plain, name="Back")
    ending = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"), name="Ending")
    rewrite(back, smtp_alert_state="broken")
    assert run() == 1
    (message,) = mail.outbox
    assert (message.from_email, message.to) == ("site@site.example", [ADMIN])
    assert message.subject == (
        "[Shop] Partner mail: 2 partners cannot send, 1 partner can send again, 1 certificate expires soon"
    )
    assert message.message()["Auto-Submitted"] == "auto-generated"
    lines = message.body.splitlines()
    told = [line for line in lines if line and not line.startswith(" ")]
    assert told == [
        "Mail of these partners cannot be sent:",
        "Acme & Sons <GmbH>",
        closed.name,
        "Mail of these partners can be sent again:",
        back.name,
        "The certificates of these partners' mail servers expire soon:",
        ending.name,
    ]
    at = lines.index("Acme & Sons <GmbH>")
    since, cause, hint, link, gap = lines[at + 1 : at + 6]
    assert since.startswith("    Since ")
    assert since.endswith((" CET.", " CEST."))
    assert cause == "    The server does not accept login and password."
    assert hint.startswith("    Type both again.")
    assert link == f"    https://admin.site.example{url('edit', wrong)}"
    assert gap == ""
    assert lines[lines.index(back.name) + 1] == f"    https://admin.site.example{url('edit', back)}"
    assert lines[lines.index(ending.name) + 1].startswith("    It expires on ")
    for secret in (PASSWORD, LOGIN, EMAIL):
        assert secret not in message.body
    # Links have the partners' keys, which may be any number.
    said = "\n".join(line for line in lines if "://" not in line)
    assert "535" not in said
    assert "5.7.8" not in said


def test_a_name_can_neither_add_a_header_nor_a_line(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    rewrite(partner, name="Acme\r\nBcc: eve@evil.example\n\nHello\u2028you\x1b[31m\u202e")
    assert run() == 1
    (message,) = mail.outbox
    assert message.recipients() == [ADMIN]
    assert "Bcc" not in message.message()
    assert "Acme Bcc: eve@evil.example Hello you[31m" in message.body.splitlines()


@pytest.mark.parametrize("admin", [ADMIN, ("Admin", ADMIN)], ids=["address", "pair"])
def test_admins_are_understood_as_every_django_has_them(
    admin: Any, smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.ADMINS = [admin]
    partner_on(smtp.plain, password="wrong")
    assert run() == 1
    assert [message.to for message in mail.outbox] == [[ADMIN]]


def test_recipients_of_its_own_come_in_place_of_the_admins(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_ALERT_RECIPIENTS = ["ops@site.example", "Desk <desk@site.example>"]
    partner_on(smtp.plain, password="wrong")
    assert run() == 1
    assert [message.to for message in mail.outbox] == [["ops@site.example", "Desk <desk@site.example>"]]


def test_where_nobody_gets_mail_log_and_signals_still_tell_it_once(
    smtp: Served, partner_on: PartnerOn, settings: Settings, changes: Heard
) -> None:
    settings.ADMINS = []
    partner = partner_on(smtp.plain, password="wrong")
    assert (run(), run(), subjects(), state_of(partner)) == (2, 2, [], "broken")
    assert len(changes.calls) == 1


def test_what_nobody_could_be_told_is_told_once_somebody_can(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    admins, settings.ADMINS = settings.ADMINS, []
    broken = partner_on(smtp.plain, password="wrong")
    ending = partner_on(smtp.listen("cert-expires-soon"))
    assert (run(), run(), subjects(), state_of(broken)) == (2, 2, [], "")
    ending.refresh_from_db()
    assert ending.smtp_alerted_until is None
    settings.ADMINS = admins
    assert (run(), subjects()) == (
        1,
        ["[Django] Partner mail: 1 partner cannot send, 1 certificate expires soon"],
    )
    assert (run(), subjects()) == (1, [])


def test_a_round_that_could_alert_nobody_says_so_even_without_news(settings: Settings) -> None:
    settings.ADMINS = []
    with pytest.raises(CommandError, match="ADMINS") as raised:
        call_command("check_partner_smtp", "--alert", stdout=io.StringIO())
    assert raised.value.returncode == 2
    call_command("check_partner_smtp", stdout=io.StringIO())


def test_without_an_address_of_the_admin_there_is_no_link(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.WAGTAILADMIN_BASE_URL = None
    partner_on(smtp.plain, password="wrong")
    run()
    assert "/edit/" not in mail.outbox[0].body
    settings.WAGTAILADMIN_BASE_URL = "https://site.example"
    settings.ROOT_URLCONF = "tests.alerts.test_telling"
    partner_on(smtp.plain, password="wrong")
    run()
    assert "https://" not in mail.outbox[1].body


urlpatterns: list[Any] = []


# When telling fails


class FailingMailer(BaseEmailBackend):
    """The site's mail server is down."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


def test_what_could_not_be_mailed_is_told_by_the_next_round(
    smtp: Served, partner_on: PartnerOn, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_on(smtp.plain)
    ending = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"))
    assert (run(partner.slug), state_of(partner)) == (0, "working")
    use_mailer(settings, f"{__name__}.FailingMailer")
    assert (run(ending.slug), state_of(ending)) == (2, "working")
    break_login(smtp)
    assert (run(), state_of(partner)) == (2, "working")
    ending.refresh_from_db()
    assert ending.smtp_alerted_until is None
    (failed,) = {record.getMessage() for record in caplog.records if "could not be sent" in record.msg}
    assert "ConnectionRefusedError" in failed
    assert not history()
    use_mailer(settings, "django.core.mail.backends.locmem.EmailBackend")
    assert run() == 1
    assert subjects() == ["[Django] Partner mail: 2 partners cannot send"]
    assert [message for message, *_ in history()] == ["Mail status changed"] * 2
    mend_login(smtp)
    assert run() == 0
    assert subjects() == ["[Django] Partner mail: 2 partners can send again, 1 certificate expires soon"]


def test_a_site_whose_mailer_is_ours_does_not_mail_through_a_partner(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen()
    good, bad = partner_on(listener), partner_on(smtp.plain, password="wrong")
    use_mailer(settings, BACKEND, **({"partner": good.slug} if django.VERSION >= (6, 1) else {}))
    assert run(bad.slug) == 2
    assert (listener.connections, state_of(bad)) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_several_processes_that_find_the_same_send_one_mail(
    smtp: Served, partner_on: PartnerOn, changes: Heard
) -> None:
    with usual_transactions():
        partner = partner_on(smtp.plain, password="wrong")
        found = list(news.of(partner, rounds.check(partner)))
        assert at_once(telling.tell, [found] * 6) == [True] * 6
    assert subjects() == [BROKEN]
    assert len(changes.calls) == 1


# Signals, log, history


def test_receivers_get_the_partner_the_report_and_what_was_known(
    smtp: Served, partner_on: PartnerOn, changes: Heard
) -> None:
    partner = partner_on(smtp.plain)
    run()
    break_login(smtp)
    run()
    mend_login(smtp)
    run()
    assert [(call["previous"], call["working"]) for call in changes.calls] == [
        ("working", False),
        ("broken", True),
    ]
    assert [call["partner"].smtp_alert_state for call in changes.calls] == ["broken", "working"]
    assert [call["report"].status for call in changes.calls] == ["failed", "ok"]
    assert {(call["sender"], call["partner"]) for call in changes.calls} == {(type(partner), partner)}


def test_a_receiver_that_fails_stops_neither_the_others_nor_the_mail(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(**arguments: Any) -> None:
        raise ZeroDivisionError

    partner = partner_on(smtp.plain, password="wrong")
    partner_mail_changed.connect(fails)
    heard = Heard(partner_mail_changed)
    try:
        assert (run(), state_of(partner)) == (1, "broken")
    finally:
        partner_mail_changed.disconnect(fails)
        heard.leave()
    assert len(heard.calls) == 1
    assert BROKEN in subjects()  # beside what Django mails about its own log
    (logged,) = (record for record in caplog.records if record.name == "django.dispatch")
    assert logged.levelno == logging.ERROR
    assert PASSWORD not in text_of(caplog.records)


def test_the_log_has_a_record_of_each_change(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_on(smtp.listen(mode="ssl", certificate="expires-soon"))
    with caplog.at_level(logging.INFO, LOG):
        run()
        break_login(smtp)
        run()
        mend_login(smtp)
        run()
    records = [record for record in caplog.records if record.name == LOG and hasattr(record, "partner")]
    name = f"{partner._meta.label_lower}:{partner.pk}"
    assert [(record.levelname, record.getMessage()) for record in records] == [
        ("WARNING", f"The certificate of the mail server of {name} expires in 2 days"),
        ("ERROR", f"Mail of {name} stopped working: auth_failed"),
        ("INFO", f"Mail of {name} works again"),
    ]
    broken = vars(records[1])
    assert {key: broken[key] for key in ("partner", "host", "port", "previous", "code", "stage")} == {
        "partner": name,
        "host": "localhost",
        "port": partner.smtp_port,
        "previous": "working",
        "code": "auth_failed",
        "stage": "auth",
    }
    assert (vars(records[0])["days_left"], vars(records[2])["previous"]) == (2, "broken")
    assert PASSWORD not in text_of(caplog.records)


def history() -> list[tuple[str, Any, dict[str, Any]]]:
    entries = ModelLogEntry.objects.order_by("timestamp")
    return [(entry.message, entry.user, json.loads(json.dumps(entry.data))) for entry in entries]


def test_the_history_of_the_partner_says_it_without_a_user(smtp: Served, partner_on: PartnerOn) -> None:
    partner_on(smtp.plain)
    run()
    break_login(smtp)
    run()
    run()
    mend_login(smtp)
    run()
    assert history() == [("Mail status changed", None, {"working": each}) for each in (False, True)]


def test_json_stays_one_array(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_partner_smtp", "--alert", "--json", stdout=out)
    (entry,) = json.loads(out.getvalue())
    assert set(entry) == {"partner", "active", "mail", "report"}
    assert entry["partner"] == partner.slug
    assert subjects() == [BROKEN]
