"""A database that is locked, or away, when it is asked first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from wagtail_partner_smtp.account import database


def lock(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: float = 1, *, after: bool = False
) -> list[None]:
    """The first ``times`` calls of that function find the database locked.

    ``after`` they have done their work, as where a connection is lost before the reply. All calls are counted in
    the list that is returned.
    """
    function, calls = getattr(owner, name), list[None]()

    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(None)
        is_locked = len(calls) <= times
        done = None if is_locked and not after else function(*args, **kwargs)
        if is_locked:
            raise OperationalError("database is locked")
        return done

    monkeypatch.setattr(owner, name, call)
    return calls


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another attempt follows at once."""
    monkeypatch.setattr(database, "FIRST_PAUSE", 0.0)


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second attempt would come too late."""
    monkeypatch.setattr(database, "FIRST_PAUSE", 1000.0)
