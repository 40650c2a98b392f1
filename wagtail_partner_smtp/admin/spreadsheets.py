"""Spreadsheets of partners that do nothing but hold text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..smtp.reply import strip_controls

if TYPE_CHECKING:
    from wagtail.admin.views.mixins import SpreadsheetExportMixin as Base
else:
    Base = object

FORMULA_BEGINNINGS = ("=", "+", "-", "@")


class HarmlessSpreadsheetMixin(Base):
    """Text that a spreadsheet program would take for a formula begins with an apostrophe, as OWASP advises.

    Wagtail sees to that in XLSX only, and that format refuses control characters.
    """

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        cell = super().preprocess_field_value(field, value, export_format)
        if not isinstance(value, str):
            return cell
        text = strip_controls(str(cell))
        is_formula = export_format == self.FORMAT_CSV and text.startswith(FORMULA_BEGINNINGS)
        return f"'{text}" if is_formula else text
