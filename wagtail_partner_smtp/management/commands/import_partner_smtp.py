"""Partners and their SMTP accounts from a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.views.decorators.debug import sensitive_variables

from wagtail_partner_smtp.account.row import SMTPAccount
from wagtail_partner_smtp.transfer import importing, table
from wagtail_partner_smtp.transfer.columns import columns_of
from wagtail_partner_smtp.transfer.importing import Imported, Outcome, Result, Wanted
from wagtail_partner_smtp.transfer.models import chosen

KEY = "slug"
ONLY = {"create": Outcome.CREATED, "update": Outcome.UPDATED}


class Command(BaseCommand):
    help = (
        "Creates and updates partners from a file of comma-separated values (UTF-8; commas, semicolons or tabs), "
        "found by their slug. If a line is refused, nothing is saved, and it exits with 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file, or - to read it from standard input")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what a run would do, and change nothing"
        )
        parser.add_argument(
            "--skip-refused", action="store_true", help="save the other lines even if some are refused"
        )
        parser.add_argument(
            "--only", choices=ONLY, help="refuse lines that would not create, or not update, a row"
        )
        parser.add_argument("--encoding", help="how the file is encoded, such as cp1252 (default: UTF-8)")
        parser.add_argument("--user", metavar="NAME", help="the user that the history shows")
        parser.add_argument(
            "--model",
            metavar="APP.MODEL",
            help="another model with an SMTP account (default: that of the partners)",
        )
        parser.add_argument(
            "--key", metavar="COLUMN", help=f"the column that says which row it is (default: {KEY})"
        )

    def handle(self, *, file: str, dry_run: bool, skip_refused: bool, verbosity: int, **options: Any) -> None:
        wanted = self._wanted(**options)
        try:
            content = table.read(_content(file), encoding=options["encoding"])
            result = importing.run(content, wanted, dry_run=dry_run, skip_refused=skip_refused)
        except table.UnreadableTable as error:
            raise CommandError(str(error)) from error
        for row in result.rows:
            if verbosity > 1 or row.outcome is not Outcome.UNCHANGED:
                self.stdout.write("\n".join(_lines(row)))
        self.stdout.write(_summary(result, dry_run))
        if result.number_of(Outcome.REFUSED):
            raise CommandError("Some lines are refused.")

    def _wanted(
        self, *, model: str | None, key: str | None, only: str | None, user: str | None, **options: Any
    ) -> Wanted:
        try:
            accounts = chosen(model)
        except ValueError as error:
            raise CommandError(str(error)) from error
        return Wanted(
            model=accounts,
            key=_key(accounts, key),
            only=ONLY.get(only or ""),
            user=None if user is None else _user(user),
        )


@sensitive_variables("content")
def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error


def _key(model: type[SMTPAccount], name: str | None) -> str:
    columns = columns_of(model)
    if name is None and KEY not in columns:
        raise CommandError(
            f"{model._meta.label} has no {KEY}: say which column tells its rows apart (--key)."
        )
    if (key := name or KEY) not in columns:
        raise CommandError(f"{model._meta.label} has no column {key}. These are: {', '.join(columns)}.")
    return key


def _user(name: str) -> Any:
    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(name)
    except model.DoesNotExist as error:
        raise CommandError(f"There is no user {name}.") from error


def _lines(row: Imported) -> Iterator[str]:
    """What is printed of a row: columns and sentences, and of its values none but the key."""
    name = f" {row.key}:" if row.key else ""
    changed = f" ({', '.join(row.changed)})" if row.changed else ""
    yield f"line {row.line}:{name} {row.outcome}{changed}"
    for column, text in row.problems:
        yield f"    {column}: {text}" if column else f"    {text}"
    for note in row.notes:
        yield f"    {note}"


def _summary(result: Result, dry_run: bool) -> str:
    numbers = ", ".join(f"{result.number_of(outcome)} {outcome}" for outcome in Outcome)
    if result.saved:
        return f"{numbers}."
    return f"{numbers}. {'A dry run: nothing' if dry_run else 'Nothing'} was saved."
