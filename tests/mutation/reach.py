"""Which tests reach which lines, and how long they take: recorded once, in one run of all of them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

from test_project.settings import VAR_DIR

from .areas import AREAS, ROOT, modules
from .mutants import Mutant, source_of

FILE = VAR_DIR / "mutants.json"

IMPORT = ""
"""Stands for what is executed while Django and the plugin are imported."""

BETWEEN = "between tests"
"""Stands for what is executed outside of tests later."""


class Recorder:
    """A plugin of pytest's that writes `FILE`. Tests that fail are left out."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        paths = [str(path) for area in AREAS for path in modules(area)]
        self.coverage = coverage.Coverage(data_file=None, include=paths, config_file=False)
        self.coverage.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self.coverage.switch_context(BETWEEN)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context(BETWEEN)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {
            str(Path(path).relative_to(ROOT)): data.contexts_by_lineno(path) for path in data.measured_files()
        }
        seconds = {test: took for test, took in self.seconds.items() if test not in self.failed}
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps({"seconds": seconds, "lines": lines}))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What was recorded."""

    seconds: dict[str, float]
    lines: dict[str, dict[str, list[str]]]

    @classmethod
    def read(cls) -> Reach:
        return cls(**json.loads(FILE.read_text()))

    def tests(self, mutant: Mutant, budget: float, *, of_module: bool) -> list[str]:
        """The tests that reach the statement of a mutant, or any statement of its module.

        Those named after the module come first, then the fastest: not more than take ``budget`` seconds.
        """
        name = f"test_{Path(mutant.path).stem}.py::"
        every = self.lines.get(mutant.path, {})
        reaching = set().union(*every.values()) if of_module else self._reaching(mutant)
        chosen: list[str] = []
        for test in sorted(
            reaching & self.seconds.keys(), key=lambda test: (name not in test, self.seconds[test])
        ):
            budget -= self.seconds[test]
            if budget < 0:
                break
            chosen.append(test)
        return chosen

    def is_imported(self, mutant: Mutant) -> bool:
        """Whether its statement is executed while its module is imported."""
        return IMPORT in self._reaching(mutant)

    def _reaching(self, mutant: Mutant) -> set[str]:
        return set().union(
            *(self._at(mutant.path, line) for line in _statement(ROOT / mutant.path, mutant.line))
        )

    def _at(self, path: str, line: int | str) -> set[str]:
        return set(self.lines.get(path, {}).get(str(line), ()))


def _statement(path: Path, line: int) -> range:
    """The lines of the statement, or of the head of the block, in which a line is."""
    spans = [
        range(node.lineno, _head_end(node) + 1)
        for node in ast.walk(ast.parse(source_of(path)))
        if isinstance(node, ast.stmt | ast.ExceptHandler)
    ]
    return min((span for span in spans if line in span), key=len, default=range(line, line + 1))


def _head_end(node: ast.stmt | ast.ExceptHandler) -> int:
    body = getattr(node, "body", None)
    return max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
