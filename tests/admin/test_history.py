"""What the history of a partner says about its mail, and to whom."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from tests.conftest import Grant
from tests.support.admin import client_of, make_partner, permit, read_again, url, values_of
from wagtail_partner_smtp import audit
from wagtail_partner_smtp.admin.history import ChangeFormatter, setting_labels
from wagtail_partner_smtp.admin.tab import fields
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

pytestmark = pytest.mark.django_db

TYPED = "Xw4-typed-in-this-request-2846"
OTHER = {
    "smtp_host": "mail.other-host.example",
    "smtp_port": "2525",
    "smtp_login": "other-login",
    "smtp_email": "other@sender.example",
    "smtp_security": "none",
}


@pytest.fixture
def manager(editor: User) -> User:
    return permit(editor, "add", "change", "delete", "view", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)


@pytest.fixture
def partner() -> AbstractPartner:
    return make_partner()


def save(client: Client, partner: Any = None, **changes: Any) -> None:
    address = url("edit", partner) if partner else url("add")
    assert client.post(address, values_of(partner, **changes)).status_code == 302


def entries(action: str = audit.CHANGE) -> list[ModelLogEntry]:
    return list(ModelLogEntry.objects.filter(action=action).order_by("timestamp"))


def messages(action: str = audit.CHANGE) -> list[str]:
    return [entry.message for entry in entries(action)]


def history(client: Client, partner: AbstractPartner) -> str:
    """The text of the partner's History page."""
    response = client.get(url("history", partner))
    assert response.status_code == 200
    return text_of(response.content.decode())


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


# Changed settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"smtp_email": "new@example.com"}, "Changed SMTP setting: SMTP Email"),
        (
            {"smtp_email": "Acme <user@example.com>", "smtp_reply_to": "desk@acme.example"},
            "Changed SMTP settings: Sender name, Reply-To",
        ),
        ({"smtp_password": TYPED}, "Changed SMTP setting: SMTP Password"),
        (
            {"smtp_host": "new.example.com", "smtp_password": TYPED},
            "Changed SMTP settings: SMTP Host, SMTP Password",
        ),
        (
            OTHER | {"smtp_password": TYPED},
            "Changed SMTP settings: SMTP Host, SMTP Port, SMTP Login, SMTP Password, SMTP Email, SMTP Security",
        ),
        (
            {"smtp_login": "", "smtp_password_remove": "on"},
            "Changed SMTP settings: SMTP Login, SMTP Password (removed)",
        ),
        ({"smtp_login": ""}, "Changed SMTP settings: SMTP Login, SMTP Password (removed)"),
    ],
)
def test_a_change_names_the_settings_by_their_labels(
    client: Client, partner: AbstractPartner, manager: User, changes: dict[str, str], message: str
) -> None:
    save(client, partner, **changes)
    (entry,) = entries()
    assert (entry.message, entry.user, entry.object_id) == (message, manager, str(partner.pk))


@pytest.mark.parametrize("changes", [{}, {"name": "Renamed"}, {"smtp_host": " localhost "}])
def test_what_does_not_change_the_account_is_not_logged(
    client: Client, partner: AbstractPartner, changes: dict[str, str]
) -> None:
    save(client, partner, **changes)
    assert entries() == []
    assert len(entries("wagtail.edit")) == 1


def test_a_save_that_is_refused_is_not_logged(client: Client, partner: AbstractPartner) -> None:
    for changes in ({"smtp_host": "new.example.com"}, {"smtp_port": "x"}, {"smtp_email": "x@y", "name": ""}):
        response = client.post(url("edit", partner), values_of(partner, **changes))
        assert response.status_code == 200
    assert not ModelLogEntry.objects.exists()


def test_a_new_partner_is_logged_with_what_was_filled_in(client: Client) -> None:
    save(client, smtp_password=TYPED, smtp_port="", smtp_email="")
    (entry,) = entries()
    assert entry.message == "Changed SMTP settings: SMTP Host, SMTP Port, SMTP Login, SMTP Password"
    created = ModelLogEntry.objects.get(action="wagtail.create")
    assert created.timestamp <= entry.timestamp


def test_a_new_partner_without_an_account_is_logged_as_created_only(client: Client) -> None:
    save(client, smtp_host="", smtp_port="", smtp_login="", smtp_email="")
    assert get_partner_model()._default_manager.count() == 1
    assert entries() == []


def test_what_somebody_else_saves_is_not_logged_as_changed(editor: User, partner: AbstractPartner) -> None:
    client = client_of(permit(editor, "change"))
    save(client, partner, **OTHER, smtp_password=TYPED, smtp_password_remove="on")
    assert read_again(partner).smtp_host == "localhost"
    assert entries() == []


def test_trust_that_ends_with_the_destination_is_logged(client: Client, partner: AbstractPartner) -> None:
    assert partner.trust_smtp_certificate("c0" * 32)
    save(client, partner, smtp_email="new@example.com")
    assert messages(audit.UNTRUST_CERTIFICATE) == []
    save(client, partner, smtp_host="new.example.com", smtp_password=TYPED)
    assert read_again(partner).smtp_pinned_certificate == ""
    assert messages(audit.UNTRUST_CERTIFICATE) == ["Stopped trusting the mail server's certificate"]


def test_labels_are_those_of_the_form() -> None:
    names = ("host", "port", "login", "password", "email", "security")
    on_the_form = {f"smtp_{name}": getattr(fields, f"{name}_field")() for name in names}
    for language in ("en", "de"):
        with translation.override(language):
            labels = setting_labels()
            assert {name: labels[name] for name in on_the_form} == {
                name: str(field.label) for name, field in on_the_form.items()
            }


def test_an_entry_of_another_version_is_read_without_an_error() -> None:
    entry = ModelLogEntry(data={"settings": ["smtp_fax", "smtp_port"]})
    assert ChangeFormatter().format_message(entry) == "Changed SMTP setting: SMTP Port"


# No values


def test_p39_no_entry_has_a_value(client: Client, partner: AbstractPartner) -> None:
    save(client, partner, **OTHER, smtp_password=TYPED)
    save(client, read_again(partner), smtp_login="", smtp_password_remove="on")
    save(client, **OTHER, slug="new", smtp_password=TYPED)
    stored = json.dumps([{**entry.data, "label": entry.label} for entry in ModelLogEntry.objects.all()])
    shown = history(client, partner)
    for value in (*(OTHER[name] for name in ("smtp_host", "smtp_login", "smtp_email")), TYPED, "2525"):
        assert value not in stored
        assert value not in shown


# The pages


def test_history_says_what_happened_and_who_did_it(client: Client, partner: AbstractPartner) -> None:
    save(client, partner, smtp_host="new.example.com", smtp_password=TYPED)
    text = history(client, partner)
    assert "Changed SMTP settings: SMTP Host, SMTP Password" in text
    assert re.search(r"SMTP Host, SMTP Password editor ", text)


def test_site_history_has_it_and_can_be_filtered(
    superuser_client: Client, client: Client, partner: AbstractPartner
) -> None:
    save(client, partner, smtp_email="new@example.com")
    address = reverse("wagtailadmin_reports:site_history")
    page = superuser_client.get(address).content.decode()
    assert "Changed SMTP setting: SMTP Email" in text_of(page)
    assert f'value="{audit.CHANGE}"' in page
    assert "Change SMTP settings" in text_of(page)
    filtered = superuser_client.get(f"{address}?action={audit.CHANGE}").content.decode()
    rows = re.search(r"<tbody>.*?</tbody>", filtered, re.DOTALL)
    assert rows
    assert "Changed SMTP setting: SMTP Email" in text_of(rows.group())
    assert "Edited" not in text_of(rows.group())


def test_without_the_permission_the_history_has_labels_and_no_more(
    client: Client, partner: AbstractPartner, grant: Grant
) -> None:
    save(client, partner, **OTHER, smtp_password=TYPED)
    outsider = grant(User.objects.create_user("outsider"), "wagtailadmin.access_admin")
    text = history(client_of(permit(outsider, "change", "view")), partner)
    assert "Changed SMTP settings: SMTP Host" in text
    for value in (OTHER["smtp_host"], OTHER["smtp_login"], OTHER["smtp_email"], "2525", TYPED):
        assert value not in text


# How tests ended, and whether mail works

OUTCOMES = {
    audit.TEST: ({"status": "failed", "code": "auth_failed"}, "Tested the mail connection: Failed"),
    audit.SEND_TEST_EMAIL: ({"outcome": "failed", "code": ""}, "Could not send a test email"),
    audit.MAIL_STATUS: ({"working": False}, "Mail stopped working"),
}
NEUTRAL = {"Tested the mail connection", "Asked for a test email", "Mail status changed"}
TELLING = ("failed", "could not", "stopped", "works again")


@pytest.fixture
def told(partner: AbstractPartner) -> AbstractPartner:
    """A partner with an entry of each kind that tells whether its account works."""
    for action, (data, _) in OUTCOMES.items():
        log(instance=partner, action=action, data=data)
    return partner


def test_p60_the_history_says_how_tests_ended_to_those_who_may_manage_the_account(
    client: Client, told: AbstractPartner
) -> None:
    for name in ("history", "history_results"):
        html = client.get(url(name, told)).content.decode()
        assert all(sentence in html for _, sentence in OUTCOMES.values())


@pytest.mark.parametrize("place", ["history", "history_results", "site history", "spreadsheet"])
def test_p60_nobody_else_reads_there_whether_an_account_works(
    editor: User, told: AbstractPartner, place: str
) -> None:
    client = client_of(permit(editor, "change"))
    site = reverse("wagtailadmin_reports:site_history")
    address = {"site history": site, "spreadsheet": f"{site}?export=csv"}.get(place) or url(place, told)
    response = client.get(address)
    assert response.status_code == 200
    content = b"".join(response) if response.streaming else response.content
    text = content.decode()
    assert not [word for word in TELLING if word in text.casefold()]
    if place != "spreadsheet":
        assert all(sentence in text for sentence in NEUTRAL)
