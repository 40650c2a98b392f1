"""Who gives out a partner's tokens, and as whom the site asks there: never with secrets meant for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.oauth.registry import TENANT
from smtp_sandbox.oauth.server import CLIENT_ID, CLIENT_SECRET, OAuthServer
from tests.support.accounts import set_columns
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.account.columns import OAuthGrant
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth.providers import OTHER, SITE, allows, offered, provider_of
from wagtail_partner_smtp.oauth.vendors import GOOGLE, MICROSOFT, VENDORS, Application
from wagtail_partner_smtp.smtp.errors import Code, TokenError
from wagtail_partner_smtp.smtp.names import canonical_host
from wagtail_partner_smtp.smtp.stages import Stage
from wagtail_partner_smtp.smtp.web_address import NotHTTPS, WebAddress

from .accounts import MAILBOX, again, connect, make_partner_on, site_settings

pytestmark = pytest.mark.django_db
APPLICATION = {"smtp_oauth_grant": "application"}


def run(partner: Partner) -> ConnectionReport:
    return connection_test.run(again(partner).smtp_settings(), conf.policy())


def refusal_of(partner: Partner) -> tuple[Code, str]:
    with pytest.raises(TokenError) as raised:
        provider_of(partner)
    assert raised.value.stage is Stage.TOKEN
    return raised.value.code, str(raised.value.facts["field"])


def unsaved(**values: Any) -> Partner:
    defaults = {
        "smtp_host": "smtp.office365.com",
        "smtp_port": 587,
        "smtp_security": "tls",
        "smtp_login": MAILBOX,
        "smtp_auth": "oauth",
        "smtp_oauth_provider": "microsoft",
    }
    secret = values.pop("secret", "")
    partner = Partner(**defaults | values)
    if secret:
        partner.set_smtp_oauth_secret(secret)
    return partner


@pytest.fixture
def application(settings: Any) -> Any:
    """A site with applications of its own at both vendors, and nothing else."""
    client = {"client_id": "site-id", "client_secret": "site-secret"}
    settings.PARTNER_SMTP_OAUTH = {"microsoft": client, "google": client, "acme": {**client, "token_endpoint":
        "https://acme.example/token", "scopes": ["smtp"], "hosts": ["*.acme.example"]}}  # fmt: skip
    return settings


# The vendors


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_what_is_known_of_a_vendor_can_be_used(vendor: Any) -> None:
    for endpoint in (vendor.authorization_endpoint, vendor.token_endpoint, vendor.revocation_endpoint):
        assert not endpoint or WebAddress.parse(endpoint.replace("{tenant}", "common"))
    assert all(canonical_host(host) == host for host in vendor.hosts)
    assert vendor.hosts
    assert vendor.scopes
    assert vendor.application_scopes


@pytest.mark.usefixtures("application")
def test_microsoft_is_asked_at_the_tenant_as_the_sites_application() -> None:
    provider = provider_of(unsaved())
    assert provider.token_endpoint == "https://login.microsoftonline.com/common/oauth2/v2.0/token"
    assert (provider.client_id, provider.client_secret, provider.of_site) == ("site-id", "site-secret", True)
    assert provider.scopes == MICROSOFT.scopes
    named = provider_of(unsaved(smtp_oauth_tenant="contoso.example"))
    assert named.token_endpoint == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"


@pytest.mark.usefixtures("application")
def test_google_is_asked_for_offline_access() -> None:
    provider = provider_of(unsaved(smtp_host="smtp.gmail.com", smtp_oauth_provider="google"))
    assert provider.authorization_parameters == {"access_type": "offline", "prompt": "consent"}
    assert provider.revocation_endpoint == GOOGLE.revocation_endpoint


@pytest.mark.usefixtures("application")
def test_who_is_not_known_is_asked_in_the_way_that_every_server_takes() -> None:
    """RFC 6749 2.3.1; of the vendors it is known that they take the other as well."""
    ways = {
        "smtp.acme.example": ("acme", "client_secret_basic"),
        "smtp.gmail.com": ("google", "client_secret_post"),
    }
    for host, (name, way) in ways.items():
        assert provider_of(unsaved(smtp_host=host, smtp_oauth_provider=name)).auth_method == way


# As whom


@pytest.mark.usefixtures("application")
def test_the_sites_secret_never_goes_with_a_partners_client() -> None:
    assert refusal_of(unsaved(smtp_oauth_client_id="own-id")) == (Code.OAUTH_SECRET_MISSING, "oauth_secret")
    own = provider_of(unsaved(smtp_oauth_client_id="own-id", secret="own-secret"))
    assert (own.client_id, own.client_secret, own.of_site) == ("own-id", "own-secret", False)


@pytest.mark.usefixtures("application")
def test_a_partners_secret_never_goes_with_the_sites_client() -> None:
    site = provider_of(unsaved(secret="own-secret"))
    assert (site.client_id, site.client_secret) == ("site-id", "site-secret")


@pytest.mark.usefixtures("application")
def test_nothing_of_the_site_goes_to_an_endpoint_that_was_typed() -> None:
    typed = {
        "smtp_oauth_provider": OTHER,
        "smtp_oauth_token_endpoint": "https://attacker.example/token",
        "smtp_host": "mail.attacker.example",
        "smtp_oauth_scopes": "smtp offline",
    }
    assert refusal_of(unsaved(**typed)) == (Code.OAUTH_CLIENT_ID_MISSING, "oauth_client_id")
    assert refusal_of(unsaved(**typed, smtp_oauth_client_id="site-id")) == (
        Code.OAUTH_SECRET_MISSING,
        "oauth_secret",
    )
    own = provider_of(unsaved(**typed, smtp_oauth_client_id="id", secret="secret"))
    assert (own.client_secret, own.scopes, own.hosts) == ("secret", ("smtp", "offline"), ())


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize(
    "host", ["mail.attacker.example", "smtp.office365.com.attacker.example", "", "a b", "office365.com"]
)
def test_tokens_of_a_vendor_go_to_its_own_servers_only(host: str) -> None:
    assert refusal_of(unsaved(smtp_host=host)) == (Code.OAUTH_HOST_NOT_ALLOWED, "host")


def test_a_host_that_is_not_allowed_is_never_connected_to(
    site: Any, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    partner = connect(make_partner_on(mail), smtp_oauth)
    site.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth, acme={"hosts": ["mail.acme.example"]})
    report = run(partner)
    assert report.error is not None
    assert (report.error.code, report.error.field) == ("oauth_host_not_allowed", "smtp_host")
    assert "mail.acme.example" in report.error.hint
    assert (mail.connections, smtp_oauth.connections) == (0, 0)


def test_a_site_s_application_whose_servers_are_not_named_is_used_for_none(
    site: Any, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    partner = connect(make_partner_on(mail), smtp_oauth)
    site.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth, acme={"hosts": []})
    report = run(partner)
    assert report.error is not None
    assert report.error.code == "oauth_provider_unknown"
    assert (mail.connections, smtp_oauth.connections) == (0, 0)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("smtp.acme.example", True), ("acme.example", False), ("a.b.acme.example", False), ("x.example", False),
        (".acme.example", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_one_label(host: str, allowed: bool) -> None:
    assert allows(("*.acme.example",), host) is allowed


def test_a_star_without_a_domain_stands_for_nothing() -> None:
    assert not allows(("*.",), "acme")


# What is missing or wrong


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"smtp_oauth_provider": ""}, Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider"),
        ({"smtp_oauth_provider": "gone"}, Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider"),
        ({"smtp_oauth_tenant": "../../evil"}, Code.OAUTH_TENANT_INVALID, "oauth_tenant"),
        ({"smtp_oauth_tenant": "a..b"}, Code.OAUTH_TENANT_INVALID, "oauth_tenant"),
        ({"smtp_oauth_tenant": "a/b"}, Code.OAUTH_TENANT_INVALID, "oauth_tenant"),
        (APPLICATION, Code.OAUTH_TENANT_MISSING, "oauth_tenant"),
        ({**APPLICATION, "smtp_oauth_tenant": "organizations"}, Code.OAUTH_TENANT_MISSING, "oauth_tenant"),
        ({"smtp_oauth_provider": OTHER}, Code.OAUTH_ENDPOINT_MISSING, "oauth_token_endpoint"),
        (
            {"smtp_oauth_provider": OTHER, "smtp_oauth_token_endpoint": "http://x.example/token"},
            Code.OAUTH_ENDPOINT_NOT_HTTPS,
            "oauth_token_endpoint",
        ),
        (
            {"smtp_oauth_provider": OTHER, "smtp_oauth_token_endpoint": "https://user@x.example/token"},
            Code.OAUTH_ENDPOINT_INVALID,
            "oauth_token_endpoint",
        ),
        (
            {"smtp_oauth_provider": "google", "smtp_host": "smtp.gmail.com", **APPLICATION},
            Code.OAUTH_SECRET_MISSING,
            "oauth_secret",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_with_its_field(values: dict[str, str], code: Code, field: str) -> None:
    assert refusal_of(unsaved(**values)) == (code, field)


def test_settings_that_are_none_are_no_crash(settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = {"microsoft": 5}
    assert refusal_of(unsaved())[0] is Code.OAUTH_PROVIDER_UNKNOWN


def test_a_key_file_that_is_not_there_is_told_without_its_path(settings: Any) -> None:
    settings.PARTNER_SMTP_OAUTH = {"google": {"service_account_file": "/nowhere/key.json"}}
    partner = unsaved(smtp_oauth_provider="google", smtp_host="smtp.gmail.com", **APPLICATION)
    with pytest.raises(TokenError) as raised:
        provider_of(partner)
    assert raised.value.code is Code.OAUTH_KEY_INVALID
    assert "nowhere" not in str(raised.value.facts)


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example",
        "https://x.example:8443/token?a=b",
        "https://[2001:db8::1]/t",
        "https://bücher.example/t",
    ],
)
def test_an_address_of_the_web_is_read(text: str) -> None:
    assert WebAddress.parse(f" {text} ").host


@pytest.mark.parametrize(
    "text",
    ["", "x", "//x.example/t", "https://", "https:///t", "https://u:p@x.example/t", "https://x.example/t#f",
     "https://x.example:0/t", "https://x.example:99999/t", "https://x.example/a b", "https://x.exa\nmple/t",
     "https://x.example/\u00e9", "https://x_.exa mple/t", "https://x.example\\@y.example/t", "ftp://x.example"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        WebAddress.parse(text)


def test_another_scheme_is_told_apart() -> None:
    with pytest.raises(NotHTTPS):
        WebAddress.parse("http://x.example/")
    assert str(WebAddress.parse("https://X.example:443/t")) == "https://x.example/t"
    assert WebAddress.parse("https://[2001:db8::1]:8443/").authority == "[2001:db8::1]:8443"


# What can be chosen


@pytest.mark.usefixtures("application")
def test_what_can_be_chosen(settings: Any) -> None:
    assert [each.key for each in offered()] == ["microsoft", "google", "acme", OTHER]
    settings.PARTNER_SMTP_TOKEN_PROVIDER = "tests.oauth.test_site.get"
    found = {each.key: each for each in offered()}
    assert list(found)[-1] == SITE
    microsoft, google = found["microsoft"], found["google"]
    assert (microsoft.takes_tenant, microsoft.has_tenant, google.takes_tenant) == (True, False, False)
    assert microsoft.has_client == frozenset(OAuthGrant)
    assert google.has_client == {OAuthGrant.CONSENT}
    assert (found[OTHER].is_typed, found[SITE].grants, found["acme"].label) == (True, (), "acme")


def test_without_the_extra_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wagtail_partner_smtp.oauth.providers.is_available", lambda: False)
    assert offered() == ()


def test_without_the_extra_the_account_says_why(
    site: Any, mail: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = make_partner_on(mail)
    monkeypatch.setattr("wagtail_partner_smtp.oauth.sources.is_available", lambda: False)
    with pytest.raises(ValueError, match="oauth_unavailable"):
        again(partner).smtp_settings()


# Each way, from the application to the mail server


@pytest.mark.parametrize("provider", ["microsoft", "google", "acme"])
def test_a_mailbox_by_consent(site: Any, mail: Listener, smtp_oauth: OAuthServer, provider: str) -> None:
    partner = connect(make_partner_on(mail, provider), smtp_oauth)
    report = run(partner)
    assert (report.ok, report.deliverable) == (True, True)
    (asked,) = smtp_oauth.token_requests("refresh_token")
    assert asked.dialect == {"acme": "plain"}.get(provider, provider)
    assert asked.client_id == CLIENT_ID


def test_an_application_of_microsoft(site: Any, mail: Listener, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.client.mailboxes.add(MAILBOX)
    partner = make_partner_on(mail, "microsoft", **APPLICATION)

    assert [run(partner).ok, run(partner).ok] == [True, True]

    (asked,) = smtp_oauth.token_requests()
    assert (asked.grant_type, asked.tenant) == ("client_credentials", TENANT)
    assert asked.parameters["scope"] == "https://outlook.office365.com/.default"


def test_an_application_without_a_permission_on_the_mailbox(
    site: Any, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    report = run(make_partner_on(mail, "microsoft", **APPLICATION))
    assert report.error is not None
    assert report.error.stage == "auth"
    assert len(smtp_oauth.token_requests()) == 1


def test_a_service_account_of_google_by_a_file_of_the_site(
    site: Any, mail: Listener, smtp_oauth: OAuthServer, tmp_path: Path
) -> None:
    file = tmp_path / "key.json"
    file.write_text(smtp_oauth.service_account(MAILBOX))
    site.PARTNER_SMTP_OAUTH = site_settings(smtp_oauth, google={"service_account_file": str(file)})
    assert run(make_partner_on(mail, "google", **APPLICATION)).ok
    assert [each.dialect for each in smtp_oauth.token_requests()] == ["google"]


def test_a_service_account_of_google_by_a_key_of_the_partner(
    site: Any, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    partner = make_partner_on(mail, "google", secret=smtp_oauth.service_account(MAILBOX), **APPLICATION)
    assert run(partner).ok
    set_columns(partner, smtp_login="other@example.org")
    with pytest.raises(ValueError, match="oauth_secret_unreadable"):
        again(partner).smtp_settings()


def test_a_service_account_that_may_not_act_for_the_mailbox(
    site: Any, mail: Listener, smtp_oauth: OAuthServer
) -> None:
    key = smtp_oauth.service_account("other@example.org")
    report = run(make_partner_on(mail, "google", secret=key, **APPLICATION))
    assert report.error is not None
    assert (report.error.code, report.error.field) == ("oauth_delegation_missing", "smtp_login")


def test_another_server_that_was_typed(site: Any, mail: Listener, smtp_oauth: OAuthServer) -> None:
    partner = make_partner_on(
        mail,
        OTHER,
        secret=CLIENT_SECRET,
        smtp_oauth_client_id=CLIENT_ID,
        smtp_oauth_token_endpoint=smtp_oauth.token_endpoint,
        smtp_oauth_scopes="smtp",
    )
    assert run(connect(partner, smtp_oauth)).ok
    assert Application.CLIENT_CREDENTIALS is provider_of(again(partner)).application
