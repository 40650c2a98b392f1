"""The two distributions, built once, and an environment for each that holds nothing but the installed wheel."""

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


def build(source: Path, directory: Path, **variables: str) -> Path:
    """Put the sdist of a source tree into the directory, and the wheel that was built from that sdist."""
    command = [sys.executable, "-m", "build", "--outdir", str(directory), str(source)]
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | variables, cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def wheel_in(directory: Path) -> Path:
    (wheel,) = directory.glob("*.whl")
    return wheel


def make_environment(directory: Path) -> Environment:
    """One with pip alone."""
    environment = Environment(path=directory / "venv", work=directory / "work")
    environment.work.mkdir()
    venv.create(environment.path, with_pip=True)
    return environment


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with sdist and wheel of the plugin."""
    return build(ROOT, tmp_path_factory.mktemp("distributions"))


@pytest.fixture(scope="session")
def sandbox_distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with sdist and wheel of the sandbox."""
    return build(ROOT / "smtp_sandbox", tmp_path_factory.mktemp("sandbox_distributions"))


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return wheel_in(distributions)


@pytest.fixture(scope="session")
def sandbox_wheel(sandbox_distributions: Path) -> Path:
    return wheel_in(sandbox_distributions)


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The plugin's wheel with what it requires: no extra, no tool, no source tree."""
    environment = make_environment(tmp_path_factory.mktemp("environment"))
    environment.run("python", "-m", "pip", "install", "--quiet", wheel)
    return environment


@pytest.fixture(scope="session")
def sandbox_environment(sandbox_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The sandbox's wheel with what it requires. No test installs more in it: the next one may list it."""
    environment = make_environment(tmp_path_factory.mktemp("sandbox_environment"))
    environment.run("python", "-m", "pip", "install", "--quiet", sandbox_wheel)
    return environment
