"""The table of well-known providers."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.support.paths import DOCS
from wagtail_partner_smtp.admin.tab.usual_ports import mismatch
from wagtail_partner_smtp.discovery.providers import (
    PROVIDERS,
    Provider,
    of_domain,
    of_host,
    of_receiver,
    of_server,
)
from wagtail_partner_smtp.smtp.settings import Security, SMTPSettings, input_errors

DOCUMENT = DOCS / "finding-settings.md"


def test_there_are_many_in_alphabetical_order() -> None:
    names = [provider.name for provider in PROVIDERS]
    assert len(names) == 47
    assert names == sorted(names, key=str.casefold)
    assert len({provider.key for provider in PROVIDERS}) == len(set(names)) == len(names)
    assert {
        "Google Workspace",
        "Microsoft 365",
        "Amazon SES",
        "Yahoo Mail",
        "GMX",
        "OVHcloud",
        "QQ Mail",
    } <= set(names)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.key)
def test_a_provider_says_where_and_when_it_was_read(provider: Provider) -> None:
    assert provider.source.startswith("https://")
    assert date.fromisoformat(provider.read) <= date.today()
    pages = (provider.help_url, provider.credentials_url)
    assert all(page.startswith(("https://", "http://")) for page in pages if page)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.key)
def test_a_provider_is_known_by_its_servers(provider: Provider) -> None:
    for host in provider.hosts():
        found = of_host(host.replace("*", "eu-west-1"))
        assert found
        assert found.key == provider.key
        greeted = of_server(["localhost", f"{host.replace('*', 'eu-west-1')} ESMTP ready"])
        assert greeted
        assert greeted.key == provider.key


def test_no_two_providers_have_a_zone_or_a_domain_in_common() -> None:
    for of in (Provider.server_zones, lambda provider: provider.domains):
        names = [name for provider in PROVIDERS for name in of(provider)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (["smtp.gmail.com", "mail.example.com ESMTP"], "google"),
        (["203.0.113.9", "mx.google.com ESMTP c12 - gsmtp"], "google"),
        (["relay.example.com", "ESMTP", "AM0PR05CA0001.eurprd05.prod.outlook.com Hello"], "microsoft"),
        (["localhost", "", "", "*.mail.yahoo.com"], "yahoo"),
        (["localhost", "kundenserver.de (mreue012) Nemesis ESMTP Service ready"], "ionos"),
        (["localhost", "email-smtp.amazonaws.com ESMTP SimpleEmailService-d-X"], "amazon"),
        (["localhost", "mail-eu.smtp2go.com ESMTP"], "smtp2go"),
        (["localhost", "smtp.tem.scaleway.com ESMTP"], "scaleway"),
        (["localhost", "smtp.mx.cloudflare.net ESMTP"], "cloudflare"),
        (["localhost", "ec2-203-0-113-9.compute.amazonaws.com ESMTP Postfix"], None),
        (["localhost", "mail.acme.test ESMTP, not gmail"], None),
        (["localhost", "com . .. gmail.com.acme.test"], None),
        ([], None),
    ],
)
def test_a_server_tells_whose_it_is(names: list[str], key: str | None) -> None:
    found = of_server(names)
    assert (found.key if found else None) == key


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.key)
def test_settings_of_a_provider_are_encrypted_and_fit_together(provider: Provider) -> None:
    settings = SMTPSettings(host=provider.host, port=provider.port, security=provider.security)
    assert input_errors(settings) == ()
    assert provider.security in (Security.SSL, Security.TLS)
    assert mismatch(provider.port, provider.security) == ""
    assert provider.hint
    assert not (provider.login and provider.login_is_email)


@pytest.mark.parametrize(
    ("receiver", "host"),
    [
        ("aspmx.l.google.com", "smtp.gmail.com"),
        ("smtp.google.com", "smtp.gmail.com"),
        ("aspmx2.googlemail.com", "smtp.gmail.com"),
        ("acme-com.mail.protection.outlook.com", "smtp.office365.com"),
        ("acme-com.o-v1.mx.microsoft", "smtp.office365.com"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "email-smtp.eu-west-1.amazonaws.com"),
        ("mxa.mailgun.org", "smtp.mailgun.org"),
        ("mxb.eu.mailgun.org", "smtp.eu.mailgun.org"),
        ("mx.sendgrid.net", "smtp.sendgrid.net"),
        ("inbound.postmarkapp.com", "smtp.postmarkapp.com"),
        ("parse.mailjet.com", "in-v3.mailjet.com"),
        ("in1-smtp.messagingengine.com", "smtp.fastmail.com"),
        ("mx2.zoho.com", "smtppro.zoho.com"),
        ("mx.zoho.eu", "smtppro.zoho.eu"),
        ("mx.zoho.com.au", "smtppro.zoho.com.au"),
        ("mx00.ionos.com", "smtp.ionos.com"),
        ("mx00.ionos.de", "smtp.ionos.de"),
        ("mx00.kundenserver.de", "smtp.ionos.de"),
        ("mx01.ionos.co.uk", "smtp.ionos.co.uk"),
        ("mx00.ionos.fr", "smtp.ionos.fr"),
        ("mx00.ionos.es", "smtp.ionos.es"),
        ("smtpin.rzone.de", "smtp.strato.de"),
        ("mx1.mail.ovh.net", "ssl0.ovh.net"),
        ("spool.mail.gandi.net", "mail.gandi.net"),
        ("mx1.emailsrvr.com", "secure.emailsrvr.com"),
        ("mx00.emig.gmx.net", "mail.gmx.net"),
        ("mta5.am0.yahoodns.net", "smtp.mail.yahoo.com"),
        ("mail.protonmail.ch", "smtp.protonmail.ch"),
        ("mx.yandex.net", "smtp.yandex.com"),
        ("mx.yandex.ru", "smtp.yandex.ru"),
    ],
)
def test_provider_is_known_by_who_receives_the_mail(receiver: str, host: str) -> None:
    provider = of_receiver(receiver)
    assert provider
    assert provider.host == host
    assert of_host(host) is not None


@pytest.mark.parametrize(
    "name",
    [
        "mail.acme.test",
        "google.com.acme.test",
        "notgoogle.com",
        "com",
        "",
        # Private mailboxes of Microsoft's, which take no passwords at all.
        "outlook-com.olc.protection.outlook.com",
        "inbound-smtp.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
    ],
)
def test_others_are_not_taken_for_a_provider(name: str) -> None:
    assert of_receiver(name) is None
    assert of_domain(name) is None
    assert of_host(name) is None


def test_provider_is_known_by_its_own_domains() -> None:
    known = {domain: of_domain(domain) for domain in ("gmail.com", "acme.onmicrosoft.com", "fastmail.com")}
    assert {domain: each.key for domain, each in known.items() if each} == {
        "gmail.com": "google",
        "acme.onmicrosoft.com": "microsoft",
        "fastmail.com": "fastmail",
    }


def test_documentation_lists_the_same_settings() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `([^`]+)` \| (\d+) \| (\w+) \| (.+) \|$", DOCUMENT.read_text(), re.M)
    documented = [(name, host, int(port), security) for name, host, port, security, _ in rows]
    assert documented == [
        (each.name, each.host, each.port, each.security.value.upper()) for each in PROVIDERS
    ]


def test_documentation_tells_who_was_not_read_on_the_providers_own_pages() -> None:
    elsewhere = [each.name for each in PROVIDERS if "thunderbird/autoconfig" in each.source]
    text = " ".join(DOCUMENT.read_text().split())
    assert f"could be read: {', '.join(elsewhere[:-1])} and {elsewhere[-1]}." in text
    assert len(PROVIDERS) - len(elsewhere) >= 25


def test_documentation_and_hints_say_the_same_about_the_login() -> None:
    rows = dict(re.findall(r"^\| ([^|`]+) \| `[^`]+` \| \d+ \| \w+ \| (.+) \|$", DOCUMENT.read_text(), re.M))
    for provider in PROVIDERS:
        assert ("email address" in rows[provider.name]) is provider.login_is_email
        assert not provider.login or f"`{provider.login}`" in rows[provider.name]
