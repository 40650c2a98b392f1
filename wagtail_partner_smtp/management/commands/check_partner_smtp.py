"""The connection test of saved partners, from the shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from wagtail_partner_smtp import conf
from wagtail_partner_smtp.account.columns import SMTPStatus
from wagtail_partner_smtp.account.health import is_active, only_active
from wagtail_partner_smtp.account.lookup import find, has_column, models_in_use, reference
from wagtail_partner_smtp.account.row import SMTPAccount
from wagtail_partner_smtp.admin.badges import failed_mail
from wagtail_partner_smtp.alerts import mail, news, telling
from wagtail_partner_smtp.connection_test import rounds, text
from wagtail_partner_smtp.connection_test.report import ConnectionReport

PLAIN = str.maketrans({"✓": "+", "✗": "x", "«": "<", "»": ">"})
NOT_SENT, NOT_TOLD = 1, 2
NOBODY = (
    "Nobody gets the alerts by mail: neither PARTNER_SMTP_ALERT_RECIPIENTS nor ADMINS names anybody. They stand "
    "in the log, and are reported as soon as somebody can get them."
)
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


class Command(BaseCommand):
    help = (
        "Tests the SMTP settings of saved partners: the named ones, or all active ones of every model. Exits with "
        "1 if the test of one of them fails or finds that its mail would not be sent, with 2 if the alerts cannot "
        "be sent. A partner that is not set up, or not proven, is not a failure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "slugs",
            nargs="*",
            metavar="SLUG",
            help="the partners to test; for a row of another model with an account, the model and the primary "
            "key, such as shop.supplier:42",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON array instead of text")
        parser.add_argument(
            "--jobs",
            type=int,
            metavar="N",
            help="test at most N partners at once, but only one of the same host at a time "
            "(default and maximum: PARTNER_SMTP_MAX_CONCURRENT_TESTS)",
        )
        parser.add_argument(
            "--alert",
            action="store_true",
            help="alert the admins if a partner's mail stopped working or works again, or if a certificate "
            "expires soon; each is reported once",
        )

    def handle(self, *, slugs: Sequence[str], **options: Any) -> None:
        jobs = _jobs(options.pop("jobs"))
        partners = _partners(slugs)
        try:
            problems = dict(self._test(partners, jobs, **options))
        except KeyboardInterrupt as interrupt:
            raise CommandError("Stopped.", returncode=INTERRUPTED) from interrupt
        if problems:
            raise CommandError("\n".join(problems.values()), returncode=max(problems))

    def _test(
        self, partners: Sequence[SMTPAccount], jobs: int, *, alert: bool, **options: Any
    ) -> Iterator[tuple[int, str]]:
        """Prints the results; what is wrong is yielded, as exit code and sentence."""
        tested: list[dict[str, object]] = []
        broken: list[str] = []
        unproven: list[str] = []
        found: list[news.MailChanged | news.CertificateExpiring] = []
        with closing(rounds.check_all(partners, jobs=jobs)) as reports:
            for partner, report in zip(partners, reports, strict=True):
                if report.status is SMTPStatus.UNPROVEN:
                    unproven.append(reference(partner))
                elif not report.deliverable and report.status is not SMTPStatus.NOT_SET_UP:
                    broken.append(reference(partner))
                found += news.of(partner, report)
                if options["json"]:
                    tested.append(_entry(partner, report))
                else:
                    self._print(lines(partner, report))
        if options["json"]:
            self.stdout.write(json.dumps(tested, indent=2))
        if unproven:
            self.stderr.write(f"Not proven to accept mail for others: {', '.join(unproven)}")
        if broken:
            yield NOT_SENT, f"Mail of these partners is not sent: {', '.join(broken)}"
        if not alert:
            return
        # The stops first: their mail tells of the mail that failed as well.
        is_told = all([telling.tell_of_stops(), telling.tell(found)])
        if not mail.recipients():
            yield NOT_TOLD, NOBODY
        elif not is_told:
            yield NOT_TOLD, "The alerts could not be sent. The next run tries again."

    def _print(self, text: Iterator[str]) -> None:
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        self.stdout.write("\n".join(printable(line, encoding) for line in text))


def lines(partner: SMTPAccount, report: ConnectionReport) -> Iterator[str]:
    """The report as text for a terminal."""
    inactive = "" if is_active(partner) else " (inactive: its mail is not sent)"
    yield f"{reference(partner)}: {report.settings.address or '-'}{inactive}"
    yield from text.findings(report)
    if partner.smtp_failures:
        yield f"  ! {failed_mail(partner.smtp_failures)} ({partner.smtp_failure.get('code', '')})"


def printable(line: str, encoding: str) -> str:
    """The line for a terminal that may not know all of its characters."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return line.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return line


def _entry(partner: SMTPAccount, report: ConnectionReport) -> dict[str, object]:
    mail = {"failures": partner.smtp_failures, "last_failure": partner.smtp_failure or None}
    return {
        "partner": reference(partner),
        "active": is_active(partner),
        "mail": mail,
        "report": report.as_dict(),
    }


def _jobs(wanted: int | None) -> int:
    most = conf.max_concurrent_tests()
    if wanted is None:
        return most
    if not 1 <= wanted <= most:
        raise CommandError(f"--jobs takes a number from 1 to {most} (PARTNER_SMTP_MAX_CONCURRENT_TESTS).")
    return wanted


def _partners(names: Sequence[str]) -> list[SMTPAccount]:
    if not names:
        return [row for model in models_in_use() for row in _active(model)]
    found = {name: find(name) for name in dict.fromkeys(names)}
    if unknown := [name for name, row in found.items() if row is None]:
        raise CommandError(f"There is no partner of the name {', '.join(unknown)}.")
    return [row for row in found.values() if row is not None]


def _active(model: type[SMTPAccount]) -> QuerySet[Any]:
    order = "slug" if has_column(model, "slug") else "pk"
    return only_active(model._default_manager.all()).order_by(order)
