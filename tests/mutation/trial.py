"""Trying mutants: each in a process of its own, with the tests that reach it, until one fails.

Where only functions differ, that process is a fork of one that has everything imported and collected. A mutant
that has a say while modules are imported needs a new process. No file is ever changed.
"""

from __future__ import annotations

import gc
import importlib.machinery
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from django.db import connection

from .areas import ROOT
from .mutants import Mutant, source_of
from .reach import Reach

PYTEST = ("-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "-m", "not processes and not browser")

SURVIVED, KILLED = 0, 1

Place = tuple[str, int, str]  # file, line and name of a function
Swap = tuple[CodeType, list[FunctionType]]  # the new code, and the functions that get it


class Outcome(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    HUNG = "hung"
    UNREACHED = "unreached"


class Watch:
    """A plugin of pytest's that gives each test a time limit, and can end the process at the first failure."""

    def __init__(self, seconds: Mapping[str, float], *, leave: bool = False) -> None:
        self.seconds = seconds
        self.leave = leave

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        item.add_marker(pytest.mark.timeout(20 + 10 * self.seconds.get(item.nodeid, 1.0)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.leave:
            os._exit(KILLED)


class Trials:
    """A plugin of pytest's that tries mutants in place of running the tests."""

    def __init__(
        self,
        mutants: Sequence[Mutant],
        reach: Reach,
        watch: Watch,
        *,
        budget: float,
        tell: Callable[..., None],
    ) -> None:
        self.mutants, self.reach, self.watch, self.budget, self.tell = mutants, reach, watch, budget, tell

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        # The database is made once, by any test that needs one.
        first = next(item for item in session.items if "db" in getattr(item, "fixturenames", ()))
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=session.items[-1])
        database = Path(connection.settings_dict["NAME"])
        migrated = database.read_bytes()
        functions = _functions()
        self.watch.leave = True
        gc.collect()
        gc.freeze()
        for mutant in self.mutants:
            swaps = None if self.reach.is_imported(mutant) else _swaps(mutant, functions)
            reaching = self.reach.tests(mutant, self.budget, of_module=swaps is None)
            names = [name for name in reaching if name in items]
            if not names:
                self.tell(mutant, Outcome.UNREACHED, 0, 0.0)
                continue
            connection.close()
            database.write_bytes(migrated)
            begin = time.monotonic()
            if swaps is None:
                process = _begin_anew(mutant, names)
            else:
                process = _fork(swaps, [items[name] for name in names])
            limit = 120 + 10 * sum(self.reach.seconds[name] for name in names)
            self.tell(mutant, _outcome(process, begin + limit), len(names), time.monotonic() - begin)
        return True


def _outcome(process: int, deadline: float) -> Outcome:
    while True:
        pid, status = os.waitpid(process, os.WNOHANG)
        if pid:
            return Outcome.SURVIVED if os.waitstatus_to_exitcode(status) == SURVIVED else Outcome.KILLED
        if time.monotonic() > deadline:
            os.kill(process, 9)
            os.waitpid(process, 0)
            return Outcome.HUNG
        time.sleep(0.01)


def _fork(swaps: Sequence[Swap], items: Sequence[pytest.Item]) -> int:
    if process := os.fork():
        return process
    try:
        _be_silent()
        for new, functions in swaps:
            for function in functions:
                function.__code__ = new
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    except BaseException:
        os._exit(KILLED)
    os._exit(SURVIVED)


def _begin_anew(mutant: Mutant, tests: Sequence[str]) -> int:
    """Run `main` in a process of its own."""
    if process := os.fork():
        return process
    task = json.dumps({"path": mutant.path, "source": mutant.source, "tests": tests})
    arguments = [sys.executable, *subprocess._args_from_interpreter_flags(), "-m", __name__]  # type: ignore[attr-defined]
    _be_silent()
    done = subprocess.run(arguments, input=task, text=True, cwd=ROOT, check=False)  # noqa: S603
    os._exit(done.returncode)


def _be_silent() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def _functions() -> dict[Place, list[FunctionType]]:
    """All functions that there are."""
    found: dict[Place, list[FunctionType]] = {}
    gc.unfreeze()
    for thing in gc.get_objects():
        if type(thing) is FunctionType:  # what is lazy would become something if isinstance() asked
            found.setdefault(_place(thing.__code__), []).append(thing)
    return found


def _place(code: CodeType) -> Place:
    # Code that has run is not equal to the same code that has not.
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _swaps(mutant: Mutant, functions: Mapping[Place, list[FunctionType]]) -> list[Swap] | None:
    """The code that each changed function gets; ``None`` if there is more to it than functions."""
    path = ROOT / mutant.path
    before = compile(source_of(path), str(path), "exec", dont_inherit=True)
    after = compile(str(mutant.source), str(path), "exec", dont_inherit=True)
    swaps: list[Swap] = []
    for old, new in _changed(before, after):
        if not old.co_flags & 1 or _place(old) not in functions or old.co_freevars != new.co_freevars:
            return None
        swaps.append((new, functions[_place(old)]))
    return swaps


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The outermost functions that differ, or the module, or a class, if it does itself."""
    inner = [(one, other) for one, other in zip(_codes(old), _codes(new), strict=False) if one != other]
    is_itself = _without_codes(old) != _without_codes(new) or len(_codes(old)) != len(_codes(new))
    if is_itself or old.co_flags & 1:
        yield old, new
        return
    for one, other in inner:
        yield from _changed(one, other)


def _codes(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _without_codes(code: CodeType) -> CodeType:
    """All of it but what it holds, and but for the columns where that ends."""
    constants = tuple(None if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_consts=constants, co_linetable=b"")


class Only:
    """A plugin of pytest's that runs these tests in this order, and those that only a mutant has."""

    def __init__(self, tests: Sequence[str], known: Mapping[str, float]) -> None:
        self.order = {name: index for index, name in enumerate(tests)}
        self.known = known

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.order or item.nodeid not in self.known]
        items.sort(key=lambda item: self.order.get(item.nodeid, -1))


def main() -> None:
    """Try the mutant that is written to the standard input."""
    task = json.load(sys.stdin)
    _import_instead(ROOT / task["path"], task["source"])
    seconds = Reach.read().seconds
    files = sorted({name.partition("::")[0] for name in task["tests"]})
    ended = pytest.main([*PYTEST, *files], plugins=[Watch(seconds), Only(task["tests"], seconds)])
    os._exit(SURVIVED if ended == pytest.ExitCode.OK else KILLED)


def _import_instead(path: Path, source: str) -> None:
    usual = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: Any, name: str) -> CodeType | None:
        if Path(loader.get_filename(name)) == path:
            return compile(source, str(path), "exec", dont_inherit=True)
        return usual(loader, name)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    main()
