"""Databases that are locked or away, and the connections to them while another machine is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

Result = TypeVar("Result")

PATIENCE = 60.0  # seconds that a database may be away before it is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

# Deadlock, lock wait time-out, and MariaDB's "record has changed since last read" (innodb_snapshot_isolation).
_LOST_RACE = {1020, 1205, 1213}


def persistently(action: Callable[[], Result], patience: float | None = None) -> Result:
    """Do something that may be done twice, though a database is locked, restarted or away for a while.

    Raises what the database raises after ``patience`` seconds, or at once within a transaction, which is lost.
    """
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
    pause = FIRST_PAUSE
    while True:
        try:
            return action()
        except (InterfaceError, OperationalError):
            if _is_in_a_transaction() or time.monotonic() + pause > deadline:
                raise
            give_back()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def is_lost_race(error: DatabaseError) -> bool:
    """Whether another process was faster, which is not an error."""
    number = error.args[0] if error.args else None
    return number in _LOST_RACE or "locked" in str(error) or "deadlock" in str(error)


def give_back() -> None:
    """Close this thread's connections to databases; each is opened again when it is needed next.

    A database has few, and a pool fewer: who waits for a silent server would keep them from all other requests.
    None is closed in the middle of a transaction, where autocommit is off.
    """
    for connection in connections.all(initialized_only=True):
        if connection.autocommit:
            connection.close()


def _is_in_a_transaction() -> bool:
    return not all(each.autocommit for each in connections.all(initialized_only=True))
