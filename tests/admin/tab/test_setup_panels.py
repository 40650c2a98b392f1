"""What the SMTP tab has for those who do not know the settings, as a page shows it."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.support.admin import make_partner, url, values_of
from wagtail_partner_smtp.admin import assets
from wagtail_partner_smtp.admin.tab.usual_ports import mismatch
from wagtail_partner_smtp.discovery.providers import PROVIDERS
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, partner: AbstractPartner | None = None) -> str:
    response = client.get(url(name, partner))
    assert response.status_code == 200
    return response.content.decode()


def attribute(text: str, name: str) -> str:
    match = re.search(rf'{name}="([^"]*)"', text)
    assert match
    return html.unescape(match[1])


def note(text: str) -> str:
    match = re.search(r'id="partner-smtp-port-note"[^<]*"\s*>([^<]*)</p>', text)
    assert match
    return html.unescape(match[1])


def test_every_provider_can_be_chosen_and_the_choice_is_no_field(client: Client) -> None:
    text = page(client, "add")
    match = re.search(r'<select[^>]*id="partner-smtp-provider".*?</select>', text, re.S)
    assert match
    assert " name=" not in match[0]
    assert re.findall(r'<option value="(\w+)">([^<]+)', match[0]) == [(p.key, p.name) for p in PROVIDERS]


def test_presets_hold_settings_and_never_a_password(client: Client) -> None:
    presets = json.loads(attribute(page(client, "add"), "data-partner-smtp-fill-presets-value"))
    assert list(presets) == [provider.key for provider in PROVIDERS]
    assert presets["sendgrid"]["values"] == {
        "smtp_host": "smtp.sendgrid.net",
        "smtp_port": 587,
        "smtp_security": "tls",
        "smtp_login": "apikey",
    }
    fields = {name for preset in presets.values() for name in preset["values"]}
    method = {"smtp_auth", "smtp_oauth_provider"}
    assert fields == {"smtp_host", "smtp_port", "smtp_security", "smtp_login"} | method
    logins = {key: preset["values"].get("smtp_login") for key, preset in presets.items()}
    assert {key: login for key, login in logins.items() if login} == {
        "cloudflare": "api_token", "resend": "resend", "sendgrid": "apikey", "sparkpost": "SMTP_Injection",
        "zeptomail": "emailapikey",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("installed", "last_sentence"),
    [
        (True, "Choose OAuth 2.0 as authentication method."),
        (False, "The developers of this site have to enable OAuth 2.0 for that."),
    ],
)
def test_note_on_a_provider_names_no_field_that_is_not_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, installed: bool, last_sentence: str
) -> None:
    monkeypatch.setattr("wagtail_partner_smtp.oauth.providers.is_available", lambda: installed)
    text = page(client, "add")
    presets = json.loads(attribute(text, "data-partner-smtp-fill-presets-value"))
    assert ('name="smtp_auth"' in text) is installed
    assert presets["microsoft"]["hint"].endswith(f"even the right password is refused. {last_sentence}")
    others = [each["hint"] for key, each in presets.items() if key != "microsoft"]
    assert not [hint for hint in others if last_sentence in hint]


def test_settings_are_looked_for_by_the_partner_s_own_endpoint(client: Client) -> None:
    partner = make_partner()
    name = "data-partner-smtp-find-url-value"
    assert attribute(page(client, "add"), name) == url("find_settings_new")
    assert attribute(page(client, "edit", partner), name) == url("find_settings", partner)
    # A copy is not the original: who may not change that one may copy it all the same.
    assert attribute(page(client, "copy", partner), name) == url("find_settings_new")


@pytest.mark.parametrize(
    ("port", "security", "words"),
    [
        (465, "tls", "Port 465 is usually for SSL."),
        (465, "none", "Port 465 is usually for SSL:"),
        (587, "ssl", "Port 587 is usually for TLS."),
        (25, "ssl", "Port 25 is not for SSL."),
        (25, "tls", "Port 25 is usually for mail between servers."),
        (" 465 ", "tls", "Port 465 is usually for SSL."),
        ("", "ssl", ""),
        (None, "tls", ""),
        (465, "ssl", ""),
        (587, "tls", ""),
        (587, "none", ""),
        (25, "none", ""),
        (2525, "ssl", ""),
        ("x", None, ""),
    ],
)
def test_pair_that_does_not_fit_is_said(port: Any, security: Any, words: str) -> None:
    sentence = mismatch(port, security)
    assert sentence.startswith(words)
    assert bool(sentence) is bool(words)


def test_note_is_there_before_any_script_runs(client: Client) -> None:
    saved = make_partner(smtp_port=587, smtp_security="ssl")
    assert note(page(client, "edit", saved)).startswith("Port 587 is usually for TLS.")
    came_without = make_partner(slug="b", smtp_port=None, smtp_security="tls")
    assert note(page(client, "edit", came_without)).startswith("Port 25 is usually for mail between servers.")
    assert note(page(client, "add")) == ""
    typed = client.post(url("add"), values_of(smtp_port="465", smtp_security="tls", smtp_email="x"))
    assert note(typed.content.decode()).startswith("Port 465 is usually for SSL.")


def test_scripts_are_modules_of_the_package(client: Client) -> None:
    text = page(client, "add")
    for script in (*assets.SETUP_HELP, assets.PORT_NOTE):
        assert str(script) in text
        assert finders.find(script._path)
