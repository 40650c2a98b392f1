"""What the documentation says of `MAILERS` beside older settings is what Django says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import django
import pytest

from tests.support.paths import DOCS

CONSOLE = "django.core.mail.backends.console.EmailBackend"


@pytest.mark.skipif(django.VERSION < (6, 1), reason="there are no mailers yet")
def test_an_old_setting_in_a_template_is_refused_with_the_text_that_is_documented(tmp_path: Path) -> None:
    (tmp_path / "template_of_a_site.py").write_text(f'EMAIL_BACKEND = "{CONSOLE}"\n')
    (tmp_path / "settings_of_a_site.py").write_text(
        f'from template_of_a_site import *\n\nMAILERS = {{"default": {{"BACKEND": "{CONSOLE}"}}}}\n'
    )
    done = subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-m",
            "django",
            "check",
            "--settings",
            "settings_of_a_site",
            "--pythonpath",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert said in (DOCS / "sending.md").read_text()
