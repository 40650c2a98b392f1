"""The authentication method in the SMTP tab, as one sees it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.bare import Bare
from tests.browser.fitting import WIDTHS, overflowing
from tests.browser.tab.parts import button, errors_at, field, live, outcome
from tests.support.admin import RIGHT, account_of, listen

OF_PASSWORD = {"smtp_password", "smtp_password_remove"}
ALWAYS = {"smtp_oauth_provider", "smtp_oauth_grant", "smtp_oauth_secret"}
OF_OAUTH = ALWAYS | {
    "smtp_oauth_tenant",
    "smtp_oauth_client_id",
    "smtp_oauth_authorization_endpoint",
    "smtp_oauth_token_endpoint",
    "smtp_oauth_scopes",
}


def shown(page: Page) -> set[str]:
    return {name for name in OF_PASSWORD | OF_OAUTH if field(page, name).is_visible()}


def choose(page: Page, name: str, value: str) -> None:
    field(page, f"smtp_{name}").select_option(value)


def test_only_the_fields_that_count_are_shown(bare: Bare) -> None:
    page = bare.tab(name="Acme")
    assert shown(page) == OF_PASSWORD
    choose(page, "auth", "oauth")
    assert shown(page) == {"smtp_oauth_provider"}
    for provider, grant, more in (
        ("microsoft", "consent", {"smtp_oauth_tenant", "smtp_oauth_client_id"}),
        ("microsoft", "application", {"smtp_oauth_tenant", "smtp_oauth_client_id"}),
        ("google", "application", set[str]()),
        ("google", "consent", {"smtp_oauth_client_id"}),
        ("other", "consent", OF_OAUTH - ALWAYS - {"smtp_oauth_tenant"}),
        (
            "other",
            "application",
            {"smtp_oauth_client_id", "smtp_oauth_token_endpoint", "smtp_oauth_scopes"},
        ),
    ):
        choose(page, "oauth_provider", provider)
        choose(page, "oauth_grant", grant)
        assert shown(page) == ALWAYS | more
    choose(page, "auth", "password")
    assert shown(page) == OF_PASSWORD
    # Neither a row nor a label stays behind.
    expect(page.get_by_text("Token endpoint")).to_be_hidden()


def test_stored_method_is_what_the_page_begins_with(bare: Bare) -> None:
    oauth = {"smtp_auth": "oauth", "smtp_oauth_provider": "google", "smtp_host": "smtp.gmail.com"}
    page = bare.tab(**oauth, password="")
    assert shown(page) == ALWAYS | {"smtp_oauth_client_id"}


def test_provider_brings_its_mail_server(bare: Bare) -> None:
    page = bare.tab(name="Acme", smtp_host="mail.example.com", smtp_port=25, smtp_security="none")
    choose(page, "auth", "oauth")
    choose(page, "oauth_provider", "microsoft")
    expect(field(page, "smtp_host")).to_have_value("smtp.office365.com")
    expect(field(page, "smtp_port")).to_have_value("587")
    expect(field(page, "smtp_security")).to_have_value("tls")
    note = page.locator("[data-partner-smtp-method-target=note]")
    expect(note).to_have_text("The mail server was set to that of Microsoft 365.")
    expect(note).to_have_attribute("role", "status")
    # Another of the provider's own servers stays.
    field(page, "smtp_host").fill("smtp-mail.outlook.com")
    choose(page, "oauth_provider", "google")
    expect(field(page, "smtp_host")).to_have_value("smtp.gmail.com")
    field(page, "smtp_host").fill("smtp-mail.outlook.com")
    choose(page, "oauth_provider", "microsoft")
    expect(field(page, "smtp_host")).to_have_value("smtp-mail.outlook.com")
    choose(page, "oauth_provider", "other")
    expect(field(page, "smtp_host")).to_have_value("smtp-mail.outlook.com")


def test_clear_text_is_not_warned_about_where_it_is_refused(bare: Bare) -> None:
    page = bare.tab(name="Acme", smtp_security="none")
    warning = page.get_by_text("is sent in clear text")
    expect(warning).to_be_visible()
    choose(page, "auth", "oauth")
    expect(warning).to_be_hidden()


def test_one_click_changes_to_oauth_where_passwords_end(bare: Bare) -> None:
    page = bare.tab(smtp_host="smtp.office365.com")
    field(page, "smtp_email").fill("typed@example.com")
    expect(page.get_by_text("Microsoft 365 is ending logins with a password.")).to_be_visible()
    button(page, "Change to OAuth 2.0").click()
    expect(field(page, "smtp_auth")).to_have_value("oauth")
    expect(field(page, "smtp_auth")).to_be_focused()
    expect(field(page, "smtp_oauth_provider")).to_have_value("microsoft")
    expect(field(page, "smtp_email")).to_have_value("typed@example.com")
    expect(button(page, "Change to OAuth 2.0")).to_be_hidden()
    assert shown(page) == ALWAYS | {"smtp_oauth_tenant", "smtp_oauth_client_id"}
    assert errors_at(page, "smtp_password").count() == 0


def test_nobody_else_is_asked_to_change(bare: Bare) -> None:
    for page in (bare.tab(name="Acme"), bare.tab(smtp_host="smtp.gmail.com"), bare.tab()):
        expect(button(page, "Change to OAuth 2.0")).to_have_count(0)


def test_refused_password_offers_the_change_in_the_report(bare: Bare, smtp: Served, settings: Any) -> None:
    refusal = on("AUTH", reply="535 5.7.139 Authentication unsuccessful, basic authentication is disabled.")
    server = listen(smtp, settings, mode="starttls", rules=(refusal,))
    settings.PARTNER_SMTP_OAUTH = {"microsoft": {"hosts": [server.host]}}
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **account_of(server), password=RIGHT)
    button(page).click()
    expect(outcome(page)).to_contain_text("switched off logging in with a password")
    change = button(page, "Change to:")
    expect(change).to_have_text("Change to: Authentication method OAuth 2.0, OAuth provider Microsoft 365")
    field(page, "smtp_email").fill("typed@example.com")
    change.click()
    expect(field(page, "smtp_auth")).to_have_value("oauth")
    expect(field(page, "smtp_oauth_provider")).to_have_value("microsoft")
    expect(field(page, "smtp_email")).to_have_value("typed@example.com")
    expect(live(page)).to_contain_text("Changed in the form")
    assert shown(page) == ALWAYS | {"smtp_oauth_tenant", "smtp_oauth_client_id"}


def test_preset_that_needs_oauth_chooses_it_and_undo_takes_it_back(bare: Bare) -> None:
    page = bare.tab()
    presets = page.get_by_label("Fill in for a provider")
    presets.select_option("Microsoft 365")
    expect(field(page, "smtp_auth")).to_have_value("oauth")
    expect(field(page, "smtp_oauth_provider")).to_have_value("microsoft")
    assert "smtp_oauth_secret" in shown(page)
    button(page, "Undo").click()
    expect(field(page, "smtp_auth")).to_have_value("password")
    assert shown(page) == {"smtp_password"}
    presets.select_option("Google Workspace")
    expect(field(page, "smtp_auth")).to_have_value("password")


def test_all_of_it_fits_and_is_accessible(bare: Bare) -> None:
    page = bare.tab(smtp_host="smtp.office365.com")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(page, ".partner-smtp-method") == []
    assert bare.audit() == []
    choose(page, "auth", "oauth")
    choose(page, "oauth_provider", "other")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(page, "form") == []
    assert bare.audit() == []


def test_nothing_is_sent_that_tells_which_fields_are_hidden(bare: Bare) -> None:
    page = bare.tab(name="Acme")
    names = json.loads(
        page.evaluate(
            "JSON.stringify([...new FormData(document.querySelector('[name=smtp_host]').form).keys()])"
        )
    )
    assert OF_OAUTH | {"smtp_auth"} <= set(names)
