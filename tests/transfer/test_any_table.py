"""Any file as a table: read, or refused in words that quote nothing of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.any_server import PASSWORDS
from wagtail_partner_smtp.models import get_partner_model
from wagtail_partner_smtp.transfer.importing import Outcome, Wanted, run
from wagtail_partner_smtp.transfer.table import UnreadableTable, read

SURROGATES = re.compile(r"[\ud800-\udfff]")  # no database takes them
SECRET = "Xw4-typed-in-a-cell-2846"
HEADINGS = [
    "slug",
    "name",
    "smtp_host",
    "smtp_port",
    "smtp_login",
    "smtp_email",
    "smtp_security",
    "smtp_password",
]
CELLS = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        ["acme", "mail.example.com", "ssl://mail.example.com:465", "587", "0", "99999999999999999999",
         "\u0663", "tls",
         "a@example.com", "'=x", '"', "sep=", "\r", "-1", "1e3", "x" * 5000, "wahr", "\u202e"]
    ),
)  # fmt: skip
ROUND = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
FILES = st.one_of(
    st.binary(max_size=200),
    st.text("ab,;\t\"'\r\n=| sep\ufeff\0ü", max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.text(max_size=60).map(lambda text: text.encode("utf-16", "replace")),
    st.builds("sep={}\n{}".format, st.characters(), st.text('ab"\n,;', max_size=20)).map(
        lambda text: text.encode("utf-8", "replace")
    ),
)


def quotes_nothing(error: UnreadableTable) -> None:
    # The error that it came of would hold the whole file.
    assert error.__context__ is None


@given(FILES, st.sampled_from([None, "utf-8", "utf-16-le", "utf-7", "cp1252", "ascii", "base64", "idna", ""]))
@example(b"a+2AA-b", "utf-7")
@example(b'sep="\na"b\n', None)
@example(b"sep=\r\na\rb\n", None)
def test_a_file_is_a_table_or_refused(content: bytes, encoding: str | None) -> None:
    try:
        table = read(content, encoding=encoding)
    except UnreadableTable as error:
        quotes_nothing(error)
        return
    assert all(row.line > 0 for row in table.rows)
    cells = [*table.headings, *(cell for row in table.rows for cell in row.cells)]
    assert not any(SURROGATES.search(str(cell)) for cell in cells)


@given(
    st.lists(st.lists(ROUND, min_size=3, max_size=3), max_size=4),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_what_a_spreadsheet_program_writes_is_read_as_it_was(
    rows: list[list[str]], separator: str, encoding: str
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([["a", "b", "c"], *rows])
    table = read(file.getvalue().encode(encoding))
    found = [[str(cell) for cell in row.cells] for row in table.rows]
    assert found == [row for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.django_db
@given(st.lists(st.lists(CELLS, min_size=8, max_size=8), min_size=1, max_size=2), PASSWORDS)
def test_each_row_is_saved_or_refused_and_no_secret_is_quoted(rows: list[list[str]], password: str) -> None:
    file = io.StringIO(newline="")
    rows = [[*row[:-1], SECRET + password] for row in rows]
    csv.writer(file).writerows([HEADINGS, *rows])
    try:
        table = read(file.getvalue().encode("utf-8", "replace"))
        with transaction.atomic():
            result = run(table, Wanted(model=get_partner_model(), key="slug"), skip_refused=True)
            saved = get_partner_model()._default_manager.count()
            transaction.set_rollback(True)
    except UnreadableTable:
        return
    assert saved == result.number_of(Outcome.CREATED)
    assert SECRET not in repr(result)
    assert all(row.problems for row in result.rows if row.outcome is Outcome.REFUSED)
