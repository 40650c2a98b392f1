"""A file as spreadsheet programs write it, read as headings and rows (RFC 4180).

No error quotes the file: it holds passwords.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.views.decorators.debug import sensitive_variables

from ..account.secret import Secret

SEPARATORS = ",;\t"

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

_SURROGATES = re.compile(r"[\ud800-\udfff]")


class UnreadableTable(ValueError):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The cells of one row; ``line`` is the one that it begins on, from 1."""

    line: int
    cells: tuple[Secret, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Table:
    headings: tuple[Secret, ...] = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)


@sensitive_variables()
def read(content: bytes, *, encoding: str | None = None) -> Table:
    """The table of a file: UTF-8, UTF-16 with its mark, or what is named; commas, semicolons or tabs.

    Raises ``UnreadableTable``.
    """
    rows = _rows(_decoded(content, encoding))
    try:
        found = tuple(rows)
    except csv.Error:
        found = None
    if found is None:
        raise UnreadableTable("The file is no table: a quotation mark is not closed, or a cell is too long.")
    if not found:
        raise UnreadableTable("The file is empty.")
    headings = tuple(Secret(cell.strip()) for cell in found[0].cells)
    return Table(headings=headings, rows=found[1:])


@sensitive_variables()
def _reason_against(text: str) -> str:
    # UTF-16 without its mark is UTF-8 by its bytes, and full of these.
    if "\0" in text:
        return "The file holds NUL characters. Save it as UTF-8, or name its encoding: --encoding utf-16-le"
    # Some encodings hold what no database takes.
    if _SURROGATES.search(text):
        return "The file holds halves of characters. Save it as UTF-8."
    return ""


@sensitive_variables()
def _decoded(content: bytes, encoding: str | None) -> str:
    name = encoding or next((known for mark, known in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(name).removeprefix("\ufeff")
    except LookupError:
        reason = f"No encoding is called {name!r}."
    except UnicodeError:
        # Raised below, since this one holds the whole file.
        reason = f"The file is not {name.upper()}. Save it as UTF-8, or name its encoding: --encoding cp1252"
    else:
        reason = _reason_against(text)
        if not reason:
            return text
    raise UnreadableTable(reason)


def _rows(text: str) -> Iterator[Row]:
    first = text.partition("\n")[0].strip("\r")
    skipped = 0
    # Excel's own way to name the separator.
    if first.lower().startswith("sep=") and len(first) == 5:
        separator, skipped = first[4], 1
        if separator == '"':
            raise UnreadableTable("The first line names a quotation mark as what separates the columns.")
        text = text.partition("\n")[2]
    else:
        separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Row(line=line, cells=tuple(map(Secret, cells)))
        line = reader.line_num + 1 + skipped
