"""A password that went through the admin is found nowhere but sealed in its column."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.db.models import Model
from django.test import Client
from django.views.debug import ExceptionReporter
from wagtail.models import ModelLogEntry

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    account_of,
    client_of,
    endpoint,
    make_partner,
    permit,
    reach,
    read_again,
    url,
    values_of,
)
from tests.support.oauth_accounts import OAUTH, TOKENS
from wagtail_partner_smtp import audit, connection_test
from wagtail_partner_smtp.account import saving, token_sources
from wagtail_partner_smtp.connection_test import email, results, runner
from wagtail_partner_smtp.delivery import envelope
from wagtail_partner_smtp.forms import SMTPAccountFormMixin
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.oauth import providers
from wagtail_partner_smtp.smtp import message
from wagtail_partner_smtp.smtp.session import SMTPSession

pytestmark = pytest.mark.django_db

SECRET = "Zq7-sésame-öffne-dich-7391"
TYPED = "Xw4-typed-in-this-request-2846"


def forms_of(password: str) -> set[str]:
    """The password as it could turn up: plain, escaped, base64, hex, as a Python or JSON literal."""
    raw = password.encode()
    encoded = {base64.b64encode(b"\0user\0" + raw).decode(), base64.b64encode(raw).decode(), raw.hex()}
    return {password, html.escape(password), ascii(password)[1:-1], json.dumps(password)[1:-1], *encoded}


def assert_no_secret(text: str, *more: str) -> None:
    haystack = html.unescape(text)
    for password in (SECRET, TYPED, *more):
        for form in forms_of(password):
            assert form not in text
            assert form not in haystack


@pytest.fixture
def partner() -> AbstractPartner:
    return make_partner(password=SECRET)


@pytest.fixture
def client(editor: User) -> Client:
    return client_of(permit(editor, "add", "change", "delete", "view", "manage"))


@pytest.mark.parametrize("name", ["edit", "copy", "inspect", "history", "usage", "delete"])
def test_p39_p40_no_page_of_a_partner_has_it(client: Client, partner: AbstractPartner, name: str) -> None:
    client.post(url("edit", partner), values_of(partner, smtp_password=TYPED))
    partner = read_again(partner)
    response = client.get(url(name, partner))
    assert response.status_code == 200
    assert_no_secret(response.content.decode(), partner.smtp_password_encrypted)


@pytest.mark.parametrize("query", ["", "?q=acme", "?export=csv", "?export=xlsx"])
def test_p39_no_list_or_export_has_it(client: Client, partner: AbstractPartner, query: str) -> None:
    response = client.get(url("list") + query)
    content = response.content if query in ("", "?q=acme") else b"".join(response.streaming_content)  # type: ignore[attr-defined]
    if query == "?export=xlsx":
        archive = ZipFile(io.BytesIO(content))
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert_no_secret(content.decode(), partner.smtp_password_encrypted)


def test_p40_page_that_comes_back_with_errors_has_it_not(client: Client, partner: AbstractPartner) -> None:
    for address in (url("add"), url("edit", partner)):
        response = client.post(address, values_of(partner, smtp_port="x", smtp_password=TYPED))
        assert response.status_code == 200
        assert_no_secret(response.content.decode())


@pytest.mark.parametrize("password", ["", TYPED])
def test_p27_answer_and_log_of_a_test_have_it_not(
    client: Client,
    smtp: Served,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    password: str,
) -> None:
    echo = base64.b64encode(f"\0user\0{password or SECRET}".encode()).decode()
    server = smtp.listen("honest", rules=(on("AUTH", reply=f"535 5.7.8 AUTH PLAIN {echo} is wrong"),))
    reach(settings, smtp.ca_file, server)
    settings.PARTNER_SMTP_DEBUG_LEVEL = 1
    partner = make_partner(**account_of(server), password=SECRET)
    with caplog.at_level(logging.DEBUG):
        response = client.post(
            endpoint(partner), values_of(partner, smtp_password=password), headers=HTTP_AJAX
        )
    assert response.status_code == 400
    assert "535" in caplog.text or "535" in response.content.decode()
    assert_no_secret(response.content.decode())
    assert_no_secret(json.dumps(response.json(), ensure_ascii=False))
    assert_no_secret(caplog.text)
    assert_no_secret("".join(capfd.readouterr()))
    assert_no_secret(str([vars(entry) for entry in ModelLogEntry.objects.all()]))
    assert_no_secret(str(read_again(partner).smtp_test_summary))


def test_p39_dumpdata_has_only_what_is_sealed(client: Client, partner: AbstractPartner) -> None:
    client.post(url("edit", partner), values_of(partner, name="Renamed", smtp_password=TYPED))
    output = io.StringIO()
    call_command("dumpdata", stdout=output)
    assert read_again(partner).smtp_password_encrypted in output.getvalue()
    assert_no_secret(output.getvalue())


def test_audit_log_of_saving_has_it_not(client: Client, partner: AbstractPartner) -> None:
    client.post(url("edit", partner), values_of(partner, smtp_password=TYPED))
    client.post(url("add"), values_of(slug="new", smtp_password=TYPED))
    entries = list(ModelLogEntry.objects.values())
    assert len(entries) == 4
    assert_no_secret(str(entries))


# Error reports: whatever breaks, and wherever


class Broken(Exception):
    """Something nobody thought of."""


def break_down(*args: Any, **kwargs: Any) -> Any:
    raise Broken


@pytest.fixture
def reports() -> Iterator[list[str]]:
    """Both forms of each report that Django would mail to the site's developers."""
    made: list[str] = []

    def report(request: Any, **kwargs: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        made.append(str(reporter.get_traceback_html()) + str(reporter.get_traceback_text()))

    got_request_exception.connect(report)
    yield made
    got_request_exception.disconnect(report)


@pytest.fixture
def forgiving_client(client: Client) -> Client:
    """Answers 500 as a site does."""
    client.raise_request_exception = False
    return client


BREAKABLE = {
    "model.save": (Model, "save"),
    "form._post_clean": (SMTPAccountFormMixin, "_check_values"),
    "model.set_smtp_password": (AbstractPartner, "set_smtp_password"),
    "results.redeem": (results, "redeem"),
}


@pytest.mark.parametrize("place", BREAKABLE)
@pytest.mark.parametrize("name", ["add", "edit"])
def test_p30_error_report_of_saving_has_it_not(
    forgiving_client: Client,
    reports: list[str],
    partner: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    name: str,
) -> None:
    monkeypatch.setattr(*BREAKABLE[place], break_down)
    values = values_of(partner, slug="x", smtp_password=TYPED, smtp_test_token="x")
    response = forgiving_client.post(url(name, partner if name == "edit" else None), values)
    assert response.status_code == 500
    assert "smtp_host" in reports[0]
    assert_no_secret(reports[0])


@pytest.mark.parametrize("password", ["", TYPED])
@pytest.mark.parametrize(
    "place",
    [
        (connection_test, "run"),
        (results, "store"),
        (SMTPSession, "open"),
        (SMTPAccountFormMixin, "_destination"),
    ],
    ids=str,
)
def test_p30_error_report_of_a_test_has_it_not(
    forgiving_client: Client,
    reports: list[str],
    smtp: Served,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
    password: str,
) -> None:
    reach(settings, smtp.ca_file, smtp.plain)
    partner = make_partner(**account_of(smtp.plain), password=SECRET)
    if place[0] is SMTPSession:
        monkeypatch.setattr(runner, "examine", lambda s, p, judge: SMTPSession(s, p, break_down()))
    else:
        monkeypatch.setattr(place[0], place[1], break_down)
    values = values_of(partner, smtp_password=password)
    response = forgiving_client.post(endpoint(partner), values, headers=HTTP_AJAX)
    assert response.status_code == 500
    assert "break_down" in reports[0]
    assert_no_secret(reports[0])


@pytest.mark.parametrize(
    "place",
    [
        (email, "compose"),
        (envelope, "prepare"),
        (SMTPSession, "open"),
        (message, "with_crlf"),
        (audit, "log_test_email"),
    ],
    ids=str,
)
def test_p30_error_report_of_a_test_email_has_it_not(
    forgiving_client: Client,
    reports: list[str],
    smtp: Served,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
) -> None:
    reach(settings, smtp.ca_file, smtp.plain)
    monkeypatch.setitem(smtp.sandbox.users, "user", SECRET)
    partner = make_partner(**account_of(smtp.plain), password=SECRET)
    monkeypatch.setattr(place[0], place[1], break_down)
    response = forgiving_client.post(url("send_test_email", partner), headers=HTTP_AJAX)
    assert response.status_code == 500
    assert "break_down" in reports[0]
    assert_no_secret(reports[0])


def test_p30_error_in_a_sites_own_form_does_not_report_it(
    forgiving_client: Client, reports: list[str], partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = SMTPAccountFormMixin.clean

    def sites_own_clean(self: Any) -> Any:
        cleaned_data = clean(self)
        raise Broken(len(cleaned_data))

    monkeypatch.setattr(SMTPAccountFormMixin, "clean", sites_own_clean)
    values = values_of(partner, smtp_password=TYPED)
    response = forgiving_client.post(url("edit", partner), values)
    assert response.status_code == 500
    assert "cleaned_data" in reports[0]
    assert_no_secret(reports[0])


# What OAuth has

OTHER = OAUTH | {"smtp_oauth_tenant": ""}


@pytest.fixture
def connected() -> AbstractPartner:
    """A partner with a client secret, and with both tokens."""
    partner = make_partner(password="", **OTHER)
    partner.set_smtp_oauth_secret(SECRET)
    partner.save()
    sealed = {
        saving.SEALED[kind]: partner.sealed_smtp_oauth_token(kind, text) for kind, text in TOKENS.items()
    }
    type(partner)._default_manager.filter(pk=partner.pk).update(**sealed)
    return read_again(partner)


def assert_no_oauth_secret(text: str, partner: AbstractPartner) -> None:
    assert_no_secret(
        text,
        *TOKENS.values(),
        *(getattr(partner, name) for name in saving.SEALED.values() if getattr(partner, name)),
    )


@pytest.mark.parametrize("name", ["edit", "copy", "inspect", "history", "usage", "delete"])
def test_no_page_of_a_partner_has_what_oauth_has(
    client: Client, connected: AbstractPartner, name: str
) -> None:
    typed = values_of(connected, **OTHER, smtp_oauth_secret=TYPED)
    assert client.post(url("edit", connected), typed).status_code == 302
    connected = read_again(connected)
    assert connected.smtp_oauth_secret() == TYPED
    response = client.get(url(name, connected))
    assert response.status_code == 200
    assert_no_oauth_secret(response.content.decode(), connected)


@pytest.mark.parametrize("query", ["", "?q=acme", "?export=csv"])
def test_no_list_or_export_has_what_oauth_has(client: Client, connected: AbstractPartner, query: str) -> None:
    response = client.get(url("list") + query)
    content = response.content if query in ("", "?q=acme") else b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert_no_oauth_secret(content.decode(), connected)


def test_page_that_comes_back_has_no_client_secret_and_says_so(
    client: Client, connected: AbstractPartner
) -> None:
    typed = values_of(connected, **OTHER, smtp_port="x", smtp_oauth_secret=TYPED)
    page = client.post(url("edit", connected), typed).content.decode()
    assert_no_oauth_secret(page, connected)
    assert "Everything that you typed was kept, except the client secret or key." in page


def test_copy_has_nothing_of_it(client: Client, connected: AbstractPartner) -> None:
    page = client.get(url("copy", connected)).content.decode()
    assert "No client secret or key is saved." in page
    assert "smtp_oauth_secret_remove" not in re.sub(r'data-[a-z-]+-value="[^"]*"', "", page)
    assert client.post(url("add"), values_of(connected, slug="copy", **OTHER)).status_code == 200
    values = values_of(connected, slug="copy", **OTHER, smtp_oauth_secret=TYPED)
    assert client.post(url("add"), values).status_code == 302
    copy = type(connected)._default_manager.get(slug="copy")
    assert copy.smtp_oauth_secret() == TYPED
    assert not copy.is_smtp_connected


def test_audit_log_and_dump_have_none_of_it(client: Client, connected: AbstractPartner) -> None:
    client.post(url("edit", connected), values_of(connected, **OTHER, smtp_oauth_secret=TYPED))
    output = io.StringIO()
    call_command("dumpdata", stdout=output)
    assert ModelLogEntry.objects.filter(action=audit.CHANGE).exists()
    assert_no_secret(output.getvalue(), *TOKENS.values())


OAUTH_BREAKABLE = {
    "model.save": (Model, "save"),
    "form._check_values": (SMTPAccountFormMixin, "_check_values"),
    "model.set_smtp_oauth_secret": (AbstractPartner, "set_smtp_oauth_secret"),
    "model.with_smtp_values": (AbstractPartner, "with_smtp_values"),
    "providers.provider_of": (providers, "provider_of"),
    "form._apply_oauth_secret": (SMTPAccountFormMixin, "_apply_oauth_secret"),
}


@pytest.mark.parametrize("place", OAUTH_BREAKABLE)
@pytest.mark.parametrize("name", ["add", "edit"])
def test_error_report_of_saving_has_no_client_secret(
    forgiving_client: Client,
    reports: list[str],
    connected: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    name: str,
) -> None:
    values = values_of(connected, **OTHER, slug="x", smtp_email="x@example.com", smtp_oauth_secret=TYPED)
    monkeypatch.setattr(*OAUTH_BREAKABLE[place], break_down)
    response = forgiving_client.post(url(name, connected if name == "edit" else None), values)
    assert response.status_code == 500
    assert "smtp_host" in reports[0]
    assert_no_secret(reports[0], *TOKENS.values())


@pytest.mark.parametrize("secret", ["", TYPED])
@pytest.mark.parametrize(
    "place",
    [
        (connection_test, "run"),
        (results, "store"),
        (providers, "provider_of"),
        (token_sources, "_factory"),
        (SMTPAccountFormMixin, "_oauth_settings"),
    ],
    ids=str,
)
def test_error_report_of_a_test_has_no_client_secret(
    forgiving_client: Client,
    reports: list[str],
    connected: AbstractPartner,
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
    secret: str,
) -> None:
    monkeypatch.setattr(place[0], place[1], break_down)
    values = values_of(connected, **OTHER, smtp_oauth_secret=secret)
    response = forgiving_client.post(endpoint(connected), values, headers=HTTP_AJAX)
    assert response.status_code == 500
    assert "break_down" in reports[0]
    assert_no_secret(reports[0], *TOKENS.values())


def test_model_is_the_chosen_one(partner: AbstractPartner) -> None:
    assert type(partner) is get_partner_model()
