"""Rows of the site as a file that can be imported again: everything but the secrets."""

from __future__ import annotations

import csv
from typing import Protocol

from ..account.row import SMTPAccount
from ..admin.lists.spreadsheets import harmless
from .columns import columns_of, form_class, text_of

CHUNK = 500


class Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def write(model: type[SMTPAccount], file: Writable) -> int:
    """Write all rows of the model, some at a time; how many there were.

    ``file`` is one that leaves line ends alone (``newline=""``).
    """
    columns, fields = columns_of(model), form_class(model).base_fields
    writer = csv.writer(file)
    writer.writerow(columns)
    number = 0
    for row in model._default_manager.order_by("pk").only("pk", *columns).iterator(chunk_size=CHUNK):
        writer.writerow([harmless(text_of(fields[name], row, name)) for name in columns])
        number += 1
    return number
