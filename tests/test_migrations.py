from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps
from wagtail import VERSION as WAGTAIL

import wagtail_partner_smtp
from wagtail_partner_smtp.models import SMTPAccountMixin

LABEL = "wagtail_partner_smtp"
MIGRATIONS = Path(next(iter(wagtail_partner_smtp.__path__))) / "migrations"
NEWEST_OF_WAGTAIL_7_0 = {"wagtailcore": 94, "contenttypes": 2}
FILES = sorted(MIGRATIONS.glob("[0-9]*.py"))


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = io.StringIO()
    call_command("makemigrations", LABEL, check_changes=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


def test_there_are_migrations() -> None:
    assert [path.stem for path in FILES][:1] == ["0001_initial"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_imports_what_every_supported_version_has(path: Path) -> None:
    """Those made on a newer Wagtail import modelsearch."""
    assert {name.split(".")[0] for name in imports_of(path)} <= {"django", "uuid", LABEL}


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_no_migration_needs_a_newer_wagtail() -> None:
    loader = MigrationLoader(None)
    for (label, _), migration in loader.disk_migrations.items():
        if label == LABEL:
            for app, name in migration.dependencies:
                assert app == LABEL or int(name[:4]) <= NEWEST_OF_WAGTAIL_7_0.get(app, 0), (app, name)


@pytest.mark.skipif(WAGTAIL[:2] != (7, 0), reason="compares with the migrations of Wagtail 7.0")
def test_the_newest_migration_of_wagtail_7_0_is_known() -> None:
    names = [name for app, name in MigrationLoader(None).disk_migrations if app == "wagtailcore"]
    assert max(int(name[:4]) for name in names) == NEWEST_OF_WAGTAIL_7_0["wagtailcore"]


@pytest.mark.django_db(transaction=True)
def test_the_migrations_can_be_undone() -> None:
    def tables() -> set[str]:
        return {name for name in connection.introspection.table_names() if name.startswith(LABEL)}

    before = tables()
    assert before
    try:
        MigrationExecutor(connection).migrate([(LABEL, None)])
        assert tables() == set()
    finally:
        # All: what depends on ours was taken back with it.
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert tables() == before


@pytest.mark.django_db(transaction=True)
@isolate_apps("tests")
def test_a_site_can_add_the_account_to_a_table_that_has_rows() -> None:
    """What makemigrations writes for a site's model that takes the mixin: an AddField for each column."""

    class Branch(SMTPAccountMixin):
        name = models.CharField(max_length=20)

        class Meta(SMTPAccountMixin.Meta):
            app_label = "tests"

        def __str__(self) -> str:
            return self.name

    key, name, *account = sorted(
        (field.name, field.clone())
        for field in Branch._meta.local_fields
        if not field.name.startswith("smtp_")
    ) + [(field.name, field.clone()) for field in SMTPAccountMixin._meta.local_fields]
    create = CreateModel("Branch", [key, name])
    state = apply(ProjectState(), create)
    try:
        old = state.apps.get_model("tests", "Branch")
        old.objects.bulk_create([old(name="a"), old(name="b")])
        apply(state, *(AddField("Branch", name, field) for name, field in account))
        assert [branch.smtp_uuid for branch in Branch._base_manager.all()] == [None, None]
        for branch in Branch._base_manager.all():
            branch.set_smtp_password("new")
            branch.save()
        assert [branch.smtp_settings().password for branch in Branch._base_manager.all()] == ["new", "new"]
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Branch)


def apply(state: ProjectState, *operations: Operation) -> ProjectState:
    with connection.schema_editor() as editor:
        for operation in operations:
            after = state.clone()
            operation.state_forwards("tests", after)
            operation.database_forwards("tests", editor, state, after)
            state = after
    return state
