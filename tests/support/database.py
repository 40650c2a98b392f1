"""The test database, put back after each test that commits.

SQLite's is a copy of a file that was migrated once. The migrated files are kept in ``test_project/var/migrated``;
another one is made when a migration, a table, a permission, the settings or a version has changed. Since it is a
file, each thread has a connection of its own.

That of a server is migrated by pytest-django, and holds a copy of the rows that the migrations wrote.
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
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
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


@dataclass(frozen=True, kw_only=True)
class Tables:
    """A server's database, and which of its tables have rows when a test begins."""

    filled: frozenset[str]

    def restore(self) -> None:
        """Undo whatever was written. Sequences go on where they are."""
        with connection.cursor() as cursor, transaction.atomic(), connection.constraint_checks_disabled():
            for table in tables_with_rows() | self.filled:
                cursor.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608 -- a name of our own
            for table in self.filled:
                cursor.execute(f"INSERT INTO {quoted(table)} SELECT * FROM {kept(table)}")  # noqa: S608


def keep_rows() -> Tables:
    """Copy what the migrations wrote, so that a test which commits can begin with it."""
    filled = tables_with_rows()
    with connection.cursor() as cursor:
        for table in filled:
            cursor.execute(f"CREATE TABLE {kept(table)} AS SELECT * FROM {quoted(table)}")  # noqa: S608
    # Django would read its own copy into the tables that are filled already.
    vars(connections[DEFAULT_DB_ALIAS]).pop("_test_serialized_contents", None)
    return Tables(filled=filled)


def tables_with_rows() -> frozenset[str]:
    """The names of all tables of Django's that are not empty."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {index} WHERE EXISTS (SELECT 1 FROM {quoted(name)})"  # noqa: S608
                for index, name in enumerate(names)
            )
        )
        return frozenset(names[index] for (index,) in cursor.fetchall())


def quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def kept(table: str) -> str:
    return quoted(f"kept_{table}")


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
