"""The apps in the documentation are those that are tested."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import DOCS, ROOT

FIRST_LINE = r"(?:# |{# )((?:invoices|pages)/[\w/]+\.\w+)(?: #})?"
BLOCK = re.compile(rf"^```(?:python|html)\n{FIRST_LINE}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown() -> dict[str, str]:
    """The files that the pages show, by their paths."""
    text = "".join((DOCS / page).read_text() for page in ("sending.md", "form-pages.md"))
    return dict(BLOCK.findall(text))


def test_the_files_of_the_apps_are_shown() -> None:
    assert set(shown()) == {
        "invoices/models.py",
        "invoices/receivers.py",
        "invoices/apps.py",
        "pages/models.py",
        "pages/templates/pages/partner_block.html",
    }


@pytest.mark.parametrize("path", shown())
def test_a_file_is_shown_as_it_is(path: str) -> None:
    code = (ROOT / "test_project" / path).read_text()
    # There the apps stand in a package, and have a linter.
    expected = code.replace("test_project.invoices", "invoices").replace("  # noqa: F401", "")
    assert shown()[path] == expected.replace("from __future__ import annotations\n\n", "")
