"""The sandbox's wheel alone: no Django, no source tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment, make_environment
from tests.support.paths import ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]

TEST = """
import smtplib

def test_mail(smtp):
    with smtplib.SMTP(smtp.host, smtp.port, timeout=30) as client:
        client.login("user", "pass")
        client.sendmail("a@x.org", ["b@x.org"], "Subject: Hello\\r\\n\\r\\nBody")
    assert smtp.wait_for_message(to="b@x.org").subject == "Hello"

def test_tokens(smtp_oauth):
    assert smtp_oauth.issuer.startswith("https://")
"""


def installed(environment: Environment) -> set[str]:
    listed = json.loads(environment.run("python", "-m", "pip", "list", "--format", "json"))
    return {each["name"].lower() for each in listed}


def run_tests(environment: Environment, *arguments: str) -> str:
    (environment.work / "test_it.py").write_text(TEST)
    return environment.run("python", "-m", "pytest", "-q", *arguments, "test_it.py")


def test_it_brings_little_and_no_django(sandbox_environment: Environment) -> None:
    beside = installed(sandbox_environment) - {"pip", "setuptools"}
    assert beside == {
        "smtp-sandbox",
        *("aiosmtpd", "atpublic", "attrs"),
        *("trustme", "idna"),
        *("cryptography", "cffi", "pycparser"),
    }


@pytest.mark.parametrize("program", [("smtp-sandbox",), ("python", "-m", "smtp_sandbox")])
def test_its_command_is_there(sandbox_environment: Environment, program: tuple[str, ...]) -> None:
    assert "auth-535" in sandbox_environment.run(*program, "list")


def test_its_fixtures_are_there_and_its_extra_brings_the_oauth_server(
    sandbox_wheel: Path, tmp_path: Path
) -> None:
    environment = make_environment(tmp_path)
    environment.run("python", "-m", "pip", "install", "--quiet", "pytest", sandbox_wheel)
    assert "1 passed" in run_tests(environment, "-k", "mail")
    with pytest.raises(AssertionError, match=r"pip install 'smtp-sandbox\[oauth\]'"):
        run_tests(environment, "-k", "tokens")
    environment.run("python", "-m", "pip", "install", "--quiet", f"{sandbox_wheel}[oauth]")
    assert "2 passed" in run_tests(environment)
    assert not {"django", "wagtail"} & installed(environment)


def test_the_plugin_has_it_in_an_extra_and_neither_owns_the_others_files(
    environment: Environment, wheel: Path, sandbox_wheel: Path
) -> None:
    with pytest.raises(AssertionError, match="No module named 'smtp_sandbox'"):
        environment.run("python", "-c", "import smtp_sandbox")
    environment.run(
        *("python", "-m", "pip", "install", "--quiet", "--find-links", sandbox_wheel.parent),
        f"{wheel}[sandbox]",
    )
    environment.run("smtp-sandbox", "list")
    environment.run("python", "-m", "pip", "check")
    environment.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "smtp-sandbox")
    environment.run("python", "-c", "import wagtail_partner_smtp.smtp")


def test_the_step_that_builds_the_image_installs_the_command(tmp_path: Path) -> None:
    """As the Containerfile has it, but for the place: "/" is a folder, and "python" is this one."""
    text = (ROOT / "smtp_sandbox" / "Containerfile").read_text()
    step = re.search("^COPY . (/smtp_sandbox)\nRUN (.*)$", text, re.MULTILINE)
    assert step, text
    shutil.copytree(
        ROOT / "smtp_sandbox", tmp_path / "smtp_sandbox", ignore=shutil.ignore_patterns("__pycache__")
    )
    script = re.sub(r'(?<=[ "])(?=/)', str(tmp_path), f" {step[2]}")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    foreign = ("PYTHON", "VIRTUAL_ENV")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

    subprocess.run(["sh", "-ec", script], env=variables | {"PATH": path}, check=True)  # noqa: S603, S607

    for instruction in ("ENTRYPOINT", "HEALTHCHECK"):
        [program] = re.findall(rf'^{instruction} .*?\["(/.*?)"', text, re.MULTILINE)
        assert os.access(f"{tmp_path}{program}", os.X_OK)
    program = tmp_path / "opt/smtp-sandbox/bin/smtp-sandbox"
    listed = subprocess.run([program, "list"], capture_output=True, text=True, check=True, cwd=tmp_path)  # noqa: S603
    assert "auth-535" in listed.stdout
    assert not list((tmp_path / "opt/smtp-sandbox").rglob("Containerfile"))
