"""A site's own models: one that has nothing to do with mail, two with the SMTP tab, a partner model of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from smtp_sandbox import Sandbox
from test_project.shop.models import Brand, Supplier, Warehouse
from tests.conftest import Grant
from tests.support.paths import ROOT

PASSWORD = "correct horse"


def edit_page(client: Client, row: Any) -> str:
    response = client.get(reverse(row.snippet_viewset.get_url_name("edit"), args=[row.pk]))
    assert response.status_code == 200
    return response.content.decode()


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


SCRIPT = """
import json, pathlib, sys, django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from tests.support import database
from wagtail_partner_smtp.models import get_partner_model

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
print(json.dumps({
    "model": model._meta.label,
    "listed": "Own" in listing.content.decode(),
    "tab": 'name="smtp_host"' in edit.content.decode(),
    "reported": f'href="{edit_url}"' in report.content.decode(),
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
        "told": True,
    }
