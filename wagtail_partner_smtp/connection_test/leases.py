"""One connection test per partner at a time.

A lease is one row, taken and given back by single autocommit statements: no transaction is open while the
network is waited for. A process that dies leaves a lease that ends by itself.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import OperationalError
from django.db.models import Model, Q
from django.utils import timezone

from .. import conf
from ..account.database import is_lost_race, persistently
from ..account.names import is_saved, name_of
from ..models import ConnectionTestLease
from ..smtp.errors import Code, SMTPError
from ..smtp.settings import Stage
from .database import Afterwards

GRACE = timedelta(seconds=2)
PAUSE = timedelta(seconds=10)
"""How long a user waits between two test emails."""
OF_ONE_USER_AND_PARTNER = 2
"""How many tests of one partner a user may have in one process: the latest, and the one that it took over from."""


class Busy(SMTPError):
    """Another test is running. ``retry_after``: whole seconds after which it is worth another try."""

    def __init__(self, retry_after: int, code: Code = Code.BUSY) -> None:
        super().__init__(code, stage=Stage.SETTINGS, facts={"retry_after": retry_after})
        self.retry_after = retry_after


@contextmanager
def hold(partner: Model | None, user: Any) -> Iterator[Afterwards]:
    """The right to test ``partner``, for the ``with`` block, and what writes down the result. Raises ``Busy``.

    All unsaved partners of one user count as one. The same user's next test takes the lease over. ``user``
    is ``None`` for tests that no user started; they take nothing over.
    """
    key, user_id = _key(partner, user), "" if user is None else str(user.pk)
    with _slots.one(key, user_id):
        lease, afterwards = _take_persistently(key, user_id), Afterwards()
        try:
            yield afterwards
        finally:
            own = ConnectionTestLease.objects.filter(key=lease.key, token=lease.token)
            afterwards.attempt(own.delete)


@contextmanager
def hold_for_email(partner: Model, user: Any) -> Iterator[Afterwards]:
    """The right to send ``user`` a test email of ``partner``, for the ``with`` block. Raises ``Busy``.

    It is the right to test the partner, and a turn of the user's own: one test email at a time, whatever the
    partner, and after it none for ten seconds. Unlike a test it is not taken over.
    """
    try:
        turn = _take_persistently(_email_key(user), "")
    except Busy as busy:
        raise Busy(busy.retry_after, Code.TOO_SOON) from None
    rows, afterwards = ConnectionTestLease.objects.filter(key=turn.key, token=turn.token), Afterwards()
    try:
        with hold(partner, user) as afterwards:
            yield afterwards
    except Busy:
        afterwards.attempt(rows.delete)
        raise
    finally:
        afterwards.attempt(lambda: rows.update(expires=timezone.now() + PAUSE))


def email_pause(user: Any) -> int:
    """Whole seconds until ``user`` may send a test email again; 0 if that is now."""
    return _left(_email_key(user), timezone.now())


def ended(now: datetime, longest: timedelta) -> Q:
    """The rows that do not count any more; none lasts longer than ``longest``.

    What ends later than any could is from before a clock was put back.
    """
    return Q(expires__lte=now) | Q(expires__gt=now + 2 * longest)


class _Slots:
    """How many tests this process runs: over all partners and users, of one user, and of one user and partner."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[tuple[str, str]] = []

    @contextmanager
    def one(self, key: str, user_id: str) -> Iterator[None]:
        slot = (key, user_id)
        with self._lock:
            if not self._is_free(slot):
                raise Busy(1)
            self._taken.append(slot)
        try:
            yield
        finally:
            with self._lock:
                self._taken.remove(slot)

    def _is_free(self, slot: tuple[str, str]) -> bool:
        limit, user_id = conf.max_concurrent_tests(), slot[1]
        if len(self._taken) >= limit:
            return False
        if not user_id:
            return True
        own = sum(each == user_id for _, each in self._taken)
        # One is left for others, whatever one user does.
        return own < max(1, limit - 1) and self._taken.count(slot) < OF_ONE_USER_AND_PARTNER


_slots = _Slots()


def _key(partner: Model | None, user: Any) -> str:
    if partner is not None and is_saved(partner):
        return name_of(partner)
    return f"nobody:{uuid4()}" if user is None else f"user:{user.pk}"


def _email_key(user: Any) -> str:
    return f"email:{user.pk}"


def _take_persistently(key: str, user_id: str) -> ConnectionTestLease:
    try:
        return persistently(lambda: _take(key, user_id), conf.test_timeout())
    except OperationalError as error:
        if is_lost_race(error):
            # SQLite has one writer at a time, and serves those who wait in no order.
            raise Busy(1) from error
        raise


def _take(key: str, user_id: str) -> ConnectionTestLease:
    now = timezone.now()
    lease = ConnectionTestLease(
        key=key,
        token=uuid4(),
        user_id=user_id,
        expires=now + _length(),
    )
    if _take_over(lease, now):
        return lease
    _insert_ended(key, now)
    if _take_over(lease, now):
        return lease
    raise Busy(max(1, _left(key, now)))


def _insert_ended(key: str, now: datetime) -> None:
    """See to it that there is a row to take over. Two at once are no conflict."""
    ended = ConnectionTestLease(key=key, token=uuid4(), user_id="", expires=now)
    ConnectionTestLease.objects.bulk_create([ended], ignore_conflicts=True)


def _take_over(lease: ConnectionTestLease, now: datetime) -> bool:
    free = ended(now, _longest())
    if lease.user_id:
        free |= Q(user_id=lease.user_id)
    rows = ConnectionTestLease.objects.filter(free, key=lease.key)
    return bool(rows.update(token=lease.token, user_id=lease.user_id, expires=lease.expires))


def _left(key: str, now: datetime) -> int:
    """Whole seconds until the lease ends; 0 if it has, or if there is none."""
    rows = ConnectionTestLease.objects.exclude(ended(now, _longest())).filter(key=key)
    expires = rows.values_list("expires", flat=True).first()
    return math.ceil((expires - now).total_seconds()) if expires else 0


def _length() -> timedelta:
    return timedelta(seconds=conf.test_timeout()) + GRACE


def _longest() -> timedelta:
    return max(_length(), PAUSE)
