"""The benchmarks run, in a process of their own: they set Django up themselves."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.processes


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)  # noqa: S603


def test_tables_are_printed_by_name() -> None:
    done = benchmarks("test", "replies", "--runs", "1")
    assert done.returncode == 0, done.stderr
    headings = [line for line in done.stdout.splitlines() if line and line[0].isupper()]
    assert headings == [
        "The connection test and a bare smtplib conversation of the same steps",
        "Diagnosing a reply against the whole catalogue",
    ]
    assert re.search(r"^median +\d+ µs$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["nonsense"], 2)])
def test_they_explain_themselves(arguments: list[str], code: int) -> None:
    done = benchmarks(*arguments)
    assert done.returncode == code
    assert ("delivery" if code == 0 else "there is no table nonsense") in done.stdout + done.stderr
