"""The SMTP tab as a page shows it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone, translation

from tests.support.admin import PASSWORD, client_of, make_partner, permit, url, values_of
from wagtail_partner_smtp.admin import assets
from wagtail_partner_smtp.admin.tab.strings import interface_strings
from wagtail_partner_smtp.diagnosis.certificate import colons
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.panels import ConnectionTestPanel, smtp_panels

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, partner: AbstractPartner | None = None) -> str:
    response = client.get(url(name, partner))
    assert response.status_code == 200
    return response.content.decode()


def warning(text: str) -> str:
    """The tag of the warning about clear text."""
    match = re.search(r'<div class="partner-smtp-warning" data-partner-smtp-cleartext[^>]*>', text)
    assert match
    return match.group()


def test_tab_has_the_fields_and_the_button_in_the_order_of_the_specification(client: Client) -> None:
    text = page(client, "add")
    marks = [
        'name="smtp_host"',
        'name="smtp_port"',
        'name="smtp_login"',
        'name="smtp_password"',
        'name="smtp_email"',
        'name="smtp_security"',
        'data-action="partner-smtp-test#run"',
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_fields_that_are_hidden_are_written_once(client: Client) -> None:
    text = page(client, "edit", make_partner())
    assert text.count('name="smtp_test_token"') == 1
    assert text.count('name="smtp_password_remove"') == 1


def test_new_partner_is_tested_by_the_endpoint_for_new_ones(client: Client) -> None:
    assert f'url-value="{url("test_connection_new")}"' in page(client, "add")


def test_saved_partner_is_tested_by_its_own_endpoint(client: Client) -> None:
    partner = make_partner()
    assert f'url-value="{url("test_connection", partner)}"' in page(client, "edit", partner)


@pytest.mark.parametrize("actions", [("add", "change"), ("manage", "view", "change")])
def test_tab_is_there_for_those_who_may_manage_and_only_for_them(
    editor: User, actions: tuple[str, ...]
) -> None:
    partner = make_partner()
    text = page(client_of(permit(editor, *actions)), "edit", partner)
    may = "manage" in actions
    assert ('id="tab-label-smtp"' in text) is may
    assert ("partner-smtp" in text) is may


def state_of(text: str) -> str:
    """What the tab says of the last test, or mail, and of the cause."""
    state = re.search(r'<p class="partner-smtp__state">(.*?)<p class="help">', text, re.S)
    assert state
    shown = re.sub(r'<p class="partner-smtp__pin".*?</p>', "", state[1], flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).replace("\xa0", " ").split())


def test_what_failed_last_is_named_with_its_cause(client: Client) -> None:
    now = timezone.now()
    failed = {
        "smtp_status": "failed",
        "smtp_test_summary": {"code": "auth_failed", "stage": "auth"},
        "smtp_tested_at": now - timedelta(hours=3, minutes=1),
        "smtp_judged_at": now - timedelta(hours=3, minutes=2),
    }
    by_mail = {
        "smtp_failure": {"code": "auth_failed"},
        "smtp_judged_at": now - timedelta(minutes=5, seconds=9),
    }
    partner = make_partner()
    stored = type(partner)._default_manager.filter(pk=partner.pk)
    cause = "The server does not accept login and password."
    stored.update(**failed)
    assert state_of(page(client, "edit", partner)).startswith(f"Last test: Failed 3 hours ago {cause}")
    stored.update(**by_mail)
    assert state_of(page(client, "edit", partner)).startswith(f"Last mail: Failed 5 minutes ago {cause}")
    taken = {
        "smtp_status": "ok",
        "smtp_failure": {},
        "smtp_last_mail_at": now - timedelta(minutes=2, seconds=9),
    }
    stored.update(**taken)
    assert state_of(page(client, "edit", partner)).startswith("Last mail: OK 2 minutes ago")
    assert cause not in page(client, "edit", partner)


def test_p40_password_is_never_rendered(client: Client) -> None:
    partner = make_partner()
    for name in ("edit", "copy"):
        text = page(client, name, partner)
        assert PASSWORD not in html.unescape(text)
        assert partner.smtp_password_encrypted not in html.unescape(text)
        field = re.search(r'<input type="password"[^>]*name="smtp_password"[^>]*>', text)
        assert field
        assert "value=" not in field.group()
        assert 'autocomplete="new-password"' in field.group()


def test_saved_password_is_told_but_not_shown(client: Client) -> None:
    assert "A password is saved." in page(client, "edit", make_partner())
    assert "No password is saved." in page(client, "edit", make_partner(slug="b", smtp_login="", password=""))


def test_unreadable_password_is_told_on_the_tab(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_KEYS = ["the old key"]
    partner = make_partner()
    settings.PARTNER_SMTP_KEYS = ["another key"]
    assert "No mail is sent for this partner until the password is typed again" in page(
        client, "edit", partner
    )


@pytest.mark.parametrize(
    ("values", "is_shown"),
    [
        ({"smtp_security": "none"}, True),
        ({"smtp_security": "none", "smtp_login": ""}, False),
        ({"smtp_security": "tls"}, False),
        ({"smtp_security": "ssl"}, False),
    ],
)
def test_p26_clear_text_is_warned_about_beside_the_fields(
    client: Client, values: dict[str, Any], is_shown: bool
) -> None:
    partner = make_partner(**values)
    assert ("hidden" not in warning(page(client, "edit", partner))) is is_shown


def test_p26_clear_text_is_warned_about_when_the_form_comes_back(client: Client) -> None:
    values = values_of(smtp_security="none", smtp_port="x", smtp_password="typed")
    text = client.post(url("add"), values).content.decode()
    assert "hidden" not in warning(text)


def test_form_that_comes_back_says_that_the_password_is_lost(client: Client) -> None:
    text = client.post(url("add"), values_of(smtp_port="x", smtp_password="typed-7391")).content.decode()
    assert "Everything that you typed was kept, except the password." in text
    assert "typed-7391" not in text
    text = client.post(url("add"), values_of(smtp_port="x")).content.decode()
    assert "except the password" not in text


def test_state_of_the_last_test_and_its_time_are_shown(client: Client) -> None:
    partner = make_partner()
    type(partner)._default_manager.update(smtp_status="failed", smtp_tested_at=timezone.now())
    text = page(client, "edit", partner)
    assert "partner-smtp-badge--failed" in text
    assert "Just now" in text


def test_trusted_certificate_is_shown_with_a_way_out(client: Client) -> None:
    partner = make_partner()
    assert partner.trust_smtp_certificate("ab" * 32)
    text = page(client, "edit", partner)
    assert ":".join(["AB"] * 32) in text
    assert url("untrust_certificate", partner) in text


def test_fingerprint_is_written_as_providers_write_it() -> None:
    assert colons("00ab7f") == "00:AB:7F"
    assert colons("") == ""


def test_strings_of_the_scripts_are_translated_and_cannot_break_out(client: Client) -> None:
    match = re.search(r'data-partner-smtp-strings="([^"]*)"', page(client, "add"))
    assert match
    strings = json.loads(html.unescape(match[1]))
    assert strings["running"] == "Testing the connection…"
    with translation.override("de"):
        assert set(interface_strings()) == set(strings)


def test_scripts_are_modules_and_nothing_is_inline(client: Client) -> None:
    text = page(client, "edit", make_partner())
    for script in (*assets.TEST_CONNECTION, assets.CLEARTEXT_WARNING):
        assert str(script) in text
        assert 'type="module"' in str(script)
    panel = text[text.index('id="tab-smtp"') :]
    panel = panel[: panel.index("</form>")]
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", panel)


def test_assets_are_in_the_package() -> None:
    scripts = (*assets.TEST_CONNECTION, assets.CLEARTEXT_WARNING, assets.ROW_OPEN)
    for path in (assets.STYLES, assets.REPORT_STYLES, *(script._path for script in scripts)):
        assert finders.find(path)


def test_panels_survive_cloning() -> None:
    panel = smtp_panels()[-1]
    assert isinstance(panel, ConnectionTestPanel)
    clone = panel.clone()
    assert (clone.heading, clone.icon) == (panel.heading, panel.icon)


def test_panel_without_a_form_is_not_shown(rf: Any, superuser: User) -> None:
    request = rf.get("/")
    request.user = superuser
    partner = make_partner()
    for panel in smtp_panels():
        bound = panel.bind_to_model(type(partner)).get_bound_panel(instance=partner, request=request)
        if isinstance(panel, ConnectionTestPanel):
            assert not bound.is_shown()


def test_copy_has_a_slug_of_its_own(client: Client) -> None:
    partner = make_partner(slug="acme")
    make_partner(slug="acme-2")
    assert 'name="slug" value="acme-3"' in page(client, "copy", partner)
    longest = type(partner)._meta.get_field("slug").max_length or 0
    long = make_partner(slug="a" * longest)
    assert f'value="{"a" * (longest - 2)}-2"' in page(client, "copy", long)
    # The original keeps its own.
    assert 'name="slug" value="acme"' in page(client, "edit", partner)


def test_copy_of_a_partner_without_a_slug_has_none(client: Client) -> None:
    assert 'name="slug" value' not in page(client, "copy", make_partner(slug=""))


def test_removing_the_password_is_offered_right_below_it(client: Client) -> None:
    names = re.findall(r'name="(smtp_\w+)"', page(client, "edit", make_partner()))
    position = names.index("smtp_password")
    assert names[position + 1] == "smtp_password_remove"


def test_what_nothing_can_be_sent_without_is_marked(client: Client) -> None:
    text = page(client, "add")
    for name, is_marked in (("host", True), ("email", True), ("port", False), ("login", False)):
        match = re.search(rf'<label[^>]*for="id_smtp_{name}".*?</label>', text, re.S)
        assert match
        assert ("w-required-mark" in match[0]) is is_marked
