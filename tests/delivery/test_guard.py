"""No message of a partner leaves by the site's own mailer."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core import mail
from django.core.mail import EmailMessage, get_connection, send_mail

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, make_message
from wagtail_partner_smtp import checks
from wagtail_partner_smtp.backend import (
    EmailBackend,
    GuardBackend,
    PartnerMissing,
    QueuedEmailBackend,
    WrongMailer,
)
from wagtail_partner_smtp.delivery.partners import THE_SITE
from wagtail_partner_smtp.models import QueuedMessage
from wagtail_partner_smtp.smtp import Code

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

GUARD = "wagtail_partner_smtp.backend.GuardBackend"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
HAS_MAILERS = django.VERSION >= (6, 1)


def repickled(message: EmailMessage) -> EmailMessage:
    stored: EmailMessage = pickle.loads(pickle.dumps(message))  # noqa: S301
    return stored


def guard(**options: Any) -> GuardBackend:
    return GuardBackend(guarded=LOCMEM, **options)


def test_the_site_s_own_mail_leaves_as_before() -> None:
    assert guard().send_messages([make_message(), make_message()]) == 2
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("by_slug", [True, False])
def test_a_partner_s_message_is_refused_before_any_of_them_leaves(
    by_slug: bool, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    theirs = make_message(partner.slug if by_slug else partner)
    with pytest.raises(WrongMailer) as raised:
        guard().send_messages([make_message(), theirs])
    named = partner.slug if by_slug else f"{partner._meta.label_lower}:{partner.pk}"
    assert (raised.value.code, raised.value.facts["partner"]) == (Code.WRONG_MAILER, named)
    assert named in str(raised.value)
    assert mail.outbox == []


def of_the_site() -> EmailMessage:
    message = make_message()
    message.partner = THE_SITE  # type: ignore[attr-defined]
    return message


@pytest.mark.parametrize("as_it_arrives", [lambda message: message, copy.deepcopy, repickled])
def test_what_is_marked_as_the_site_s_leaves(
    as_it_arrives: Callable[[EmailMessage], EmailMessage],
) -> None:
    """A mailer that queues stores a copy."""
    assert guard().send_messages([as_it_arrives(of_the_site()), make_message()]) == 2
    assert len(mail.outbox) == 2


def test_who_names_an_empty_slug_does_not_mean_the_site() -> None:
    with pytest.raises(WrongMailer):
        guard().send_messages([make_message("")])
    assert mail.outbox == []


@pytest.mark.parametrize("backend", [EmailBackend, QueuedEmailBackend])
def test_no_partner_sends_what_is_marked_as_the_site_s(
    backend: type[EmailBackend | QueuedEmailBackend], smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain, slug="")
    for of_one in (None, partner):
        with pytest.raises(PartnerMissing):
            backend(partner=of_one).send_messages([of_the_site()])
    with pytest.raises(PartnerMissing):
        GuardBackend(
            guarded=f"{EmailBackend.__module__}.{EmailBackend.__name__}", partner=partner
        ).send_messages([of_the_site()])
    assert (smtp.plain.connections, QueuedMessage.objects.count()) == (0, 0)


@pytest.mark.filterwarnings("ignore:.*does not support 'fail_silently'")
def test_silently_the_others_are_sent_and_the_log_says_what_was_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "wagtail_partner_smtp"):
        assert guard(fail_silently=True).send_messages([make_message("ac\nme"), make_message()]) == 1
    assert len(mail.outbox) == 1
    (record,) = caplog.records
    assert (record.levelname, record.partner) == ("ERROR", "ac me")  # type: ignore[attr-defined]


def test_it_opens_and_closes_what_it_guards(smtp: Served) -> None:
    # A mailer's backend is told its alias, and has no other settings than its own then.
    of_mailer: dict[str, Any] = {"alias": "default"} if HAS_MAILERS else {}
    backend = GuardBackend(host="localhost", port=smtp.plain.port, **of_mailer)
    with backend:
        assert backend.send_messages([make_message()]) == 1
        assert backend.send_messages([make_message()]) == 1
    assert (smtp.plain.connections, len(smtp.messages)) == (1, 2)


@pytest.mark.skipif(not HAS_MAILERS, reason="MAILERS came with Django 6.1")
def test_it_is_a_mailer_of_django(settings: Settings, smtp: Served) -> None:
    options = {"guarded": SMTP, "host": "localhost", "port": smtp.plain.port}
    settings.MAILERS = {"default": {"BACKEND": GUARD, "OPTIONS": options}}
    assert send_mail("Hello", "Text", "site@site.example", ["ann@customer.example"]) == 1
    with pytest.raises(WrongMailer):
        make_message("acme").send()
    assert len(smtp.messages) == 1


@pytest.mark.skipif(HAS_MAILERS, reason="MAILERS replace EMAIL_BACKEND")
def test_it_is_an_email_backend_of_django(settings: Settings, smtp: Served) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = GUARD, "localhost", smtp.plain.port
    assert send_mail("Hello", "Text", "site@site.example", ["ann@customer.example"]) == 1
    with pytest.raises(WrongMailer):
        make_message("acme", connection=get_connection()).send()
    assert len(smtp.messages) == 1


def use(settings: Settings, path: str) -> None:
    if HAS_MAILERS:
        settings.MAILERS = {"default": {"BACKEND": path}}
    else:
        settings.EMAIL_BACKEND = path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (SMTP, ["wagtail_partner_smtp.W009"]),
        (GUARD, []),
        ("wagtail_partner_smtp.backend.EmailBackend", []),
        ("wagtail_partner_smtp.backend.QueuedEmailBackend", []),
        (LOCMEM, []),
        ("no.such.Backend", []),
    ],
)
def test_a_mailer_that_would_take_it_is_named_when_deploying(
    path: str, expected: list[str], settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = ["x" * 40]
    use(settings, path)
    found = checks.check_deployment()
    assert [message.id for message in found] == expected
    assert all(("default" if HAS_MAILERS else "EMAIL_BACKEND") in message.msg for message in found)
