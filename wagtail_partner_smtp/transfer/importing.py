"""A file's rows become rows of the site, through the form that the admin has for them.

So what the form refuses is refused here in the same words, and a changed destination asks for its secret again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import DatabaseError, router, transaction
from django.views.decorators.debug import sensitive_variables
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from ..account.row import SMTPAccount
from ..admin import history
from ..admin.lists.spreadsheets import as_written
from ..admin.tab.fields import SECRET_FIELDS
from ..forms import SMTPAccountFormMixin
from .columns import columns_of, form_class, named, variable_column
from .filling import Problem, Refused, filled_in, problems_of
from .table import Row, Table

_TO_THE_LETTER = {*SECRET_FIELDS, *map(variable_column, SECRET_FIELDS)}


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What happened to one row, which the file begins on ``line``. ``changed`` are columns of an updated one."""

    line: int
    outcome: Outcome
    key: str = ""
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    rows: tuple[Imported, ...]
    saved: bool

    def number_of(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``key`` is the column that says which row it is; ``only`` is ``CREATED`` or ``UPDATED`` if the other is not
    wanted; ``user`` is whose work the history calls it."""

    model: type[SMTPAccount]
    key: str
    only: Outcome | None = None
    user: Any = None


def run(table: Table, wanted: Wanted, *, dry_run: bool = False, skip_refused: bool = False) -> Result:
    """Import all rows or, with one that is refused, none, unless those are to be skipped.

    A dry run does the same and takes it back, so that it says what a run would do. Raises ``UnreadableTable``.
    """
    databases = {router.db_for_write(wanted.model), router.db_for_write(ModelLogEntry)}
    importer = _Importer(wanted, named(table.headings, wanted.model, wanted.key))
    with ExitStack() as stack:
        for using in databases:
            stack.enter_context(transaction.atomic(using=using))
        rows = tuple(map(importer.imported, table.rows))
        refused = any(row.outcome is Outcome.REFUSED for row in rows)
        saved = not dry_run and (skip_refused or not refused)
        if not saved:
            for using in databases:
                transaction.set_rollback(True, using=using)
    return Result(rows=rows, saved=saved)


class _Importer:
    def __init__(self, wanted: Wanted, names: list[str]) -> None:
        self._wanted = wanted
        self._names = names
        self._columns = columns_of(wanted.model)
        self._form_class = form_class(wanted.model)
        self._using = router.db_for_write(wanted.model)
        self._lines: dict[str, int] = {}

    def imported(self, row: Row) -> Imported:
        try:
            return self._imported(row)
        except Refused as refused:
            key, problems = refused.key, refused.problems
        return Imported(line=row.line, outcome=Outcome.REFUSED, key=key, problems=problems)

    @sensitive_variables()
    def _imported(self, row: Row) -> Imported:
        cells = self._cells(row)
        instance = self._instance(cells, row.line)
        is_new = instance._state.adding
        before = {name: getattr(instance, name) for name in self._columns}
        form = filled_in(self._form_class, cells, instance, self._wanted.user)
        if not form.is_valid():
            raise Refused(*problems_of(form), key=str(form.cleaned_data.get(self._wanted.key, "")))
        changed = tuple(_changed(form, before))
        outcome = Outcome.CREATED if is_new else Outcome.UPDATED if changed else Outcome.UNCHANGED
        if outcome is not Outcome.UNCHANGED:
            self._save(form, outcome)
        return Imported(
            line=row.line,
            outcome=outcome,
            key=str(getattr(instance, self._wanted.key)),
            changed=() if is_new else changed,
            notes=tuple(form.smtp_notes),
        )

    @sensitive_variables()
    def _cells(self, row: Row) -> dict[str, str]:
        width = len(self._names)
        if len(row.cells) < width or any(row.cells[width:]):
            raise Refused(("", f"It has {len(row.cells)} cells, and the first line {width}."))
        cells = dict(zip(self._names, row.cells, strict=False))
        return {name: cell if name in _TO_THE_LETTER else as_written(cell) for name, cell in cells.items()}

    def _instance(self, cells: Mapping[str, str], line: int) -> SMTPAccount:
        model, key = self._wanted.model, self._wanted.key
        text = cells[key].strip()
        if not text:
            raise Refused((key, "It must not be empty."))
        if (earlier := self._lines.setdefault(text, line)) != line:
            raise Refused((key, f"Line {earlier} has the same."))
        found = list(model._default_manager.using(self._using).filter(**{key: text})[:2])
        if len(found) > 1:
            raise Refused((key, "More than one row has it."))
        if found and self._wanted.only is Outcome.CREATED:
            raise Refused((key, "A row has it already."))
        if not found and self._wanted.only is Outcome.UPDATED:
            raise Refused((key, "No row has it."))
        return found[0] if found else model()

    def _save(self, form: SMTPAccountFormMixin, outcome: Outcome) -> None:
        error = ""
        try:
            with transaction.atomic(using=self._using):
                form.save()
        except DatabaseError as caught:
            # Its own words may quote values.
            error = type(caught).__name__
        if error:
            raise Refused(("", f"The database does not take it ({error})."))
        action = "wagtail.create" if outcome is Outcome.CREATED else "wagtail.edit"
        log(instance=form.instance, action=action, user=self._wanted.user, content_changed=True)
        history.log_changes(form, self._wanted.user)


def _changed(form: SMTPAccountFormMixin, before: Mapping[str, Any]) -> Iterator[str]:
    """The columns that saving the form changes, and the secrets."""
    data = form.cleaned_data
    yield from (name for name, value in before.items() if name in data and data[name] != value)
    form.save(commit=False)
    yield from dict.fromkeys(form.new_secrets)
