"""Mutation tests: ``python -X dev -m tests.mutation [AREA …] [--size 100] [--seed 1] [--record]``."""

from __future__ import annotations

import argparse
import difflib
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from .areas import AREAS, ROOT, TESTS
from .mutants import Mutant, sample, source_of
from .reach import FILE, Reach, Recorder
from .trial import PYTEST, Outcome, Trials, Watch


class Tally:
    """Prints survivors as they are found, and the scores."""

    def __init__(self, areas: dict[Mutant, str]) -> None:
        self.areas = areas
        self.counts: Counter[tuple[str, bool]] = Counter()

    def tell(self, mutant: Mutant, outcome: Outcome, tests: int, seconds: float) -> None:
        is_killed = outcome in (Outcome.KILLED, Outcome.HUNG)
        self.counts[self.areas[mutant], is_killed] += 1
        print(f"{outcome:9} {mutant} ({tests} tests, {seconds:.0f} s)", flush=True)
        if not is_killed:
            print(*_difference(mutant), sep="\n", flush=True)

    def scores(self) -> None:
        for area in [*dict.fromkeys(self.areas.values())]:
            _print_score(area, self.counts[area, True], self.counts[area, False])
        _print_score(
            "all",
            sum(count for (_, is_killed), count in self.counts.items() if is_killed),
            sum(count for (_, is_killed), count in self.counts.items() if not is_killed),
        )


def _print_score(name: str, killed: int, alive: int) -> None:
    size = killed + alive
    low, high = _wilson(killed, size)
    print(f"{name:12} {killed} of {size} killed: {killed / size:.1%} ({low:.1%} to {high:.1%})")


def _wilson(killed: int, size: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share that holds the true one in 95 of 100 samples."""
    share = killed / size
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * (share * (1 - share) / size + z * z / (4 * size * size)) ** 0.5
    return middle - half, middle + half


def _difference(mutant: Mutant) -> list[str]:
    before, after = source_of(ROOT / mutant.path), str(mutant.source)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@"))]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -X dev -m tests.mutation", description=__doc__)
    parser.add_argument("areas", nargs="*", default=[*AREAS], help=", ".join(AREAS))
    parser.add_argument("--size", type=int, default=100, help="mutants of each area")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests for each mutant")
    parser.add_argument("--record", action="store_true", help="record anew which tests reach which lines")
    options = parser.parse_args(arguments)
    if options.record or not FILE.exists():
        run = [sys.executable, "-X", "dev", "-c", "from tests.mutation.__main__ import record; record()"]
        subprocess.run(run, cwd=ROOT, check=True)  # noqa: S603
    chance = random.Random(options.seed)  # noqa: S311
    drawn = {m: area for area in options.areas for m in sample(area, options.size, chance)}
    reach, tally = Reach.read(), Tally(drawn)
    watch = Watch(reach.seconds)
    trials = Trials(list(drawn), reach, watch, budget=options.budget, tell=tally.tell)
    pytest.main([*PYTEST, "--capture=no", *TESTS], plugins=[watch, trials])
    tally.scores()


def record() -> None:
    recorder = Recorder()
    pytest.main([*(each for each in PYTEST if each != "-x"), *TESTS], plugins=[recorder])


if __name__ == "__main__":
    main()
