"""check_partner_smtp: what it prints, stores and exits with."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.delivery.test_delivery import BAD_CERTIFICATES, ENCRYPTED, MODES
from tests.support.delivery import LOGIN, PASSWORD, PartnerOn
from tests.support.paths import ROOT
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.management.commands import check_partner_smtp
from wagtail_partner_smtp.models import AbstractPartner

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and what is printed."""
    out = io.StringIO()
    try:
        call_command("check_partner_smtp", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    finally:
        assert PASSWORD not in out.getvalue()
    return 0, out.getvalue()


def report_of(partner: AbstractPartner) -> tuple[int, dict[str, Any]]:
    code, printed = run(partner.slug, "--json")
    (entry,) = json.loads(printed)
    assert (entry["partner"], entry["active"]) == (partner.slug, partner.active)
    return code, entry["report"]


def stored(partner: AbstractPartner) -> str:
    return str(type(partner)._default_manager.values_list("smtp_status", flat=True).get(pk=partner.pk))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("login", [LOGIN, ""])
def test_a_good_account_exits_0(mode: Any, login: str, smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode=mode)
    partner = partner_on(listener, smtp_login=login, smtp_relay_proven_at=timezone.now())
    code, report = report_of(partner)
    assert (code, report["ok"], report["deliverable"], report["status"]) == (0, True, True, "ok")
    assert stored(partner) == "ok"
    assert listener.messages == ()
    assert listener.count("AUTH") == bool(login)


def test_what_is_not_proven_is_named_and_no_failure(
    smtp: Served, partner_on: PartnerOn, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = partner_on(smtp.plain, smtp_login="")
    code, report = report_of(partner)
    assert (code, report["deliverable"], report["status"]) == (0, None, "unproven")
    assert report["cause"]["code"] == "relay_not_tried"
    assert stored(partner) == "unproven"
    call_command("check_partner_smtp", partner.slug)
    said = capsys.readouterr()
    assert "= Not proven" in said.out
    assert f"Not proven to accept mail for others: {partner.slug}" in said.err

    settings.PARTNER_SMTP_TEST_RECIPIENT = "ann@example.com"
    assert report_of(partner)[1]["status"] == "ok"
    # It is remembered, until the destination changes.
    settings.PARTNER_SMTP_TEST_RECIPIENT = ""
    assert report_of(type(partner)._default_manager.get(pk=partner.pk))[1]["status"] == "ok"
    moved = type(partner)._default_manager.get(pk=partner.pk)
    moved.smtp_host = "127.0.0.1"
    moved.save()
    assert report_of(moved)[1]["status"] == "unproven"


def test_a_login_that_cannot_be_used_exits_1(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen("auth-none"))
    code, report = report_of(partner)
    assert (code, report["ok"], report["deliverable"], report["status"]) == (1, True, False, "login_unused")
    assert report["cause"]["code"] == "auth_not_offered"
    assert stored(partner) == "login_unused"


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_password_exits_1(mode: Any, smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.listen(mode=mode), password="not the password")
    code, report = report_of(partner)
    assert (code, report["error"]["code"], report["status"]) == (1, "auth_failed", "failed")
    assert stored(partner) == "failed"


@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
@pytest.mark.parametrize("mode", ENCRYPTED)
def test_a_bad_certificate_exits_1_and_the_stored_password_stays_here(
    mode: Any, certificate: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(mode=mode, certificate=certificate)
    partner = partner_on(listener)
    code, report = report_of(partner)
    assert (code, report["deliverable"]) == (1, False)
    assert listener.count("AUTH") == 0
    assert stored(partner) == report["status"]
    if mode == "ssl":
        assert report["status"] == "untrusted"
        assert "certificate_not_verified" in {warning["code"] for warning in report["warnings"]}
    else:
        assert report["error"]["code"] == BAD_CERTIFICATES[certificate]


def test_without_names_it_tests_every_active_partner(smtp: Served, partner_on: PartnerOn) -> None:
    good, off = partner_on(smtp.plain), partner_on(smtp.ssl, active=False)
    bad = partner_on(smtp.starttls, password="not the password")
    code, printed = run("--json")
    assert code == 1
    assert [entry["partner"] for entry in json.loads(printed)] == sorted([good.slug, bad.slug])
    assert (stored(good), stored(off), stored(bad)) == ("ok", "untested", "failed")


def test_an_inactive_partner_is_tested_by_name(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.ssl, active=False)
    code, printed = run(partner.slug)
    assert code == 0
    assert printed.splitlines()[0].endswith("(inactive: its mail is not sent)")
    assert stored(partner) == "ok"


def test_a_name_given_twice_is_tested_once(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    partner = partner_on(listener)
    assert run(partner.slug, partner.slug)[0] == 0
    assert listener.connections == 1


def test_an_unknown_name_is_told_before_anything_is_tested(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    partner = partner_on(listener)
    with pytest.raises(CommandError, match="nobody"):
        call_command("check_partner_smtp", partner.slug, "nobody", stdout=io.StringIO())
    assert listener.connections == 0


@pytest.mark.parametrize("jobs", ["0", "-1", "5"])
def test_more_at_once_than_the_site_allows_is_refused(jobs: str, smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    partner_on(listener)
    with pytest.raises(CommandError, match=r"from 1 to 4 \(PARTNER_SMTP_MAX_CONCURRENT_TESTS\)"):
        call_command("check_partner_smtp", "--jobs", jobs, stdout=io.StringIO())
    assert listener.connections == 0


@pytest.mark.parametrize("arguments", [(), ("--jobs", "1"), ("--jobs", "3")], ids=str)
def test_however_many_at_once_the_results_come_in_order(
    arguments: tuple[str, ...], smtp: Served, partner_on: PartnerOn
) -> None:
    hosts = ["localhost", "127.0.0.1", "LOCALHOST", "127.0.0.1"]
    partners = [partner_on(smtp.plain, smtp_host=host) for host in hosts]
    slugs = [partner.slug for partner in reversed(partners)]
    code, printed = run(*slugs, "--json", *arguments)
    assert (code, [entry["partner"] for entry in json.loads(printed)]) == (0, slugs)
    code, printed = run(*slugs, *arguments)
    assert [line.split(":")[0] for line in printed.splitlines() if line[0] != " "] == slugs
    assert {stored(partner) for partner in partners} == {"ok"}


def test_no_partners_are_no_failure() -> None:
    assert run() == (0, "")
    assert json.loads(run("--json")[1]) == []


def test_the_text_shows_each_stage_and_the_error(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.ssl, password="not the password")
    lines = run(partner.slug)[1].splitlines()
    assert lines[0] == f"{partner.slug}: ssl://localhost:{smtp.ssl.port}"
    stages = ["settings", "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit"]
    assert [line.split()[1] for line in lines[1:9]] == stages
    assert any(line.startswith("  ✗ auth_failed: ") for line in lines)
    assert lines[-1] == "  = Failed"


def test_p37_an_unreadable_password_is_a_failure_without_a_connection(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen()
    partner = partner_on(listener)
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    code, report = report_of(partner)
    assert (code, report["error"]["code"]) == (1, "password_unreadable")
    assert report["errors"][0]["field"] == "smtp_password"
    assert listener.connections == 0


def test_an_unknown_security_is_a_failure(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    row = type(partner)._default_manager.filter(pk=partner.pk)
    row.update(smtp_security="bogus")
    code, report = report_of(row.get())
    assert (code, report["error"]["code"]) == (1, "security_invalid")
    assert report["errors"][0]["field"] == "smtp_security"


def test_what_is_not_set_up_is_no_failure_and_a_missing_email_is(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, smtp_host="", smtp_login="")
    code, report = report_of(partner)
    assert (code, report["errors"][0]["code"], report["status"]) == (0, "host_missing", "not_set_up")
    assert stored(partner) == "not_set_up"
    code, report = report_of(partner_on(smtp.plain, smtp_email=""))
    assert (code, report["ok"], report["deliverable"]) == (1, True, False)


def test_p15_while_another_test_runs_it_is_busy_and_stores_nothing(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen()
    partner = partner_on(listener)
    with leases.hold(partner, None):
        code, report = report_of(partner)
    assert (code, report["error"]["code"]) == (1, "busy")
    assert (listener.connections, stored(partner)) == (0, "untested")


def test_a_verified_certificate_is_remembered(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode="ssl")
    partner = partner_on(listener)
    report = report_of(partner)[1]
    partner.refresh_from_db()
    assert partner.smtp_known_certificate == report["tls"]["sha256"]
    listener.use_certificate("expired")
    code, report = report_of(partner)
    assert (code, report["ok"]) == (1, False)
    assert report["error"]["previously_verified"] is True


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_unicode_is_no_obstacle(
    encoding: str, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listen("reply-utf8", mode="ssl"))
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    with pytest.raises(CommandError):
        call_command("check_partner_smtp", partner.slug, stdout=out)
    out.flush()
    text = raw.getvalue().decode(encoding)
    assert ("✓" in text) == (encoding == "utf-8")
    assert "  + connect" in text or encoding == "utf-8"
    assert text.endswith("  = Failed\n")


def test_what_a_terminal_does_not_know_is_spelled_out() -> None:
    assert check_partner_smtp.printable("«ü✓»", "ascii") == "<\\xfc+>"
    assert check_partner_smtp.printable("«ü✓»", "utf-8") == "«ü✓»"


@pytest.mark.processes
def test_it_works_with_a_partner_model_of_the_site(tmp_path: Path) -> None:
    path = tmp_path / "custom.sqlite3"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "test_project.settings_custom_partner",
        "PYTHONIOENCODING": "ascii",
    }
    script = """
import pathlib, sys, django
django.setup()
from django.core.management import execute_from_command_line
from tests.support import database
from test_project.custom_partner.models import CustomPartner
database.use(pathlib.Path(sys.argv[1]))
CustomPartner(name="A", slug="acme", smtp_host="127.0.0.1", smtp_email="a@b.example").save()
execute_from_command_line(["manage", "check_partner_smtp"])
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 1, done.stderr
    assert "address_not_allowed" in done.stdout
    assert "acme" in done.stderr
    assert "Traceback" not in done.stderr
