"""The documentation's Markdown: what breaks a table or a list leaves its source readable, but not its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("findings/*.md"),
        *ROOT.glob("smtp_sandbox/*.md"),
    ]
)
FURTHER_ITEM = re.compile(r"(?!1\.)\d+\. ")


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines outside of code, with their numbers; code counts as an empty line."""
    in_code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        is_fence = line.lstrip().startswith("```")
        yield number, "" if in_code or is_fence else line
        in_code ^= is_fence


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_row_of_a_table_is_one_line_below_the_others(page: Path) -> None:
    before = ""
    for number, line in prose(page):
        if line.lstrip().startswith("|"):
            assert line.endswith("|"), number
            if before.lstrip().startswith("|"):
                assert indent(line) == indent(before), number
            else:
                assert not before, number
        before = line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_belongs_to_a_numbered_item_is_indented(page: Path) -> None:
    item: list[tuple[int, str]] = []
    for number, line in prose(page):
        if FURTHER_ITEM.match(line):
            assert [each for each in item if each[1] and not each[1].startswith(" ")] == []
        item = [] if re.match(r"\d+\. |#", line) else [*item, (number, line)]
