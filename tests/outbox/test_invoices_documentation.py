"""The invoice app in the documentation is the one that is tested."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import DOCS, ROOT

BLOCK = re.compile(r"^```python\n# (invoices/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown() -> dict[str, str]:
    """The files that docs/sending.md shows, by their paths."""
    return dict(BLOCK.findall((DOCS / "sending.md").read_text()))


def test_the_files_of_the_app_are_shown() -> None:
    assert set(shown()) == {"invoices/models.py", "invoices/receivers.py", "invoices/apps.py"}


@pytest.mark.parametrize("path", shown())
def test_a_file_is_shown_as_it_is(path: str) -> None:
    code = (ROOT / "test_project" / path).read_text()
    # There the app stands in a package, and has a linter.
    expected = code.replace("test_project.invoices", "invoices").replace("  # noqa: F401", "")
    assert shown()[path] == expected.replace("from __future__ import annotations\n\n", "")
