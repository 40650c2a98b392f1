"""Where the extra is not installed: the rest of the sandbox works, and what is missing is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.sandbox.test_pytest_plugin import run_pytest
from tests.support.stopwatch import PATIENCE

HINT = "pip install 'smtp-sandbox[oauth]'"
# A finder of modules that has none of these.
WITHOUT = "import sys\nsys.modules['authlib'] = sys.modules['joserfc'] = None\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", WITHOUT + code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_the_sandbox_works_and_its_faults_can_be_listed() -> None:
    done = run(
        "from smtp_sandbox import Fault, Sandbox\n"
        "from smtp_sandbox.cli import main\n"
        "with Sandbox() as sandbox: assert sandbox.plain.port\n"
        "assert main(['list']) == 0\n"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "  oauth:AADSTS7000222" in done.stdout


def test_the_command_line_says_what_to_install() -> None:
    done = run("from smtp_sandbox.cli import main\nsys.exit(main(['serve', '--oauth', '0']))")

    assert done.returncode == 2
    assert HINT in done.stderr


def test_python_is_told_what_to_install() -> None:
    done = run("from smtp_sandbox import Sandbox\nwith Sandbox(honest=False) as sandbox: sandbox.oauth\n")

    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert last.endswith(HINT)


def test_the_test_that_needs_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(WITHOUT)
    (tmp_path / "test_it.py").write_text("def test_mail(smtp): pass\ndef test_token(smtp_oauth): pass\n")

    result = run_pytest(tmp_path)

    assert "1 passed, 1 error" in result.stdout
    assert HINT in result.stdout
