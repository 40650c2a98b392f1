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

# At the beginning of a cell; where the system's list separator is a semicolon, also behind one. Programs for
# Chinese and Japanese take the wide forms as well.
_FORMULA = re.compile(r"(^|;) ?(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


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
            return _FORMULA.sub(r"\g<0>'", strip_controls(str(cell)))
        return strip_controls(cell) if isinstance(cell, str) else cell
