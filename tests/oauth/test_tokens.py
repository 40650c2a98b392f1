"""An account's tokens: got, kept, renewed in time, and given up."""

from __future__ import annotations

import logging
import math
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.debug import ExceptionReporter

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import CLIENT_SECRET, OAuthServer
from smtp_sandbox.pytest_plugin import Served
from tests.smtp.test_auth import Locals
from tests.support.accounts import OLD_KEY, PASSWORD, column, make_partner, set_columns
from tests.support.delivery import make_message
from tests.support.locked_database import be_impatient, be_patient, lock
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.backend import EmailBackend
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth import grants
from wagtail_partner_smtp.oauth.tokens import AccountTokenSource, _Renewal
from wagtail_partner_smtp.smtp.errors import Code, DeadlineError, SMTPError, TokenError
from wagtail_partner_smtp.smtp.settings import SMTPSettings
from wagtail_partner_smtp.smtp.token_source import AccessToken, TokenSource

from .accounts import MAILBOX, OTHER_MAILBOX, RENEWING_FREE, again, connect, make_partner_on, stored
from .providers import soon

ACCESS, REFRESH = saving.SEALED[Kind.ACCESS_TOKEN], saving.SEALED[Kind.REFRESH_TOKEN]


def source_of(partner: Partner) -> TokenSource:
    source = again(partner).smtp_settings().token_source
    assert source is not None
    return source


def token_of(partner: Partner) -> AccessToken:
    return source_of(partner).token(soon())


def refusal_of(partner: Partner) -> SMTPError:
    with pytest.raises(SMTPError) as raised:
        token_of(partner)
    return raised.value


def run(partner: Partner) -> ConnectionReport:
    return connection_test.run(again(partner).smtp_settings(), conf.policy())


def grow_old(partner: Partner, *, issued: float, expires: float) -> None:
    """Move the times of the token that is there: seconds from now."""
    now = timezone.now()
    set_columns(
        partner,
        smtp_oauth_token_issued_at=now + timedelta(seconds=issued),
        smtp_oauth_token_expires_at=now + timedelta(seconds=expires),
    )


def withdraw_access(partner: Partner, server: OAuthServer) -> str:
    """Mail servers do not take the token that is there any more; its refresh token is still good."""
    value = stored(partner, Kind.ACCESS_TOKEN)
    server.registry.issued.discard(value)
    return value


def grants_asked(server: OAuthServer) -> list[str]:
    return [each.grant_type for each in server.token_requests()]


def logins(listener: Listener) -> int:
    return listener.count("AUTH")


# Got and kept


def test_a_test_gets_a_token_and_logs_in_with_it(partner: Partner, smtp_oauth: OAuthServer) -> None:
    report = run(partner)

    assert (report.ok, report.deliverable, report.error) == (True, True, None)
    token = report.stages[1]
    assert (token.name, token.title, token.status) == ("token", "Access token", "ok")
    assert token.message == "Got a new access token."
    assert grants_asked(smtp_oauth) == ["refresh_token"]


def test_a_second_test_takes_the_token_that_is_there(partner: Partner, smtp_oauth: OAuthServer) -> None:
    run(partner)
    grow_old(partner, issued=-30, expires=3570)

    report = run(partner)

    assert report.stages[1].message == "A stored access token is still valid."
    assert len(smtp_oauth.token_requests()) == 1


def test_mail_leaves_with_a_token(partner: Partner, mail: Listener, smtp_oauth: OAuthServer) -> None:
    assert again(partner).send_mail("Hello", "Text", ["jane@example.com"]) == 1

    assert mail.sessions[0].user == MAILBOX
    assert len(smtp_oauth.token_requests()) == 1


def test_a_token_is_kept_sealed(partner: Partner) -> None:
    token = token_of(partner)

    assert stored(partner, Kind.ACCESS_TOKEN) == token.value
    for name in (ACCESS, REFRESH):
        assert column(partner, name).startswith("v1:")
        assert token.value not in column(partner, name)
    assert column(partner, "smtp_oauth_renewing") is None


def test_a_delivery_with_a_cached_token_makes_no_request_and_no_more_queries_than_one_with_a_password(
    partner: Partner, smtp: Served, smtp_oauth: OAuthServer, site: Any
) -> None:
    listener = smtp.listen(mode="ssl")
    site.PARTNER_SMTP_ALLOWED_NETWORKS = [*site.PARTNER_SMTP_ALLOWED_NETWORKS, f"127.0.0.1:{listener.port}"]
    with_password = make_partner(
        password="pass",
        smtp_host="localhost",
        smtp_port=listener.port,
        smtp_security="ssl",
        smtp_login="user",
        smtp_email=MAILBOX,
    )
    token_of(partner)
    asked = smtp_oauth.connections
    counts = []
    for each in (with_password, partner):
        with CaptureQueriesContext(connection) as queries:
            assert again(each).send_mail("Hello", "Text", ["jane@example.com"]) == 1
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert (smtp_oauth.connections, len(smtp_oauth.token_requests())) == (asked, 1)


def test_a_thousand_messages_take_one_request(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    backend = EmailBackend(partner=again(partner))
    messages = [make_message(subject=str(number)) for number in range(1000)]

    assert backend.send_messages(messages) == 1000

    assert len(mail.messages) == 1000
    assert len(smtp_oauth.token_requests()) == 1


# Renewed


@pytest.mark.parametrize(
    ("issued", "expires", "asks"),
    [
        (-3000, 600, 0),
        (-3295, 305, 0),
        (-3305, 295, 1),
        (-3600, 0, 1),
        (-80, 20, 0),
        (-95, 5, 1),
        (4000, 7600, 1),
    ],
)
def test_a_token_is_renewed_in_time(
    partner: Partner, smtp_oauth: OAuthServer, issued: float, expires: float, asks: int
) -> None:
    first = token_of(partner)
    grow_old(partner, issued=issued, expires=expires)

    second = token_of(partner)

    assert len(smtp_oauth.token_requests()) == 1 + asks
    assert (second.value == first.value) == (not asks)


def test_a_refresh_token_that_rotates_is_stored(partner: Partner, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.registry.rotation = "revoke"
    seen = {stored(partner, Kind.REFRESH_TOKEN)}
    for _ in range(3):
        token_of(partner)
        grow_old(partner, issued=-3600, expires=0)
        seen.add(stored(partner, Kind.REFRESH_TOKEN))

    assert len(seen) == 4
    assert column(partner, "smtp_oauth_needs_consent") == ""


def test_a_refresh_token_is_stored_before_the_access_token_is_used(
    partner: Partner, smtp_oauth: OAuthServer, site: Any
) -> None:
    """A mail server that is not there does not cost the new refresh token."""
    smtp_oauth.registry.rotation = "revoke"
    before = stored(partner, Kind.REFRESH_TOKEN)
    site.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{smtp_oauth.port}"]

    with pytest.raises(SMTPError) as raised:
        again(partner).send_mail("Hello", "Text", ["jane@example.com"])

    assert raised.value.stage == "resolve"
    assert stored(partner, Kind.REFRESH_TOKEN) != before


@pytest.mark.parametrize("fault", ["no-refresh-token", "null-refresh-token", "empty-refresh-token"])
def test_the_old_refresh_token_stays_without_a_new_one(
    partner: Partner, smtp_oauth: OAuthServer, fault: str
) -> None:
    before = stored(partner, Kind.REFRESH_TOKEN)
    smtp_oauth.fail(f"oauth:{fault}")
    token_of(partner)
    assert stored(partner, Kind.REFRESH_TOKEN) == before


def test_a_token_that_does_not_say_how_long_it_is_good_is_kept_for_minutes(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    smtp_oauth.fail("oauth:no-expires-in")
    token_of(partner)
    life = column(partner, "smtp_oauth_token_expires_at") - column(partner, "smtp_oauth_token_issued_at")
    assert life == timedelta(minutes=5)


@pytest.mark.parametrize("sealed", ["v1:0000000000000000:AAAA", ""], ids=["unreadable", "none"])
def test_a_token_that_cannot_be_read_is_replaced(
    partner: Partner, smtp_oauth: OAuthServer, sealed: str
) -> None:
    token_of(partner)
    set_columns(partner, **{ACCESS: sealed})
    assert token_of(partner).value == stored(partner, Kind.ACCESS_TOKEN)
    assert len(smtp_oauth.token_requests()) == 2


def test_a_refresh_token_whose_key_is_lost_is_told(
    partner: Partner, site: Any, smtp_oauth: OAuthServer
) -> None:
    site.PARTNER_SMTP_KEYS = [OLD_KEY]
    assert refusal_of(partner).code is Code.OAUTH_TOKEN_UNREADABLE
    assert smtp_oauth.requests == ()


def test_a_provider_that_fails_is_not_asked_again_while_the_old_token_is_good(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    first = token_of(partner)
    grow_old(partner, issued=-3400, expires=200)
    smtp_oauth.fail("oauth:503")

    values = [token_of(partner).value for _ in range(3)]

    assert values == [first.value] * 3
    assert len(smtp_oauth.token_requests()) == 2


def test_a_provider_that_fails_is_told_once_the_old_token_has_expired(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    token_of(partner)
    grow_old(partner, issued=-3600, expires=0)
    smtp_oauth.fail("oauth:503")

    assert refusal_of(partner).code is Code.OAUTH_PROVIDER_BUSY
    assert column(partner, "smtp_oauth_renewing") is None
    smtp_oauth.faults.clear()
    assert token_of(partner).value


# Refused by the mail server


def test_a_cached_token_that_is_refused_leads_to_one_renewal_and_one_more_attempt(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    token_of(partner)
    grow_old(partner, issued=-61, expires=3539)
    withdraw_access(partner, smtp_oauth)

    report = run(partner)

    assert report.ok
    assert (
        report.stages[1].message == "The server refused the stored access token, so a new one was requested."
    )
    assert (logins(mail), mail.connections) == (2, 1)
    assert len(smtp_oauth.token_requests()) == 2


def test_a_delivery_renews_a_refused_token_as_a_test_does(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    token_of(partner)
    grow_old(partner, issued=-61, expires=3539)
    withdraw_access(partner, smtp_oauth)

    assert again(partner).send_mail("Hello", "Text", ["jane@example.com"]) == 1

    assert (logins(mail), len(smtp_oauth.token_requests())) == (2, 2)


def test_a_server_that_hangs_up_after_a_refusal_is_connected_to_once_more(
    partner: Partner, smtp: Served, smtp_oauth: OAuthServer, site: Any
) -> None:
    listener = smtp.listen("token-drop", mode="ssl")
    site.PARTNER_SMTP_ALLOWED_NETWORKS = [*site.PARTNER_SMTP_ALLOWED_NETWORKS, f"127.0.0.1:{listener.port}"]
    other = connect(make_partner_on(listener), smtp_oauth)
    token_of(other)
    grow_old(other, issued=-61, expires=3539)

    report = run(other)

    assert report.error is not None
    assert report.error.code == "token_refused"
    assert (logins(listener), listener.connections) == (2, 2)
    assert len(smtp_oauth.token_requests()) == 2


@pytest.mark.parametrize(
    ("profile", "age", "attempts"),
    [("token-refused", 61, 2), ("token-refused", 59, 1), ("token-smtp-off", 61, 1),
     ("token-scope", 61, 1), ("token-not-permitted", 61, 1)],
)  # fmt: skip
def test_there_is_never_more_than_one_more_attempt(
    partner: Partner, smtp: Served, smtp_oauth: OAuthServer, site: Any, profile: str, age: int, attempts: int
) -> None:
    listener = smtp.listen(profile, mode="ssl")
    site.PARTNER_SMTP_ALLOWED_NETWORKS = [*site.PARTNER_SMTP_ALLOWED_NETWORKS, f"127.0.0.1:{listener.port}"]
    other = connect(make_partner_on(listener), smtp_oauth)
    token_of(other)
    grow_old(other, issued=-age, expires=3600 - age)

    assert not run(other).ok

    assert logins(listener) == attempts
    assert len(smtp_oauth.token_requests()) == attempts


def test_a_renewal_that_somebody_else_has_made_is_used(partner: Partner, smtp_oauth: OAuthServer) -> None:
    source = source_of(partner)
    first = source.token(soon())
    set_columns(partner, smtp_oauth_token_expires_at=timezone.now())
    second = token_of(partner)

    assert source.renewed(first, soon()).value == second.value
    assert len(smtp_oauth.token_requests()) == 2


def test_the_provider_that_has_withdrawn_its_consent_is_the_cause(
    partner: Partner, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    token_of(partner)
    grow_old(partner, issued=-61, expires=3539)
    smtp_oauth.withdraw(MAILBOX)

    report = run(partner)

    assert report.error is not None
    assert (report.error.stage, report.error.code) == ("token", "oauth_consent_refused")
    assert {each.name: each.status for each in report.stages}["auth"] == "skipped"
    assert logins(mail) == 1


def test_a_token_of_another_mailbox_is_named(partner: Partner, smtp_oauth: OAuthServer) -> None:
    other = connect(again(partner), smtp_oauth, OTHER_MAILBOX)

    report = run(other)

    assert report.error is not None
    assert (report.error.code, report.error.field) == ("token_of_another_mailbox", "smtp_login")
    assert OTHER_MAILBOX in report.error.message


# Given up


def test_a_refused_refresh_token_is_never_sent_again(partner: Partner, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.withdraw(MAILBOX)

    first, second = refusal_of(partner), refusal_of(partner)

    assert (first.code, second.code) == (Code.OAUTH_CONSENT_REFUSED, Code.OAUTH_CONSENT_REFUSED)
    assert column(partner, "smtp_oauth_needs_consent") == "oauth_consent_refused"
    assert len(smtp_oauth.token_requests()) == 1


def test_a_token_in_store_is_not_used_once_the_consent_has_ended(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    token_of(partner)
    set_columns(partner, smtp_oauth_needs_consent="oauth_consent_revoked")
    assert refusal_of(partner).code is Code.OAUTH_CONSENT_REVOKED
    assert len(smtp_oauth.token_requests()) == 1


@pytest.mark.parametrize(
    "fault", ["AADSTS7000222", "AADSTS7000215", "AADSTS90002", "busy", "nonsense", "drop"]
)
def test_other_failures_are_tried_again(partner: Partner, smtp_oauth: OAuthServer, fault: str) -> None:
    # An answer that is lost takes a refresh token that rotates with it.
    smtp_oauth.registry.rotation = "keep"
    smtp_oauth.fail(f"oauth:{fault}", times=1)
    refusal_of(partner)
    assert column(partner, "smtp_oauth_needs_consent") == ""
    assert token_of(partner).value


def test_an_account_that_was_never_connected_asks_nobody(
    site: Any, mail: Listener, smtp_oauth: OAuthServer, db: None
) -> None:
    report = run(make_partner_on(mail))
    assert report.error is not None
    assert (report.error.code, report.error.stage) == ("oauth_not_connected", "token")
    assert (smtp_oauth.connections, mail.connections) == (0, 0)


def test_an_account_whose_row_cannot_be_seen_and_has_no_consent_asks_nobody(
    site: Any, mail: Listener, smtp_oauth: OAuthServer, db: None
) -> None:
    partner = make_partner_on(mail)
    Partner.objects.filter(pk=partner.pk).delete()
    with pytest.raises(TokenError) as raised:
        AccountTokenSource.of(partner).token(soon())
    assert raised.value.code is Code.OAUTH_NOT_CONNECTED
    assert smtp_oauth.connections == 0


def test_the_words_of_the_provider_are_in_the_report(partner: Partner, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("oauth:AADSTS7000222")
    report = run(partner)
    assert report.error is not None
    assert report.error.code == "oauth_client_expired"
    assert report.error.reply.startswith("AADSTS7000222: The provided client secret keys for app")
    assert report.stages[1].reply == report.error.reply
    assert report.as_dict()["stages"][1]["status"] == "failed"


# One at a time


def test_whoever_comes_second_uses_the_old_token_while_it_is_good(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    first = token_of(partner)
    grow_old(partner, issued=-3400, expires=200)
    lease(partner)

    assert token_of(partner).value == first.value
    assert len(smtp_oauth.token_requests()) == 1


def lease(partner: Partner, seconds: float = 60) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    set_columns(partner, smtp_oauth_renewing=uuid4(), smtp_oauth_renewing_until=until)


def test_whoever_comes_second_waits_for_the_row(
    partner: Partner, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(partner)
    sealed = {name: column(partner, name) for name in saving.CACHED_TOKEN}
    set_columns(partner, **saving.CACHED_TOKEN)
    lease(partner)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            set_columns(partner, **{**sealed, **RENEWING_FREE})

    monkeypatch.setattr("wagtail_partner_smtp.oauth.tokens.time.sleep", sleep)

    assert token_of(partner).value == token.value
    assert len(waited) == 3
    assert waited == sorted(waited)
    assert len(smtp_oauth.token_requests()) == 1


def test_waiting_ends_at_the_deadline(partner: Partner, smtp_oauth: OAuthServer) -> None:
    lease(partner)
    with pytest.raises(DeadlineError) as raised:
        source_of(partner).token(soon(0.2))
    assert raised.value.code is Code.OAUTH_ENDPOINT_SLOW
    assert smtp_oauth.requests == ()


@pytest.mark.parametrize("seconds", [-1, 100_000])
def test_the_lease_of_a_process_that_died_ends(partner: Partner, seconds: float) -> None:
    lease(partner, seconds)
    assert token_of(partner).value
    assert column(partner, "smtp_oauth_renewing") is None


def test_tokens_for_values_that_were_changed_meanwhile_are_not_stored(
    partner: Partner, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = grants.refresh

    def change(*arguments: Any, **options: Any) -> Any:
        answer = refresh(*arguments, **options)
        changed = again(partner)
        changed.smtp_oauth_client_id = "another"
        changed.save()
        return answer

    monkeypatch.setattr(grants, "refresh", change)
    token_of(partner)

    assert (column(partner, ACCESS), column(partner, REFRESH)) == ("", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("smtp_login", OTHER_MAILBOX), ("smtp_port", 2525), ("smtp_oauth_client_id", "another")],
)
def test_whoever_read_the_account_before_a_change_gets_no_token_of_the_new_values(
    partner: Partner, smtp_oauth: OAuthServer, name: str, value: Any
) -> None:
    earlier = source_of(partner)
    changed = again(partner)
    setattr(changed, name, value)
    changed.save()
    sealed = changed.sealed_smtp_oauth_token(Kind.ACCESS_TOKEN, "of-the-new-values")
    set_columns(changed, **{ACCESS: sealed})
    grow_old(changed, issued=-30, expires=3570)
    assert token_of(changed).value == "of-the-new-values"

    got = earlier.token(soon())

    assert smtp_oauth.registry.issued.accepts(MAILBOX, got.value)
    assert stored(changed, Kind.ACCESS_TOKEN) == "of-the-new-values"


def test_a_late_answer_saves_its_refresh_token_all_the_same(
    partner: Partner, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = grants.refresh
    smtp_oauth.registry.rotation = "revoke"
    before = stored(partner, Kind.REFRESH_TOKEN)

    def take_over(*arguments: Any, **options: Any) -> Any:
        answer = refresh(*arguments, **options)
        lease(partner)
        return answer

    monkeypatch.setattr(grants, "refresh", take_over)
    token_of(partner)

    assert stored(partner, Kind.REFRESH_TOKEN) != before
    assert column(partner, ACCESS) == ""


# A database that is locked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["_claim", "_store"])
def test_a_lock_does_not_cost_the_connection(
    partner: Partner, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    """The provider takes the old refresh token no more."""
    be_patient(monkeypatch)
    smtp_oauth.registry.rotation = "revoke"
    before = stored(partner, Kind.REFRESH_TOKEN)
    lock(monkeypatch, _Renewal, step, 2, after=after)

    value = token_of(partner).value

    assert (stored(partner, Kind.ACCESS_TOKEN), len(grants_asked(smtp_oauth))) == (value, 1)
    assert stored(partner, Kind.REFRESH_TOKEN) != before
    assert column(partner, "smtp_oauth_renewing") is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_what_the_provider_has_said_counts_where_it_cannot_be_stored(
    partner: Partner,
    smtp_oauth: OAuthServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_withdrawn: bool,
) -> None:
    smtp_oauth.registry.rotation = "revoke"
    be_impatient(monkeypatch)
    lock(monkeypatch, _Renewal, "_store", math.inf)
    if is_withdrawn:
        smtp_oauth.withdraw(MAILBOX)
        assert refusal_of(partner).code == Code.OAUTH_CONSENT_REFUSED
    else:
        assert run(partner).deliverable
    (record,) = caplog.records
    what = "The state" if is_withdrawn else "The new refresh token"
    assert record.getMessage() == f"{what} of an OAuth connection could not be stored: OperationalError"


# Typed values


def test_typed_values_that_are_those_saved_use_what_is_saved(
    partner: Partner, smtp_oauth: OAuthServer
) -> None:
    token = token_of(partner)
    typed = again(partner).with_smtp_values({})

    assert tried(typed).value == token.value
    assert len(smtp_oauth.token_requests()) == 1


def tried(account: Partner) -> AccessToken:
    source = account.smtp_settings().token_source
    assert source is not None
    return source.token(soon())


def test_a_typed_secret_is_tried_and_its_token_kept_nowhere(
    partner: Partner, smtp_oauth: OAuthServer, site: Any
) -> None:
    smtp_oauth.registry.rotation = "revoke"
    before = {name: column(partner, name) for name in (ACCESS, REFRESH)}
    own = again(partner).with_smtp_values({}, secret=CLIENT_SECRET)

    assert tried(own).value

    assert column(partner, ACCESS) == before[ACCESS]
    assert column(partner, REFRESH) != before[REFRESH]
    assert column(partner, "smtp_oauth_renewing") is None


def test_other_typed_values_get_no_token_of_the_saved_ones(partner: Partner, smtp_oauth: OAuthServer) -> None:
    token_of(partner)
    for changes in ({"smtp_oauth_client_id": "x"}, {"smtp_login": OTHER_MAILBOX}, {"smtp_oauth_tenant": "y"}):
        typed = again(partner).with_smtp_values(changes, secret="typed")
        with pytest.raises(TokenError) as raised:
            tried(typed)
        assert raised.value.code is Code.OAUTH_NOT_CONNECTED
    assert len(smtp_oauth.token_requests()) == 1


# Sessions and secrets


def test_sources_of_equal_accounts_are_equal(partner: Partner) -> None:
    one, other = again(partner).smtp_settings(), again(partner).smtp_settings()
    assert (one == other, hash(one) == hash(other), {one: 1}[other]) == (True, True, 1)
    changed = again(partner).with_smtp_values({"smtp_oauth_client_id": "x"}, secret="typed")
    assert changed.smtp_settings().token_source != one.token_source


def test_a_stored_password_is_never_sent_with_oauth(partner: Partner, mail: Listener) -> None:
    changed = again(partner)
    changed.set_smtp_password(PASSWORD)
    changed.save()

    settings: SMTPSettings = again(partner).smtp_settings()

    assert (settings.password, settings.has_token) == ("", True)
    assert run(partner).ok
    assert {line.split()[1] for who, line in mail.sessions[0].transcript if line.startswith("AUTH")} == {
        "XOAUTH2"
    }


@pytest.mark.parametrize("fault", ["AADSTS7000215", "google-expired", "nonsense", "drop"])
def test_p30_no_secret_is_in_a_log_a_report_or_a_traceback(
    partner: Partner, smtp_oauth: OAuthServer, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    refresh = stored(partner, Kind.REFRESH_TOKEN)
    smtp_oauth.fail(f"oauth:{fault}", times=2)

    report = run(partner)
    try:
        token_of(partner)
    except SMTPError as error:
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        shown = Locals(error).text + reporter.get_traceback_text() + reporter.get_traceback_html()
    else:
        shown = ""
    shown += caplog.text + str(report.as_dict()) + repr(again(partner).smtp_settings())

    assert "AccountTokenSource" in shown
    for secret in (refresh, CLIENT_SECRET):
        assert secret not in shown


def test_whoever_uses_the_database_it_is_the_same_source(partner: Partner) -> None:
    """Sessions are kept by it."""
    source = AccountTokenSource.of(partner)
    other = source.over(lambda action: action())
    assert (other, hash(other)) == (source, hash(source))


def test_a_token_is_in_no_log_and_no_report(
    partner: Partner, smtp_oauth: OAuthServer, site: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site.PARTNER_SMTP_DEBUG_LEVEL = 1
    caplog.set_level(logging.DEBUG)
    report = run(partner)
    token = stored(partner, Kind.ACCESS_TOKEN)
    # The sandbox runs in a thread of its own.
    ours = [record.getMessage() for record in caplog.records if record.thread == threading.get_ident()]
    shown = "\n".join(ours) + str(report.as_dict()) + repr(source_of(partner)) + repr(token_of(partner))
    assert isinstance(source_of(partner), AccountTokenSource)
    assert "AUTH XOAUTH2" in shown
    assert token not in shown
