"""Behaviour of databases that a queue has to handle."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction

from . import queues

Result = TypeVar("Result")

PATIENCE = 60.0  # seconds that a database may be away before it is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

# Deadlock, lock wait time-out, and MariaDB's "record has changed since last read" (innodb_snapshot_isolation).
_LOST_RACE = {1020, 1205, 1213}


def persistently(action: Callable[[], Result], patience: float | None = None) -> Result:
    """Do something that may be done twice, though the database is locked, restarted or away for a while.

    Raises what the database raises after ``patience`` seconds, or at once within a transaction, which is lost.
    """
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
    pause = FIRST_PAUSE
    while True:
        try:
            return action()
        except (InterfaceError, OperationalError):
            connection = connections[queues.database()]
            if connection.in_atomic_block or time.monotonic() + pause > deadline:
                raise
            connection.close()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def is_lost_race(error: DatabaseError) -> bool:
    """Whether another process was faster, which is not an error."""
    number = error.args[0] if error.args else None
    return number in _LOST_RACE or "locked" in str(error) or "deadlock" in str(error)


def must_not_be_in_a_transaction() -> None:
    """Raises ``RuntimeError`` within one: what is written while mail leaves must be there whatever comes next."""
    with transaction.atomic(using=queues.database(), durable=True):
        pass
