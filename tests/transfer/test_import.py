"""import_partner_smtp: what it saves, refuses, prints and keeps to itself."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import translation
from django.views.debug import ExceptionReporter
from wagtail import hooks
from wagtail.models import ModelLogEntry

from test_project.shop.models import Supplier
from tests.support.admin import PASSWORD, make_partner, read_again
from wagtail_partner_smtp.admin.tab.messages import problem
from wagtail_partner_smtp.forms import SMTPAccountFormMixin
from wagtail_partner_smtp.models import AbstractPartner, SMTPAccountMixin, get_partner_model
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.transfer.columns import columns_of, typed
from wagtail_partner_smtp.transfer.filling import problems_of

pytestmark = pytest.mark.django_db

TYPED = "Xw4-typed-in-a-cell-2846"
HELD = "Rb9-held-by-a-variable-5510"
NEW = {
    "slug": "beta",
    "name": "Beta",
    "smtp_host": "mail.example.com",
    "smtp_port": "587",
    "smtp_login": "beta",
    "smtp_email": "beta@example.com",
    "smtp_security": "tls",
}


def write(path: Path, *rows: dict[str, str], **options: Any) -> Path:
    headings = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headings, restval="", **options)
        writer.writeheader()
        writer.writerows(rows)
    return path


class Import:
    """Imports rows, and hands back the exit code and what is printed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *rows: dict[str, str] | str, **options: Any) -> tuple[int, str]:
        if rows and isinstance(rows[0], str):
            self.path.write_text("\n".join(map(str, rows)))
        else:
            write(self.path, *rows)  # type: ignore[arg-type]
        out = io.StringIO()
        try:
            call_command("import_partner_smtp", str(self.path), stdout=out, **options)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
        finally:
            assert TYPED not in out.getvalue()
            assert HELD not in out.getvalue()
        return 0, out.getvalue()


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    return Import(tmp_path / "partners.csv")


def get(slug: str) -> AbstractPartner:
    return get_partner_model()._default_manager.get(slug=slug)


def count() -> int:
    return get_partner_model()._default_manager.count()


def refusals(code: Code, **facts: object) -> str:
    (text,) = problem(code, **facts).messages
    return text


# What is saved


def test_partners_are_found_by_their_slug_and_updated_others_are_created(imported: Import) -> None:
    acme = make_partner()
    code, printed = imported(
        {"slug": "acme", "name": "Acme Ltd", "smtp_login": "user"}, NEW | {"smtp_password": TYPED}
    )
    assert code == 1, "a file has one set of columns: the empty cells of the first line are values"
    code, printed = imported({"slug": "acme", "name": "Acme Ltd"})
    assert (code, printed) == (
        0,
        "line 2: acme: updated (name)\n0 created, 1 updated, 0 unchanged, 0 refused.\n",
    )
    assert read_again(acme).name == "Acme Ltd"
    assert read_again(acme).smtp_password() == PASSWORD
    code, printed = imported(NEW | {"smtp_password": TYPED})
    assert (code, printed.splitlines()[0]) == (0, "line 2: beta: created")
    code, printed = imported({"slug": " beta ", "smtp_password": HELD})
    assert (code, printed.splitlines()[0]) == (0, "line 2: beta: updated (smtp_password)")
    assert get("beta").smtp_settings().password == HELD
    code, printed = imported({"slug": "beta", "smtp_password": TYPED})
    beta = get("beta")
    assert beta.smtp_settings().password == TYPED
    assert (beta.smtp_host, beta.smtp_port, beta.active) == ("mail.example.com", 587, True)


def test_a_password_comes_from_the_variable_that_a_cell_names(
    imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BETA_PASSWORD", HELD)
    assert imported(NEW | {"smtp_password_env": " BETA_PASSWORD "})[0] == 0
    assert get("beta").smtp_password() == HELD


@pytest.mark.parametrize(
    "password", ["'=starts like ours", "=formula", " blanks ", 'a "quoted" one; or, two']
)
def test_a_password_is_taken_to_the_letter(imported: Import, password: str) -> None:
    assert imported(NEW | {"smtp_password": password})[0] == 0
    assert get("beta").smtp_password() == password


def test_the_name_of_a_variable_is_taken_to_the_letter(
    imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("'-BETA", HELD)
    assert imported(NEW | {"smtp_password_env": "'-BETA"})[0] == 0
    assert get("beta").smtp_password() == HELD


def test_a_line_that_changes_nothing_saves_nothing(imported: Import) -> None:
    make_partner()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        code, printed = imported({"slug": "acme", "smtp_host": "localhost", "smtp_port": "587"})
    assert (code, printed) == (0, "0 created, 0 updated, 1 unchanged, 0 refused.\n")
    assert not [each for each in queries if each["sql"].startswith(("UPDATE", "INSERT"))]
    assert not ModelLogEntry.objects.exists()


def test_columns_that_the_file_has_not_stay_and_empty_cells_empty(imported: Import) -> None:
    acme = make_partner(smtp_port=2525, active=False)
    assert imported({"slug": "acme", "smtp_email": "", "smtp_security": "", "active": ""})[0] == 0
    saved = read_again(acme)
    assert (saved.smtp_email, saved.smtp_security, saved.active) == ("", "tls", False)
    assert (saved.smtp_port, saved.smtp_login, saved.smtp_password()) == (2525, "user", PASSWORD)


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("ssl://mail.example.com:465", ("mail.example.com", 465, "ssl")),
        ("mail.example.com:2525", ("mail.example.com", 2525, "tls")),
    ],
)
def test_pasted_addresses_are_understood_as_in_the_form(
    imported: Import, pasted: str, stored: tuple[str, int, str]
) -> None:
    row = {**NEW, "smtp_host": pasted, "smtp_port": "", "smtp_password": TYPED}
    code, printed = imported(row)
    beta = get("beta")
    assert (code, (beta.smtp_host, beta.smtp_port, beta.smtp_security)) == (0, stored)
    assert "The host was read as mail.example.com." in printed


@pytest.mark.parametrize(
    ("cells", "active"),
    [
        ({"active": "FALSE", "smtp_security": "SSL"}, False),
        ({"active": "falsch", "smtp_security": "ssl"}, False),
        ({"active": "WAHR", "smtp_security": "Ssl"}, True),
        ({"active": "oui", "smtp_security": " SSL "}, True),
    ],
)
def test_words_and_labels_of_spreadsheets_are_values(
    imported: Import, cells: dict[str, str], active: bool
) -> None:
    assert imported(NEW | {"smtp_password": TYPED} | cells)[0] == 0
    assert (get("beta").active, get("beta").smtp_security) == (active, "ssl")


def test_headings_may_be_labels_of_the_language_in_force(imported: Import) -> None:
    row = {"Slug": "beta", "Name": "Beta", "SMTP-Server": "mail.example.com"}
    with translation.override("de"):
        label = str(get_partner_model()._meta.get_field("smtp_host").verbose_name)
        assert label != "SMTP Host"
        code, printed = imported({"slug": "beta", "name": "Beta", label: "mail.example.com"})
    assert code == 0, printed
    assert get("beta").smtp_host == row["SMTP-Server"]


def test_headings_may_be_written_in_any_case_and_states_of_the_site_are_passed_over(imported: Import) -> None:
    row = {
        "SLUG": "beta",
        " Name ": "Beta",
        "smtp HOST": "mail.example.com",
        "MAIL STATUS": "OK",
        "Smtp_Uuid": "x",
    }
    code, printed = imported(row)
    assert code == 0, printed
    assert (get("beta").smtp_host, get("beta").smtp_status) == ("mail.example.com", "untested")


def test_an_empty_cell_is_the_default_where_empty_is_no_value_and_else_a_value(imported: Import) -> None:
    assert imported(NEW | {"smtp_password": TYPED, "active": "", "smtp_security": ""})[0] == 0
    assert (get("beta").active, get("beta").smtp_security) == (True, "tls")
    pairs = [("a", "A")]
    assert typed(forms.ChoiceField(choices=pairs), " ") is None
    assert typed(forms.ChoiceField(choices=[("", "None"), *pairs]), "") == ""


def test_values_of_choices_may_be_written_in_any_case(imported: Import) -> None:
    assert imported(NEW | {"smtp_password": TYPED, "smtp_security": " TLS "})[0] == 0
    assert get("beta").smtp_security == "tls"


class OwnForm(SMTPAccountFormMixin):
    """A site's own, with a rule about the row as a whole."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("name") == "Beta":
            raise ValidationError("No Beta here.")
        return cleaned


def test_the_form_that_a_site_has_for_the_model_decides(
    imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    monkeypatch.setattr(viewset, "get_edit_handler", lambda: SimpleNamespace(base_form_class=OwnForm))
    # A command is run without them; what registers a site's form may stand in one.
    monkeypatch.setattr(hooks, "_searched_for_hooks", False)
    code, printed = imported(NEW | {"smtp_password": TYPED})
    assert hooks._searched_for_hooks
    assert (code, printed.splitlines()[:2]) == (1, ["line 2: beta: refused", "    No Beta here."])
    assert imported(NEW | {"smtp_password": TYPED, "name": "Gamma"})[0] == 0


def test_oauth_is_imported_with_its_secret(imported: Import, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BETA_SECRET", HELD)
    row = {
        **NEW,
        "smtp_login": "beta@example.com",
        "smtp_auth": "OAuth 2.0",
        "smtp_oauth_provider": "microsoft",
        "smtp_oauth_grant": "application",
        "smtp_oauth_tenant": "example.com",
        "smtp_oauth_client_id": "an application",
        "smtp_oauth_secret_env": "BETA_SECRET",
        "smtp_host": "",
        "smtp_port": "",
    }
    code, printed = imported(row)
    assert code == 0, printed
    beta = get("beta")
    assert (beta.smtp_auth, beta.smtp_oauth_tenant, beta.smtp_oauth_secret()) == (
        "oauth",
        "example.com",
        HELD,
    )
    assert beta.smtp_host, "the provider's"
    # Another application is another destination of the secret.
    del row["smtp_oauth_secret_env"]
    code, printed = imported(row | {"smtp_oauth_client_id": "another"})
    assert code == 1
    assert f"smtp_oauth_secret: {refusals(Code.REENTER_OAUTH_SECRET)}" in printed


# What is refused


def test_p02_a_changed_destination_needs_the_password_again(imported: Import) -> None:
    acme = make_partner()
    for cells in (
        {"smtp_host": "evil.example"},
        {"smtp_port": "25"},
        {"smtp_login": "other"},
        {"smtp_security": "ssl"},
    ):
        code, printed = imported({"slug": "acme"} | cells)
        assert code == 1
        assert f"    smtp_password: {refusals(Code.REENTER_PASSWORD)}" in printed.splitlines()
        assert read_again(acme).smtp_settings() == acme.smtp_settings()
    assert imported({"slug": "acme", "smtp_host": "LOCALHOST."})[0] == 0
    assert imported({"slug": "acme", "smtp_host": "mail.example.com", "smtp_password": TYPED})[0] == 0
    assert read_again(acme).smtp_password() == TYPED


@pytest.mark.parametrize(
    "cells",
    [
        {"smtp_host": "info@mail.example.com"},
        {"smtp_host": "mail.example.com:99999"},
        {"smtp_host": "mail.example.com:25"},
        {"smtp_port": "0"},
        {"smtp_port": "587x"},
        {"smtp_login": "a\rQUIT"},
        {"smtp_email": "no address"},
        {"smtp_security": "starttls-maybe"},
        {"smtp_auth": "magic"},
        {"slug": "no slug!"},
        {"name": ""},
        {"smtp_password": ""},
        {"smtp_password": "two\nlines"},
    ],
)
def test_what_the_form_refuses_is_refused_in_its_words(
    imported: Import, superuser: User, cells: dict[str, str]
) -> None:
    row = NEW | {"smtp_password": TYPED} | cells
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    form = viewset.get_edit_handler().get_form_class()(
        {"active": "on", **row}, instance=get_partner_model()(), for_user=superuser
    )
    assert not form.is_valid()
    code, printed = imported(row)
    assert code == 1
    assert count() == 0
    assert [f"    {name}: {text}" for name, text in problems_of(form)] == [
        line for line in printed.splitlines() if line.startswith("    ")
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"active": "perhaps"}, "active: It must say yes or no."),
        ({"slug": ""}, "slug: It must not be empty."),
        ({"smtp_password": TYPED, "smtp_password_env": "PATH"}, "smtp_password_env: Fill in either"),
        ({"smtp_password": "", "smtp_password_env": TYPED}, "smtp_password_env: The environment variable"),
        ({"smtp_password": "", "smtp_password_env": "NO_UNICODE"}, "smtp_password_env: The environment var"),
    ],
)
def test_what_no_form_has_a_word_for_is_refused_as_well(
    imported: Import, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str], said: str
) -> None:
    monkeypatch.setenv("NO_UNICODE", "half \udcff")
    code, printed = imported(NEW | {"smtp_password": TYPED} | cells)
    assert code == 1
    assert f"    {said}" in printed
    assert count() == 0


def test_a_shifted_row_is_refused_and_none_of_it_is_shown(imported: Import) -> None:
    code, printed = imported(
        "slug,name,smtp_password", f"beta,Beta,{TYPED},x", "beta,Beta", f"gamma,Gamma,{TYPED},,"
    )
    assert code == 1
    assert "line 2: refused\n    It has 4 cells, and the first line 3.\nline 3: refused" in printed
    assert "line 4: gamma: created" in printed


def test_the_same_row_twice_is_refused(imported: Import) -> None:
    code, printed = imported(NEW | {"smtp_login": ""}, NEW | {"smtp_login": "", "name": "Other"})
    assert code == 1
    assert "line 3: refused\n    slug: Line 2 has the same." in printed


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (f"beta,Beta,{TYPED}", "has no heading 'slug'"),
        ("slug,name,smtp_pasword", "No column is called smtp_pasword."),
        ("slug,name,NAME", "two columns name"),
    ],
)
def test_headings_are_understood_or_nothing_is(imported: Import, headings: str, said: str) -> None:
    code, printed = imported(headings, f"beta,Beta,{TYPED}")
    assert code == 1
    assert said in printed
    assert TYPED not in printed
    assert count() == 0


def test_a_row_that_the_database_does_not_take_is_refused_without_its_words(
    imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_partner()
    # Somebody saves the same slug behind the form's own look.
    monkeypatch.setattr(get_partner_model(), "validate_unique", lambda *args, **options: None)
    monkeypatch.setattr(get_partner_model(), "validate_constraints", lambda *args, **options: None)
    code, printed = imported({"name": "Beta", "slug": "beta"}, {"name": "Acme", "slug": "acme"}, key="name")
    assert code == 0, printed
    code, printed = imported(
        {"name": "Gamma", "slug": "beta"}, {"name": "Delta", "slug": "delta"}, key="name"
    )
    assert code == 1
    assert (
        "line 2: refused\n    The database does not take it (IntegrityError).\nline 3: Delta: created"
        in printed
    )


# All or nothing


def test_nothing_is_saved_if_a_line_is_refused(imported: Import) -> None:
    good = NEW | {"smtp_password": TYPED}
    rows = (good, good | {"slug": "gamma", "smtp_port": "x"})
    code, printed = imported(*rows)
    assert (code, count(), ModelLogEntry.objects.count()) == (1, 0, 0)
    assert "line 2: beta: created\nline 3: gamma: refused\n    smtp_port: " in printed
    assert "1 created, 0 updated, 0 unchanged, 1 refused. Nothing was saved.\n" in printed
    code, printed = imported(*rows, skip_refused=True)
    assert (code, count()) == (1, 1)
    assert "1 created, 0 updated, 0 unchanged, 1 refused.\n" in printed


@pytest.mark.parametrize("skip_refused", [False, True])
@pytest.mark.parametrize("port", ["587", "x"])
def test_a_dry_run_says_what_a_run_does_and_saves_nothing(
    imported: Import, port: str, skip_refused: bool
) -> None:
    make_partner()
    beta = NEW | {"smtp_password": TYPED}
    acme = NEW | {"slug": "acme", "name": "Renamed", "smtp_host": "tls://mx.example.com", "smtp_port": port}
    rows = (beta, acme | {"smtp_password": TYPED})
    with transaction.atomic():
        dry, foretold = imported(*rows, dry_run=True, skip_refused=skip_refused)
        assert (count(), ModelLogEntry.objects.count()) == (1, 0)
        assert get("acme").name == "Acme"
        wet, printed = imported(*rows, skip_refused=skip_refused)
    assert dry == wet
    lines = [line for line in foretold.splitlines() if "was saved" not in line and "refused." not in line]
    assert lines == [
        line for line in printed.splitlines() if "was saved" not in line and "refused." not in line
    ]
    assert "A dry run: nothing was saved." in foretold


@pytest.mark.parametrize(
    ("only", "said"), [("create", "A row has it already."), ("update", "No row has it.")]
)
def test_only_one_of_both_can_be_wanted(imported: Import, only: str, said: str) -> None:
    make_partner()
    rows = ({"slug": "acme", "name": "Renamed"}, {"slug": "beta", "name": "Beta"})
    code, printed = imported(*rows, only=only, skip_refused=True)
    assert code == 1
    assert f"    slug: {said}" in printed
    assert (get("acme").name, count()) == {"create": ("Acme", 2), "update": ("Renamed", 1)}[only]


# What it leaves behind


def test_the_history_has_each_row_and_whose_work_it_is(imported: Import, superuser: User) -> None:
    acme = make_partner()
    imported({"slug": "acme", "smtp_email": "new@example.com", "smtp_password": TYPED}, user="superuser")
    imported(NEW | {"smtp_password": TYPED})
    entries = ModelLogEntry.objects.order_by("pk")
    assert [(entry.action, entry.object_id, entry.user) for entry in entries] == [
        ("wagtail.edit", str(acme.pk), superuser),
        ("wagtail_partner_smtp.change", str(acme.pk), superuser),
        ("wagtail.create", str(get("beta").pk), None),
        ("wagtail_partner_smtp.change", str(get("beta").pk), None),
    ]
    assert entries[1].data == {"settings": ["smtp_password", "smtp_email"]}
    assert TYPED not in str([vars(entry) for entry in entries])
    code, printed = imported({"slug": "acme"}, user="nobody")
    assert (code, printed) == (1, "There is no user nobody.")


@pytest.fixture
def failing() -> Iterator[None]:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("a receiver of the site")

    post_save.connect(fail, sender=get_partner_model())
    yield
    post_save.disconnect(fail, sender=get_partner_model())


def test_no_error_report_has_a_secret(
    imported: Import, failing: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BETA_PASSWORD", HELD)
    for cells in ({"smtp_password": TYPED}, {"smtp_password_env": "BETA_PASSWORD"}):
        try:
            imported(NEW | cells)
        except RuntimeError:
            reporter = ExceptionReporter(None, *sys.exc_info())
        # What runs the command has its environment in reach, which is not of this command's making.
        monkeypatch.delenv("BETA_PASSWORD", raising=False)
        frames = [
            frame
            for frame in reporter.get_traceback_frames()
            if "/wagtail_partner_smtp/" in frame["filename"]
        ]
        assert len(frames) > 4
        assert not [frame["function"] for frame in frames if TYPED in str(frame["vars"])]
        assert not [frame["function"] for frame in frames if HELD in str(frame["vars"])]
        monkeypatch.setenv("BETA_PASSWORD", HELD)
    assert TYPED not in caplog.text


def test_standard_input_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.TextIOWrapper(io.BytesIO(b"slug,name\nbeta,Beta\n"))
    monkeypatch.setattr(sys, "stdin", content)
    call_command("import_partner_smtp", "-", stdout=io.StringIO())
    assert get("beta").name == "Beta"


def test_a_file_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_partner_smtp", str(tmp_path / "none.csv"))


# Models of the site


@isolate_apps("test_project.shop")
def test_keys_and_relations_and_what_nobody_types_are_no_columns() -> None:
    class Silent(models.TextField[str, str]):
        def formfield(self, **options: Any) -> None:
            return None

    class Depot(SMTPAccountMixin, models.Model):  # noqa: DJ008
        code = models.CharField(max_length=5, primary_key=True)
        brand = models.ForeignKey("Depot", models.CASCADE)
        note = Silent()
        town = models.CharField(max_length=9)

        class Meta(SMTPAccountMixin.Meta):
            app_label = "shop"

    columns = columns_of(Depot)
    assert [name for name in columns if not name.startswith("smtp_")] == ["town"]
    assert columns[:2] == ["town", "smtp_host"]


def test_another_model_is_told_apart_by_the_column_that_is_named(imported: Import) -> None:
    Supplier.objects.create(name="Acme")
    row = {"name": "Acme", "smtp_host": "mail.example.com", "smtp_login": "acme", "smtp_password": TYPED}
    code, printed = imported(row, model="shop.Supplier")
    assert (code, "--key" in printed) == (1, True)
    code, printed = imported(row, model="shop.Supplier", key="name")
    assert code == 0, printed
    (supplier,) = Supplier.objects.all()
    assert supplier.smtp_password() == TYPED
    Supplier.objects.create(name="Acme")
    code, printed = imported(row, model="shop.Supplier", key="name")
    assert (code, "name: More than one row has it." in printed) == (1, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "shop.Brand"}, "shop.Supplier"),
        ({"model": "nonsense"}, "shop.Supplier"),
        ({"key": "smtp_password_encrypted"}, "no column"),
    ],
)
def test_wrong_options_say_what_is_possible(imported: Import, options: dict[str, str], said: str) -> None:
    code, printed = imported({"slug": "acme"}, **options)
    assert code == 1
    assert said in printed


def test_oauth_of_a_site_without_it_is_refused_not_left_out(
    imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wagtail_partner_smtp.admin.tab import oauth_input

    monkeypatch.setattr(oauth_input, "offered", dict)
    code, printed = imported(NEW | {"smtp_password": TYPED, "smtp_auth": "oauth"})
    assert code == 1
    assert "    smtp_auth: " in printed
    code, printed = imported(NEW | {"smtp_password": TYPED, "smtp_oauth_secret": HELD})
    assert (code, "    smtp_oauth_secret: " in printed) == (1, True)
    code, printed = imported(NEW | {"smtp_password": TYPED, "smtp_auth": "password", "smtp_oauth_secret": ""})
    assert code == 0, printed
