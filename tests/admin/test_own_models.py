"""A site's own models: one that has nothing to do with mail, two with the SMTP tab, a partner model of its own."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps as django_apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import reverse
from pytest_django import Settings

from smtp_sandbox import Sandbox
from test_project.shop.models import Brand, Supplier, Warehouse
from tests.conftest import Grant
from tests.support.admin import read_spreadsheet
from tests.support.paths import ROOT
from wagtail_partner_smtp.account import granting, lookup
from wagtail_partner_smtp.backend import EmailBackend, PartnerMissing
from wagtail_partner_smtp.models import SMTPAccountMixin, get_partner_model
from wagtail_partner_smtp.viewsets import PartnerViewSet

PASSWORD = "correct horse"


def edit_page(client: Client, row: Any) -> str:
    response = client.get(reverse(row.snippet_viewset.get_url_name("edit"), args=[row.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_an_app_that_comes_too_late_with_its_viewset_is_told_where_it_belongs() -> None:
    class Late(PartnerViewSet):
        __module__ = "test_project.shop.wagtail_hooks"

    with pytest.raises(
        ImproperlyConfigured, match=r"test_project\.shop must come before wagtail_partner_smtp"
    ):
        Late().on_register()


def test_a_plain_snippet_has_no_smtp_tab(superuser_client: Client) -> None:
    page = edit_page(superuser_client, Brand.objects.create(name="Plain"))
    for trace_of_mail in ('name="smtp_', "SMTP Host", "Test connection", "#tab-smtp"):
        assert trace_of_mail not in page


@pytest.mark.parametrize("model", [Supplier, Warehouse])
def test_a_model_with_the_mixin_has_the_smtp_tab(
    superuser_client: Client, model: type[Supplier] | type[Warehouse]
) -> None:
    page = edit_page(superuser_client, model.objects.create(name="With mail"))
    for name in ("host", "port", "login", "password", "email", "security"):
        assert f'name="smtp_{name}"' in page
    assert "Test connection" in page


@pytest.mark.parametrize("model", [Supplier, Warehouse])
def test_its_saved_account_is_tested_and_sends(
    superuser_client: Client, settings: Settings, model: type[Supplier] | type[Warehouse]
) -> None:
    with Sandbox(users={"user": PASSWORD}) as sandbox:
        settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{sandbox.starttls.port}"]
        settings.PARTNER_SMTP_CA_FILE = str(sandbox.ca_file)
        row: Any = model(
            name="With mail",
            smtp_host="localhost",
            smtp_port=sandbox.starttls.port,
            smtp_login="user",
            smtp_email="user@example.com",
            smtp_security="tls",
        )
        row.set_smtp_password(PASSWORD)
        row.save()
        url = reverse(row.snippet_viewset.get_url_name("test_connection"), args=[row.pk])
        values = {
            "smtp_host": row.smtp_host,
            "smtp_port": row.smtp_port,
            "smtp_login": row.smtp_login,
            "smtp_email": row.smtp_email,
            "smtp_security": row.smtp_security,
        }
        response = superuser_client.post(url, values)
        assert response.status_code == 200, response.content
        row.refresh_from_db()
        assert row.smtp_status == "ok"

        row.send_mail("Stock", "Enough.", ["ann@example.org"])
        assert sandbox.wait_for_message(to="ann@example.org").session.user == "user"


@pytest.mark.parametrize("model", [Supplier, Warehouse])
def test_its_permission_is_its_own(
    editor: User, grant: Grant, model: type[Supplier] | type[Warehouse]
) -> None:
    row = model.objects.create(name="With mail")
    editor = grant(
        editor, f"shop.change_{model._meta.model_name}", "wagtail_partner_smtp.manage_partner_smtp"
    )
    client = Client()
    client.force_login(editor)
    assert "smtp_host" not in edit_page(client, row)


@pytest.mark.parametrize(("model", "other"), [(Supplier, Warehouse), (Warehouse, Supplier)])
def test_managing_one_model_of_an_app_shows_no_other(
    editor: User, grant: Grant, model: Any, other: Any
) -> None:
    name = model._meta.model_name
    permissions = [f"shop.change_{each._meta.model_name}" for each in (model, other)]
    client = Client()
    client.force_login(grant(editor, *permissions, f"shop.manage_smtp_{name}"))
    assert 'name="smtp_host"' in edit_page(client, model.objects.create(name="Mine"))
    assert 'name="smtp_host"' not in edit_page(client, other.objects.create(name="Theirs"))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_grant_of_the_former_name_is_kept_for_its_own_model(editor: User, is_there: bool) -> None:
    group = Group.objects.create(name="Buyers")
    new = Permission.objects.get(codename="manage_smtp_supplier")
    old = Permission.objects.create(
        content_type=new.content_type, codename="manage_partner_smtp", name="Can manage"
    )
    group.permissions.add(old)
    editor.user_permissions.add(old)
    if not is_there:
        new.delete()
    # Of partners, and of another application's model of that name.
    stranger = ContentType.objects.create(app_label="elsewhere", model="supplier")
    Permission.objects.create(content_type=stranger, codename="manage_partner_smtp", name="Theirs")
    granting.keep_grants(django_apps.get_app_config("shop"), using="default", apps=django_apps)
    for held in (group.permissions, editor.user_permissions):
        codenames = held.filter(content_type__app_label="shop").values_list("codename", flat=True)
        assert list(codenames) == ["manage_smtp_supplier"]
    assert not Permission.objects.filter(content_type=new.content_type, codename="manage_partner_smtp")
    kept = Permission.objects.filter(codename="manage_partner_smtp")
    assert {each.content_type.app_label for each in kept} == {"wagtail_partner_smtp", "elsewhere"}


class Nowhere:
    """A database that has no permissions."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return False


@pytest.mark.django_db
def test_a_database_without_permissions_is_not_asked_for_grants(
    settings: Settings, django_assert_num_queries: Any
) -> None:
    settings.DATABASE_ROUTERS = [Nowhere()]
    with django_assert_num_queries(0):
        granting.keep_grants(django_apps.get_app_config("shop"), using="default", apps=django_apps)


@isolate_apps("test_project.shop")
def test_a_model_keeps_its_other_permissions_and_only_its_own_row_is_an_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Carrier(SMTPAccountMixin, models.Model):  # noqa: DJ008
        class Meta(SMTPAccountMixin.Meta):
            app_label = "shop"
            permissions = [*SMTPAccountMixin.Meta.permissions, ("ship", "Can ship")]

    class Courier(Carrier):  # noqa: DJ008
        class Meta:
            app_label = "shop"

    expected = [("manage_smtp_carrier", "Can manage SMTP settings"), ("ship", "Can ship")]
    assert Carrier._meta.permissions == expected
    assert Carrier._meta.original_attrs["permissions"] == expected
    monkeypatch.setattr(lookup, "apps", Carrier._meta.apps)
    assert lookup.account_models() == [Carrier]
    assert Courier in Carrier._meta.apps.get_models()


@pytest.mark.django_db
def test_the_model_that_the_site_has_chosen_stands_for_the_partners(settings: Settings) -> None:
    assert lookup.models_in_use() == [get_partner_model(), Supplier, Warehouse]
    settings.PARTNER_SMTP_PARTNER_MODEL = "shop.Supplier"
    assert lookup.models_in_use() == [Supplier, Warehouse]
    assert granting.manage_codename(Supplier) == "manage_partner_smtp"


@pytest.mark.django_db
def test_rows_are_found_by_what_refers_to_them() -> None:
    partner = get_partner_model()._default_manager.create(name="Acme", slug="acme")
    supplier = Supplier.objects.create(name="Bolts")
    assert lookup.reference(partner) == "acme"
    assert lookup.reference(supplier) == f"shop.supplier:{supplier.pk}"
    for row in (partner, supplier):
        assert lookup.find(lookup.reference(row)) == row
    assert lookup.find(f"Shop.Supplier:{supplier.pk}") == supplier
    assert lookup.find("nobody") is None


@pytest.mark.django_db
def test_the_partners_keep_the_name_of_their_permission() -> None:
    assert granting.manage_codename(get_partner_model()) == "manage_partner_smtp"
    assert Permission.objects.get(codename="manage_partner_smtp").content_type.model == "partner"


def broken_supplier(**values: Any) -> Supplier:
    supplier = Supplier.objects.create(name="Bolts & Co", smtp_host="localhost", **values)
    Supplier.objects.update(smtp_status="failed")
    return supplier


def test_its_rows_are_in_the_report_and_on_the_first_page(superuser_client: Client) -> None:
    supplier = broken_supplier()
    url = reverse(supplier.snippet_viewset.get_url_name("edit"), args=[supplier.pk])  # type: ignore[attr-defined]
    report = "/admin/reports/partner-mail/"
    assert url not in superuser_client.get(report).content.decode()
    page = superuser_client.get(f"{report}?kind=shop.supplier").content.decode()
    assert f'href="{url}"' in page
    assert "Bolts &amp; Co" in page
    headings, rows = read_spreadsheet(superuser_client, f"{report}?kind=shop.supplier", "csv")
    assert (headings[:2], rows[0][:2]) == (["Name", "Mail status"], ["Bolts & Co", "Failed"])
    home = superuser_client.get("/admin/").content.decode()
    assert "1 of 1 suppliers can&#x27;t send mail." in home
    assert f"{report}?kind=shop.supplier&amp;mail=broken" in home


def test_reports_tell_nobody_of_a_model_that_is_not_his(editor: User, grant: Grant) -> None:
    broken_supplier()
    client = Client()
    client.force_login(grant(editor, "shop.change_warehouse", "shop.manage_smtp_warehouse"))
    Warehouse.objects.create(name="North")
    page = client.get("/admin/reports/partner-mail/?kind=shop.supplier").content.decode()
    assert "North" in page
    assert "Bolts" not in page
    assert "suppliers" not in client.get("/admin/").content.decode()


def test_its_list_shows_the_account_without_being_told_to(superuser_client: Client) -> None:
    Warehouse.objects.create(name="North", smtp_host="mail.north.example")
    page = superuser_client.get(reverse(Warehouse.snippet_viewset.get_url_name("list")))  # type: ignore[attr-defined]
    text = page.content.decode()
    assert "mail.north.example" in text
    assert "Mail status" in text


def test_its_copy_needs_no_column_for_a_slug(
    superuser_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Supplier, "slug", property(lambda supplier: supplier.name.lower()), raising=False)
    row: Any = Supplier.objects.create(name="Paper")
    url = reverse(row.snippet_viewset.get_url_name("copy"), args=[row.pk])
    assert 'name="name" value="Paper"' in superuser_client.get(url).content.decode()


@pytest.mark.django_db
def test_the_command_tests_and_alerts_of_its_rows(settings: Settings, mailoutbox: Any) -> None:
    settings.PARTNER_SMTP_ALERT_RECIPIENTS = ["ops@example.com"]
    supplier = Supplier.objects.create(name="Bolts & Co", smtp_host="localhost", smtp_port=25)
    name = f"shop.supplier:{supplier.pk}"
    for arguments in ([], [name]):
        out = io.StringIO()
        with pytest.raises(CommandError, match=name):
            call_command("check_partner_smtp", *arguments, "--json", "--alert", stdout=out)
        (entry,) = json.loads(out.getvalue())
        assert (entry["partner"], entry["active"]) == (name, True)
    (alert,) = mailoutbox
    assert "Bolts & Co" in alert.body
    with pytest.raises(CommandError, match="no partner of the name"):
        call_command("check_partner_smtp", "shop.brand:1")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["shop.supplier:x", "shop.supplier:0", "shop.nothing:1", "shop.warehouse:1"])
def test_a_message_may_name_it_by_model_and_key(settings: Settings, mailoutbox: Any, name: str) -> None:
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    supplier = Supplier.objects.create(name="B", smtp_host="localhost", smtp_email="b@supplier.example")
    message = EmailMessage("Subject", "Text", to=["ann@customer.example"])
    EmailBackend(partner=f"shop.supplier:{supplier.pk}").send_messages([message])
    assert mailoutbox[0].from_email == "b@supplier.example"
    with pytest.raises(PartnerMissing):
        EmailBackend(partner=name).send_messages([message])


SCRIPT = """
import json, pathlib, sys, django
django.setup()
from django.contrib.auth.models import User
from django.db import models
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import reverse
from tests.support import database
from wagtail_partner_smtp.models import QueuedMessage, SMTPAccountMixin, get_partner_model

database.use(pathlib.Path(sys.argv[1]))  # what "migrate" makes of an empty one
model = get_partner_model()
partner = model.objects.create(name="Own", slug="own", customer_number="42", smtp_host="localhost")
model.objects.update(smtp_status="failed")
client = Client()
client.force_login(User.objects.create_superuser("admin"))
listing = client.get(reverse(model.snippet_viewset.get_url_name("list")))
edit_url = reverse(model.snippet_viewset.get_url_name("edit"), args=[partner.pk])
edit = client.get(edit_url)
report = client.get("/admin/reports/partner-mail/?smtp_status=failed")
home = client.get("/admin/")
from tests.support.pages import make_page, submit
page = make_page(partner)
submit(page)
page_editor = client.get(f"/admin/pages/{page.pk}/edit/")
chooser = reverse(model.snippet_viewset.chooser_viewset.get_url_name("choose"))
queued = QueuedMessage.objects.get()
print(json.dumps({
    "model": model._meta.label,
    "listed": "Own" in listing.content.decode(),
    "tab": 'name="smtp_host"' in edit.content.decode(),
    "reported": f'href="{edit_url}"' in report.content.decode(),
    "chooses": chooser in page_editor.content.decode(),
    "form": [queued.partner_name, queued.state, queued.code],
    "told": "1 of 1 partners" in home.content.decode() and f'href="{edit_url}"' in home.content.decode(),
}))
"""


@pytest.mark.processes
@pytest.mark.timeout(300)
def test_a_partner_model_of_the_site_works_from_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "test_project.settings_custom_partner",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(path)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "model": "custom_partner.CustomPartner",
        "listed": True,
        "tab": True,
        "reported": True,
        "chooses": True,
        "form": ["Own", "failed", "email_missing"],
        "told": True,
    }
