"""The connection test of saved partners, from the shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_partner_smtp import conf, connection_test, leases, results
from wagtail_partner_smtp.connection_test import TestReport
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.smtp.errors import SettingsError

SYMBOLS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
VERDICTS = {"ok": "OK", "untrusted": "Certificate not trusted", "failed": "Failed"}
PLAIN = str.maketrans({"✓": "+", "✗": "x", "«": "<", "»": ">"})


class Command(BaseCommand):
    help = (
        "Tests the SMTP settings of saved partners: the named ones, or all active ones. Exits with 1 if the "
        "test of one of them fails or finds that its mail would not be sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="the partners to test")
        parser.add_argument("--json", action="store_true", help="print one JSON array instead of text")

    def handle(self, *, slugs: Sequence[str], **options: Any) -> None:
        tested: list[dict[str, object]] = []
        broken: list[str] = []
        for partner in _partners(slugs):
            report = check(partner)
            if not report.deliverable:
                broken.append(partner.slug)
            if options["json"]:
                tested.append(_entry(partner, report))
            else:
                self._print(lines(partner, report))
        if options["json"]:
            self.stdout.write(json.dumps(tested, indent=2))
        if broken:
            raise CommandError(f"Mail of these partners is not sent: {', '.join(broken)}")

    def _print(self, text: Iterator[str]) -> None:
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        self.stdout.write("\n".join(printable(line, encoding) for line in text))


def lines(partner: AbstractPartner, report: TestReport) -> Iterator[str]:
    """The report as text for a terminal."""
    inactive = "" if partner.active else " (inactive: its mail is not sent)"
    yield f"{partner.slug}: {report.settings.address}{inactive}"
    for stage in report.stages:
        reply = f" «{stage.reply}»" if stage.reply else ""
        yield f"  {SYMBOLS[stage.status]} {stage.name:<9}{stage.ms:>8.1f} ms  {stage.message}{reply}"
    for warning in report.warnings:
        yield f"  ! {warning.code}: {warning.message} {warning.hint}"
    if report.error:
        yield f"  ✗ {report.error.code}: {report.error.message} {report.error.hint}"
    yield f"  = {VERDICTS[report.status]}"


def printable(line: str, encoding: str) -> str:
    """The line for a terminal that may not know all of its characters."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return line.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return line


def check(partner: AbstractPartner) -> TestReport:
    """Test what is saved of a partner, and keep the result on it."""
    try:
        settings = partner.smtp_settings()
    except SettingsError as error:
        return connection_test.unusable(partner, error)
    try:
        with leases.hold(partner, None):
            report = connection_test.run(settings, conf.policy())
    except leases.Busy:
        return connection_test.busy(settings)
    results.store(partner, settings, report)
    return report


def _entry(partner: AbstractPartner, report: TestReport) -> dict[str, object]:
    return {"partner": partner.slug, "active": partner.active, "report": report.as_dict()}


def _partners(slugs: Sequence[str]) -> list[AbstractPartner]:
    rows = get_partner_model()._default_manager.all()
    if not slugs:
        return list(rows.filter(active=True).order_by("slug"))
    found = {partner.slug: partner for partner in rows.filter(slug__in=slugs)}
    if unknown := [slug for slug in slugs if slug not in found]:
        raise CommandError(f"There is no partner of the name {', '.join(unknown)}.")
    return [found[slug] for slug in dict.fromkeys(slugs)]
