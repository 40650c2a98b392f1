"""The lines that docs/scaling.md has a site write to have Celery carry its tasks, as they stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import django

from tests.support.paths import DOCS

if TYPE_CHECKING:
    app: Any

_FOUND = re.search(r"# mysite/celery\.py\n(.*?)```", (DOCS / "scaling.md").read_text(), re.DOTALL)
assert _FOUND is not None
_CODE = _FOUND[1] if django.VERSION >= (6, 0) else _FOUND[1].replace("django.tasks", "django_tasks")
exec(compile(_CODE, "docs/scaling.md", "exec"))  # noqa: S102
