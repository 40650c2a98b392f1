"""A database that is locked or away for a while."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from wagtail_partner_smtp.account import database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("closed")])
def test_what_it_refuses_for_a_moment_is_done_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(database, "FIRST_PAUSE", 0.0)
    errors = iter([error] * 3)
    was_connected: list[bool] = []

    def action() -> str:
        was_connected.append(connection.connection is not None)
        connection.ensure_connection()
        if error := next(errors, None):
            raise error
        return "done"

    connection.ensure_connection()
    assert database.persistently(action) == "done"
    # Whatever became of a connection, the next attempt has a new one.
    assert was_connected == [True, False, False, False]


def test_one_that_stays_away_is_given_up() -> None:
    calls: list[None] = []

    def action() -> None:
        calls.append(None)
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        database.persistently(action, patience=0.0)
    with pytest.raises(OperationalError), transaction.atomic():
        database.persistently(action)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(1213, "Deadlock found"), True),
        (OperationalError(1020, "Record has changed since last read"), True),
        (OperationalError("database is locked"), True),
        (OperationalError("deadlock detected"), True),
        (OperationalError("server closed the connection"), False),
        (DatabaseError(), False),
    ],
)
def test_losing_a_race_is_no_fault(error: DatabaseError, expected: bool) -> None:
    assert database.is_lost_race(error) is expected
