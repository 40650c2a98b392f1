"""The authentication method in the SMTP tab as a form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from wagtail.models import ModelLogEntry

from tests.admin.tab.test_forms import bind, bind_test, codes
from tests.support.admin import (
    DEFAULTS,
    PASSWORD,
    client_of,
    make_partner,
    permit,
    read_again,
    url,
    values_of,
)
from tests.support.oauth_accounts import SECRET, TOKENS, FixedSource, connect, make_oauth_partner
from wagtail_partner_smtp.account import token_sources
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.oauth_values import OAUTH_COLUMNS
from wagtail_partner_smtp.admin.tab import oauth_input
from wagtail_partner_smtp.admin.tab.fields import MAX_SECRET
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.oauth import providers

pytestmark = pytest.mark.django_db

KEY = json.dumps({"type": "service_account", "client_email": "x@y.example", "private_key": "k"}, indent=1)
OTHER: dict[str, Any] = {
    "smtp_auth": "oauth",
    "smtp_oauth_provider": "other",
    "smtp_oauth_grant": "consent",
    "smtp_oauth_client_id": "client-1",
    "smtp_oauth_authorization_endpoint": "https://login.example.com/authorize",
    "smtp_oauth_token_endpoint": "https://login.example.com/token",
    "smtp_oauth_scopes": "smtp.send",
}
MICROSOFT: dict[str, Any] = {
    "smtp_auth": "oauth",
    "smtp_oauth_provider": "microsoft",
    "smtp_oauth_grant": "consent",
    "smtp_host": "smtp.office365.com",
    "smtp_oauth_client_id": "client-1",
}
ACCOUNT = DEFAULTS | OTHER
GOOGLE = MICROSOFT | {"smtp_oauth_provider": "google", "smtp_host": "smtp.gmail.com"}
OF_SITE = {"microsoft": {"client_id": "site", "client_secret": "secret of the site"}}


@pytest.fixture(autouse=True)
def source() -> Iterator[None]:
    before = token_sources.register(FixedSource.of)
    yield
    token_sources.register(before)


def posted(partner: AbstractPartner, **changes: Any) -> dict[str, Any]:
    """All of the method as the form sends it, as it is stored except for the changes."""
    return {name: getattr(partner, name) for name in OTHER} | changes


# What is offered


def test_password_is_the_method_until_another_is_chosen(manager: User) -> None:
    form = bind(manager, smtp_password=PASSWORD)
    assert [value for value, _ in form.fields["smtp_auth"].choices] == ["password", "oauth"]
    assert form.fields["smtp_auth"].initial == "password"
    assert form.is_valid()
    saved = read_again(form.save())
    assert saved.smtp_auth == "password"
    assert saved.smtp_settings().password == PASSWORD


def test_providers_are_those_that_are_possible(manager: User, settings: Any) -> None:
    def names() -> list[str]:
        return [value for value, _ in bind(manager).fields["smtp_oauth_provider"].choices]

    assert names() == ["", "microsoft", "google", "other"]
    settings.PARTNER_SMTP_OAUTH = {
        "acme": {
            "label": "Acme",
            "authorization_endpoint": "https://login.acme.example/a",
            "token_endpoint": "https://login.acme.example/t",
            "client_id": "a",
            "client_secret": "b",
        }
    }
    settings.PARTNER_SMTP_TOKEN_PROVIDER = "some.function"
    assert names() == ["", "microsoft", "google", "acme", "other", "site"]


def test_without_the_extra_there_is_no_method_to_choose(
    manager: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "is_available", lambda: False)
    form = bind(manager, **OTHER, smtp_password=PASSWORD)
    assert not {name for name in form.fields if name == "smtp_auth" or "oauth" in name}
    assert read_again(form.save()).smtp_auth == "password"
    settings.PARTNER_SMTP_TOKEN_PROVIDER = "some.function"
    assert [value for value, _ in bind(manager).fields["smtp_oauth_provider"].choices] == ["", "site"]


@pytest.mark.parametrize("reason", ["no extra", "wrong settings"])
def test_the_pages_of_a_site_without_oauth_save(
    editor: User, settings: Any, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    if reason == "no extra":
        monkeypatch.setattr(providers, "is_available", lambda: False)
    else:
        settings.PARTNER_SMTP_OAUTH = "nonsense"
    client = client_of(permit(editor, "add", "change", "view", "manage"))
    partner = make_partner(smtp_oauth_client_id="kept")
    assert client.post(url("add"), values_of(slug="new", smtp_password=PASSWORD)).status_code == 302
    assert client.post(url("edit", partner), values_of(partner, name="Renamed")).status_code == 302
    saved = read_again(partner)
    assert (saved.name, saved.smtp_auth, saved.smtp_oauth_client_id) == ("Renamed", "password", "kept")


def test_wrong_settings_of_the_site_offer_nothing(manager: User, settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = "nonsense"
    assert "smtp_auth" not in bind(manager).fields


def test_stored_provider_that_is_gone_keeps_nobody_from_saving(manager: User) -> None:
    gone = {"smtp_auth": "oauth", "smtp_oauth_provider": "gone", "smtp_oauth_client_id": "client-1"}
    partner = make_oauth_partner(DEFAULTS | gone)
    form = bind(manager, partner, name="Renamed", **posted(partner))
    assert form.errors == {}
    assert read_again(form.save()).name == "Renamed"
    assert codes(bind_test(manager, read_again(partner), **posted(partner))) == {
        "smtp_oauth_provider": ["oauth_provider_unknown"]
    }


@pytest.mark.parametrize("actions", [("change",), ("manage",), ("view", "manage")])
def test_nobody_without_the_permission_sees_or_writes_any_of_it(
    editor: User, actions: tuple[str, ...]
) -> None:
    partner = make_partner()
    form = bind(permit(editor, *actions), partner, **OTHER, smtp_oauth_secret=SECRET)
    assert not [name for name in form.fields if name.startswith("smtp_")]
    form.save()
    saved = read_again(partner)
    assert (saved.smtp_auth, saved.smtp_oauth_client_id, saved.has_smtp_oauth_secret) == (
        "password",
        "",
        False,
    )


@pytest.mark.parametrize("name", ["smtp_auth", "smtp_oauth_grant", "smtp_oauth_provider"])
def test_value_that_is_not_offered_is_refused(manager: User, name: str) -> None:
    values = OTHER | {name: "magic", "smtp_oauth_secret": SECRET}
    assert list(codes(bind(manager, **values))) == [name]
    assert list(codes(bind_test(manager, **values))) == [name]


# What is kept


def test_all_of_it_is_saved(manager: User) -> None:
    form = bind(manager, **OTHER, smtp_oauth_secret=SECRET)
    assert form.errors == {}
    saved = read_again(form.save())
    assert posted(saved) == OTHER
    assert saved.smtp_oauth_secret() == SECRET


def test_what_a_request_does_not_send_stays(manager: User) -> None:
    partner = make_oauth_partner(ACCOUNT)
    form = bind(manager, partner, name="Renamed")
    assert form.errors == {}
    saved = read_again(form.save())
    assert (saved.name, posted(saved), saved.smtp_oauth_secret()) == ("Renamed", OTHER, SECRET)


def test_what_does_not_count_is_not_kept(manager: User, settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    settings.PARTNER_SMTP_TOKEN_PROVIDER = "some.function"
    typed = OTHER | {"smtp_oauth_tenant": "example.com", "smtp_oauth_secret": SECRET}
    kept = {
        "microsoft": {"smtp_oauth_client_id", "smtp_oauth_tenant"},
        "google": {"smtp_oauth_client_id"},
        "other": set(OTHER) - {"smtp_auth", "smtp_oauth_provider", "smtp_oauth_grant"},
        "site": set[str](),
    }
    for provider, names in kept.items():
        form = bind(manager, slug=provider, **typed | {"smtp_oauth_provider": provider, "smtp_host": ""})
        assert form.errors == ({"smtp_host": form.errors.get("smtp_host")} if form.errors else {})
        columns = {name for name in OAUTH_COLUMNS if form.cleaned_data[name]}
        assert columns == names | {"smtp_oauth_provider", "smtp_oauth_grant"}


def test_an_account_with_a_password_keeps_what_it_has_for_oauth(manager: User) -> None:
    partner = make_oauth_partner(ACCOUNT)
    changes = posted(partner, smtp_auth="password", smtp_oauth_client_id="other", smtp_oauth_scopes="")
    form = bind(manager, partner, **changes, smtp_password=PASSWORD, smtp_oauth_secret="not kept")
    assert form.errors == {}
    saved = read_again(form.save())
    assert saved.smtp_settings().password == PASSWORD
    assert posted(saved, smtp_auth="oauth") == OTHER
    assert saved.smtp_oauth_secret() == SECRET
    assert "A client secret is only kept together with OAuth 2.0." in form.smtp_notes


def test_password_that_is_typed_with_oauth_is_not_kept(manager: User) -> None:
    form = bind(manager, **OTHER, smtp_oauth_secret=SECRET, smtp_password="typed")
    assert form.errors == {}
    assert form.smtp_notes == ["With OAuth 2.0 no password is used, so it was not kept."]
    assert not read_again(form.save()).has_smtp_password


def test_changing_to_oauth_and_back_needs_no_password_again(manager: User) -> None:
    partner = make_partner()
    form = bind(manager, partner, **OTHER, smtp_oauth_secret=SECRET)
    assert form.errors == {}
    form.save()
    partner = read_again(partner)
    assert partner.has_smtp_password
    form = bind(manager, partner, smtp_auth="password")
    assert form.errors == {}
    form.save()
    assert read_again(partner).smtp_settings().password == PASSWORD


def test_stored_password_can_be_removed_with_oauth_too(manager: User) -> None:
    partner = make_partner(**OTHER)
    partner.set_smtp_oauth_secret(SECRET)
    partner.save()
    form = bind(manager, read_again(partner), **OTHER, smtp_password_remove="on")
    assert form.errors == {}
    form.save()
    assert not read_again(partner).has_smtp_password


def test_empty_host_becomes_the_providers(manager: User) -> None:
    form = bind(manager, **MICROSOFT | {"smtp_host": "", "smtp_port": ""}, smtp_oauth_secret=SECRET)
    assert form.errors == {}
    saved = read_again(form.save())
    assert (saved.smtp_host, saved.smtp_port, saved.smtp_security) == ("smtp.office365.com", 587, "tls")
    assert "The host was set to smtp.office365.com, the provider's mail server." in form.smtp_notes


# What must be there


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        (OTHER | {"smtp_oauth_provider": ""}, "smtp_oauth_provider", "oauth_provider_missing"),
        (OTHER | {"smtp_login": ""}, "smtp_login", "login_missing"),
        (OTHER | {"smtp_host": ""}, "smtp_host", "host_missing"),
        (OTHER | {"smtp_security": "none"}, "smtp_security", "token_needs_encryption"),
        (OTHER | {"smtp_oauth_client_id": ""}, "smtp_oauth_client_id", "oauth_client_id_missing"),
        (OTHER | {"smtp_oauth_secret": ""}, "smtp_oauth_secret", "oauth_secret_missing"),
        (OTHER | {"smtp_oauth_token_endpoint": ""}, "smtp_oauth_token_endpoint", "oauth_endpoint_missing"),
        (
            OTHER | {"smtp_oauth_authorization_endpoint": ""},
            "smtp_oauth_authorization_endpoint",
            "oauth_endpoint_missing",
        ),
        (
            OTHER | {"smtp_oauth_token_endpoint": "http://login.example.com/token"},
            "smtp_oauth_token_endpoint",
            "oauth_endpoint_invalid",
        ),
        (
            OTHER | {"smtp_oauth_authorization_endpoint": "javascript:alert(1)"},
            "smtp_oauth_authorization_endpoint",
            "oauth_endpoint_invalid",
        ),
        (MICROSOFT | {"smtp_host": "mail.example.com"}, "smtp_host", "oauth_host_not_allowed"),
        (MICROSOFT | {"smtp_oauth_client_id": ""}, "smtp_oauth_client_id", "oauth_client_id_missing"),
        (MICROSOFT | {"smtp_oauth_secret": ""}, "smtp_oauth_secret", "oauth_secret_missing"),
        (MICROSOFT | {"smtp_oauth_tenant": "a/b"}, "smtp_oauth_tenant", "oauth_tenant_invalid"),
        (MICROSOFT | {"smtp_oauth_grant": "application"}, "smtp_oauth_tenant", "oauth_tenant_missing"),
        (GOOGLE | {"smtp_host": "smtp.office365.com"}, "smtp_host", "oauth_host_not_allowed"),
        (
            GOOGLE | {"smtp_oauth_grant": "application", "smtp_oauth_secret": ""},
            "smtp_oauth_secret",
            "oauth_secret_missing",
        ),
        (OTHER | {"smtp_oauth_secret": "a\0b"}, "smtp_oauth_secret", "control_characters"),
        (OTHER | {"smtp_oauth_secret": "x" * (MAX_SECRET + 1)}, "smtp_oauth_secret", "oauth_key_invalid"),
        (OTHER | {"smtp_oauth_client_id": "a\r\nb"}, "smtp_oauth_client_id", "control_characters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    manager: User, values: dict[str, Any], field: str, code: str
) -> None:
    values = {"smtp_oauth_secret": SECRET} | values
    for form in (bind(manager, **values), bind_test(manager, **values)):
        assert codes(form) == {field: [code]}
        assert form.errors[field][0]


def test_site_with_an_application_needs_none_of_the_partners(manager: User, settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    form = bind(manager, **MICROSOFT | {"smtp_oauth_client_id": ""})
    assert form.errors == {}
    assert not read_again(form.save()).has_smtp_oauth_secret


def test_own_application_needs_its_own_secret_even_so(manager: User, settings: Any) -> None:
    """Else the secret of the site would be sent for whatever application an editor names."""
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    assert codes(bind(manager, **MICROSOFT)) == {"smtp_oauth_secret": ["oauth_secret_missing"]}


def test_service_account_needs_its_key_alone(manager: User) -> None:
    values = GOOGLE | {"smtp_oauth_grant": "application", "smtp_oauth_client_id": "not asked for"}
    form = bind(manager, **values, smtp_oauth_secret=KEY)
    assert form.errors == {}
    saved = read_again(form.save())
    assert saved.smtp_oauth_client_id == ""
    assert json.loads(saved.smtp_oauth_secret()) == json.loads(KEY)


def test_incomplete_account_keeps_nobody_from_saving_the_other_tabs(manager: User) -> None:
    partner = make_partner(password="", smtp_auth="oauth")
    form = bind(manager, partner, name="Renamed", **posted(partner))
    assert form.errors == {}
    assert read_again(form.save()).name == "Renamed"
    assert codes(bind_test(manager, read_again(partner), **posted(partner))) == {
        "smtp_oauth_provider": ["oauth_provider_missing"]
    }


# The secret


@pytest.mark.parametrize(
    "change",
    [
        {"smtp_host": "mail.example.org"},
        {"smtp_port": "465"},
        {"smtp_login": "other"},
        {"smtp_security": "ssl"},
        {"smtp_oauth_client_id": "client-2"},
        {"smtp_oauth_token_endpoint": "https://evil.example.com/token"},
        {"smtp_oauth_grant": "application"},
        {"smtp_oauth_provider": "microsoft", "smtp_host": "smtp.office365.com"},
    ],
)
def test_changed_bound_value_asks_for_the_secret_again(manager: User, change: dict[str, Any]) -> None:
    partner = connect(make_oauth_partner(ACCOUNT))
    for bind_form in (bind, bind_test):
        form = bind_form(manager, read_again(partner), **posted(partner) | change)
        assert codes(form) == {"smtp_oauth_secret": ["reenter_oauth_secret"]}
    form = bind(manager, read_again(partner), **posted(partner) | change, smtp_oauth_secret="typed again")
    assert form.errors == {}
    saved = read_again(form.save())
    assert saved.smtp_oauth_secret() == "typed again"
    assert not saved.is_smtp_connected


@pytest.mark.parametrize(
    ("change", "connected"),
    [
        ({"smtp_email": "other@example.com"}, True),
        ({"smtp_host": " LOCALHOST. "}, True),
        ({"smtp_oauth_scopes": "other"}, False),
        ({"smtp_oauth_authorization_endpoint": "https://login.example.com/other"}, False),
    ],
)
def test_other_changes_do_not(manager: User, change: dict[str, Any], connected: bool) -> None:
    partner = connect(make_oauth_partner(ACCOUNT))
    form = bind(manager, partner, **posted(partner) | change)
    assert form.errors == {}
    saved = read_again(form.save())
    assert saved.smtp_oauth_secret() == SECRET
    assert saved.is_smtp_connected is connected


def test_secret_can_be_removed_where_the_site_has_an_application(manager: User, settings: Any) -> None:
    partner = make_oauth_partner(DEFAULTS | MICROSOFT)
    changes = posted(partner, smtp_oauth_secret_remove="on")
    assert codes(bind(manager, partner, **changes)) == {"smtp_oauth_secret": ["oauth_secret_missing"]}
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    form = bind(manager, partner, **changes | {"smtp_oauth_client_id": ""})
    assert form.errors == {}
    assert not read_again(form.save()).has_smtp_oauth_secret


def test_secret_that_is_for_another_application_does_not_stay(manager: User, settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    partner = make_oauth_partner(DEFAULTS | MICROSOFT)
    form = bind(manager, partner, **posted(partner, smtp_oauth_client_id=""))
    assert form.errors == {}
    assert not read_again(form.save()).has_smtp_oauth_secret


def test_unreadable_secret_is_asked_for(manager: User, settings: Any) -> None:
    settings.PARTNER_SMTP_KEYS = ["the old key" * 4]
    partner = make_oauth_partner(ACCOUNT)
    settings.PARTNER_SMTP_KEYS = ["another key" * 4]
    partner = read_again(partner)
    assert codes(bind(manager, partner, **posted(partner))) == {}
    for form in (
        bind(manager, partner, **posted(partner), smtp_email="other@example.com"),
        bind_test(manager, partner, **posted(partner)),
    ):
        assert codes(form) == {"smtp_oauth_secret": ["oauth_secret_unreadable"]}
    assert "can no longer be read" in str(bind(manager, partner).fields["smtp_oauth_secret"].help_text)


def test_remove_box_is_there_with_a_saved_secret_only(manager: User) -> None:
    assert "smtp_oauth_secret_remove" not in bind(manager, **OTHER).fields
    assert "smtp_oauth_secret_remove" in bind(manager, make_oauth_partner(ACCOUNT)).fields


# What is tested


def test_typed_values_are_tested(manager: User) -> None:
    form = bind_test(manager, **OTHER, smtp_oauth_secret=SECRET)
    assert form.errors == {}
    settings = form.smtp_settings()
    assert settings.password == ""
    assert settings.token_source is not None
    assert {"client-1", "https://login.example.com/token", SECRET} <= set(settings.token_source.identity)


def test_saved_and_equal_typed_values_are_the_same(manager: User) -> None:
    partner = make_oauth_partner(ACCOUNT)
    form = bind_test(manager, partner, **posted(partner))
    assert form.errors == {}
    typed, saved = form.smtp_settings(), partner.smtp_settings()
    assert typed.token_source is not None
    assert saved.token_source is not None
    assert typed.token_source.identity == saved.token_source.identity


def test_tokens_come_along_for_the_same_application_only(manager: User) -> None:
    partner = connect(make_oauth_partner(ACCOUNT))
    form = bind_test(manager, partner, **posted(partner))
    assert form.errors == {}
    account = form._typed_account()
    assert account._state.adding
    assert account.smtp_uuid == partner.smtp_uuid
    assert {kind: account.smtp_oauth_token(kind) for kind in TOKENS} == TOKENS
    for change in (
        {"smtp_oauth_scopes": "x"},
        {"smtp_oauth_client_id": "client-2", "smtp_oauth_secret": "x"},
    ):
        form = bind_test(manager, partner, **posted(partner) | change)
        assert form.errors == {}
        account = form._typed_account()
        assert {account.smtp_oauth_token(kind) for kind in TOKENS} == {""}
    assert account.smtp_uuid is None


def test_typed_secret_is_what_a_test_proves(manager: User) -> None:
    partner = connect(make_oauth_partner(ACCOUNT))
    form = bind_test(manager, partner, **posted(partner), smtp_oauth_secret="typed")
    assert form.errors == {}
    account = form._typed_account()
    assert account.smtp_oauth_secret() == "typed"
    assert account.smtp_oauth_token(Kind.REFRESH_TOKEN) == TOKENS[Kind.REFRESH_TOKEN]
    assert account.smtp_oauth_token(Kind.ACCESS_TOKEN) == ""


def test_p24_certificates_are_those_of_the_same_server_whoever_logs_in(manager: User) -> None:
    partner = make_oauth_partner(ACCOUNT)
    assert partner.trust_smtp_certificate("a" * 64)
    type(partner)._default_manager.update(smtp_known_certificate="b" * 64)
    partner = read_again(partner)
    for changes, typed in (({}, {}), ({"smtp_login": "other@example.com"}, {"smtp_oauth_secret": "x"})):
        same = bind_test(manager, partner, **posted(partner, **changes), **typed)
        assert same.errors == {}
        settings = same.smtp_settings()
        assert (settings.pinned_certificate, settings.known_certificate) == ("a" * 64, "b" * 64)
    other = bind_test(manager, partner, **posted(partner, smtp_port="465"), smtp_oauth_secret="x")
    assert other.errors == {}
    assert other.smtp_settings().pinned_certificate == other.smtp_settings().known_certificate == ""


# Through the admin


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)


def changed_settings(partner: AbstractPartner) -> list[str]:
    entries = ModelLogEntry.objects.filter(action="wagtail_partner_smtp.change", object_id=partner.pk)
    return [name for entry in entries.order_by("-pk")[:1] for name in entry.data["settings"]]


def test_history_names_what_was_changed_and_no_value(client: Client) -> None:
    partner = make_partner()
    client.post(url("edit", partner), values_of(partner, **OTHER, smtp_oauth_secret=SECRET))
    assert read_again(partner).smtp_auth == "oauth"
    assert changed_settings(partner) == [
        "smtp_auth",
        "smtp_oauth_provider",
        "smtp_oauth_client_id",
        "smtp_oauth_secret",
        "smtp_oauth_authorization_endpoint",
        "smtp_oauth_token_endpoint",
        "smtp_oauth_scopes",
    ]
    page = client.get(url("history", partner)).content.decode()
    assert (
        "Changed SMTP settings: Authentication method, OAuth provider, Client ID, Client secret or key"
        in page
    )
    assert "client-1" not in page
    assert "login.example.com" not in page


def test_history_tells_of_a_removed_secret(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = OF_SITE
    partner = make_oauth_partner(DEFAULTS | MICROSOFT)
    client.post(url("edit", partner), values_of(partner, **posted(partner, smtp_oauth_client_id="")))
    assert changed_settings(partner) == ["smtp_oauth_client_id", "smtp_oauth_secret_removed"]


def test_typed_password_that_was_not_kept_is_no_change(client: Client) -> None:
    partner = make_partner(**OTHER)
    partner.set_smtp_oauth_secret(SECRET)
    partner.save()
    client.post(
        url("edit", partner), values_of(partner, **OTHER, smtp_email="a@example.com", smtp_password="x")
    )
    assert changed_settings(partner) == ["smtp_email"]


def test_counting_fields_by_provider(settings: Any) -> None:
    settings.PARTNER_SMTP_TOKEN_PROVIDER = "some.function"
    assert oauth_input.counting("", "consent") == oauth_input.counting("site", "consent") == frozenset()
    always = {"smtp_oauth_grant", "smtp_oauth_secret", "smtp_oauth_secret_remove"}
    assert oauth_input.counting("google", "application") == always
    assert oauth_input.counting("google", "consent") == always | {"smtp_oauth_client_id"}
    microsoft = always | {"smtp_oauth_client_id", "smtp_oauth_tenant"}
    assert oauth_input.counting("microsoft", "consent") == microsoft
    assert oauth_input.counting("microsoft", "application") == microsoft
    typed = always | {"smtp_oauth_client_id", "smtp_oauth_token_endpoint", "smtp_oauth_scopes"}
    assert oauth_input.counting("other", "application") == typed
    assert oauth_input.counting("other", "consent") == typed | {"smtp_oauth_authorization_endpoint"}
