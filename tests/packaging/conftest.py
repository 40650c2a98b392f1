"""The distribution, built once, and an environment that holds nothing but the installed wheel."""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.paths import ROOT


@dataclass(frozen=True)
class Environment:
    """A virtual environment and a directory to work in that holds no package of ours."""

    path: Path
    work: Path

    @property
    def bin(self) -> Path:
        return self.path / ("Scripts" if sys.platform == "win32" else "bin")

    def variables(self, **more: str) -> dict[str, str]:
        """The caller's environment without what steers its own Python or settings."""
        foreign = ("PYTHON", "DJANGO", "PYTEST", "VIRTUAL_ENV")
        return {key: value for key, value in os.environ.items() if not key.startswith(foreign)} | more

    def run(self, program: str, *arguments: str | Path, cwd: Path | None = None, **variables: str) -> str:
        """Run a program of the environment; its output, which is also shown if it fails."""
        done = subprocess.run(  # noqa: S603  the tests' own commands
            [self.bin / program, *arguments],
            cwd=cwd or self.work,
            env=self.variables(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sdist, and the wheel that was built from that sdist."""
    directory = tmp_path_factory.mktemp("distributions")
    command = [sys.executable, "-m", "build", "--outdir", str(directory), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (wheel,) = distributions.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with what it requires: no extra, no tool, no source tree."""
    directory = tmp_path_factory.mktemp("environment")
    environment = Environment(path=directory / "venv", work=directory / "work")
    environment.work.mkdir()
    venv.create(environment.path, with_pip=True)
    environment.run("python", "-m", "pip", "install", "--quiet", wheel)
    return environment
