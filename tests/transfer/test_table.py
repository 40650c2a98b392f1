"""Files as spreadsheet programs write them."""

from __future__ import annotations

import codecs

import pytest

from wagtail_partner_smtp.transfer.table import Table, UnreadableTable, read

SECRET = "Zq7-sésame;öffne,dich"


def plain(table: Table) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in (table.headings, *(row.cells for row in table.rows))]


@pytest.mark.parametrize(
    "content",
    [
        "slug,name\r\na,Müller\r\n".encode(),
        "slug;name\na;Müller".encode(),
        '\ufeffslug;name\r\na;"Müller"\r\n'.encode(),
        "slug\tname\r\na\tMüller\r\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "slug;name\r\na;Müller\r\n".encode("utf-16-be"),
        "sep=;\r\nslug;name\r\na;Müller\r\n".encode(),
        "\ufeffsep=|\r\nslug|name\r\na|Müller\r\n".encode(),
        "slug,name\n\n , \na,Müller\n".encode(),
        " slug ,name \na,Müller\n".encode(),
        "SEP=;\nslug;name\na;Müller".encode(),
    ],
)
def test_encodings_and_separators_of_spreadsheet_programs_are_understood(content: bytes) -> None:
    assert plain(read(content)) == [["slug", "name"], ["a", "Müller"]]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("slug;name\na;Müller".encode("cp1252"), "cp1252"),
        ("slug;name\na;Müller".encode("utf-16-le"), "utf-16-le"),
        # As UTF-8 it can be read, and has a NUL behind each letter.
        ("slug;name\na;Miller".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_another_encoding_is_never_guessed_but_can_be_named(content: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableTable, match="--encoding"):
        read(content)
    assert plain(read(content, encoding=encoding))[1] in (["a", "Müller"], ["a", "Miller"])


def test_the_mark_of_a_file_whose_encoding_is_named_is_no_letter() -> None:
    assert plain(read("slug,name\na,b".encode("utf-8-sig"), encoding="utf-8")) == [
        ["slug", "name"],
        ["a", "b"],
    ]


@pytest.mark.parametrize("first", ["a,key", "sep=x,key"])
def test_what_looks_like_excels_separator_is_a_heading(first: str) -> None:
    assert plain(read(f"{first}\n1,2".encode())) == [first.split(","), ["1", "2"]]


def test_ends_of_lines_within_a_cell_stay() -> None:
    assert plain(read(b'slug,key\r\na,"x\r\ny\nz"\r\n'))[1] == ["a", "x\r\ny\nz"]


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    table = read(b'sep=,\nslug,key\na,"{\n}"\n\nb,x\n')
    assert [row.line for row in table.rows] == [3, 6]
    assert table.rows[0].cells == ("a", "{\n}")


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (b"", None, "empty"),
        (f'slug,smtp_password\na,"{SECRET}'.encode(), None, "no table"),
        (f"slug,smtp_password\na,{SECRET}".encode("latin-1"), None, "not UTF-8"),
        (f"slug,smtp_password\na,{SECRET}".encode(), "klingon", "klingon"),
        (f"slug,smtp_password\na,{SECRET}".encode(), "hex", "hex"),
    ],
)
def test_no_error_holds_the_file(content: bytes, encoding: str | None, reason: str) -> None:
    """Whoever reports errors reports what they came from as well."""
    with pytest.raises(UnreadableTable, match=reason) as raised:
        read(content, encoding=encoding)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_no_cell_shows_when_a_table_is_printed() -> None:
    table = read(f'slug,smtp_password\na,"{SECRET}"'.encode())
    assert SECRET not in repr(table)
    assert SECRET not in repr(table.rows[0].cells)
