"""What counts as news: from what people know of a partner, and what a test has found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.accounts import make_partner, set_columns
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.alerts import news
from wagtail_partner_smtp.alerts.news import CertificateExpiring, MailChanged
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.diagnosis.consequences import BY_CODE
from wagtail_partner_smtp.models import AlertState, Partner
from wagtail_partner_smtp.smtp.certificate import TLSFacts
from wagtail_partner_smtp.smtp.errors import Code, ReplyError, SMTPError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.settings import Stage

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

UNKNOWN, WORKING, BROKEN = AlertState.UNKNOWN, AlertState.WORKING, AlertState.BROKEN
NOW = datetime.now(UTC).replace(microsecond=0)


def partner_with(**columns: Any) -> Partner:
    partner = make_partner()
    set_columns(partner, **columns)
    return Partner.objects.get(pk=partner.pk)


def report_of(
    partner: Partner, error: SMTPError | None = None, *, deliverable: bool = True, tls: TLSFacts | None = None
) -> ConnectionReport:
    delivers = deliverable and error is None
    settings = partner.smtp_settings()
    return ConnectionReport(Report(settings=settings, stages=(), deliverable=delivers, error=error, tls=tls))


def failure(code: Code, reply: int = 0) -> SMTPError:
    if reply:
        return ReplyError(code, Reply(code=reply, text="no"), stage=Stage.AUTH)
    return SMTPError(code, stage=Stage.CONNECT)


def states(partner: Partner, report: ConnectionReport) -> list[tuple[str, str]]:
    return [(each.old, each.new) for each in news.of(partner, report) if isinstance(each, MailChanged)]


# Every code after which mail is tried again by itself is in one of the two, so that a new one gets decided.
MENDED_BY_PEOPLE = {
    Code.AUTHORITIES_UNREADABLE,
    Code.EHLO_REFUSED,
    Code.HOST_UNKNOWN,
    Code.HOST_WITHOUT_ADDRESS,
    Code.NOT_SMTP,
    Code.OAUTH_CLOCK_WRONG,
    Code.REPLY_TOO_LONG,
    Code.SERVER_REFUSES,
}
MENDED_BY_TIME = {
    Code.ACCOUNT_LOCKED,
    Code.AUTH_TEMPORARY,
    Code.CONNECTION_FILTERED,
    Code.CONNECTION_LIMIT,
    Code.CONNECTION_REFUSED,
    Code.DEADLINE_PASSED,
    Code.DISCONNECTED,
    Code.DNS_UNAVAILABLE,
    Code.GREYLISTED,
    Code.LOGIN_TOO_SOON,
    Code.NETWORK_UNREACHABLE,
    Code.OAUTH_ANSWER_INVALID,
    Code.OAUTH_ANSWER_TOO_LONG,
    Code.OAUTH_ENDPOINT_SLOW,
    Code.OAUTH_ENDPOINT_UNREACHABLE,
    Code.OAUTH_PROVIDER_BUSY,
    Code.OAUTH_SOURCE_FAILED,
    Code.QUOTA_PER_DAY,
    Code.QUOTA_PER_HOUR,
    Code.QUOTA_REACHED,
    Code.RECIPIENT_MAILBOX_FULL,
    Code.REPLY_UNFINISHED,
    Code.SENDER_TEMPORARY,
    Code.SENDING_TOO_FAST,
    Code.SERVER_BUSY,
    Code.TEST_EMAIL_LIMIT,
    Code.TLS_BROKEN,
    Code.TOO_SOON,
}
FINAL = [
    *map(failure, sorted(MENDED_BY_PEOPLE)),
    failure(Code.AUTH_FAILED, 535),
    failure(Code.SERVER_REFUSES, 554),
    failure(Code.ADDRESS_NOT_ALLOWED),
    failure(Code.PORT_NOT_ALLOWED),
    failure(Code.PASSWORD_UNREADABLE),
    failure(Code.CERTIFICATE_EXPIRED),
    failure(Code.STARTTLS_NOT_OFFERED),
    failure(Code.STARTTLS_REFUSED, 502),
]
PASSING = [
    failure(Code.SERVER_BUSY, 421),
    failure(Code.AUTH_TEMPORARY, 454),
    failure(Code.AUTH_TEMPORARY, 535),
    failure(Code.CONNECTION_LIMIT, 432),
    failure(Code.STARTTLS_REFUSED, 454),
    *map(failure, sorted(MENDED_BY_TIME)),
    failure(Code.INTERNAL_ERROR),
]


def test_it_is_decided_of_every_code_after_which_mail_is_tried_again() -> None:
    # Of a test that was not made nothing is told (below).
    waits = {code for code, meant in BY_CODE.items() if meant.startswith("retry")} - {Code.BUSY}
    assert waits == MENDED_BY_PEOPLE | MENDED_BY_TIME
    assert not MENDED_BY_PEOPLE & MENDED_BY_TIME


@pytest.mark.parametrize("error", FINAL, ids=str)
@pytest.mark.parametrize("status", ["untested", "ok", "changed", "failed", "untrusted"])
def test_what_waiting_does_not_mend_is_news_at_once(error: SMTPError, status: str) -> None:
    partner = partner_with(smtp_alert_state=WORKING, smtp_status=status)
    assert states(partner, report_of(partner, error)) == [("working", "broken")]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_may_pass_is_news_once_two_tests_in_a_row_found_mail_broken(error: SMTPError) -> None:
    for status in ("untested", "ok", "changed"):
        partner = partner_with(smtp_alert_state=WORKING, smtp_status=status)
        assert states(partner, report_of(partner, error)) == []
    for status in ("failed", "untrusted"):
        partner = partner_with(smtp_alert_state=WORKING, smtp_status=status)
        assert states(partner, report_of(partner, error)) == [("working", "broken")]


def test_settings_that_answer_but_do_not_send_are_broken() -> None:
    partner = partner_with(smtp_alert_state=WORKING, smtp_status="ok")
    assert states(partner, report_of(partner, deliverable=False)) == [("working", "broken")]


@pytest.mark.parametrize(
    ("known", "works", "change"),
    [
        (UNKNOWN, True, [("", "working")]),
        (UNKNOWN, False, [("", "broken")]),
        (WORKING, True, []),
        (WORKING, False, [("working", "broken")]),
        (BROKEN, True, [("broken", "working")]),
        (BROKEN, False, []),
    ],
)
def test_only_a_change_is_news(known: AlertState, works: bool, change: list[tuple[str, str]]) -> None:
    partner = partner_with(smtp_alert_state=known)
    assert states(partner, report_of(partner, None if works else FINAL[0])) == change


def test_that_a_new_partner_works_is_kept_but_not_told() -> None:
    partner = partner_with()
    (first,) = news.of(partner, report_of(partner))
    assert not first.is_worth_telling
    for known, error in ((UNKNOWN, FINAL[0]), (WORKING, FINAL[0]), (BROKEN, None)):
        partner = partner_with(smtp_alert_state=known)
        (change,) = news.of(partner, report_of(partner, error))
        assert change.is_worth_telling


def test_an_account_without_a_host_was_never_finished_unless_it_worked() -> None:
    error = failure(Code.HOST_MISSING)
    for known, change in ((UNKNOWN, []), (WORKING, [("working", "broken")]), (BROKEN, [])):
        partner = partner_with(smtp_alert_state=known)
        assert states(partner, report_of(partner, error)) == change


def test_a_test_that_was_not_made_says_nothing() -> None:
    for status in ("ok", "failed"):
        partner = partner_with(smtp_alert_state=WORKING, smtp_status=status)
        assert states(partner, connection_test.busy(partner.smtp_settings())) == []


def test_nothing_of_an_inactive_partner_is_news() -> None:
    partner = partner_with(active=False, smtp_alert_state=WORKING)
    assert list(news.of(partner, report_of(partner, FINAL[0]))) == []
    assert list(news.of(partner, report_of(partner, tls=certificate(3)))) == []


def certificate(days_left: float, *, lived: float = 360, verified: bool = True) -> TLSFacts:
    return TLSFacts(
        verified=verified,
        pinned=not verified,
        not_before=NOW - timedelta(days=lived),
        not_after=NOW + timedelta(days=days_left),
    )


def expiring(partner: Partner, tls: TLSFacts, **values: Any) -> list[datetime]:
    found = news.of(partner, report_of(partner, tls=tls, **values))
    return [each.new for each in found if isinstance(each, CertificateExpiring)]


def test_a_certificate_is_news_two_weeks_before_its_end(settings: Settings) -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    assert expiring(partner, certificate(15)) == []
    assert expiring(partner, certificate(13)) == [NOW + timedelta(days=13)]
    settings.PARTNER_SMTP_CERTIFICATE_ALERT_DAYS = 30
    assert expiring(partner, certificate(29)) == [NOW + timedelta(days=29)]
    settings.PARTNER_SMTP_CERTIFICATE_ALERT_DAYS = 0
    assert expiring(partner, certificate(1)) == []


def test_one_that_lives_for_days_only_is_news_in_the_last_quarter_of_its_life() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    assert expiring(partner, certificate(3, lived=3)) == []
    assert expiring(partner, certificate(1, lived=5)) == [NOW + timedelta(days=1)]


def test_each_certificate_is_news_once() -> None:
    partner = partner_with(smtp_alert_state=WORKING, smtp_alerted_until=NOW + timedelta(days=3))
    assert expiring(partner, certificate(3)) == []
    assert expiring(partner, certificate(4)) == [NOW + timedelta(days=4)]
    assert expiring(partner, certificate(300)) == []


def test_the_end_of_a_certificate_is_no_news_where_it_does_not_matter_or_mail_is_broken_anyway() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    assert expiring(partner, certificate(3, verified=False)) == []
    assert expiring(partner, certificate(3), deliverable=False) == []
    assert expiring(partner, TLSFacts(verified=True)) == []


# Who may tell it


def broken_news(partner: Partner) -> MailChanged:
    (change,) = news.of(partner, report_of(partner, FINAL[0]))
    assert isinstance(change, MailChanged)
    return change


def state_of(partner: Partner) -> str:
    return Partner.objects.get(pk=partner.pk).smtp_alert_state


def test_a_claim_is_given_once_and_can_be_given_back() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    change = broken_news(partner)
    claimed = change.claim()
    assert claimed is not None
    assert (claimed.partner.smtp_alert_state, state_of(partner)) == ("broken", "broken")
    assert change.claim() is None
    claimed.give_back()
    assert state_of(partner) == "working"
    assert change.claim() is not None


def test_what_is_given_back_is_not_taken_from_who_claimed_it_since() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    claimed = broken_news(partner).claim()
    assert claimed is not None
    set_columns(partner, smtp_alert_state=UNKNOWN)
    claimed.give_back()
    assert state_of(partner) == ""


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"active": False},
        {"smtp_host": "other.example.com"},
        {"smtp_email": "other@example.com"},
        {"smtp_password_encrypted": "v1:other"},
        {"smtp_alert_state": BROKEN},
    ],
    ids=str,
)
def test_news_of_what_is_no_longer_stored_is_nobody_s(meanwhile: dict[str, Any]) -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    change = broken_news(partner)
    set_columns(partner, **meanwhile)
    assert change.claim() is None
    assert state_of(partner) == meanwhile.get("smtp_alert_state", "working")


def test_of_a_partner_that_is_gone_nothing_is_told() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    change = broken_news(partner)
    Partner.objects.all().delete()
    assert change.claim() is None


def test_a_certificate_is_claimed_by_its_end() -> None:
    partner = partner_with(smtp_alert_state=WORKING)
    (end,) = news.of(partner, report_of(partner, tls=certificate(3)))
    assert isinstance(end, CertificateExpiring)
    assert end.claim() is not None
    assert Partner.objects.get(pk=partner.pk).smtp_alerted_until == NOW + timedelta(days=3)
    assert end.claim() is None
    end.give_back()
    assert Partner.objects.get(pk=partner.pk).smtp_alerted_until is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_may_tell() -> None:
    with usual_transactions():
        partner = partner_with(smtp_alert_state=WORKING)
        change = broken_news(partner)
        (end,) = news.of(partner, report_of(partner, tls=certificate(3)))
        for each in (change, end):
            claims = at_once(lambda one: one.claim() is not None, [each] * 8)
            assert sorted(claims) == [False] * 7 + [True]


def test_since_when_is_only_said_if_it_is_known() -> None:
    partner = partner_with(smtp_alert_state=WORKING, smtp_status="failed", smtp_status_since=NOW)
    change = broken_news(partner)
    assert change.since == NOW
    partner.smtp_status = "ok"
    assert replace(change, partner=partner).since is None
