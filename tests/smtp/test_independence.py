"""What a session must do without. Who may import whom is in ``pyproject.toml``, for import-linter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import wagtail_partner_smtp

PLUGIN = Path(wagtail_partner_smtp.__file__).parent

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


def modules() -> list[Path]:
    found = sorted(PLUGIN.rglob("*.py"))
    assert found
    return found


def test_a_session_needs_neither_django_nor_wagtail() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", WITHOUT_DJANGO], capture_output=True, text=True, timeout=170
    )
    assert (done.stdout, done.stderr) == ("address_not_allowed\n", "")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PLUGIN)))
def test_p30_smtplib_s_own_debugging_is_never_used(path: Path) -> None:
    tree = ast.parse(path.read_text())
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "print" not in called
    assert not used & {"debuglevel", "set_debuglevel"}
