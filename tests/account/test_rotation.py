from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.support.accounts import NEW_KEY, OLD_KEY, PASSWORD, column, make_partner, set_columns
from tests.support.paths import ROOT
from tests.support.rotation_process import HOST, OTHER_HOST, ROWS, password_of
from wagtail_partner_smtp.account import encryption
from wagtail_partner_smtp.account.row import SMTPAccount
from wagtail_partner_smtp.management.commands import rotate_partner_smtp_keys as command
from wagtail_partner_smtp.models import Partner

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


def test_nothing_else_of_a_row_is_written(old: list[Partner]) -> None:
    set_columns(old[0], smtp_status="ok", smtp_test_summary={"ok": True})
    before = dict(Partner.objects.filter(pk=old[0].pk).values().get())
    run()
    after = dict(Partner.objects.filter(pk=old[0].pk).values().get())
    assert {name for name in before if before[name] != after[name]} == {"smtp_password_encrypted"}


def test_a_second_run_changes_nothing(old: list[Partner]) -> None:
    run()
    before = sealed(old)
    code, out, _ = run()
    assert code == 0
    assert "Partner: 3 sealed with the newest key" in out
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
    assert "Partner: no passwords" in out


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
        assert f"wagtail_partner_smtp.Partner {lost.pk}: key_lost" in err
        assert f"wagtail_partner_smtp.Partner {moved.pk}: not_for_this_row" in err
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
    with django_assert_num_queries(2 + 3 + 1) as queries:
        run()
    selects = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT")]
    assert len(selects) == 3
    assert all("LIMIT 2" in sql for sql in selects)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert passwords(old) == ["password 0", "password 1", "password 2"]


Meanwhile = Callable[[Callable[[Partner], None]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """`meanwhile(edit)` edits the first row between the command's reading and its writing."""

    def once(edit: Callable[[Partner], None]) -> None:
        real = SMTPAccount.resealed_smtp_password
        seen: list[Any] = []

        def reseal(row: SMTPAccount) -> str:
            result = real(row)
            if not seen:
                seen.append(row.pk)
                edit(Partner.objects.get(pk=row.pk))
            return result

        monkeypatch.setattr(SMTPAccount, "resealed_smtp_password", reseal)

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


# Killed half way, in processes of its own on a database in a file


# A killed process loses nothing that it wrote, so the disk need not be waited for.
SETTINGS = """
from test_project.settings import *
DATABASES["default"]["OPTIONS"] = {{"init_command": "PRAGMA synchronous = OFF", "timeout": 60}}
PARTNER_SMTP_KEYS = {keys!r}
"""


class Site:
    """A site with 2,000 partners, whose keys are changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "db.sqlite3"

    def start(self, *arguments: str, keys: list[str], **options: Any) -> subprocess.Popen[str]:
        module = "rotation_" + "_".join(key.split()[0] for key in keys)
        (self.folder / f"{module}.py").write_text(SETTINGS.format(keys=keys))
        path = os.pathsep.join(filter(None, [str(self.folder), os.environ.get("PYTHONPATH")]))
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DJANGO_SETTINGS_MODULE": module,
            "PYTHONPATH": path,
        }
        command = [sys.executable, "-m", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stdout=pipe, stdin=pipe, text=True, **options
        )

    def run(self, *arguments: str, keys: list[str]) -> tuple[int, str]:
        with self.start(*arguments, keys=keys) as process:
            out, _ = process.communicate(timeout=120)
            return process.returncode, out

    def rotated(self, key_id: str) -> int:
        """How many passwords are sealed with that key."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            sql = "SELECT count(*) FROM wagtail_partner_smtp_partner WHERE smtp_password_encrypted LIKE ?"
            return int(connection.execute(sql, [f"v1:{key_id}:%"]).fetchone()[0])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    assert site.run("tests.support.rotation_process", "prepare", keys=[OLD_KEY])[0] == 0
    return site


class Talk:
    """With a process, in lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, line: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


class Editor(Talk):
    """Somebody who changes partners in a process of the site."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(process)
        self.edited: set[int] = set()
        assert self.answer() == "ready"

    def edit(self, *numbers: int) -> None:
        for number in numbers:
            self.say(number)
            assert self.answer() == str(number)
            self.edited.add(number)

    def expected(self, number: int) -> list[str]:
        if number not in self.edited:
            return [f"Partner {number}", HOST, password_of(number)]
        if number % 2:
            return [f"Edited {number}", OTHER_HOST, f"edited {number}"]
        return [f"Edited {number}", HOST, password_of(number)]


@pytest.mark.timeout(240)
def test_p38_killed_half_way_while_an_editor_works(site: Site, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    (new_key,) = encryption.keys()
    both = [NEW_KEY, OLD_KEY]
    rotate = ("test_project", "rotate_partner_smtp_keys")

    with site.start("tests.support.rotation_process", "edit", keys=both) as process:
        editor = Editor(process)
        with site.start(
            "tests.support.rotation_process", "rotate", "2", "400", "900", "1500", keys=both
        ) as rotation:
            talk = Talk(rotation)
            assert talk.answer() == "2"
            # The third row has been read and not yet been written.
            editor.edit(1, 2, 3, ROWS - 1, ROWS)
            talk.say("go on")
            assert talk.answer() == "400"
            editor.edit(301, 302, *range(395, 411), 1501, 1502)
            talk.say("go on")
            assert talk.answer() == "900"
            talk.say("go on")
            # Wherever it is by then, at the next stop at the latest.
            rotation.send_signal(signal.SIGKILL)
            assert rotation.wait(60) == -signal.SIGKILL
        assert 900 <= site.rotated(new_key.id) < ROWS
        editor.edit(5, 6, 1601, 1602)
        process.communicate(timeout=60)

    assert site.run(*rotate, "--check", keys=both)[0] == 1
    assert site.run(*rotate, keys=both)[0] == 0
    assert site.run(*rotate, "--check", keys=both)[0] == 0
    code, out = site.run("tests.support.rotation_process", "show", keys=[NEW_KEY])
    assert code == 0
    expected = {str(number): editor.expected(number) for number in range(1, ROWS + 1)}
    assert json.loads(out) == expected
