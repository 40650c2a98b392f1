from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db.models.signals import post_init
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django.views.debug import ExceptionReporter

from tests.support.accounts import (
    CERTIFICATE,
    NEW_KEY,
    OLD_KEY,
    OTHER_CERTIFICATE,
    PASSWORD,
    PINNED,
    UNVERIFIED,
    VERIFIED,
    column,
    make_partner,
    make_report,
    set_columns,
)
from tests.support.oauth_accounts import SECRET, FixedSource, make_oauth_partner
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.account import token_sources
from wagtail_partner_smtp.account.encryption import UnreadablePassword
from wagtail_partner_smtp.account.oauth_values import OAUTH_COLUMNS
from wagtail_partner_smtp.connection_test import ConnectionReport, results
from wagtail_partner_smtp.connection_test.results import redeem, sign, store
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.smtp.certificate import TLSFacts
from wagtail_partner_smtp.smtp.settings import Security, SMTPSettings

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db

ANN, BOB = SimpleNamespace(pk=1), SimpleNamespace(pk=2)


@pytest.fixture
def partner() -> Partner:
    return make_partner()


def result(partner: Partner) -> tuple[str, dict[str, Any], bool]:
    row = Partner.objects.get(pk=partner.pk)
    return row.smtp_status, row.smtp_test_summary, row.smtp_tested_at is not None


UNTESTED: tuple[str, dict[str, Any], bool] = ("untested", {}, False)
OTHER_VALUES = {
    "host": "other.example.com",
    "port": 465,
    "login": "sales",
    "email": "other@example.com",
    "security": Security.SSL,
    "password": "other",
    "pinned_certificate": CERTIFICATE,
}
each_value = pytest.mark.parametrize(("name", "value"), OTHER_VALUES.items())


# Of saved values


@pytest.mark.parametrize("ok", [True, False])
def test_the_result_of_what_is_saved_is_stored(ok: bool, partner: Partner) -> None:
    settings = partner.smtp_settings()
    report = make_report(settings, ok=ok)
    assert store(partner, settings, report) is True
    assert result(partner) == ("ok" if ok else "failed", report.summary(), True)


def test_a_typed_password_that_is_the_saved_one_is_the_same(partner: Partner) -> None:
    settings = replace(partner.smtp_settings(), password=PASSWORD, password_typed=True)
    assert store(partner, settings, make_report(settings)) is True


def test_another_spelling_of_the_destination_is_the_same(partner: Partner) -> None:
    settings = replace(partner.smtp_settings(), host="MAIL.example.com.")
    assert store(partner, settings, make_report(settings)) is True


def test_an_empty_port_is_25() -> None:
    partner = make_partner(smtp_port=None)
    settings = replace(partner.smtp_settings(), port=25)
    assert store(partner, settings, make_report(settings)) is True
    assert column(partner, "smtp_status") == "ok"


@each_value
def test_the_result_of_other_values_is_not_stored(name: str, value: Any, partner: Partner) -> None:
    settings = replace(partner.smtp_settings(), **{name: value})
    assert store(partner, settings, make_report(settings)) is False
    assert result(partner) == UNTESTED


@each_value
def test_what_is_edited_during_the_test_is_not_called_tested(name: str, value: Any, partner: Partner) -> None:
    settings = partner.smtp_settings()
    editor = Partner.objects.get(pk=partner.pk)
    if name == "password":
        editor.set_smtp_password(value)
    elif name == "pinned_certificate":
        assert editor.trust_smtp_certificate(value)
    else:
        setattr(editor, f"smtp_{name}", value)
    editor.save()
    assert store(partner, settings, make_report(settings)) is False
    assert result(partner) == UNTESTED


@each_value
def test_not_even_at_the_very_moment_when_it_is_stored(name: str, value: Any, partner: Partner) -> None:
    """Between the look at the row and the update of it."""
    settings = partner.smtp_settings()

    def edit(instance: Partner, **kwargs: Any) -> None:
        column_name = "smtp_password_encrypted" if name == "password" else f"smtp_{name}"
        set_columns(partner, **{column_name: str(value) if name != "port" else value})

    post_init.connect(edit, sender=Partner)
    try:
        assert store(partner, settings, make_report(settings)) is False
    finally:
        post_init.disconnect(edit, sender=Partner)
    assert result(partner) == UNTESTED


def test_storing_is_one_update_and_a_look_at_the_queue(
    partner: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings = partner.smtp_settings()
    # Django asks for it once in a process.
    ContentType.objects.get_for_model(partner)
    with django_assert_num_queries(3) as queries:
        store(partner, settings, make_report(settings, tls=VERIFIED))
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT", "UPDATE", "SELECT"]


def test_nothing_else_of_the_row_is_written(partner: Partner) -> None:
    settings = partner.smtp_settings()
    set_columns(partner, name="Renamed meanwhile", active=False)
    assert store(partner, settings, make_report(settings)) is True
    row = Partner.objects.get(pk=partner.pk)
    assert (row.name, row.active, row.smtp_settings()) == ("Renamed meanwhile", False, settings)


def test_p37_an_unreadable_password_was_not_tested(partner: Partner, settings: Settings) -> None:
    tested = partner.smtp_settings()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert store(partner, tested, make_report(tested)) is False


def test_p37_that_a_password_cannot_be_read_is_stored_as_long_as_it_is_so(
    partner: Partner, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    with pytest.raises(UnreadablePassword) as raised:
        partner.smtp_settings()
    report = connection_test.unusable(partner, raised.value)
    assert results.store_unusable(partner, report) is True
    status, summary, was_tested = result(partner)
    assert (status, summary["code"], was_tested) == ("failed", "password_unreadable", True)

    another = make_partner(slug="another")
    assert results.store_unusable(another, report) is False
    assert result(another) == UNTESTED


def test_a_partner_deleted_during_the_test_stays_deleted(partner: Partner) -> None:
    settings = partner.smtp_settings()
    Partner.objects.all().delete()
    assert store(partner, settings, make_report(settings)) is False
    assert not Partner.objects.exists()


# Certificates


@pytest.mark.parametrize("tls", [VERIFIED, PINNED])
@pytest.mark.parametrize("ok", [True, False])
def test_p24_a_trusted_certificate_is_known_from_then_on(tls: TLSFacts, ok: bool, partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings, ok=ok, tls=tls))
    row = Partner.objects.get(pk=partner.pk)
    assert row.smtp_known_certificate == CERTIFICATE
    assert row.smtp_known_certificate_at == row.smtp_tested_at


@pytest.mark.parametrize("tls", [UNVERIFIED, None])
def test_p24_an_untrusted_certificate_is_not(tls: TLSFacts | None, partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings, tls=tls))
    row = Partner.objects.get(pk=partner.pk)
    assert (row.smtp_known_certificate, row.smtp_known_certificate_at) == ("", None)


@pytest.mark.parametrize("tls", [UNVERIFIED, None])
def test_p24_what_was_known_stays_known(tls: TLSFacts | None, partner: Partner) -> None:
    set_columns(partner, smtp_known_certificate=OTHER_CERTIFICATE)
    settings = Partner.objects.get(pk=partner.pk).smtp_settings()
    assert store(partner, settings, make_report(settings, ok=False, tls=tls)) is True
    assert column(partner, "smtp_known_certificate") == OTHER_CERTIFICATE


# Fill in, test, save


def fill_in(**values: Any) -> SMTPSettings:
    return replace(
        SMTPSettings(
            host="mail.example.com",
            port=587,
            login="billing",
            password=PASSWORD,
            email="billing@example.com",
            security=Security.TLS,
            password_typed=True,
        ),
        **values,
    )


def test_a_new_partner_keeps_the_result_of_what_was_filled_in() -> None:
    settings = fill_in()
    report = make_report(settings, tls=VERIFIED)
    token = sign(ANN, None, settings, report)
    partner = make_partner()
    assert redeem(token, ANN, partner) is True
    assert result(partner) == ("ok", report.summary(), True)
    assert column(partner, "smtp_known_certificate") == CERTIFICATE


def test_an_unsaved_instance_is_a_new_partner() -> None:
    token = sign(ANN, Partner(), fill_in(), make_report(fill_in()))
    assert redeem(token, ANN, make_partner()) is True


def test_a_saved_partner_keeps_the_result_of_what_was_filled_in(partner: Partner) -> None:
    settings = fill_in(host="other.example.com")
    token = sign(ANN, partner, settings, make_report(settings, ok=False))
    partner.smtp_host = "other.example.com"
    partner.set_smtp_password(PASSWORD)
    partner.save()
    assert redeem(token, ANN, partner) is True
    assert column(partner, "smtp_status") == "failed"


@each_value
def test_other_values_than_those_tested_do_not(name: str, value: Any, partner: Partner) -> None:
    settings = fill_in(**{name: value})
    token = sign(ANN, partner, settings, make_report(settings))
    assert redeem(token, ANN, partner) is False
    assert result(partner) == UNTESTED


def test_a_token_is_for_its_user(partner: Partner) -> None:
    token = sign(ANN, partner, fill_in(), make_report(fill_in()))
    assert redeem(token, BOB, partner) is False
    assert redeem(token, ANN, partner) is True


def test_a_token_is_for_its_partner(partner: Partner) -> None:
    token = sign(ANN, partner, fill_in(), make_report(fill_in()))
    other = make_partner()
    assert other.smtp_settings() == partner.smtp_settings()
    assert redeem(token, ANN, other) is False
    assert result(other) == UNTESTED


def test_a_token_for_a_new_partner_is_not_for_one_that_was_tested(partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings, ok=False))
    token = sign(ANN, None, fill_in(), make_report(fill_in()))
    assert redeem(token, ANN, partner) is False
    assert column(partner, "smtp_status") == "failed"


def test_an_older_result_does_not_replace_a_newer_one(partner: Partner) -> None:
    settings = partner.smtp_settings()
    token = sign(ANN, partner, settings, make_report(settings))
    store(partner, settings, make_report(settings, ok=False))
    assert redeem(token, ANN, partner) is False
    assert column(partner, "smtp_status") == "failed"


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_p61_a_test_that_began_earlier_and_ends_later_changes_nothing(
    first: bool, second: bool, partner: Partner
) -> None:
    settings = partner.smtp_settings()
    older = ConnectionReport(make_report(settings, ok=first).facts, tested_at=datetime.now(UTC))
    newer = ConnectionReport(
        make_report(settings, ok=second).facts, tested_at=older.tested_at + timedelta(milliseconds=1)
    )
    assert store(partner, settings, newer) is True
    assert store(partner, settings, older) is False
    assert result(partner)[:2] == (newer.status, newer.summary())


def test_a_newer_result_replaces_an_older_one(partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings, ok=False))
    token = sign(ANN, partner, settings, make_report(settings))
    assert redeem(token, ANN, partner) is True
    assert column(partner, "smtp_status") == "ok"


def test_a_time_that_is_yet_to_come_keeps_no_result_out(partner: Partner) -> None:
    settings = partner.smtp_settings()
    ahead = timezone.now() + timedelta(hours=1)
    Partner.objects.filter(pk=partner.pk).update(smtp_status="failed", smtp_judged_at=ahead)
    assert store(partner, settings, make_report(settings)) is True
    assert column(partner, "smtp_status") == "ok"
    assert column(partner, "smtp_judged_at") < timezone.now()


def test_the_time_is_that_of_the_test(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    then = timezone.now() - timedelta(minutes=10)
    monkeypatch.setattr(results, "timezone", SimpleNamespace(now=lambda: then))
    token = sign(ANN, partner, fill_in(), make_report(fill_in(), tls=VERIFIED))
    assert redeem(token, ANN, partner) is True
    assert column(partner, "smtp_tested_at") == column(partner, "smtp_known_certificate_at") == then


@pytest.mark.parametrize(("age", "expected"), [(14 * 60, True), (16 * 60, False)])
def test_a_token_lasts_15_minutes(
    age: int, expected: bool, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign(ANN, partner, fill_in(), make_report(fill_in()))
    later = time.time() + age
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: later))
    assert redeem(token, ANN, partner) is expected


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "ä", "\0", "x" * 10_000])
def test_what_is_no_token_is_no_error(token: str, partner: Partner) -> None:
    assert redeem(token, ANN, partner) is False


def test_a_token_of_another_kind_is_refused(partner: Partner) -> None:
    token = sign(ANN, partner, fill_in(), make_report(fill_in()))
    claim = signing.loads(token, salt="wagtail_partner_smtp.results")
    assert redeem(signing.dumps(claim), ANN, partner) is False
    assert redeem(signing.dumps(claim, salt="wagtail_partner_smtp.results"), ANN, partner) is True


def test_a_changed_token_is_refused(partner: Partner) -> None:
    token = sign(ANN, partner, fill_in(), make_report(fill_in(), ok=False))
    payload, rest = token.split(":", 1)
    claim = json.loads(signing.b64_decode(payload.encode()))
    claim["outcome"]["status"] = "ok"
    forged = signing.b64_encode(json.dumps(claim).encode()).decode() + ":" + rest
    assert redeem(forged, ANN, partner) is False


def test_p27_a_token_shows_nothing_of_the_values(partner: Partner) -> None:
    settings = fill_in(host="secret-host.example", login="secret-login", email="secret@mail.example")
    claim = signing.loads(sign(ANN, None, settings, make_report(settings)), salt=results._SALT)
    text = json.dumps(claim, ensure_ascii=False)
    assert "secret" not in text
    assert PASSWORD not in text


def test_the_fingerprint_cannot_be_made_without_the_key(partner: Partner, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    first = results._fingerprint(fill_in())
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert results._fingerprint(fill_in()) != first


@override_settings(DEBUG=False)
def test_p30_error_reports_about_the_fingerprint_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        del arguments
        raise ZeroDivisionError

    monkeypatch.setattr(results, "hmac", SimpleNamespace(new=fail))
    with pytest.raises(ZeroDivisionError) as caught:
        results._fingerprint(fill_in())
    frames = caught.tb.tb_next
    reporter = ExceptionReporter(RequestFactory().post("/"), caught.type, caught.value, frames)
    report = str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
    assert "_fingerprint" in report
    assert "correct horse" not in report


def test_the_fingerprint_keeps_the_values_apart() -> None:
    one = results._fingerprint(fill_in(login="ab", password="c"))
    assert results._fingerprint(fill_in(login="a", password="bc")) != one


def test_a_rotation_between_test_and_save_only_costs_the_result(partner: Partner, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    token = sign(ANN, None, fill_in(), make_report(fill_in()))
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    assert redeem(token, ANN, make_partner()) is False


# Since when, and until when


def test_the_time_of_a_status_is_that_of_its_first_result(partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings))
    first = column(partner, "smtp_status_since")
    assert first == column(partner, "smtp_tested_at")
    store(partner, settings, make_report(settings))
    assert column(partner, "smtp_status_since") == first < column(partner, "smtp_tested_at")
    store(partner, settings, make_report(settings, ok=False))
    assert column(partner, "smtp_status_since") == column(partner, "smtp_tested_at")


def test_a_status_that_a_change_ends_begins_anew(partner: Partner) -> None:
    settings = partner.smtp_settings()
    store(partner, settings, make_report(settings))
    first = column(partner, "smtp_status_since")
    saved = Partner.objects.get(pk=partner.pk)
    saved.smtp_email = "other@example.com"
    saved.save()
    changed = column(partner, "smtp_status_since")
    assert column(partner, "smtp_status") == "changed"
    assert changed > first
    saved.smtp_email = "third@example.com"
    saved.save()
    assert column(partner, "smtp_status_since") == changed


@pytest.mark.parametrize("year", [2031, 9999])
def test_the_end_of_the_certificate_is_kept_until_the_server_is_another(year: int, partner: Partner) -> None:
    settings, until = partner.smtp_settings(), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    store(partner, settings, make_report(settings, tls=replace(VERIFIED, not_after=until)))
    assert column(partner, "smtp_certificate_until") == min(until, datetime(9999, 12, 30, tzinfo=UTC))
    store(partner, settings, make_report(settings, ok=False))
    assert column(partner, "smtp_certificate_until") is not None
    saved = Partner.objects.get(pk=partner.pk)
    saved.smtp_host = "other.example.com"
    saved.save()
    assert column(partner, "smtp_certificate_until") is None


# With OAuth


@pytest.fixture
def by_oauth() -> Iterator[Partner]:
    before = token_sources.register(FixedSource.of)
    yield make_oauth_partner()
    token_sources.register(before)


def test_result_of_an_account_with_oauth_is_stored(by_oauth: Partner) -> None:
    settings = by_oauth.smtp_settings()
    assert store(by_oauth, settings, make_report(settings)) is True
    assert column(by_oauth, "smtp_status") == "ok"


@pytest.mark.parametrize("name", [*OAUTH_COLUMNS, "secret", "smtp_auth", "smtp_oauth_connected_at"])
def test_result_of_another_application_is_not(name: str, by_oauth: Partner) -> None:
    settings = by_oauth.smtp_settings()
    report = make_report(settings)
    editor = Partner.objects.get(pk=by_oauth.pk)
    if name == "secret":
        editor.set_smtp_oauth_secret("typed meanwhile")
        editor.save()
    elif name == "smtp_oauth_connected_at":
        # Between the look at the row and the update of it.
        def connect(instance: Partner, **kwargs: Any) -> None:
            set_columns(by_oauth, smtp_oauth_connected_at=timezone.now())

        post_init.connect(connect, sender=Partner)
        try:
            assert store(by_oauth, settings, report) is False
        finally:
            post_init.disconnect(connect, sender=Partner)
        return
    else:
        other = {"smtp_auth": "password", "smtp_oauth_grant": "application"}
        setattr(editor, name, other.get(name, "other.example.com"))
        editor.save()
    assert store(by_oauth, settings, report) is False
    assert column(by_oauth, "smtp_status") != "ok"


def test_token_of_a_typed_application_is_redeemed_for_it_alone(by_oauth: Partner) -> None:
    typed = by_oauth.with_smtp_values({"smtp_oauth_client_id": "client-2"}, secret="typed").smtp_settings()
    token = sign(ANN, by_oauth, typed, make_report(typed))
    assert redeem(token, ANN, by_oauth) is False
    by_oauth.smtp_oauth_client_id = "client-2"
    by_oauth.set_smtp_oauth_secret("typed")
    by_oauth.save()
    assert redeem(token, ANN, by_oauth) is True
    read = str(signing.loads(token, salt="wagtail_partner_smtp.results"))
    assert all(text not in read for text in ("typed", "client-2", SECRET))


def test_only_a_result_that_mail_can_leave_by_resumes_the_queue(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[Any] = []
    monkeypatch.setattr(operations, "resume", resumed.append)
    account = partner.smtp_settings()
    assert store(partner, account, make_report(account, ok=False))
    assert resumed == []
    assert store(partner, account, make_report(account))
    assert resumed == [partner]


def test_whether_a_server_takes_mail_for_others_is_kept_until_a_test_knows_better(partner: Partner) -> None:
    account = partner.smtp_settings()
    for relays, is_proven in ((True, True), (None, True), (False, False), (None, False)):
        report = ConnectionReport(replace(make_report(account).facts, relays=relays))
        assert store(partner, account, report)
        assert (column(partner, "smtp_relay_proven_at") is not None) is is_proven


def test_a_result_is_stored_of_its_partner_among_others(partner: Partner) -> None:
    other = make_partner()
    account = other.smtp_settings()
    assert store(other, account, make_report(account))
    assert (column(other, "smtp_status"), column(partner, "smtp_status")) == ("ok", "untested")


def test_a_success_forgets_the_last_mail_that_failed_and_a_failure_does_not(partner: Partner) -> None:
    set_columns(partner, smtp_failure={"code": "auth_failed"}, smtp_failures=2)
    account = partner.smtp_settings()
    assert store(partner, account, make_report(account, ok=False))
    assert (column(partner, "smtp_failure"), column(partner, "smtp_failures")) == ({"code": "auth_failed"}, 2)
    assert store(partner, account, make_report(account))
    assert (column(partner, "smtp_failure"), column(partner, "smtp_failures")) == ({}, 0)
