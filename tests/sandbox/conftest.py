"""Node, and packages of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node."""
    path = shutil.which("node")
    if path is None and os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail("not installed: node")
    if path is None:
        pytest.skip("not installed: node")
    return path


@pytest.fixture(scope="session")
def node_modules(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nodemailer has been installed to."""
    directory = tmp_path_factory.mktemp("node")
    if not shutil.which("npm"):
        pytest.skip("nodemailer: npm is not installed")
    options = ["--prefix", str(directory), "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"]
    command = ["npm", "install", *options, "nodemailer"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=40)  # noqa: S603
    except subprocess.SubprocessError as error:
        pytest.skip(f"nodemailer could not be installed: {error}")
    return directory / "node_modules"
