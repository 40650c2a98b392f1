"""What is sent along with a request, beyond what its page asks for, is written nowhere."""

from __future__ import annotations

import io
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.support.admin import (
    HTTP_AJAX,
    PASSWORD,
    addresses_of,
    client_of,
    make_partner,
    other_names,
    permit,
    read_again,
    section_names,
    url,
    values_of,
)
from tests.support.oauth_accounts import OAUTH
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.forms import SMTP_FIELDS
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage, get_partner_model

pytestmark = pytest.mark.django_db

FORGED = "forged-7391"
FORGED_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
FORGED_UUID = uuid.UUID(int=7391)
FORGED_NUMBER = 7391
FORGED_VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.DateTimeField: FORGED_TIME.isoformat(),
    models.UUIDField: str(FORGED_UUID),
    models.JSONField: json.dumps({"code": FORGED}),
    models.IntegerField: FORGED_NUMBER,
    models.CharField: FORGED,
    models.TextField: FORGED,
}
TRACES = (FORGED, str(FORGED_NUMBER), str(FORGED_UUID), FORGED_UUID.hex, "2001-02-03")

# What a form of partners asks for.
ASKED_FOR = {"name", "slug", "active", *SMTP_FIELDS}
SECRETS = ("smtp_password", "smtp_oauth_secret")


def forged(*, but_for: set[str]) -> dict[str, Any]:
    """A value for each column of the model, and for what else a form might have."""
    found: dict[str, Any] = {}
    for field in get_partner_model()._meta.concrete_fields:
        kind = next((kind for kind in FORGED_VALUES if isinstance(field, kind)), None)
        if kind and field.name not in but_for:
            found[field.name] = FORGED_VALUES[kind]
    more = {"pk": FORGED_NUMBER, "user": FORGED, "for_user": FORGED, "manages_smtp": "on", "testing": "on"}
    return found | {name: value for name, value in more.items() if name not in but_for}


def rows() -> dict[Any, dict[str, Any]]:
    """Every column of every partner."""
    return {row["pk"]: row for row in get_partner_model()._default_manager.values("pk", *columns())}


def columns() -> list[str]:
    return [field.name for field in get_partner_model()._meta.concrete_fields]


def assert_nothing_forged() -> None:
    assert not traces_in(json.dumps(list(rows().values()), default=str))


def traces_in(text: str) -> list[str]:
    """A time may have the digits of the number among its own."""
    return [trace for trace in TRACES if re.search(rf"(?<!\d){trace}(?!\d)", text)]


@pytest.fixture
def partner() -> AbstractPartner:
    return make_partner()


@pytest.fixture
def other() -> AbstractPartner:
    return make_partner(name="Borealis", slug="borealis", smtp_login="other")


@pytest.fixture
def client(editor: User) -> Client:
    return client_of(permit(editor, "add", "change", "view", "manage"))


@pytest.fixture
def outsider(editor: User) -> Client:
    """May do everything with partners but manage their mail."""
    return client_of(permit(editor, "add", "change", "view"))


def test_every_column_that_only_the_machine_writes_is_tried() -> None:
    tried = forged(but_for=ASKED_FOR)
    assert set(saving.MACHINE_WRITTEN) <= tried.keys()


# The forms


def test_the_form_of_a_partner_writes_what_it_shows(
    client: Client, partner: AbstractPartner, other: AbstractPartner
) -> None:
    before = rows()
    sent = forged(but_for=ASKED_FOR) | values_of(partner, name="Renamed")
    assert client.post(url("edit", partner), sent).status_code == 302
    after = rows()
    assert after.pop(partner.pk) == before.pop(partner.pk) | {"name": "Renamed"}
    assert after == before


def test_a_new_partner_has_what_its_form_shows_and_nothing_else(client: Client) -> None:
    plain, crafted = (values_of(slug=slug, smtp_password="new") for slug in ("plain", "crafted"))
    assert client.post(url("add"), plain).status_code == 302
    assert client.post(url("add"), forged(but_for=ASKED_FOR) | crafted).status_code == 302
    its_own = {"id", "pk", "slug", "smtp_uuid", "smtp_password_encrypted", "smtp_status_since"}
    one, two = ({name: row[name] for name in row.keys() - its_own} for row in rows().values())
    assert one == two
    assert_nothing_forged()


def test_who_may_not_manage_the_account_writes_nothing_of_it(
    outsider: Client, partner: AbstractPartner, other: AbstractPartner
) -> None:
    before = rows()
    typed = dict.fromkeys(SECRETS, FORGED) | {"smtp_password_remove": "on", "smtp_oauth_secret_remove": "on"}
    sent = {"name": "Renamed", "slug": "acme", "active": "on"}
    sent = forged(but_for={"name", "slug", "active"}) | OAUTH | typed | sent
    assert outsider.post(url("edit", partner), sent).status_code == 302
    after = rows()
    assert after.pop(partner.pk) == before.pop(partner.pk) | {"name": "Renamed"}
    assert after == before
    assert outsider.post(url("add"), sent | {"slug": "new"}).status_code == 302
    assert get_partner_model()._default_manager.get(slug="new").smtp_host == ""
    assert_nothing_forged()


def test_p13_the_slug_by_which_code_chooses_an_account_is_changed_by_who_may_manage_it(
    outsider: Client, partner: AbstractPartner
) -> None:
    sent = values_of(partner, name="Renamed", slug="other")
    page = outsider.get(url("edit", partner)).content.decode()
    assert re.search(r'<input[^>]*name="slug"[^>]*\bdisabled', page)
    assert outsider.post(url("edit", partner), sent).status_code == 302
    assert (read_again(partner).name, read_again(partner).slug) == ("Renamed", "acme")
    assert outsider.post(url("add"), {"name": "New", "slug": "new"}).status_code == 302
    assert get_partner_model()._default_manager.filter(slug="new").exists()


def test_p13_who_may_manage_it_changes_it(client: Client, partner: AbstractPartner) -> None:
    assert client.post(url("edit", partner), values_of(partner, slug="other")).status_code == 302
    assert read_again(partner).slug == "other"


# The endpoints: all that there are


ENDPOINTS = [name for name in section_names() if name not in {"add", "edit", "delete"}]


def test_the_endpoints_are_found() -> None:
    assert {"test_connection", "test_connection_new", "trust_certificate", "oauth_connect"} <= set(ENDPOINTS)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_endpoint_writes_what_is_sent_along(
    client: Client, partner: AbstractPartner, other: AbstractPartner, name: str, method: str
) -> None:
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    try:
        address = reverse(viewset.get_url_name(name), args=[partner.pk])
    except NoReverseMatch:
        address = reverse(viewset.get_url_name(name))
    untouched = rows()[other.pk]
    # What a form would save, had an endpoint one that saves.
    typed = values_of(partner, name=FORGED, smtp_password=FORGED)
    sent = forged(but_for=ASKED_FOR) | typed
    getattr(client, method)(address, sent | {"id": other.pk, "pk": other.pk}, headers=HTTP_AJAX)
    assert rows()[other.pk] == untouched
    assert rows().keys() == {partner.pk, other.pk}
    assert_nothing_forged()
    found = read_again(partner).smtp_settings()
    assert (found.login, found.password) == (partner.smtp_login, PASSWORD)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nor_does_any_other_address(
    client: Client, superuser_client: Client, partner: AbstractPartner, method: str
) -> None:
    message = partner.queue_mail("Invoice", "Hello", ["ann@example.org"])
    names = other_names()
    assert {"partner_smtp_report", "partner_smtp_oauth_callback", "partner_smtp_mail_action"} <= set(names)
    before = rows()
    for address in addresses_of(*names, arguments=["cancel", message.pk]):
        for each in (client, superuser_client):
            getattr(each, method)(address, forged(but_for=set()) | {"id": message.pk, "state": "sent"})
    assert rows() == before
    (row,) = QueuedMessage.objects.values()
    assert (row["state"], row["subject"]) == ("queued", "Invoice")
    assert not traces_in(str(row))


def test_an_import_reads_what_people_fill_in_and_passes_over_the_rest(
    partner: AbstractPartner, other: AbstractPartner, tmp_path: Any
) -> None:
    before = rows()
    extra = forged(but_for=ASKED_FOR | {"pk", "user", "for_user", "manages_smtp", "testing"})
    names = ["slug", "name", *extra]
    cells = ["acme", "Renamed", *(str(value) for value in extra.values())]
    file = tmp_path / "partners.csv"
    quoted = [('"' + cell.replace('"', '""') + '"') for cell in cells]
    file.write_text(",".join(names) + "\n" + ",".join(quoted) + "\n")
    call_command("import_partner_smtp", str(file), stdout=io.StringIO())
    after = rows()
    assert after.pop(partner.pk) == before.pop(partner.pk) | {"name": "Renamed"}
    assert after == before
    file.write_text(f"slug,manages_smtp\nacme,{FORGED}\n")
    with pytest.raises(CommandError):
        call_command("import_partner_smtp", str(file), stdout=io.StringIO())
