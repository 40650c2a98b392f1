"""Queued mail of accounts with OAuth: one token for all of it, and one alert when it cannot go on."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.core import mail as site_mail
from django.core.management import call_command
from django.utils import timezone

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import NEW_KEY, OLD_KEY, set_columns
from tests.support.delivery import make_message
from tests.support.outbox import deliver, queue_of, states, wait_no_longer
from wagtail_partner_smtp import conf
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.models import MailState, Partner, PartnerQueue
from wagtail_partner_smtp.outbox import stopping, waking
from wagtail_partner_smtp.signals import partner_queue_stopped

from .accounts import MAILBOX, again, connect, make_partner_on, site_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: None)


@pytest.fixture
def admins(site: Any) -> None:
    site.ADMINS = ["admin@site.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@site.example")]


def queue(partner: Partner, count: int) -> None:
    again(partner).queue_mails(make_message(subject=str(number)) for number in range(count))


def test_a_thousand_queued_messages_take_one_request(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    queue(partner, 1000)
    deliver()
    assert states() == {MailState.SENT: 1000}
    assert len(smtp_oauth.token_requests()) == 1


@pytest.mark.usefixtures("admins")
def test_a_consent_that_has_ended_stops_the_queue_with_one_alert_until_somebody_connects(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    told: list[str] = []

    def receive(code: str, **arguments: Any) -> None:
        told.append(code)

    smtp_oauth.withdraw(MAILBOX)
    queue(partner, 5)
    partner_queue_stopped.connect(receive)
    try:
        for _ in range(3):
            deliver()
    finally:
        partner_queue_stopped.disconnect(receive)

    assert states() == {MailState.DEFERRED: 1, MailState.QUEUED: 4}
    assert told == ["oauth_consent_refused"]
    assert (len(site_mail.outbox), len(smtp_oauth.token_requests()), mail.connections) == (1, 1, 0)
    assert "connected again" in site_mail.outbox[0].body
    stopped = queue_of(partner)
    assert (stopped.trouble_code, stopped.trouble_stage) == ("oauth_consent_refused", "token")

    connect(again(partner), smtp_oauth)
    set_columns(partner, smtp_oauth_needs_consent="", smtp_oauth_connected_at=timezone.now())
    deliver()

    assert states() == {MailState.SENT: 5}
    assert [message.subject for message in site_mail.outbox[1:]] == [
        "[Django] Partner mail: 1 partner can send again"
    ]


def test_a_provider_that_is_out_of_order_is_waited_for(partner: Partner, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.registry.rotation = "keep"
    smtp_oauth.fail("oauth:503", times=1)
    queue(partner, 3)
    deliver()
    assert states() == {MailState.DEFERRED: 1, MailState.QUEUED: 2}
    assert queue_of(partner).stopped_at is None
    wait_no_longer()
    deliver()
    assert states() == {MailState.SENT: 3}


def test_the_providers_words_are_kept_with_the_message(partner: Partner, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("oauth:AADSTS7000222")
    queue(partner, 1)
    deliver()
    assert queue_of(partner).trouble_reply.startswith("AADSTS7000222: The provided client secret")


def test_a_new_secret_in_the_settings_mends_all_accounts_that_use_it(
    site: Any, mail: Listener, smtp_oauth: OAuthServer, db: None
) -> None:
    smtp_oauth.client.client_secret = "the-new-one"
    partners = [connect(make_partner_on(mail), smtp_oauth) for _ in range(2)]
    for partner in partners:
        queue(partner, 1)
    deliver()
    assert [queue_of(partner).trouble_code for partner in partners] == ["oauth_client_refused"] * 2
    deliver()
    assert len(smtp_oauth.token_requests()) == 2

    site.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth, acme={"client_secret": "the-new-one"})
    deliver()

    assert states() == {MailState.SENT: 2}


def test_another_key_starts_no_stopped_queue_and_a_new_secret_in_the_settings_does(
    partner: Partner, site: Any, smtp_oauth: OAuthServer
) -> None:
    smtp_oauth.client.client_secret = "the-new-one"
    queue(partner, 1)
    deliver()
    used = conf.sealing_keys() or (site.SECRET_KEY,)
    # While both versions of the settings are in use, whose workers look at the same queues, and afterwards.
    for keys in ([NEW_KEY, *used], used, [NEW_KEY, *used]):
        site.PARTNER_SMTP_KEYS = list(keys)
        deliver()
    call_command("rotate_partner_smtp_keys", verbosity=0)
    site.PARTNER_SMTP_KEYS = [NEW_KEY]
    deliver()
    assert queue_of(partner).trouble_code == "oauth_client_refused"
    assert len(smtp_oauth.token_requests()) == 1

    site.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth, acme={"client_secret": "the-new-one"})
    deliver()

    assert states() == {MailState.SENT: 1}


def test_whoever_does_not_know_the_key_of_a_stop_leaves_it(partner: Partner, site: Any) -> None:
    site.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    made = stopping.fingerprint(again(partner))
    stopped = PartnerQueue(stopped_at=timezone.now(), stopped_account=made)
    site.PARTNER_SMTP_KEYS = [OLD_KEY]
    assert stopping.fingerprint(again(partner)) != made
    assert not stopping.is_corrected(stopped, again(partner))
    set_columns(partner, smtp_host="other.example.com")
    assert stopping.is_corrected(stopped, again(partner))


def test_settings_that_cannot_be_read_any_more_are_others(partner: Partner, site: Any) -> None:
    stopped = PartnerQueue(stopped_at=timezone.now(), stopped_account=stopping.fingerprint(again(partner)))
    assert not stopping.is_corrected(stopped, again(partner))
    site.PARTNER_SMTP_OAUTH = "nonsense"
    assert stopping.is_corrected(stopped, again(partner))


def test_a_fingerprint_of_the_settings_shows_nothing_of_them(partner: Partner, site: Any) -> None:
    before = stopping.fingerprint(again(partner))
    assert stopping.fingerprint(again(partner)) == before
    site.PARTNER_SMTP_OAUTH["acme"]["client_secret"] = "another"
    assert stopping.fingerprint(again(partner)) != before
    site.PARTNER_SMTP_OAUTH = "nonsense"
    assert stopping.fingerprint(again(partner)) != before


def test_a_renewal_does_not_mend_a_stopped_queue(partner: Partner, smtp_oauth: OAuthServer) -> None:
    before = stopping.fingerprint(again(partner))
    sealed = again(partner).sealed_smtp_oauth_token(Kind.ACCESS_TOKEN, "another")
    set_columns(partner, **{saving.SEALED[Kind.ACCESS_TOKEN]: sealed})
    assert stopping.fingerprint(again(partner)) == before
