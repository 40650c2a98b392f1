from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import QuerySet
from django.utils import timezone

from tests.support.accounts import make_partner
from tests.support.locked_database import be_patient, lock
from tests.support.stopwatch import PATIENCE
from tests.support.threads import usual_transactions
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.connection_test.leases import Busy, hold, hold_for_email
from wagtail_partner_smtp.models import ConnectionTestLease, Partner
from wagtail_partner_smtp.smtp.errors import Code, SMTPError

if TYPE_CHECKING:
    from pytest_django import Settings

ANN, BOB = SimpleNamespace(pk=1), SimpleNamespace(pk=uuid4())


@pytest.fixture(autouse=True)
def timeout(settings: Settings) -> None:
    settings.PARTNER_SMTP_TEST_TIMEOUT = 15


@pytest.fixture
def partner(db: None) -> Partner:
    return make_partner()


def live() -> list[str]:
    return list(ConnectionTestLease.objects.filter(expires__gt=timezone.now()).values_list("key", flat=True))


def test_p15_one_test_of_a_partner_at_a_time(partner: Partner) -> None:
    with hold(partner, ANN):
        with pytest.raises(Busy), hold(partner, BOB):
            pytest.fail("two tests at once")
        assert live() == [f"wagtail_partner_smtp.partner:{partner.pk}"]
    with hold(partner, BOB):
        pass


def test_a_lease_is_given_back(partner: Partner) -> None:
    with pytest.raises(ZeroDivisionError), hold(partner, ANN):
        raise ZeroDivisionError
    assert not ConnectionTestLease.objects.exists()


def test_partners_do_not_wait_for_each_other(partner: Partner) -> None:
    with hold(partner, ANN), hold(make_partner(), BOB):
        assert len(live()) == 2


@pytest.mark.parametrize("unsaved", [None, Partner(), Partner(pk=5)], ids=["none", "new", "with a key"])
def test_unsaved_partners_are_one_per_user(unsaved: Partner | None, partner: Partner) -> None:
    with hold(unsaved, ANN), hold(unsaved, BOB), hold(partner, ANN):
        assert set(live()) == {"user:1", f"user:{BOB.pk}", f"wagtail_partner_smtp.partner:{partner.pk}"}


def test_the_same_users_next_test_takes_over(partner: Partner) -> None:
    with hold(partner, ANN):
        first = ConnectionTestLease.objects.get().token
        with hold(partner, ANN):
            assert ConnectionTestLease.objects.get().token != first
            with pytest.raises(Busy), hold(partner, BOB):
                pass


def test_what_was_taken_over_is_not_given_back_by_the_first_test(partner: Partner) -> None:
    first, second = hold(partner, ANN), hold(partner, ANN)
    with first:
        second.__enter__()
    assert len(live()) == 1
    second.__exit__(None, None, None)
    assert not ConnectionTestLease.objects.exists()


def test_a_test_without_a_user_takes_nothing_over(partner: Partner) -> None:
    with hold(partner, None), pytest.raises(Busy), hold(partner, None):
        pass
    with hold(None, None), hold(None, None):
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`clock(seconds)` moves the time of the leases on."""
    times = SimpleNamespace(now=timezone.now())
    monkeypatch.setattr(leases, "timezone", SimpleNamespace(now=lambda: times.now))

    def move(seconds: float) -> None:
        times.now += timedelta(seconds=seconds)

    return move


def test_a_lease_that_a_crash_left_ends_after_the_deadline(
    partner: Partner, clock: Callable[[float], None]
) -> None:
    crashed = hold(partner, ANN)
    crashed.__enter__()
    clock(16.9)
    with pytest.raises(Busy), hold(partner, BOB):
        pass
    clock(0.2)
    with hold(partner, BOB):
        crashed.__exit__(None, None, None)
        assert ConnectionTestLease.objects.get().user_id == str(BOB.pk)


def test_a_clock_that_is_put_back_leaves_no_lease_for_an_hour(
    partner: Partner, clock: Callable[[float], None]
) -> None:
    with hold(partner, ANN):
        clock(-17)
        with pytest.raises(Busy) as caught, hold(partner, BOB):
            pass
        assert caught.value.retry_after == 34
        clock(-3600)
        with hold(partner, BOB):
            assert ConnectionTestLease.objects.get().user_id == str(BOB.pk)


def test_nor_a_pause_between_test_emails(partner: Partner, clock: Callable[[float], None]) -> None:
    with hold_for_email(partner, ANN):
        pass
    assert leases.email_pause(ANN) == 10
    clock(-10)
    with pytest.raises(Busy) as caught, hold_for_email(partner, ANN):
        pass
    assert caught.value.retry_after == leases.email_pause(ANN) == 20
    clock(-3600)
    assert leases.email_pause(ANN) == 0
    with hold_for_email(partner, ANN):
        pass


@pytest.mark.parametrize(("later", "expected"), [(0, 17), (10.5, 7), (16.9, 1)])
def test_busy_says_when_to_come_back(
    later: float, expected: int, partner: Partner, clock: Callable[[float], None]
) -> None:
    with hold(partner, ANN):
        clock(later)
        with pytest.raises(Busy) as caught, hold(partner, BOB):
            pass
    assert caught.value.retry_after == expected


def test_busy_is_one_of_the_errors_of_a_session() -> None:
    error = Busy(3)
    assert isinstance(error, SMTPError)
    assert (error.code, error.facts["retry_after"]) == (Code.BUSY, 3)


def test_p15_a_process_runs_a_limited_number_of_tests(partner: Partner, settings: Settings) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 2
    with hold(partner, ANN), hold(make_partner(), BOB):
        with pytest.raises(Busy) as caught, hold(make_partner(), None):
            pass
        assert caught.value.retry_after == 1
        assert len(live()) == 2
    with hold(partner, ANN), hold(make_partner(), BOB):
        pass


@pytest.mark.parametrize(("limit", "own"), [(1, 1), (2, 1), (3, 2), (5, 4)])
def test_p56_one_user_leaves_a_place_for_others(settings: Settings, db: None, limit: int, own: int) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = limit
    with ExitStack() as running:
        for _ in range(own):
            running.enter_context(hold(make_partner(), ANN))
        with pytest.raises(Busy), hold(make_partner(), ANN):
            pass
        if own < limit:
            running.enter_context(hold(make_partner(), BOB))
    with hold(make_partner(), ANN):
        pass


@pytest.mark.parametrize("is_saved", [True, False])
def test_p56_one_user_has_two_tests_of_a_partner_at_most(
    settings: Settings, db: None, is_saved: bool
) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 20
    partner = make_partner() if is_saved else None
    with hold(partner, ANN), hold(partner, ANN):
        with pytest.raises(Busy), hold(partner, ANN):
            pass
        with hold(make_partner(), ANN):
            pass


def test_what_no_user_started_is_limited_by_the_process_alone(settings: Settings, db: None) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 3
    with ExitStack() as running:
        for _ in range(3):
            running.enter_context(hold(make_partner(), None))
        with pytest.raises(Busy), hold(make_partner(), None):
            pass


def test_p15_a_refused_test_takes_no_slot(partner: Partner, settings: Settings) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 2
    with hold(partner, ANN):
        for _ in range(5):
            with pytest.raises(Busy) as caught, hold(partner, BOB):
                pass
            assert caught.value.retry_after > 1


# A database that is locked


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)
    lock(monkeypatch, leases, "_take", 3)
    with hold(saved(1), ANN):
        assert len(live()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_given_back_after_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)
    with hold(saved(1), ANN):
        lock(monkeypatch, QuerySet, "delete")
    assert not ConnectionTestLease.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_p15_a_database_that_stays_locked_is_busy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARTNER_SMTP_TEST_TIMEOUT = 0.01
    lock(monkeypatch, leases, "_take", math.inf)
    with pytest.raises(Busy) as caught, hold(saved(1), ANN):
        pass
    assert caught.value.retry_after == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PARTNER_SMTP_TEST_TIMEOUT = 0.0

    def away(key: str, user_id: str) -> ConnectionTestLease:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(leases, "_take", away)
    with pytest.raises(OperationalError), hold(saved(1), ANN):
        pass
    assert not leases._slots._taken


# Threads


@pytest.fixture
def several_connections(transactional_db: None) -> Iterator[None]:
    """Each thread has a connection of its own."""
    with usual_transactions():
        yield


def in_threads(functions: list[Callable[[], Any]]) -> list[Any]:
    """What each returns, all of them running at the same time, each with its own connection."""
    start = threading.Barrier(len(functions), timeout=PATIENCE)

    def run(function: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, f) for f in functions]]


class Flood:
    """Tests that start together. Those that get through wait until all others were turned away."""

    def __init__(self, partners: list[Partner], users: list[Any], *, winners: int) -> None:
        self.jobs = list(zip(partners, users, strict=True))
        self.turned_away = threading.Barrier(len(self.jobs) - winners, action=lambda: self.over.set())
        self.over = threading.Event()

    def run(self) -> list[str]:
        return sorted(in_threads([partial(self.test, *job) for job in self.jobs]))

    def test(self, partner: Partner, user: Any) -> str:
        try:
            with hold(partner, user):
                return "ran" if self.over.wait(PATIENCE) else "ran, but too few were turned away"
        except Busy:
            self.turned_away.wait(PATIENCE)
            return "busy"


def saved(pk: int) -> Partner:
    partner = Partner(pk=pk)
    partner._state.adding = False
    return partner


def user(pk: int) -> SimpleNamespace:
    return SimpleNamespace(pk=pk)


@pytest.mark.usefixtures("several_connections")
def test_p15_of_20_users_at_once_one_tests_the_partner(settings: Settings) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 100
    flood = Flood([saved(1)] * 20, [user(n) for n in range(20)], winners=1)
    assert flood.run() == ["busy"] * 19 + ["ran"]


@pytest.mark.usefixtures("several_connections")
def test_p15_also_when_the_last_test_left_its_lease(settings: Settings) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 100
    in_threads([partial(leave_ended_lease, saved(1))])
    flood = Flood([saved(1)] * 20, [user(n) for n in range(20)], winners=1)
    assert flood.run() == ["busy"] * 19 + ["ran"]


def leave_ended_lease(partner: Partner) -> None:
    key = f"wagtail_partner_smtp.partner:{partner.pk}"
    ConnectionTestLease.objects.create(key=key, token=uuid4(), user_id="x", expires=timezone.now())


@pytest.mark.usefixtures("several_connections")
def test_p15_of_20_partners_at_once_a_process_tests_as_many_as_it_may(settings: Settings) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 4
    flood = Flood([saved(n) for n in range(1, 21)], [user(n) for n in range(20)], winners=4)
    assert flood.run() == ["busy"] * 16 + ["ran"] * 4


@pytest.mark.usefixtures("several_connections")
def test_no_transaction_is_open_while_a_lease_is_held() -> None:
    def hold_and_look() -> tuple[bool, list[str]]:
        with hold(saved(1), ANN):
            return connection.in_atomic_block, in_threads([live])[0]

    assert in_threads([hold_and_look]) == [(False, ["wagtail_partner_smtp.partner:1"])]
