"""export_partner_smtp: what it writes, and that it comes back without loss."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from test_project.shop.models import Supplier
from tests.support.admin import PASSWORD, client_of, make_partner, permit, read_again, url
from wagtail_partner_smtp.admin.lists import spreadsheets
from wagtail_partner_smtp.admin.lists.spreadsheets import as_written, harmless
from wagtail_partner_smtp.models import get_partner_model
from wagtail_partner_smtp.transfer.columns import columns_of

pytestmark = pytest.mark.django_db

NASTY = (
    "=cmd|' /C calc'!A0",
    "'=already",
    "''=twice",
    "+49 30",
    "-",
    "@SUM(1)",
    'Ann; =HYPERLINK("x")',
    "Ann;' =1",
    "\uff1d1+1",
    "\u200b=1",
    "'plain",
    "a,b;c\td",
    'said "so"',
)


def run(command: str, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def stored(model: Any) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by(columns_of(model)[0]).values(*columns_of(model)))


@pytest.mark.parametrize("text", NASTY)
def test_protected_text_is_read_as_it_was_written(text: str) -> None:
    cell = harmless(text)
    assert as_written(cell) == text
    for part in cell.split(";"):
        assert not part.lstrip(" \u200b").startswith(("=", "+", "-", "@", "\uff1d"))


def make_sample() -> None:
    for number, name in enumerate(NASTY):
        make_partner(name=name, slug=f"-p{number}", smtp_port=None if number % 2 else 587)
    make_partner(name="Off", slug="off", password="", active=False, smtp_login="", smtp_security="none")
    make_partner(name="Empty", slug="empty", password="", smtp_login="", smtp_host="", smtp_email="")
    oauth = make_partner(
        name="OAuth",
        slug="oauth",
        password="",
        smtp_auth="oauth",
        smtp_oauth_provider="other",
        smtp_oauth_client_id="=client",
        smtp_oauth_token_endpoint="https://id.example.com/token",
        smtp_oauth_authorization_endpoint="https://id.example.com/authorize",
        smtp_oauth_scopes="mail.send offline",
    )
    oauth.set_smtp_oauth_secret("a secret")
    oauth.save()


def test_what_is_exported_is_imported_as_unchanged(tmp_path: Path) -> None:
    make_sample()
    path = tmp_path / "partners.csv"
    number = len(NASTY) + 3
    assert run("export_partner_smtp", str(path)) == f"{number} written to {path}\n"
    assert run("import_partner_smtp", str(path)) == f"0 created, 0 updated, {number} unchanged, 0 refused.\n"


def test_another_site_gets_the_same_once_the_secrets_are_filled_in(tmp_path: Path) -> None:
    make_sample()
    before = stored(get_partner_model())
    path = tmp_path / "partners.csv"
    run("export_partner_smtp", str(path))
    rows = rows_of(path)
    get_partner_model()._default_manager.all().delete()
    for row in rows:
        row["smtp_password"] = PASSWORD if row["smtp_login"] and row["smtp_auth"] == "password" else ""
        row["smtp_oauth_secret"] = "a secret" if row["smtp_auth"] == "oauth" else ""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    printed = run("import_partner_smtp", str(path))
    assert f"{len(rows)} created, 0 updated, 0 unchanged, 0 refused.\n" in printed
    assert stored(get_partner_model()) == before


def test_no_cell_is_a_formula_and_no_secret_is_in_it(tmp_path: Path) -> None:
    make_sample()
    path = tmp_path / "partners.csv"
    run("export_partner_smtp", str(path))
    content = path.read_text()
    assert content.startswith("\ufeffname,slug,active,smtp_host")
    for row in rows_of(path):
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    partner = get_partner_model()._default_manager.get(slug="-p0")
    for secret in (PASSWORD, "a secret", partner.smtp_password_encrypted, str(partner.smtp_uuid)):
        assert secret not in content


def test_rows_come_in_the_order_of_their_keys() -> None:
    for slug in ("c", "a", "b"):
        make_partner(name=slug, slug=slug)
    assert [line.split(",")[1] for line in run("export_partner_smtp").splitlines()[1:]] == ["c", "a", "b"]


def test_a_row_that_is_deleted_while_a_spreadsheet_is_written_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spreadsheets, "ROWS_AT_A_TIME", 1)
    kept, gone = make_partner(), make_partner(name="Gone", slug="gone")
    rows = iter(spreadsheets.InPortions(get_partner_model()._default_manager.order_by("pk")))
    assert next(rows) == kept
    gone.delete()
    assert list(rows) == []


def test_printed_it_has_no_mark() -> None:
    make_partner()
    assert run("export_partner_smtp").splitlines()[1].startswith("Acme,acme,true,localhost,587,user,")


def test_other_models_are_exported_and_imported_as_well(tmp_path: Path) -> None:
    supplier = Supplier(name="=Acme", smtp_host="mail.example.com", smtp_login="acme")
    supplier.set_smtp_password(PASSWORD)
    supplier.save()
    path = tmp_path / "suppliers.csv"
    run("export_partner_smtp", str(path), model="shop.Supplier")
    printed = run("import_partner_smtp", str(path), model="shop.Supplier", key="name")
    assert printed == "0 created, 0 updated, 1 unchanged, 0 refused.\n"
    with pytest.raises(CommandError, match="no model with an SMTP account"):
        run("export_partner_smtp", model="shop.Brand")


def test_a_file_that_cannot_be_written_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Is a directory"):
        run("export_partner_smtp", str(tmp_path))


def test_the_csv_of_the_section_partners_is_understood(editor: User, tmp_path: Path) -> None:
    acme = make_partner(name="=Acme", smtp_status="ok")
    client = client_of(permit(editor, "change", "view", "manage"))
    response = client.get(url("list") + "?export=csv")
    path = tmp_path / "section.csv"
    path.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    assert run("import_partner_smtp", str(path)) == "0 created, 0 updated, 1 unchanged, 0 refused.\n"
    assert read_again(acme).smtp_status == "ok"
