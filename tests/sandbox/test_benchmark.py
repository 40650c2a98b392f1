"""The benchmark runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.sandbox import LOADS, PEER, growth, paces, rows

ROOT = Path(__file__).resolve().parents[2]


def test_start_and_stop_can_be_measured() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.sandbox", "--measure", "smtp_sandbox"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)  # noqa: S603

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"start", "stop_tls"}


def test_the_sandbox_is_compared_with_a_peer_message_by_message() -> None:
    found = paces(["smtp_sandbox", PEER], runs=1, scale=0.02)

    assert {name: [len(pace.wall) for pace in each] for name, each in found.items()} == {
        "smtp_sandbox": [1] * len(LOADS),
        PEER: [1] * len(LOADS),
    }
    assert len(list(rows(found))) == 3 * len(LOADS)


def test_memory_is_that_of_the_messages() -> None:
    assert growth("smtp_sandbox", 2000) > 2000 * 1500 / 2**20
