"""Whether a transaction is open where none may be."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.db import connection


def transaction_depth() -> int:
    """How many transactions are open within that of the test."""
    return len(connection.savepoint_ids)


def depths_within(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[int]:
    """How many were open at each call of the module's function, while the site has one for each request."""
    depths: list[int] = []
    function = getattr(module, name)

    def watch(*args: Any) -> Any:
        depths.append(transaction_depth())
        return function(*args)

    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(module, name, watch)
    return depths
