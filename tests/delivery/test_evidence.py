"""What real mail changes of what is known of a partner."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_finished
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import EMAIL, PartnerOn
from tests.support.outbox import deliver
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.account.saving import FILLED_IN, SECRETS
from wagtail_partner_smtp.conf import policy
from wagtail_partner_smtp.connection_test import results, rounds
from wagtail_partner_smtp.delivery import evidence
from wagtail_partner_smtp.delivery.evidence import Finding
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.names import is_elsewhere

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)

HOME, ELSEWHERE = f"ann@{EMAIL.partition('@')[2]}", "ann@customer.example"
WRONG = "not the password"


def send(partner: AbstractPartner, to: str = ELSEWHERE) -> str:
    """The code of what went wrong."""
    try:
        partner.send_mail("Invoice", "Text", [to])
    except SMTPError as error:
        return str(error.code)
    return ""


def read(partner: AbstractPartner) -> AbstractPartner:
    return type(partner)._default_manager.get(pk=partner.pk)


def put(partner: AbstractPartner, **columns: Any) -> AbstractPartner:
    type(partner)._default_manager.filter(pk=partner.pk).update(**columns)
    return read(partner)


def known(partner: AbstractPartner) -> tuple[str, str, int]:
    """State, cause and failures as they are stored."""
    stored = read(partner)
    return stored.smtp_status, stored.smtp_test_summary.get("code", ""), stored.smtp_failures


def test_failures_change_the_state_and_are_counted_and_a_success_ends_them(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("AUTH", times=3, reply="535 5.7.8 no"),))
    partner = put(partner_on(listener), smtp_status="ok")
    before = timezone.now()
    assert send(partner) == "auth_failed"
    assert known(partner) == ("failed", "auth_failed", 1)
    stored = read(partner)
    assert stored.smtp_status_since is not None
    assert stored.smtp_status_since >= before
    failure, since = stored.smtp_failure, stored.smtp_status_since
    assert (failure["stage"], failure["smtp_code"], failure["enhanced_code"]) == ("auth", 535, "5.7.8")
    assert datetime.fromisoformat(failure["at"]) >= before
    # The same instance, and another one.
    assert (send(partner), send(stored)) == ("auth_failed", "auth_failed")
    assert known(partner) == ("failed", "auth_failed", 3)
    assert stored.smtp_failures == 3
    assert read(partner).smtp_status_since == since

    assert send(partner) == ""
    assert known(partner) == ("ok", "", 0)
    assert read(partner).smtp_failure == {}


def test_what_a_test_has_told_of_the_server_is_kept_and_its_verdict_is_not(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(auth=(), rules=(on("MAIL", times=1, reply="451 4.3.0 try later"),))
    told = {
        "encrypted": True,
        "warnings": ["address_refused"],
        "ok": None,
        "deliverable": True,
        "stage": "tls",
    }
    partner = put(partner_on(listener, smtp_login=""), smtp_status="ok", smtp_test_summary=told)
    summaries = []
    for to in (HOME, HOME, ELSEWHERE):
        send(partner, to)
        summaries.append(read(partner).smtp_test_summary)
    common = {"encrypted": True, "warnings": []}
    busy = {"code": "server_busy", "cause": "server_busy", "stage": "mail"}
    open_question = {"code": "relay_not_tried", "cause": "relay_not_tried", "stage": ""}
    assert summaries == [
        common | {"ok": False, "deliverable": False} | busy,
        common | {"ok": True, "deliverable": None} | open_question,
        common | {"ok": True, "deliverable": True, "code": "", "cause": "", "stage": ""},
    ]


def test_an_account_without_a_login_that_is_ok_for_no_known_reason_is_proven_or_not(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = put(partner_on(smtp.plain, smtp_login=""), smtp_status="ok")
    send(partner)
    assert read(partner).smtp_relay_proven_at is not None
    assert known(partner) == ("ok", "", 0)
    partner = put(partner, smtp_relay_proven_at=None)
    send(partner, HOME)
    assert known(partner) == ("unproven", "relay_not_tried", 0)


def test_nothing_is_asked_or_written_while_nothing_changes(smtp: Served, partner_on: PartnerOn) -> None:
    for login, to in (("user", HOME), ("user", ELSEWHERE), ("", ELSEWHERE), ("", HOME)):
        partner = put(
            partner_on(smtp.plain, **({} if login else {"smtp_login": ""})),
            smtp_status="ok",
            smtp_relay_proven_at=None if login else timezone.now(),
        )
        with CaptureQueriesContext(connection) as queries:
            assert send(partner, to) == ""
        # Whether it may be sent at all, and when mail was last sent, as ever.
        assert [each["sql"].split()[0] for each in queries] == ["SELECT", "UPDATE"]
        assert "smtp_last_mail_at" in queries[-1]["sql"]
        assert "smtp_status" not in queries[-1]["sql"]


def test_a_change_is_one_statement(smtp: Served, partner_on: PartnerOn) -> None:
    partner = put(partner_on(smtp.plain, password=WRONG), smtp_status="ok")
    with CaptureQueriesContext(connection) as queries:
        send(partner)
    assert [each["sql"].split()[0] for each in queries] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("RCPT", "550 5.1.1 no such user"),
        ("RCPT", "451 4.7.1 greylisted"),
        ("DATA-END", "554 5.6.0 content"),
        ("DATA-END", "552 5.3.4 too large"),
        ("AUTH", "432 4.3.2 too many connections"),
    ],
)
def test_one_mails_own_fault_is_not_the_partners(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture, verb: str, reply: str
) -> None:
    partner = put(partner_on(smtp.listen(rules=(on(verb, reply=reply),))), smtp_status="ok")
    assert send(partner)
    assert known(partner) == ("ok", "", 0)
    assert "could not be kept" not in caplog.text


def test_a_login_that_cannot_be_used_is_told_as_in_a_test(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen("auth-none"))
    assert send(partner) == "auth_not_offered"
    assert known(partner) == ("login_unused", "auth_not_offered", 1)


@pytest.mark.parametrize(
    "code", ["auth_not_offered", "login_not_tried", "stored_password_not_sent", "token_not_sent"]
)
def test_whatever_keeps_the_login_from_being_used_is_called_so(
    smtp: Served, partner_on: PartnerOn, code: str
) -> None:
    partner = partner_on(smtp.plain)
    evidence.note(partner, Finding(failure={"code": code, "stage": "auth"}, failures=1))
    assert known(partner) == ("login_unused", code, 1)


def test_p33_the_first_mail_for_another_domain_proves_it(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, smtp_login="")
    assert send(partner, HOME) == ""
    assert known(partner) == ("unproven", "relay_not_tried", 0)
    with CaptureQueriesContext(connection) as queries:
        send(partner, HOME)
    assert len(queries) == 2
    assert send(partner) == ""
    assert known(partner) == ("ok", "", 0)
    assert rounds.check(read(partner)).status == "ok"


@pytest.mark.parametrize("login", ["user", ""])
def test_p33_or_disproves_it_and_no_test_takes_that_back(
    smtp: Served, partner_on: PartnerOn, settings: Settings, login: str
) -> None:
    listener = smtp.listen(
        auth=("PLAIN",) if login else (),
        rules=(on("RCPT", match="*@customer.example*", times=1, reply="554 5.7.1 Relay access denied"),),
    )
    partner = put(
        partner_on(listener, **({} if login else {"smtp_login": ""})),
        smtp_status="ok",
        smtp_relay_proven_at=timezone.now(),
    )
    assert send(partner) == "relay_refused"
    assert known(partner) == ("failed", "relay_refused", 1)
    assert read(partner).smtp_relay_proven_at is None

    report = rounds.check(read(partner))
    assert (report.ok, report.deliverable, report.status) == (True, False, "failed")
    assert report.cause is not None
    assert (report.cause.code, report.cause.smtp_code, report.offers_email) == ("relay_refused", 554, True)
    assert known(partner) == ("failed", "relay_refused", 1)
    # Its own addresses it takes all the same.
    assert send(read(partner), HOME) == ""
    assert known(partner) == ("failed", "relay_refused", 1)

    assert send(read(partner)) == ""
    assert known(partner) == ("ok", "", 0)
    assert rounds.check(read(partner)).status == "ok"


def test_a_changed_account_forgets_what_mail_has_shown(smtp: Served, partner_on: PartnerOn) -> None:
    rule = on("RCPT", match="*@customer.example*", reply="554 5.7.1 Relay access denied")
    partner = partner_on(smtp.listen(rules=(rule,)))
    send(partner)
    partner = read(partner)
    partner.smtp_email = "other@example.org"
    partner.save()
    assert (known(partner)[0], known(partner)[2], read(partner).smtp_past_refusal()) == ("changed", 0, None)


def test_another_server_has_proven_nothing_yet_and_another_address_keeps_the_proof(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = put(partner_on(smtp.plain, smtp_login=""), smtp_relay_proven_at=timezone.now())
    for change, is_proven in (({"smtp_email": "other@example.org"}, True), ({"smtp_port": 2526}, False)):
        for name, value in change.items():
            setattr(partner, name, value)
        partner.save()
        assert (read(partner).smtp_relay_proven_at is not None) is is_proven


def test_what_a_test_can_refute_is_refuted_by_it(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("AUTH", times=1, reply="535 5.7.8 no"),))
    partner = partner_on(listener)
    send(partner)
    assert rounds.check(read(partner)).status == "ok"
    assert known(partner) == ("ok", "", 0)


def test_nothing_older_overwrites_what_is_newer(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("AUTH", skip=1, times=1, reply="535 5.7.8 no"),))
    partner = partner_on(listener)
    account = partner.smtp_settings()
    # It began before the mail that failed, and ends behind it.
    report = connection_test.run(account, policy())
    assert send(partner) == "auth_failed"
    assert not results.store(partner, account, report)
    assert known(partner) == ("failed", "auth_failed", 1)
    put(partner, smtp_judged_at=timezone.now() + timedelta(minutes=1))
    assert send(read(partner)) == ""
    assert known(partner) == ("failed", "auth_failed", 1)
    # What a wrong clock wrote is not newer.
    put(partner, smtp_judged_at=timezone.now() + timedelta(hours=1))
    assert send(read(partner)) == ""
    assert known(partner)[0] == "ok"


def test_what_was_not_sent_with_is_not_judged(smtp: Served, partner_on: PartnerOn) -> None:
    partner = put(partner_on(smtp.plain, password=WRONG), smtp_status="ok")
    stale = read(partner)
    put(partner, smtp_email="somebody@example.org")
    send(stale)
    typed = read(partner)
    typed.set_smtp_password("also wrong")
    send(typed)
    assert known(partner) == ("ok", "", 0)


def test_failures_at_the_same_time_are_all_counted(smtp: Served, partner_on: PartnerOn) -> None:
    partner = put(partner_on(smtp.plain), smtp_status="ok")
    for each in (read(partner), partner):
        evidence.note(each, Finding(failure={"code": "auth_failed", "stage": "auth"}, failures=1))
    assert known(partner) == ("failed", "auth_failed", 2)


def test_a_finding_that_cannot_be_judged_raises_nothing(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(evidence, "rows_of", None)
    evidence.note(partner_on(smtp.plain), Finding(was_taken=True))
    assert "could not be kept: TypeError" in caplog.text


def test_no_value_that_was_sent_with_may_have_changed(smtp: Served, partner_on: PartnerOn) -> None:
    failure = Finding(failure={"code": "auth_failed", "stage": "auth"}, failures=1)
    others: dict[str, Any] = {"smtp_port": 1, "smtp_oauth_connected_at": timezone.now()}
    for name in (*FILLED_IN, *SECRETS, "smtp_oauth_connected_at"):
        stale = put(partner_on(smtp.plain), smtp_status="ok")
        put(stale, **{name: others.get(name, "other")})
        evidence.note(stale, failure)
        assert known(stale)[0] == "ok", name
        evidence.note(read(stale), failure)
        assert known(stale)[0] == "failed", name


@pytest.mark.parametrize("rolled_back", [False, True])
def test_a_transaction_of_the_caller_is_waited_for(
    smtp: Served, partner_on: PartnerOn, rolled_back: bool
) -> None:
    partner = put(partner_on(smtp.plain, password=WRONG), smtp_status="ok")
    with transaction.atomic():
        with CaptureQueriesContext(connection) as queries:
            send(partner)
            evidence.write_waiting()
        assert [each["sql"].split()[0] for each in queries] == ["SELECT"]
        transaction.set_rollback(rolled_back)
    if rolled_back:
        assert known(partner) == ("ok", "", 0)
        request_finished.send(None)
    assert known(partner) == ("failed", "auth_failed", 1)
    # Once.
    put(partner, smtp_status="ok")
    request_finished.send(None)
    assert known(partner)[0] == "ok"


def test_after_a_rollback_the_next_mail_of_the_thread_writes_it(smtp: Served, partner_on: PartnerOn) -> None:
    partner, other = partner_on(smtp.plain, password=WRONG), partner_on(smtp.plain)
    with transaction.atomic():
        send(partner)
        transaction.set_rollback(True)
    send(other)
    assert known(partner) == ("failed", "auth_failed", 1)


def test_who_commits_by_hand_is_waited_for_too(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    partner = put(partner_on(smtp.plain, password=WRONG), smtp_status="ok")
    transaction.set_autocommit(False)
    try:
        send(partner)
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert known(partner) == ("ok", "", 0)
    request_finished.send(None)
    assert known(partner) == ("failed", "auth_failed", 1)
    assert "could not be kept" not in caplog.text


def test_what_waits_is_of_all_mail_of_the_transaction(smtp: Served, partner_on: PartnerOn) -> None:
    """By the name of the partner, whom each mail reads anew; and by one instance."""
    listener = smtp.listen(rules=(on("AUTH", times=2, reply="535 5.7.8 no"),))
    partner = put(partner_on(listener, smtp_login="user"), smtp_status="ok")
    with transaction.atomic():
        assert (send(read(partner)), send(partner)) == ("auth_failed", "auth_failed")
    assert known(partner) == ("failed", "auth_failed", 2)
    assert read(partner).smtp_status_since is not None

    listener = smtp.listen(rules=(on("AUTH", times=1, reply="535 5.7.8 no"),))
    partner = put(partner_on(listener), smtp_status="ok")
    with transaction.atomic():
        assert (send(read(partner)), send(read(partner))) == ("auth_failed", "")
    assert known(partner) == ("ok", "", 0)

    listener = smtp.listen(auth=(), rules=(on("MAIL", skip=1, times=1, reply="451 4.3.0 try later"),))
    partner = put(partner_on(listener, smtp_login=""), smtp_status="unproven")
    with transaction.atomic():
        assert (send(partner), send(partner)) == ("", "server_busy")
    assert known(partner) == ("failed", "server_busy", 1)
    assert read(partner).smtp_relay_proven_at is not None


def test_an_instance_from_before_a_failure_tells_that_mail_is_taken_again(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("AUTH", times=1, reply="535 5.7.8 no"),))
    partner = put(partner_on(listener), smtp_status="ok")
    assert send(read(partner)) == "auth_failed"
    assert send(partner) == ""
    assert known(partner) == ("ok", "", 0)


@pytest.mark.parametrize(
    ("login", "columns", "to", "expected"),
    [
        # Mail for its own addresses refutes no refusal.
        (
            "user",
            {"smtp_status": "failed", "smtp_failure": {"code": "relay_refused"}},
            HOME,
            ("failed", {}),
        ),
        ("", {"smtp_status": "ok", "smtp_relay_proven_at": timezone.now()}, HOME, ("ok", {})),
        (
            "wrong",
            {"smtp_status": "ok", "smtp_test_summary": {"encrypted": True}},
            HOME,
            ("failed", {"encrypted": True, "code": "auth_failed"}),
        ),
    ],
)
def test_an_instance_learns_what_else_is_known_by_now(
    smtp: Served,
    partner_on: PartnerOn,
    login: str,
    columns: dict[str, Any],
    to: str,
    expected: tuple[str, dict[str, Any]],
) -> None:
    partner = partner_on(smtp.plain, **({"smtp_login": login} if login != "user" else {}))
    put(partner, **columns)
    send(partner, to)
    stored = read(partner)
    assert (stored.smtp_status, stored.smtp_test_summary | expected[1]) == (
        expected[0],
        stored.smtp_test_summary,
    )


class Unwritable:
    """Rows that cannot be written."""

    def filter(self, *conditions: Any, **columns: Any) -> Unwritable:
        return self

    def update(self, **columns: Any) -> int:
        raise RuntimeError


@pytest.mark.parametrize("waits", [False, True])
def test_mail_is_sent_although_it_cannot_be_remembered(
    smtp: Served,
    partner_on: PartnerOn,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    waits: bool,
) -> None:
    partner = partner_on(smtp.plain)
    monkeypatch.setattr(evidence, "rows_of", lambda row, using: Unwritable())
    with transaction.atomic() if waits else nullcontext():
        assert send(partner) == ""
        if waits:
            transaction.set_rollback(True)
    request_finished.send(None)
    assert len(smtp.plain.messages) == 1
    assert "could not be kept: RuntimeError" in caplog.text
    assert partner.smtp_status == "untested"


def test_another_transport_shows_nothing(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    partner = partner_on(smtp.plain)
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.dummy.EmailBackend"
    assert send(partner) == ""
    partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    deliver()
    assert known(partner) == ("untested", "", 0)


# What is what


def test_a_finding_after_another_one() -> None:
    good, elsewhere = Finding(was_taken=True), Finding(was_taken=True, elsewhere=True)
    bad, worse = Finding(failure={"code": "a"}, failures=1), Finding(failure={"code": "b"}, failures=2)
    assert bad.followed_by(worse) == Finding(failure={"code": "b"}, failures=3, at=worse.at)
    assert bad.followed_by(good) == good
    assert elsewhere.followed_by(good) == replace(elsewhere, at=good.at)
    assert good.followed_by(elsewhere) == elsewhere
    assert elsewhere.followed_by(bad) == replace(bad, elsewhere=True, was_taken=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@customer.example", True),
        ("ann@EXAMPLE.org", False),
        ("ann@mail.example.org", False),
        ("ann@org", False),
        ("ann@hoster.example", False),
        ("ann@notexample.org", True),
        ("ann@bücher.example", True),
        ("nobody", False),
        ("", False),
    ],
)
def test_which_addresses_are_elsewhere(address: str, expected: bool) -> None:
    assert is_elsewhere(address, "billing@example.org", "mx.hoster.example") is expected


def test_unknown_codes_say_nothing() -> None:
    assert evidence.failed("ValueError", "", None, smtp_code=None, enhanced_code="") is None
    assert evidence.of_error(SMTPError(Code.OUTCOME_UNKNOWN)) is None
    assert evidence.of_error(SMTPError(Code.HOST_MISSING)) is None
