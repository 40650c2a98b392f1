"""The order of the report *Partner mail*: whose mail needs somebody most comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Value, When

from ...account.columns import SMTPStatus
from ...account.health import cannot_log_in

MOST_URGENT_FIRST = (
    SMTPStatus.FAILED,
    SMTPStatus.LOGIN_UNUSED,
    SMTPStatus.UNTRUSTED,
    SMTPStatus.UNPROVEN,
    SMTPStatus.CHANGED,
    SMTPStatus.UNTESTED,
    SMTPStatus.NOT_SET_UP,
    SMTPStatus.OK,
)
"""Behind those that cannot log in, whatever their state."""


def urgency() -> Case:
    """A number for each row, the smaller the more urgent; none for a state that nobody knows."""
    states = (When(smtp_status=status, then=Value(at)) for at, status in enumerate(MOST_URGENT_FIRST, 1))
    return Case(When(_comes_first(), then=Value(0)), *states)


class ByUrgency:
    """Rows by ``urgency()`` and then by ``names``, for a paginator.

    No index has that order, so that a database would sort all rows for each page. Those of one state it finds in
    order by an index, so that a page reads little more than its own rows.
    """

    def __init__(self, rows: QuerySet[Any], names: Sequence[str], *, reverse: bool = False) -> None:
        self._rows = rows
        self._names = names
        self._reverse = reverse

    def count(self) -> int:
        return sum(number for _, number in self._groups)

    def __getitem__(self, part: slice) -> list[Any]:
        found: list[Any] = []
        start, stop = part.start, part.stop
        for rows, number in self._groups:
            if start < number and stop > 0:
                found += rows[max(start, 0) : min(stop, number)]
            start, stop = start - number, stop - number
        return found

    @cached_property
    def _groups(self) -> list[tuple[QuerySet[Any], int]]:
        return list(self._in_order())

    def _in_order(self) -> Iterator[tuple[QuerySet[Any], int]]:
        rows = self._rows.order_by(*self._names)
        first = rows.filter(_comes_first())
        numbers = _by_state(rows)
        numbers_of_first = _of_states(first, numbers)
        others = rows.exclude(_comes_first()) if numbers_of_first.total() else rows
        numbers_of_others = numbers - numbers_of_first
        groups = [
            (first, numbers_of_first.total()),
            *((others.filter(smtp_status=state), numbers_of_others[state]) for state in MOST_URGENT_FIRST),
        ]
        yield from reversed(groups) if self._reverse else groups
        unknown = numbers_of_others.keys() - set(MOST_URGENT_FIRST)
        yield others.filter(smtp_status__in=unknown), sum(numbers_of_others[state] for state in unknown)


def _comes_first() -> Q:
    return ~Q(smtp_host="") & cannot_log_in()


def _by_state(rows: QuerySet[Any]) -> Counter[str]:
    """How many rows have which state. Those of a site's queryset may be joined with others."""
    is_joined = rows.query.distinct or rows.query.annotations
    number = Count("pk", distinct=True) if is_joined else Count("*")
    found: Counter[str] = Counter()
    for state, each in rows.order_by().values_list("smtp_status").annotate(partner_smtp_number=number):
        found[state] += each
    return found


def _of_states(rows: QuerySet[Any], states: Iterable[str]) -> Counter[str]:
    """The same of these states, where few rows are expected: for a ``GROUP BY`` SQLite would read all."""
    names = {f"partner_smtp_{at}": state for at, state in enumerate(states)}
    numbers = {name: Count("pk", filter=Q(smtp_status=state)) for name, state in names.items()}
    found = rows.aggregate(**numbers) if numbers else {}
    return Counter({state: found[name] for name, state in names.items()})
