"""The site that is measured: the test project and a plain snippet, on a database of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command


@contextmanager
def site() -> Iterator[None]:
    """Django, set up; its database is gone afterwards. ``DATABASE_URL`` names another one."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
        django.setup()
        yield


def migrate() -> None:
    """Make the tables, which not every benchmark needs."""
    call_command("migrate", run_syncdb=True, verbosity=0)
