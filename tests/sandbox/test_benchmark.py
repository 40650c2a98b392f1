"""The benchmark runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_sandbox_can_be_measured() -> None:
    measure = ["--measure", "smtp_sandbox", "--messages", "40"]
    command = [sys.executable, "-m", "tests.benchmarks.sandbox", *measure]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)  # noqa: S603

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"start", "stop_tls", "one", "ten", "memory"}
