"""Coming back from the provider: what is stored, and everything that somebody could try instead."""

from __future__ import annotations

import html
import logging
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter
from wagtail.models import ModelLogEntry

from smtp_sandbox.oauth.faults import Fault
from tests.support.admin import client_of, read_again, url
from tests.support.consent import (
    MAILBOX,
    callback,
    id_token,
    make_partner_at,
    make_vendor_partner,
    provider_address,
    query_of,
    said,
    sign_in,
)
from tests.support.locks import lock_partners
from tests.support.oauth_accounts import provider_settings
from wagtail_partner_smtp import audit
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.admin.oauth import pending
from wagtail_partner_smtp.admin.oauth.callback import PANEL_ID, URL_NAME
from wagtail_partner_smtp.models import AbstractPartner, PartnerQueue, get_partner_model
from wagtail_partner_smtp.oauth import grants
from wagtail_partner_smtp.oauth.client import Answer
from wagtail_partner_smtp.outbox import queues, stopping

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer

pytestmark = pytest.mark.django_db

NOT_EXPECTED = "This sign-in was not expected"


def is_connected(partner: AbstractPartner) -> bool:
    return read_again(partner).is_smtp_connected


def assert_nothing_happened(oauth: OAuthServer, response: Any, *partners: AbstractPartner) -> None:
    """Nobody was asked, nothing was stored, and the browser is on the first page."""
    assert (response.status_code, response.headers["Location"]) == (302, reverse("wagtailadmin_home"))
    assert oauth.token_requests() == ()
    assert not any(is_connected(partner) for partner in partners)
    assert not ModelLogEntry.objects.filter(action=audit.CONNECT).exists()


# As it should be


def test_it_connects_the_partner(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    response = sign_in(client, oauth, partner)
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{url('edit', partner)}#{PANEL_ID}",
    )
    assert "Connected as user@example.com. Now test the connection." in said(response)
    stored = read_again(partner)
    assert (stored.smtp_oauth_connected_as, stored.smtp_oauth_needs_consent) == (MAILBOX, "")
    assert stored.smtp_oauth_connected_at is not None
    (grant,) = oauth.registry.grants
    assert stored.smtp_oauth_token(Kind.REFRESH_TOKEN) == grant.refresh_token
    assert stored.smtp_oauth_token(Kind.ACCESS_TOKEN) == grant.access_token
    (asked,) = oauth.token_requests()
    assert asked.grant_type == "authorization_code"


def test_no_token_is_in_the_row_as_it_came(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    sign_in(client, oauth, partner)
    (grant,) = oauth.registry.grants
    row = str(get_partner_model()._default_manager.filter(pk=partner.pk).values().get())
    for token in (grant.refresh_token, grant.access_token):
        assert token not in row


def test_the_history_says_so_without_a_value(
    client: Client, manager: User, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    sign_in(client, oauth, partner)
    sign_in(client, oauth, partner, "somebody.else@example.com")
    own, other = ModelLogEntry.objects.filter(action=audit.CONNECT).order_by("timestamp")
    assert (own.message, own.user, own.object_id) == (
        "Connected the mailbox to its provider",
        manager,
        str(partner.pk),
    )
    assert other.message == "Connected another mailbox than that of the SMTP Login to its provider"
    assert "@" not in f"{own.data} {other.data}"


@pytest.mark.parametrize(
    ("before", "after"), [("ok", "changed"), ("failed", "changed"), ("untested", "untested")]
)
def test_what_the_last_test_found_was_without_it(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, before: str, after: str
) -> None:
    type(partner)._default_manager.filter(pk=partner.pk).update(smtp_status=before)
    sign_in(client, oauth, partner)
    assert read_again(partner).smtp_status == after


def test_another_mailbox_is_stored_and_said(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    response = sign_in(client, oauth, partner, "shared@example.com")
    assert "Connected as shared@example.com." in said(response)
    page = html.unescape(client.get(url("edit", partner)).content.decode())
    assert "shared@example.com has signed in, but the SMTP Login is user@example.com." in page


def test_without_an_id_token_it_is_connected_all_the_same(client: Client, oauth: OAuthServer) -> None:
    partner = make_partner_at(oauth, smtp_oauth_scopes="smtp")
    assert "Connected. Now test the connection." in said(sign_in(client, oauth, partner))
    assert (is_connected(partner), read_again(partner).smtp_oauth_connected_as) == (True, "")


def test_login_and_mailbox_are_compared_as_people_write_them(client: Client, oauth: OAuthServer) -> None:
    partner = make_partner_at(oauth, smtp_login="User@Example.com")
    sign_in(client, oauth, partner)
    assert "has signed in, but" not in client.get(url("edit", partner)).content.decode()


def test_a_stopped_queue_goes_on(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    queue = queues.find_or_make(partner)
    PartnerQueue.objects.filter(pk=queue.pk).update(
        stopped_at="2026-01-01T00:00Z", stopped_account=stopping.fingerprint(partner)
    )
    sign_in(client, oauth, partner)
    assert PartnerQueue.objects.get(pk=queue.pk).stopped_at is None


def test_connecting_again_mends_what_the_provider_took_back(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    sign_in(client, oauth, partner)
    type(partner)._default_manager.update(smtp_oauth_needs_consent="oauth_consent_expired")
    assert not is_connected(partner)
    sign_in(client, oauth, partner)
    assert is_connected(partner)


def test_two_tabs_do_not_disturb_each_other(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    other = make_partner_at(oauth, slug="beta", smtp_login="beta@example.com")
    first, second = provider_address(client, partner), provider_address(client, other)
    client.get(oauth.consent(second, "beta@example.com"))
    assert (is_connected(partner), is_connected(other)) == (False, True)
    client.get(oauth.consent(first, MAILBOX))
    stored = [read_again(each).smtp_oauth_connected_as for each in (partner, other)]
    assert stored == [MAILBOX, "beta@example.com"]


def test_two_tabs_of_one_partner_both_connect_it(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    first, second = provider_address(client, partner), provider_address(client, partner)
    for address, mailbox in ((second, "second@example.com"), (first, "first@example.com")):
        client.get(oauth.consent(address, mailbox))
        assert read_again(partner).smtp_oauth_connected_as == mailbox


# Answers that nobody waits for


def test_a_state_is_good_once(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    client.get(location)
    before = read_again(partner).smtp_oauth_connected_at
    again = client.get(location)
    assert NOT_EXPECTED in said(again)
    assert again.headers["Location"] == reverse("wagtailadmin_home")
    assert len(oauth.token_requests()) == 1
    assert read_again(partner).smtp_oauth_connected_at == before


def test_a_state_that_was_refused_is_used_up(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    state = query_of(provider_address(client, partner))["state"]
    client.get(**callback(state=state, error="access_denied"))
    assert_nothing_happened(oauth, client.get(**callback(state=state, code="code")), partner)


@pytest.mark.parametrize("query", [{}, {"code": "code"}, {"code": "code", "state": ""}, {"state": "x" * 43}])
def test_a_state_that_was_made_up_is_refused(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, query: dict[str, str]
) -> None:
    provider_address(client, partner)
    response = client.get(**callback(**query))
    assert NOT_EXPECTED in said(response)
    assert_nothing_happened(oauth, response, partner)


def test_the_hash_in_the_session_is_no_state(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    provider_address(client, partner)
    (stored,) = client.session[pending.KEY]
    assert_nothing_happened(oauth, client.get(**callback(state=stored, code="code")), partner)


@pytest.mark.parametrize(("seconds", "accepted"), [(590, True), (601, False), (-60, False)])
def test_it_is_waited_for_for_ten_minutes(
    client: Client,
    oauth: OAuthServer,
    partner: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    accepted: bool,
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)
    response = client.get(location)
    if accepted:
        assert is_connected(partner)
    else:
        assert NOT_EXPECTED in said(response)
        assert_nothing_happened(oauth, response, partner)


def test_another_session_of_the_same_user_does_not_wait_for_it(
    client: Client, manager: User, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    assert_nothing_happened(oauth, client_of(manager).get(location), partner)
    client.get(location)
    assert is_connected(partner)


def test_another_user_in_the_same_session_does_not_wait_for_it(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, superuser: User
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    session = client.session
    kept = session[pending.KEY]
    client.force_login(superuser)
    session = client.session
    assert pending.KEY not in session
    session[pending.KEY] = kept
    session.save()
    assert_nothing_happened(oauth, client.get(location), partner)


# Signing somebody in as somebody else


def test_a_link_of_somebody_elses_sign_in_does_nothing(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, superuser_client: Client
) -> None:
    """Otherwise a victim who opens it would send the partner's mail from the attacker's mailbox."""
    provider_address(superuser_client, partner)
    theirs = oauth.consent(provider_address(client, partner), "attacker@example.com")
    assert_nothing_happened(oauth, superuser_client.get(theirs), partner)


def test_a_code_of_somebody_elses_sign_in_is_not_redeemed(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, superuser_client: Client
) -> None:
    """Put into the victim's own answer, it lacks the secret that its question was asked with (RFC 7636)."""
    mine = query_of(provider_address(superuser_client, partner))["state"]
    theirs = query_of(oauth.consent(provider_address(client, partner), "attacker@example.com"))["code"]
    response = superuser_client.get(**callback(state=mine, code=theirs))
    assert response.headers["Location"] == f"{url('edit', partner)}#{PANEL_ID}"
    assert "Connected" not in said(response)
    assert len(oauth.token_requests()) == 1
    assert not is_connected(partner)


def test_a_code_that_another_server_gave_out_is_sent_to_nobody(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    """A server that sends people on to another one would be handed that one's codes (RFC 9207 1)."""
    for issuer in ("https://accounts.google.com", "https://localhost.evil.example", "https://[", "nonsense"):
        location = oauth.consent(provider_address(client, partner), MAILBOX)
        response = client.get(f"{location}&iss={issuer}")
        assert "does not belong to this sign-in" in said(response)
    assert oauth.token_requests() == ()
    assert not is_connected(partner)
    client.get(f"{oauth.consent(provider_address(client, partner), MAILBOX)}&iss={oauth.issuer}")
    assert is_connected(partner)


@pytest.mark.parametrize("change", [{"nonce": "another"}, {"aud": "another"}])
def test_an_id_token_that_is_not_for_this_question_is_refused(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, change: dict[str, str]
) -> None:
    address = provider_address(client, partner)
    claims = {"nonce": query_of(address)["nonce"], "aud": oauth.client.client_id, "email": MAILBOX} | change
    oauth.fail(Fault(name="id token", changes={"id_token": id_token(**claims)}))
    assert "does not belong to this sign-in" in said(client.get(oauth.consent(address, MAILBOX)))
    assert not is_connected(partner)


# What changed meanwhile


@pytest.mark.parametrize(
    "change",
    [
        {"smtp_oauth_token_endpoint": "https://evil.example/token"},
        {"smtp_oauth_authorization_endpoint": "https://evil.example/authorize"},
        {"smtp_oauth_client_id": "another"},
        {"smtp_oauth_scopes": "everything"},
        {"smtp_host": "mail.evil.example"},
        {"smtp_login": "another@example.com"},
        {"smtp_auth": "password"},
        {"smtp_oauth_grant": "application"},
        {"smtp_oauth_secret_encrypted": ""},
        {"smtp_uuid": "8a0bd2f6-4a3e-4a8f-9d0b-1f3f6c3f2c11"},
    ],
)
def test_a_changed_account_is_not_connected(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, change: dict[str, str]
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    type(partner)._default_manager.filter(pk=partner.pk).update(**change)
    response = client.get(location)
    assert response.headers["Location"] == f"{url('edit', partner)}#{PANEL_ID}"
    assert "Connected" not in said(response)
    assert oauth.token_requests() == ()
    assert not read_again(partner).smtp_oauth_refresh_token_encrypted


def test_an_account_that_changes_while_the_provider_is_asked_is_not_connected(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = grants.exchange_code

    def exchange_code(*args: Any, **options: Any) -> Answer:
        changed = read_again(partner)
        changed.smtp_host = "mail.evil.example"
        changed.save()
        return usual(*args, **options)

    monkeypatch.setattr(grants, "exchange_code", exchange_code)
    assert "The settings were changed while somebody signed in" in said(sign_in(client, oauth, partner))
    assert not read_again(partner).smtp_oauth_refresh_token_encrypted
    assert not ModelLogEntry.objects.filter(action=audit.CONNECT).exists()


def test_a_partner_that_is_gone_is_said(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    partner.delete()
    response = client.get(location)
    assert "does not exist any more" in said(response)
    assert_nothing_happened(oauth, response)


def test_a_partner_that_came_back_under_the_same_number_is_another_one(
    client: Client, oauth: OAuthServer, settings: Any
) -> None:
    settings.PARTNER_SMTP_OAUTH = {"google": provider_settings(oauth, oauth.google)}
    partner = make_vendor_partner(oauth, "google")
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    number = partner.pk
    partner.delete()
    other = make_vendor_partner(oauth, "google", pk=number)
    assert "The settings were changed while somebody signed in" in said(client.get(location))
    assert oauth.token_requests() == ()
    assert not is_connected(other)


def test_another_application_of_the_same_name_is_another_one(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    partner.set_smtp_oauth_secret("another secret")
    partner.save()
    assert "The settings were changed while somebody signed in" in said(client.get(location))
    assert oauth.token_requests() == ()


@pytest.mark.parametrize("permission", ["manage_partner_smtp", "change"])
def test_a_permission_that_was_withdrawn_meanwhile_is_missing(
    client: Client, manager: User, oauth: OAuthServer, partner: AbstractPartner, permission: str
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    manager.user_permissions.remove(*manager.user_permissions.filter(codename__startswith=permission))
    response = client.get(location)
    assert "You may not manage this account." in said(response)
    assert_nothing_happened(oauth, response, partner)


def test_a_row_that_was_locked_meanwhile_is_not_connected(
    client: Client,
    superuser: User,
    oauth: OAuthServer,
    partner: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    lock_partners(monkeypatch, superuser)
    response = client.get(location)
    assert "Only superuser can make changes" in said(response)
    assert_nothing_happened(oauth, response, partner)


# Who has no session


def test_who_is_logged_out_logs_in_first_and_takes_no_code_along(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    response = Client().get(location)
    login = f"{reverse('wagtailadmin_login')}?next={reverse('wagtailadmin_home')}"
    assert (response.status_code, response.headers["Location"]) == (302, login)
    assert "Your session has ended." in said(response)
    assert oauth.token_requests() == ()


def test_who_may_not_enter_the_admin_takes_no_code_along_either(
    client: Client, manager: User, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    manager.user_permissions.remove(*manager.user_permissions.filter(codename="access_admin"))
    response = client.get(location)
    assert response.headers["Location"] == f"{reverse('wagtailadmin_login')}?next={reverse(URL_NAME)}"
    assert oauth.token_requests() == ()
    assert not is_connected(partner)


def test_a_strict_cookie_comes_with_the_second_request(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, settings: Any
) -> None:
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    page = Client().get(location)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    refresh = html.unescape(page.content.decode().split('content="0; url=')[1].split('"')[0])
    assert refresh.startswith("?")
    assert query_of(refresh) == query_of(location) | {"again": "1"}
    assert Client().get(f"{reverse(URL_NAME)}{refresh}").headers["Location"].startswith("/admin/login/")
    client.get(f"{reverse(URL_NAME)}{refresh}")
    assert is_connected(partner)


def test_the_second_request_leads_nowhere_else(settings: Any) -> None:
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    hostile = '"><script>alert(1)</script>//evil.example/;url=https://evil.example'
    page = Client().get(**callback(state=hostile, code="code")).content.decode()
    assert "<script" not in page
    assert "//evil.example" not in page


# Where it leads, and what it says


@pytest.mark.parametrize("name", ["next", "url", "redirect_uri", "return_to"])
def test_nothing_in_the_address_leads_to_another_site(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, name: str
) -> None:
    elsewhere = f"&{name}=https://evil.example/"
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    assert client.get(location + elsewhere).headers["Location"] == f"{url('edit', partner)}#{PANEL_ID}"
    assert client.get(location + elsewhere).headers["Location"] == reverse("wagtailadmin_home")


def test_who_says_no_is_believed(client: Client, oauth: OAuthServer, partner: AbstractPartner) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX, allow=False)
    response = client.get(location)
    assert response.headers["Location"] == f"{url('edit', partner)}#{PANEL_ID}"
    assert "the consent was refused at the provider's page" in said(response)
    assert oauth.token_requests() == ()
    assert not is_connected(partner)


HOSTILE = '<script>alert(1)</script><a href="https://evil.example">log in</a>\r\nSet-Cookie: x\u202e'


@pytest.mark.parametrize("error", ["access_denied", "server_error", "invalid_scope", HOSTILE])
def test_hostile_words_of_a_provider_are_shown_as_text(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, error: str
) -> None:
    state = query_of(provider_address(client, partner))["state"]
    client.get(**callback(state=state, error=error, error_description=HOSTILE * 20))
    page = client.get(url("edit", partner)).content.decode()
    assert "Nothing was connected" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for hostile in ("<script>alert(1)", '<a href="https://evil.example"', "\u202e", HOSTILE):
        assert hostile not in page


def test_a_code_beside_an_error_is_not_redeemed(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    client.get(f"{location}&error=access_denied")
    assert oauth.token_requests() == ()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("no-refresh-token", "for one hour only"),
        ("null-refresh-token", "for one hour only"),
        ("empty-refresh-token", "for one hour only"),
        ("less-scope", "not agreed that this site may send mail"),
        ("bad-id-token", "does not belong to this sign-in"),
    ],
)
def test_an_answer_that_is_good_for_nothing_is_told_in_words(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, fault: str, sentence: str
) -> None:
    oauth.fail(fault)
    assert sentence in said(sign_in(client, oauth, partner))
    stored = read_again(partner)
    assert (stored.smtp_oauth_refresh_token_encrypted, stored.smtp_oauth_access_token_encrypted) == ("", "")


def test_a_server_that_does_not_say_what_it_grants_grants_it(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    oauth.fail("no-scope")
    sign_in(client, oauth, partner)
    assert is_connected(partner)


@pytest.mark.parametrize("face", ["microsoft", "google"])
def test_it_connects_by_the_vendors_ways(
    client: Client, oauth: OAuthServer, settings: Any, face: str
) -> None:
    settings.PARTNER_SMTP_OAUTH = {face: provider_settings(oauth, getattr(oauth, face))}
    partner = make_vendor_partner(oauth, face)
    assert "Connected as user@example.com." in said(sign_in(client, oauth, partner))
    assert is_connected(partner)


def test_a_provider_that_refuses_the_code_is_told_in_words(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    oauth.client.client_secret = "another"
    response = sign_in(client, oauth, partner)
    assert "secret" in said(response)
    assert "Connected" not in said(response)
    assert not is_connected(partner)


@pytest.mark.parametrize("method", ["post", "put", "delete", "head", "options", "patch"])
def test_it_takes_nothing_but_get(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, method: str
) -> None:
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    assert getattr(client, method)(location).status_code == 405
    client.get(location)
    assert is_connected(partner)


# No code stays anywhere


def test_no_page_that_follows_learns_the_code(
    client: Client, oauth: OAuthServer, partner: AbstractPartner
) -> None:
    response = sign_in(client, oauth, partner)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]
    assert "code=" not in response.headers["Location"]


@pytest.fixture
def reports() -> Iterator[list[str]]:
    """The reports that are sent to the administrators."""
    found: list[str] = []

    def report(request: Any, **options: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        found.extend((reporter.get_traceback_text(), reporter.get_traceback_html()))

    got_request_exception.connect(report)
    yield found
    got_request_exception.disconnect(report)


def test_reports_and_the_log_have_neither_code_nor_tokens(
    client: Client,
    oauth: OAuthServer,
    partner: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    reports: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(audit, "log_connected", fail)
    client.raise_request_exception = False
    location = oauth.consent(provider_address(client, partner), MAILBOX)
    assert client.get(location).status_code == 500
    assert len(reports) == 2
    (grant,) = oauth.registry.grants
    query = query_of(location)
    secrets = (query["code"], query["state"], grant.refresh_token, grant.access_token)
    # The sandbox's own words are none of the site's.
    ours = [record for record in caplog.records if not record.name.startswith("authlib.oauth2.rfc6749")]
    assert any(record.name.startswith("httpcore") for record in ours)
    for text in (*reports, *(f"{record.getMessage()} {vars(record)}" for record in ours)):
        for secret in (*secrets, oauth.client.client_secret):
            assert secret not in text


def test_a_fault_while_the_provider_is_asked_leaves_no_code_in_its_report(
    client: Client,
    oauth: OAuthServer,
    partner: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    reports: list[str],
) -> None:
    def fail(provider: Any, **options: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(grants, "exchange_code", fail)
    client.raise_request_exception = False
    address = provider_address(client, partner)
    verifier = next(iter(client.session[pending.KEY].values()))["attempt"]["verifier"]
    location = oauth.consent(address, MAILBOX)
    assert client.get(location).status_code == 500
    assert reports
    for text in reports:
        for secret in (query_of(location)["code"], query_of(location)["state"], verifier):
            assert secret not in text


def test_no_transaction_is_open_while_the_provider_is_asked(
    client: Client, oauth: OAuthServer, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = provider_address(client, partner)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    depths: list[int] = []
    usual = grants.exchange_code

    def exchange_code(*args: Any, **options: Any) -> Answer:
        depths.append(len(connection.savepoint_ids))
        return usual(*args, **options)

    monkeypatch.setattr(grants, "exchange_code", exchange_code)
    before = len(connection.savepoint_ids)
    client.get(oauth.consent(address, MAILBOX))
    assert depths == [before]
    assert is_connected(partner)
