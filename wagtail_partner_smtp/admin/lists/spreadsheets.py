"""Spreadsheets of partners that do nothing but hold text."""

from __future__ import annotations

import re
from numbers import Number
from typing import TYPE_CHECKING, Any

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


class HarmlessSpreadsheetMixin(Base):
    """Text that a spreadsheet program would take for a formula begins with an apostrophe, as OWASP advises.

    Wagtail sees to that in XLSX only, and that format refuses control characters.
    """

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        cell = super().preprocess_field_value(field, value, export_format)
        if cell is None or isinstance(value, Number):
            return cell
        if export_format == self.FORMAT_CSV:
            # Whatever it is, the writer would make text of it.
            return harmless(strip_controls(str(cell)))
        return strip_controls(cell) if isinstance(cell, str) else cell
