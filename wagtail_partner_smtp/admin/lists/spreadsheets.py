"""Spreadsheets of partners whose cells are only text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from numbers import Number
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from ...smtp.reply import strip_controls

if TYPE_CHECKING:
    from wagtail.admin.views.mixins import SpreadsheetExportMixin as Base
else:
    Base = object

# At the beginning of a cell; where the system's list separator is a semicolon, also behind one.
_BEGINNING = r"(^|;) ?"
# Programs for Chinese and Japanese take the wide forms as well. What cannot be seen may stand before it, and an
# apostrophe that was there before must not be taken for ours.
_UNSEEN = r"\s\0-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_FORMULA = rf"(?=[{_UNSEEN}']*[=+\-@\uff1d\uff0b\uff0d\uff20])"
_UNPROTECTED = re.compile(_BEGINNING + _FORMULA)
_PROTECTED = re.compile(f"(?P<beginning>{_BEGINNING})'{_FORMULA}")


def harmless(text: str) -> str:
    """The text for a cell: before what a spreadsheet program would take for a formula stands an apostrophe."""
    return _UNPROTECTED.sub(r"\g<0>'", text)


def as_written(cell: str) -> str:
    """The text of a cell that ``harmless`` has made."""
    return _PROTECTED.sub(r"\g<beginning>", cell)


ROWS_AT_A_TIME = 500
"""Of a spreadsheet, which may have a hundred thousand."""


class InPortions:
    """A queryset for a spreadsheet: memory holds its keys, and some of its rows at a time.

    ``iterator()`` would do, but for MariaDB, whose client takes in all rows before it hands out the first.
    """

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.model = rows.model
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        keys = iter(self._rows.values_list("pk", flat=True).iterator())
        unordered = self._rows.order_by()
        while portion := list(islice(keys, ROWS_AT_A_TIME)):
            found: dict[Any, Model] = unordered.in_bulk(portion)
            # What was deleted meanwhile is left out.
            yield from (found[key] for key in portion if key in found)


class SpreadsheetMixin(Base):
    """Spreadsheets that are written as they are read, whose text a program does not take for formulas.

    Such text begins with an apostrophe, as OWASP advises. Wagtail sees to that in XLSX only, and that format
    refuses control characters.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Wagtail's own would count and show the rows of a page first, which has them all.
        if self.is_export:
            rows = InPortions(self.get_exported_queryset())
            response: HttpResponse = self.as_spreadsheet(rows, request.GET["export"])
            return response
        response = super().get(request, *args, **kwargs)
        return response

    def get_exported_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.get_queryset()
        return rows

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        cell = super().preprocess_field_value(field, value, export_format)
        if cell is None or isinstance(value, Number):
            return cell
        if export_format == self.FORMAT_CSV:
            # Whatever it is, the writer would make text of it.
            return harmless(strip_controls(str(cell)))
        return strip_controls(cell) if isinstance(cell, str) else cell
