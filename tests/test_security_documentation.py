"""docs/security.md, which numbers what is promised, and the tests that bear the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.paths import DOCS, ROOT

_NAMED = re.compile(r"^\s*(?:async )?def (test_p\d\w*)\(", re.MULTILINE)
_NUMBER = re.compile(r"(?:_and)?_p(\d{2,})(?=_)")


def promised() -> list[int]:
    return [int(each) for each in re.findall(r"^\| (\d+) \| \S", (DOCS / "security.md").read_text(), re.M)]


def names() -> Iterator[str]:
    for path in (ROOT / "tests").rglob("test_*.py"):
        yield from _NAMED.findall(path.read_text())


def numbers_in(name: str) -> set[int]:
    """``test_p47_p48_nothing_is_lost`` names two."""
    found, rest = set(), name.removeprefix("test")
    while match := _NUMBER.match(rest):
        found.add(int(match[1]))
        rest = rest[match.end() :]
    return found


def test_every_promise_has_a_test_and_no_test_another_promise() -> None:
    tested = {number for name in names() for number in numbers_in(name)}
    assert set(promised()) == tested


def test_every_promise_stands_once() -> None:
    assert len(promised()) == len(set(promised()))


def test_numbers_are_read_from_the_beginning_of_a_name() -> None:
    assert [name for name in names() if not numbers_in(name)] == []
    assert numbers_in("test_p18_and_p43_silence_at_quit_of_p99_lasts") == {18, 43}
