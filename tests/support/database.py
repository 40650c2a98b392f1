"""SQLite's test database: a copy of a file that was migrated once, put back after each test that commits.

The migrated files are kept in ``test_project/var/migrated``; another one is made when a migration, a table, a
permission, the settings or a version has changed. Since it is a file, each thread has a connection of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files import locks
from django.core.management import call_command
from django.db import connection
from wagtail.snippets.models import get_snippet_models

from test_project.settings import VAR_DIR

FOLDER = VAR_DIR / "migrated"
# Nothing has to outlive a power failure. A lock is taken before anything is read: SQLite does not wait for one
# that it needs in the middle of a transaction.
OPTIONS = {
    "init_command": "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY",
    "timeout": 60,
    "transaction_mode": "IMMEDIATE",
}


@dataclass(frozen=True, kw_only=True)
class Database:
    """The file that Django uses, and what is in it when a test begins."""

    path: Path
    migrated: bytes

    def restore(self) -> None:
        """Undo whatever was written. A connection that somebody has kept open goes on with the old file."""
        connection.close()
        self.path.unlink()
        self.path.write_bytes(self.migrated)


def use(path: Path, *, create: bool = False) -> Database:
    """From now on Django uses a migrated database in the file ``path``; with ``create`` it is migrated anew."""
    kept = FOLDER / f"{fingerprint()}.sqlite3"
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        locks.lock(lock, locks.LOCK_EX)
        if create or not kept.exists():
            unfinished = kept.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            connect(unfinished)
            call_command("migrate", verbosity=0, run_syncdb=True)
            unfinished.replace(kept)
        content = kept.read_bytes()
    path.write_bytes(content)
    connect(path)
    # Before Wagtail 8 a model has its viewset only once the hooks were loaded, which "migrate" does on its way.
    get_snippet_models()
    return Database(path=path, migrated=content)


def connect(path: Path) -> None:
    """Let all of Django's connections lead to this file from now on."""
    connection.close()
    connection.settings_dict |= {"NAME": str(path), "OPTIONS": OPTIONS}


def fingerprint() -> str:
    """Of all that has a say in what ``migrate`` makes of an empty database."""
    digest = hashlib.sha256(settings.SETTINGS_MODULE.encode())
    for package in ("Django", "wagtail", "django-taggit", "django-treebeard"):
        digest.update(version(package).encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(path.read_bytes())
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        columns = [(field.column, field.db_type(connection)) for field in model._meta.local_fields]
        digest.update(repr((model._meta.label, columns, model._meta.permissions)).encode())
    return digest.hexdigest()[:32]
