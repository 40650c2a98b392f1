"""Seal all secrets of SMTP accounts, and the content of queued mail, with the newest key."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import router
from django.db.models import Q

from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.row import SMTPAccount, rows_of
from wagtail_partner_smtp.account.saving import FILLED_IN, SEALED
from wagtail_partner_smtp.models import get_account_models
from wagtail_partner_smtp.outbox import resealing
from wagtail_partner_smtp.outbox.sealing import ContentUnreadable, Sealer
from wagtail_partner_smtp.smtp.errors import SettingsError

CHUNK = 500


class Outcome(StrEnum):
    CURRENT = "encrypted with the newest key"
    ROTATED = "sealed anew"
    REMOVED = "removed meanwhile"
    DROPPED = "unreadable access tokens dropped"
    OLD = "sealed with an older key"
    UNREADABLE = "unreadable"


class Command(BaseCommand):
    help = (
        "Encrypts all SMTP passwords, OAuth secrets and tokens, and the content of queued mail, with the newest "
        "key. It can be stopped at any time and run again, while the site is in use. Unreadable values are not "
        "changed, and make it exit with 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Change nothing; exit with 1 if something is not encrypted with the newest key.",
        )

    def handle(self, *, check: bool, verbosity: int, **options: Any) -> None:
        total: Counter[Outcome] = Counter()
        for model in get_account_models():
            counts = Counter(
                self._settle(row, kind, check) for row in _rows(model) for kind in Kind if _sealed(row, kind)
            )
            if verbosity:
                self.stdout.write(f"{model._meta.label}: {_summary(counts)}")
            total += counts
        sealer = Sealer()
        mail = Counter(self._settle_content(pk, sealer, check) for pk in resealing.pieces())
        if verbosity and mail:
            self.stdout.write(f"Content of queued mail: {_summary(mail)}")
        if total[Outcome.UNREADABLE] or total[Outcome.OLD]:
            raise CommandError("Not every secret is encrypted with the newest key.")
        if mail[Outcome.UNREADABLE] or mail[Outcome.OLD]:
            raise CommandError("Not all content of queued mail is encrypted with the newest key.")

    def _settle(self, row: SMTPAccount, kind: Kind, check: bool) -> Outcome:
        try:
            return _inspect(row, kind) if check else _rotate(row, kind)
        except SettingsError as error:
            reason = error.facts.get("reason", error.code)
            self.stderr.write(f"{row._meta.label} {row.pk}: {kind}: {reason}")
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
    """All rows with a secret, some at a time, so that memory does not grow with their number."""
    secrets = reduce(or_, (~Q(**{column: ""}) for column in SEALED.values()))
    rows = model._base_manager.using(router.db_for_write(model)).filter(secrets)
    rows = rows.only("pk", "smtp_uuid", *SEALED.values(), *FILLED_IN).order_by("pk")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK])


def _sealed(row: SMTPAccount, kind: Kind) -> str:
    return str(getattr(row, SEALED[kind]))


def _resealed(row: SMTPAccount, kind: Kind) -> str:
    try:
        return row.resealed_smtp_secret(kind)
    except SettingsError:
        if kind is Kind.ACCESS_TOKEN:
            # It is kept for speed alone: whoever needs one gets another.
            return ""
        raise


def _inspect(row: SMTPAccount, kind: Kind) -> Outcome:
    return Outcome.CURRENT if _resealed(row, kind) == _sealed(row, kind) else Outcome.OLD


def _rotate(row: SMTPAccount | None, kind: Kind) -> Outcome:
    """Replace what was read, and nothing else: whatever an editor saves meanwhile is read and tried anew."""
    column = SEALED[kind]
    while row is not None and (old := _sealed(row, kind)):
        new = _resealed(row, kind)
        if new == old:
            return Outcome.CURRENT
        same = rows_of(row, str(row._state.db)).filter(pk=row.pk)
        if same.filter(**{column: old}).update(**{column: new}):
            return Outcome.ROTATED if new else Outcome.DROPPED
        row = same.first()
    return Outcome.REMOVED


def _summary(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]) or "no secrets"
