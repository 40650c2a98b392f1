"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import smtp_sandbox
import wagtail_partner_smtp

PLUGIN = Path(wagtail_partner_smtp.__file__).parent
SANDBOX = Path(smtp_sandbox.__file__).parent

WITHOUT_DJANGO = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "wagtail", "smtp_sandbox", "aiosmtpd", "trustme"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import importlib, pkgutil
import wagtail_partner_smtp.smtp as package
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"{package.__name__}.{module.name}")
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, examine
print(examine(SMTPSettings(host="127.0.0.1"), Policy(timeout=1)).error.code)
"""


def modules(root: Path) -> list[Path]:
    found = sorted(path for path in root.rglob("*.py") if "migrations" not in path.parts)
    assert found
    return found


def imported(path: Path) -> set[str]:
    """The names of the modules that a file imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_a_session_needs_neither_django_nor_wagtail() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", WITHOUT_DJANGO], capture_output=True, text=True, timeout=170
    )
    assert (done.stdout, done.stderr) == ("address_not_allowed\n", "")


def test_the_sandbox_never_imports_the_plugin() -> None:
    for path in modules(SANDBOX):
        assert not {name for name in imported(path) if name.startswith("wagtail_partner_smtp")}, path


def test_the_plugin_never_imports_the_sandbox() -> None:
    for path in modules(PLUGIN):
        assert not {name for name in imported(path) if name.startswith("smtp_sandbox")}, path


def test_only_the_session_s_package_opens_sockets() -> None:
    for path in modules(PLUGIN):
        if path.parent.name != "smtp":
            assert not imported(path) & {"socket", "smtplib", "http.client", "urllib.request", "asyncio"}, (
                path
            )


def test_only_one_module_asks_the_dns() -> None:
    asking = {path.name for path in modules(PLUGIN) if any(each.startswith("dns") for each in imported(path))}
    assert asking == {"dns_questions.py"}


@pytest.mark.parametrize("name", ["discovery", "dns_questions"])
def test_a_search_for_settings_needs_only_sessions_and_providers(name: str) -> None:
    """It decides what is dialled: no setting, no row and no request has a say but through its arguments."""
    ours = {each for each in imported(PLUGIN / f"{name}.py") if each.startswith((".", "django", "wagtail"))}
    assert {each for each in ours if not each.startswith(".smtp.")} <= {
        ".dns_questions",
        ".providers",
        ".smtp",
    }


def test_a_session_reads_no_settings_and_translates_nothing() -> None:
    for path in modules(PLUGIN / "smtp"):
        outside = {name for name in imported(path) if name.startswith("..") or name.startswith("django")}
        assert not outside, path


def test_p30_smtplib_s_own_debugging_is_never_used() -> None:
    for path in modules(PLUGIN):
        tree = ast.parse(path.read_text())
        called = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert "print" not in called, path
        assert not used & {"debuglevel", "set_debuglevel"}, path


@pytest.mark.parametrize("path", modules(PLUGIN) + modules(SANDBOX), ids=lambda path: path.name)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 250
