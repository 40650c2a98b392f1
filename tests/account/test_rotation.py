from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.support.accounts import NEW_KEY, OLD_KEY, PASSWORD, column, make_partner, set_columns
from tests.support.paths import ROOT
from tests.support.threads import usual_transactions
from wagtail_partner_smtp.account import encryption
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.row import SMTPAccount
from wagtail_partner_smtp.management.commands import rotate_partner_smtp_keys as command
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.settings import Destination, Security

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was printed."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rotate_partner_smtp_keys", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue() + str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def old(db: None, settings: Settings) -> list[Partner]:
    """Three partners whose passwords are sealed with the older of two keys."""
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partners = [make_partner(password=f"password {number}") for number in range(3)]
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    return partners


def passwords(partners: list[Partner]) -> list[str]:
    rows = Partner.objects.in_bulk([partner.pk for partner in partners])
    return [rows[partner.pk].smtp_settings().password for partner in partners]


def sealed(partners: list[Partner]) -> list[str]:
    return [column(partner, "smtp_password_encrypted") for partner in partners]


def test_all_passwords_open_without_the_old_key_afterwards(old: list[Partner], settings: Settings) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "wagtail_partner_smtp.Partner: 3 sealed anew\n" in out
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old) == ["password 0", "password 1", "password 2"]


def test_trust_in_a_certificate_is_sealed_anew_as_well(db: None, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = make_partner(password="")
    assert partner.trust_smtp_certificate("c0" * 32)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    assert run("--check")[0] == 1
    assert run()[0] == run("--check")[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert Partner.objects.get(pk=partner.pk).smtp_trusted_certificate == "c0" * 32


def test_nothing_else_of_a_row_is_written(old: list[Partner]) -> None:
    set_columns(old[0], smtp_status="ok", smtp_test_summary={"ok": True})
    before = dict(Partner.objects.filter(pk=old[0].pk).values().get())
    run()
    after = dict(Partner.objects.filter(pk=old[0].pk).values().get())
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"smtp_password_encrypted", "smtp_login_needs"}


def test_a_second_run_changes_nothing(old: list[Partner]) -> None:
    run()
    before = sealed(old)
    code, out, _ = run()
    assert code == 0
    assert "Partner: 3 encrypted with the newest key" in out
    assert sealed(old) == before


def test_check_changes_nothing_and_fails_while_an_older_key_is_in_use(old: list[Partner]) -> None:
    before = sealed(old)
    code, out, _ = run("--check")
    assert code == 1
    assert "Partner: 3 sealed with an older key" in out
    assert sealed(old) == before
    run()
    assert run("--check")[0] == 0


def test_check_passes_without_passwords(db: None) -> None:
    make_partner(password="")
    code, out, _ = run("--check")
    assert code == 0
    assert "Partner: no secrets" in out


def test_p37_an_unreadable_password_is_named_and_left_alone(old: list[Partner], settings: Settings) -> None:
    lost, moved, fine = old
    settings.PARTNER_SMTP_KEYS = ["lost key"]
    lost.set_smtp_password("lost")
    lost.save()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    set_columns(moved, smtp_host="evil.example.com")
    before = sealed([lost, moved])
    for arguments in ([], ["--check"]):
        code, out, err = run(*arguments)
        assert code == 1
        assert "2 unreadable" in out
        assert f"wagtail_partner_smtp.Partner {lost.pk}: password: key_lost" in err
        assert f"wagtail_partner_smtp.Partner {moved.pk}: password: not_for_this_row" in err
        assert sealed([lost, moved]) == before
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords([fine]) == ["password 2"]


def test_an_unreadable_password_is_found_under_the_newest_key_too(old: list[Partner]) -> None:
    run()
    set_columns(old[0], smtp_login="other")
    assert run("--check")[0] == 1


def test_p35_no_password_is_printed(old: list[Partner]) -> None:
    set_columns(old[0], smtp_login="other")
    assert "password 1" not in "".join(map(str, run()))


def test_quiet_is_quiet(old: list[Partner]) -> None:
    assert run("--verbosity=0")[1] == ""


def test_rows_are_read_some_at_a_time(
    old: list[Partner],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(command, "CHUNK", 2)
    monkeypatch.setattr(command, "get_account_models", lambda: [Partner])
    with django_assert_num_queries(2 + 3 + 1 + 1) as queries:
        run()
    statements = [query["sql"] for query in queries.captured_queries]
    selects = [sql for sql in statements if sql.startswith("SELECT") and "queuedcontent" not in sql]
    assert len(selects) == 3
    assert all("LIMIT 2" in sql for sql in selects)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old) == ["password 0", "password 1", "password 2"]


Meanwhile = Callable[[Callable[[Partner], None]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """`meanwhile(edit)` edits the first row between the command's reading and its writing."""

    def once(edit: Callable[[Partner], None]) -> None:
        real = SMTPAccount.resealed_smtp_secret
        seen: list[Any] = []

        def reseal(row: SMTPAccount, kind: Kind) -> str:
            result = real(row, kind)
            if not seen:
                seen.append(row.pk)
                edit(Partner.objects.get(pk=row.pk))
            return result

        monkeypatch.setattr(SMTPAccount, "resealed_smtp_secret", reseal)

    return once


def test_p38_a_password_typed_meanwhile_is_kept(
    old: list[Partner], meanwhile: Meanwhile, settings: Settings
) -> None:
    def type_password(partner: Partner) -> None:
        partner.smtp_host = OTHER_HOST
        partner.set_smtp_password("typed meanwhile")
        partner.save()

    meanwhile(type_password)
    assert run()[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old) == ["typed meanwhile", "password 1", "password 2"]
    assert column(old[0], "smtp_host") == OTHER_HOST


def test_p38_even_if_the_editors_process_still_seals_with_the_old_key(
    old: list[Partner], meanwhile: Meanwhile, settings: Settings
) -> None:
    def type_password(partner: Partner) -> None:
        settings.PARTNER_SMTP_KEYS = [OLD_KEY, NEW_KEY]
        partner.set_smtp_password("typed meanwhile")
        partner.save()
        settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]

    meanwhile(type_password)
    assert run()[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old) == ["typed meanwhile", "password 1", "password 2"]


@pytest.mark.parametrize("action", ["clear", "delete"])
def test_p38_a_password_removed_meanwhile_stays_removed(
    action: str, old: list[Partner], meanwhile: Meanwhile
) -> None:
    def remove(partner: Partner) -> None:
        if action == "delete":
            partner.delete()
        else:
            partner.clear_smtp_password()
            partner.save()

    meanwhile(remove)
    code, out, _ = run()
    assert code == 0
    assert "2 sealed anew, 1 removed meanwhile" in out
    assert Partner.objects.exclude(smtp_password_encrypted="").count() == 2


def test_p38_an_editor_who_loaded_the_row_before_does_not_bring_the_old_key_back(
    old: list[Partner], settings: Settings
) -> None:
    editor = Partner.objects.get(pk=old[0].pk)
    run()
    editor.name = "Edited"
    editor.save()
    assert run("--check")[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old[:1]) == ["password 0"]


def test_from_the_secret_key_to_keys_of_ones_own(db: None, settings: Settings) -> None:
    partner = make_partner()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, settings.SECRET_KEY]
    assert run()[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords([partner]) == [PASSWORD]


# Killed half way, in a process of its own

HOST, OTHER_HOST = "mail.example.com", "other.example.com"
ROWS = 2000
# The test's own database, for the process.
SETTINGS = """
from test_project.settings import *
DATABASES = {{"default": {database!r}}}
PARTNER_SMTP_KEYS = {keys!r}
"""


def password_of(number: int) -> str:
    return f"password {number} ä"


def fill() -> None:
    destination = Destination(host=HOST, port=587, login="billing", security=Security.TLS)
    partners = []
    for number in range(1, ROWS + 1):
        row = encryption.Row(model=Partner._meta.label, uuid=uuid4(), destination=destination)
        values: dict[str, Any] = {"pk": number, "name": f"Partner {number}", "slug": f"partner-{number}"}
        values |= {"smtp_host": HOST, "smtp_port": 587, "smtp_login": "billing"}
        sealed = encryption.seal(password_of(number), row)
        partners.append(Partner(**values, smtp_uuid=row.uuid, smtp_password_encrypted=sealed))
    Partner.objects.bulk_create(partners)


class Rotation:
    """With stops before the writes of these numbers; it is killed when the test is over at the latest."""

    def __init__(self, folder: Path, keys: list[str], *stops: int) -> None:
        names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        database = {name: connection.settings_dict[name] for name in names}
        (folder / "rotation_settings.py").write_text(SETTINGS.format(database=database, keys=keys))
        path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.support.rotation_process", *map(str, stops)],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "rotation_settings", "PYTHONPATH": path},
            stdout=pipe,
            stdin=pipe,
            text=True,
        )

    def __enter__(self) -> Rotation:
        return self

    def __exit__(self, *error: object) -> None:
        with self.process:
            self.process.kill()

    def reaches(self, number: int) -> bool:
        assert self.process.stdout
        return self.process.stdout.readline().strip() == str(number)

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait(60) == -signal.SIGKILL


class Editor:
    """Somebody who changes partners meanwhile."""

    def __init__(self) -> None:
        self.edited: set[int] = set()

    def edit(self, *numbers: int) -> None:
        for number in numbers:
            partner = Partner.objects.get(pk=number)
            partner.name = f"Edited {number}"
            if number % 2:
                partner.smtp_host = OTHER_HOST
                partner.set_smtp_password(f"edited {number}")
            partner.save()
            self.edited.add(number)

    def expected(self, number: int) -> tuple[str, str, str]:
        if number not in self.edited:
            return f"Partner {number}", HOST, password_of(number)
        if number % 2:
            return f"Edited {number}", OTHER_HOST, f"edited {number}"
        return f"Edited {number}", HOST, password_of(number)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_p38_killed_half_way_while_an_editor_works(settings: Settings, tmp_path: Path) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    fill()
    settings.PARTNER_SMTP_KEYS = both = [NEW_KEY, OLD_KEY]
    sealed_anew = Partner.objects.filter(smtp_password_encrypted__startswith=f"v1:{encryption.keys()[0].id}:")
    editor = Editor()
    with usual_transactions(), Rotation(tmp_path, both, 2, 400, 900, 1500) as rotation:
        assert rotation.reaches(2)
        # The third row has been read and not yet been written.
        editor.edit(1, 2, 3, ROWS - 1, ROWS)
        rotation.go_on()
        assert rotation.reaches(400)
        editor.edit(301, 302, *range(395, 411), 1501, 1502)
        rotation.go_on()
        assert rotation.reaches(900)
        rotation.go_on()
        # Wherever it is by then, at the next stop at the latest.
        rotation.kill()
        assert 900 <= sealed_anew.count() < ROWS
        editor.edit(5, 6, 1601, 1602)

    assert run("--check")[0] == 1
    assert run()[0] == 0
    assert run("--check")[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    found = {
        partner.pk: (partner.name, partner.smtp_host, partner.smtp_settings().password)
        for partner in Partner.objects.iterator()
    }
    assert found == {number: editor.expected(number) for number in range(1, ROWS + 1)}
