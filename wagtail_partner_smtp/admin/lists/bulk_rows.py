"""The rows of the bulk action as its script gets them: thousands in a few hundred kilobytes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from django.contrib.admin.utils import quote
from django.db.models import QuerySet

from ...account.health import is_active
from ...account.row import SMTPAccount
from ...account.saving import MACHINE_WRITTEN, one_spelling
from ..badges import Badge, partner_badge
from ..tab.answers import badge_as_dict

T = TypeVar("T", bound=Hashable)

Address = tuple[str, str]
"""What stands before and behind a row's key."""


def needed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows without the columns that are long, and no business of a page."""
    return rows.defer(*set(MACHINE_WRITTEN) - {"smtp_status", "smtp_tested_at"})


def compact(rows: Sequence[SMTPAccount], *, test: Address, edit: Address | None) -> dict[str, Any]:
    """In JSON's types. What several rows have in common is said once, and named by its place.

    A row is its key, its name, its server's place, its badge's place, when it was tested (seconds since 1970,
    0 for never) and whether it is inactive (0 or 1).
    """
    servers: _Places[str] = _Places()
    badges: _Places[Badge] = _Places()
    spelling = cache(one_spelling)
    shown = [replace(partner_badge(row), tested_at=None) for row in rows]
    return {
        "test": test,
        "edit": edit,
        "rows": [
            [
                str(quote(row.pk)),
                str(row),
                servers.of(spelling(row.smtp_host)),
                badges.of(badge),
                int(row.smtp_tested_at.timestamp()) if row.smtp_tested_at else 0,
                int(not is_active(row)),
            ]
            for row, badge in zip(rows, shown, strict=True)
        ],
        "servers": list(servers),
        "badges": [badge_as_dict(badge) for badge in badges],
    }


class _Places(dict[T, int]):
    """What there is and its place, in the order in which they came."""

    def of(self, text: T) -> int:
        return self.setdefault(text, len(self))
