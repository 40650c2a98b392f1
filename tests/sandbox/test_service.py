"""The sandbox as a service: its Containerfile, the recipes of docs/sandbox-ci.md, and a client in JavaScript."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from smtp_sandbox.cli import main
from tests.support.paths import DOCS, ROOT
from tests.support.stopwatch import PATIENCE

PAGE = DOCS / "sandbox-ci.md"
CONTAINERFILE = ROOT / "smtp_sandbox" / "Containerfile"
CLIENT = Path(__file__).with_name("service_client.js")
PROGRAM = "/opt/smtp-sandbox/bin/smtp-sandbox"
# Before 20 Node tries one address of a name alone, and the service listens by IPv4 here.
IPV4 = "--dns-result-order=ipv4first"
PYTHON = "/opt/smtp-sandbox/bin/python"


@dataclass(frozen=True)
class Service:
    """How a container is started, and what is said to the clients in another one."""

    command: list[str] | None
    variables: Mapping[str, str]
    told: Mapping[str, str]


def blocks(language: str) -> list[str]:
    return [each.partition("```")[0] for each in PAGE.read_text("utf-8").split(f"```{language}\n")[1:]]


def recipe(part: str) -> Any:
    [found] = [yaml.safe_load(each) for each in blocks("yaml") if part in each]
    return found


def github() -> Service:
    job = recipe("runs-on:")["jobs"]["test"]
    return Service(None, job["services"]["mail"]["env"], job["env"])


def gitlab() -> Service:
    job = recipe("alias:")["test"]
    [service] = job["services"]
    assert service["alias"] == "mail"
    return Service(service["command"], {}, job["variables"])


def compose() -> Service:
    services = recipe("depends_on:")["services"]
    return Service(services["mail"]["command"], {}, services["test"]["environment"])


RECIPES = {"github": github, "gitlab": gitlab, "compose": compose}


def instructions() -> list[tuple[str, str]]:
    """Those of the last stage of the Containerfile, in order."""
    lines = [line for line in CONTAINERFILE.read_text().splitlines() if line and not line.startswith("#")]
    pairs = [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]
    last = max(number for number, (name, _) in enumerate(pairs) if name == "FROM")
    return pairs[last:]


def words(name: str) -> list[str]:
    """The command of an instruction; without a shell it is a list."""
    [value] = [value for each, value in instructions() if each == name]
    command: list[str] = json.loads(value.partition("CMD ")[2] if name == "HEALTHCHECK" else value)
    return command


def with_free_ports(command: list[str]) -> list[str]:
    """The command as it is, but for the ports, which may be taken here."""
    web = command.index("--web") + 1
    return ["0" if number == web else re.sub(r"(?<=@)\d+$", "0", word) for number, word in enumerate(command)]


@contextmanager
def running(service: Service, place: Path) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """The process that the container would be, in an empty working directory, and what it says of itself."""
    program, *entry = words("ENTRYPOINT")
    assert program == PROGRAM
    arguments = [*entry, *(words("CMD") if service.command is None else service.command)]
    command = [sys.executable, "-W", "error", "-m", "smtp_sandbox", *with_free_ports(arguments)]
    variables = {name: str(value) for name, value in service.variables.items()}
    # With --json the ports are told.
    variables["SMTP_SANDBOX_ARGUMENTS"] = f"{variables.get('SMTP_SANDBOX_ARGUMENTS', '')} --json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables}
    process = subprocess.Popen(  # noqa: S603
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, json.loads(process.stdout.readline() if process.stdout else "")
    finally:
        process.kill()
        process.communicate()


def port_of(facts: Any, mode: str) -> int:
    [port] = [at["port"] for at in facts["listeners"] if at["mode"] == mode]
    assert isinstance(port, int)
    return port


def settings(facts: Any, service: Service) -> dict[str, Any]:
    """What the client of a recipe is told, with the ports of here."""
    assert service.told["SMTP_PORT"] == "2587"
    return {
        "host": "localhost",
        "port": port_of(facts, "starttls"),
        "api": facts["web"],
        "token": service.told["SMTP_API_TOKEN"],
    }


def test_the_image_runs_the_sandbox_itself_and_not_as_root() -> None:
    [user] = [value for name, value in instructions() if name == "USER"]
    ports = [value.split() for name, value in instructions() if name == "EXPOSE"]
    started = [*words("ENTRYPOINT"), *words("CMD")]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert started[:2] == [PROGRAM, "serve"]
    assert ports == [
        [*(word.partition("@")[2] for word in words("CMD")), started[started.index("--web") + 1]]
    ]


@pytest.mark.parametrize("recipe_of", RECIPES.values(), ids=RECIPES)
def test_a_recipe_is_consistent(recipe_of: Any) -> None:
    service = recipe_of()
    arguments = [*(service.command or []), *shlex.split(service.variables.get("SMTP_SANDBOX_ARGUMENTS", ""))]
    text = " ".join(arguments).replace("=", " ")
    host = service.told["SMTP_HOST"]

    assert f"--web-token {service.told['SMTP_API_TOKEN']}" in text
    assert service.told["SMTP_API"] == f"http://{host}:8025"
    assert host == "localhost" or f"--name {host}" in text
    assert "honest:starttls@2587" in (service.command or words("CMD"))


@pytest.mark.parametrize("recipe_of", RECIPES.values(), ids=RECIPES)
def test_a_client_in_another_language_uses_the_service(node: str, recipe_of: Any, tmp_path: Path) -> None:
    service = recipe_of()
    with running(service, tmp_path) as (process, facts):
        seen = run_client(node, settings(facts, service))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)

    assert (process.returncode, errors) == (0, "")
    assert seen == expected(listeners=len(facts["listeners"]))


def test_nodemailer_uses_the_service(node: str, node_modules: Path, tmp_path: Path) -> None:
    with running(github(), tmp_path) as (_, facts):
        told = {**settings(facts, github()), "nodemailer": True}
        seen = run_client(node, told, NODE_PATH=str(node_modules))

    assert seen == expected(listeners=len(facts["listeners"]))


def run_client(node: str, told: dict[str, Any], **variables: str) -> Any:
    done = subprocess.run(  # noqa: S603
        [node, IPV4, str(CLIENT), json.dumps(told)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(listeners: int) -> dict[str, Any]:
    """What the client sees: an honest server, then one that refuses a recipient, then the honest one again."""
    return {
        "stranger": 403,
        "codes": [250, 451, 250],
        "faults": ["451 4.7.1 Later"] * listeners,
        "totals": [2, 1, 0],
        "subject": "Report",
        "links": ["https://example.org/reset"],
        "user": "user",
        "tls": "TLSv1.3",
        "told": 2,
    }


def variables_of(told: Mapping[str, Any], node_modules: Path) -> dict[str, str]:
    return {
        "SMTP_HOST": told["host"],
        "SMTP_PORT": str(told["port"]),
        "SMTP_API": told["api"].rstrip("/"),
        "SMTP_API_TOKEN": told["token"],
        "NODE_PATH": str(node_modules),
    }


def test_the_documented_tests_in_javascript_pass(node: str, node_modules: Path, tmp_path: Path) -> None:
    [script] = blocks("js")
    (tmp_path / "report.test.js").write_text(script)
    service = github()
    with running(service, tmp_path) as (_, facts):
        variables = variables_of(settings(facts, service), node_modules)
        assert set(service.told) < set(variables)
        done = subprocess.run(  # noqa: S603
            [node, IPV4, "--test", "--test-reporter=tap", "report.test.js"],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert done.returncode == 0, done.stdout
    assert "# pass 2\n" in done.stdout


def test_they_pass_when_several_files_run_at_the_same_time(
    node: str, node_modules: Path, tmp_path: Path
) -> None:
    [script] = blocks("js")
    (tmp_path / "report.test.js").write_text(f"for (let turn = 0; turn < 8; turn += 1) {{\n{script}\n}}\n")
    service = github()
    with running(service, tmp_path) as (_, facts):
        variables = variables_of(settings(facts, service), node_modules)
        # Node itself would run as many files at a time as there are processors.
        runs = [
            subprocess.Popen(  # noqa: S603
                [node, IPV4, "--test", "--test-reporter=tap", "report.test.js"],
                cwd=tmp_path,
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        said = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0] * 3, said
    assert all("# pass 16\n" in each for each in said)


def test_the_documented_command_fetches_the_certificate(tmp_path: Path) -> None:
    [script] = blocks("sh")
    service = github()
    with running(service, tmp_path) as (_, facts):
        told = settings(facts, service)
        variables = {"SMTP_API": told["api"].rstrip("/"), "SMTP_API_TOKEN": told["token"]}
        subprocess.run(  # noqa: S603
            ["bash", "-ec", script],  # noqa: S607
            cwd=tmp_path,
            env={**os.environ, **variables},
            check=True,
            timeout=60,
        )
        assert (tmp_path / "ca.pem").read_bytes() == Path(facts["ca_file"]).read_bytes()


def test_the_volume_of_the_recipe_keeps_the_ca_and_the_messages(node: str, tmp_path: Path) -> None:
    service = compose()
    certificates = set()
    for _ in range(2):
        with running(service, tmp_path) as (_, facts):
            certificates.add(Path(facts["ca_file"]).read_bytes())
            run_client(node, settings(facts, service))

    assert len(certificates) == 1
    # Two of each run were accepted; that they were deleted in the inbox does not matter.
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca-key.pem", "mail"]


def test_the_service_is_healthy_when_it_accepts_and_only_then(tmp_path: Path) -> None:
    program, option, code = words("HEALTHCHECK")
    assert (program, option) == (PYTHON, "-c")
    with running(github(), tmp_path) as (_, facts):
        port = facts["web"].rstrip("/").rpartition(":")[2]
        check = [sys.executable, "-c", code.replace("8025", port)]
        healthy = subprocess.run(check, capture_output=True, timeout=PATIENCE).returncode  # noqa: S603
    ill = subprocess.run(check, capture_output=True, timeout=PATIENCE).returncode  # noqa: S603

    assert (healthy, ill) == (0, 1)
    assert "8025" in code


def test_the_certificate_needs_the_token(tmp_path: Path) -> None:
    with running(github(), tmp_path) as (_, facts):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{facts['web']}api/ca.pem", timeout=PATIENCE)  # noqa: S310
        refused.value.close()

    assert refused.value.code == 403


def test_variables_that_cannot_be_read_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTP_SANDBOX_ARGUMENTS", "--name 'mail")

    assert main(["serve"]) == 2
    assert "SMTP_SANDBOX_ARGUMENTS: No closing quotation" in capsys.readouterr().err
    assert main(["list"]) == 0


def test_further_listeners_stand_among_the_variables(tmp_path: Path) -> None:
    service = Service(None, {"SMTP_SANDBOX_ARGUMENTS": "auth-535:starttls@0 --name mail"}, {})
    with running(service, tmp_path) as (_, facts):
        profiles = [at["profile"] for at in facts["listeners"]]

    assert profiles == ["honest"] * 3 + ["auth-535"]


def test_they_may_follow_a_command_that_ends_with_options(tmp_path: Path) -> None:
    service = replace(compose(), variables={"SMTP_SANDBOX_ARGUMENTS": "auth-535:starttls@0 --name other"})
    with running(service, tmp_path) as (_, facts):
        profiles = [at["profile"] for at in facts["listeners"]]

    assert profiles == ["honest"] * 2 + ["auth-535"]
