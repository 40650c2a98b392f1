"""The SMTP accounts of all partners, as a file that `import_partner_smtp` reads."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_partner_smtp.transfer import exporting
from wagtail_partner_smtp.transfer.models import chosen


class Command(BaseCommand):
    help = (
        "Writes all partners with their SMTP settings as comma-separated values, without passwords and other "
        "secrets. import_partner_smtp reads them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE", help="the file to write (default: print it)")
        parser.add_argument(
            "--model",
            metavar="APP.MODEL",
            help="another model with an SMTP account (default: that of the partners)",
        )

    def handle(self, *, file: str | None, model: str | None, verbosity: int, **options: Any) -> None:
        try:
            accounts = chosen(model)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if file is None:
            exporting.write(accounts, self.stdout)
            return
        try:
            # Spreadsheet programs know UTF-8 by its mark.
            with open(file, "w", encoding="utf-8-sig", newline="") as out:
                number = exporting.write(accounts, out)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        if verbosity:
            self.stdout.write(f"{number} written to {file}")
