"""Seal all SMTP passwords, and the content of queued mail, with the newest key."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import router

from wagtail_partner_smtp.account.row import SMTPAccount, rows_of
from wagtail_partner_smtp.account.saving import FILLED_IN, SEALED
from wagtail_partner_smtp.models import get_account_models
from wagtail_partner_smtp.outbox import resealing
from wagtail_partner_smtp.outbox.sealing import ContentUnreadable, Sealer
from wagtail_partner_smtp.smtp.errors import SettingsError

CHUNK = 500


class Outcome(StrEnum):
    CURRENT = "sealed with the newest key"
    ROTATED = "sealed anew"
    REMOVED = "removed meanwhile"
    OLD = "sealed with an older key"
    UNREADABLE = "unreadable"


class Command(BaseCommand):
    help = (
        "Seals all SMTP passwords, and the content of queued mail, with the newest key. It can be stopped at any "
        "time and run again, while the site is in use. What is unreadable is left as it is, and makes it exit "
        "with 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Change nothing; exit with 1 if something is not sealed with the newest key.",
        )

    def handle(self, *, check: bool, verbosity: int, **options: Any) -> None:
        total: Counter[Outcome] = Counter()
        for model in get_account_models():
            counts = Counter(self._settle(row, check) for row in _rows(model))
            if verbosity:
                self.stdout.write(f"{model._meta.label}: {_summary(counts)}")
            total += counts
        sealer = Sealer()
        mail = Counter(self._settle_content(pk, sealer, check) for pk in resealing.pieces())
        if verbosity and mail:
            self.stdout.write(f"Content of queued mail: {_summary(mail)}")
        if total[Outcome.UNREADABLE] or total[Outcome.OLD]:
            raise CommandError("Not every password is sealed with the newest key.")
        if mail[Outcome.UNREADABLE] or mail[Outcome.OLD]:
            raise CommandError("Not all content of queued mail is sealed with the newest key.")

    def _settle(self, row: SMTPAccount, check: bool) -> Outcome:
        try:
            return _inspect(row) if check else _rotate(row)
        except SettingsError as error:
            self.stderr.write(f"{row._meta.label} {row.pk}: {error.facts.get('reason', error.code)}")
            return Outcome.UNREADABLE

    def _settle_content(self, pk: int, sealer: Sealer, check: bool) -> Outcome:
        if check:
            return Outcome.OLD if resealing.is_readable(pk, sealer) else Outcome.UNREADABLE
        try:
            return Outcome.ROTATED if resealing.reseal(pk, sealer) else Outcome.REMOVED
        except ContentUnreadable as error:
            self.stderr.write(f"content of queued mail, piece {pk}: {error.reason}")
            return Outcome.UNREADABLE


def _rows(model: type[SMTPAccount]) -> Iterator[SMTPAccount]:
    """All rows with a password, some at a time, so that memory does not grow with their number."""
    passwords = model._base_manager.using(router.db_for_write(model)).exclude(**{SEALED: ""})
    passwords = passwords.only("pk", "smtp_uuid", SEALED, *FILLED_IN).order_by("pk")
    chunk = list(passwords[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(passwords.filter(pk__gt=chunk[-1].pk)[:CHUNK])


def _inspect(row: SMTPAccount) -> Outcome:
    is_current = row.resealed_smtp_password() == row.smtp_password_encrypted
    return Outcome.CURRENT if is_current else Outcome.OLD


def _rotate(row: SMTPAccount | None) -> Outcome:
    """Replace what was read, and nothing else: whatever an editor saves meanwhile is read and tried anew."""
    while row is not None and row.smtp_password_encrypted:
        sealed = row.resealed_smtp_password()
        if sealed == row.smtp_password_encrypted:
            return Outcome.CURRENT
        same = rows_of(row, str(row._state.db)).filter(pk=row.pk)
        if same.filter(**{SEALED: row.smtp_password_encrypted}).update(**{SEALED: sealed}):
            return Outcome.ROTATED
        row = same.first()
    return Outcome.REMOVED


def _summary(counts: Counter[Outcome]) -> str:
    return (
        ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]) or "no passwords"
    )
