from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from wagtail_partner_smtp import conf
from wagtail_partner_smtp.setting_rules import RULES
from wagtail_partner_smtp.smtp.settings import Policy, UnverifiedTest

if TYPE_CHECKING:
    from pytest_django import Settings

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEADING = re.compile(r"^### `PARTNER_SMTP_(\w+): (.+) = (.+)`$", re.MULTILINE)


def test_the_policy_of_a_site_without_settings_is_the_default_policy() -> None:
    assert conf.policy() == Policy()


def test_every_part_of_the_policy_follows_its_setting(settings: Settings) -> None:
    settings.PARTNER_SMTP_TEST_TIMEOUT = 5
    settings.PARTNER_SMTP_SEND_TIMEOUT = 6
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    settings.PARTNER_SMTP_CA_FILE = Path("ca.pem")
    settings.PARTNER_SMTP_UNVERIFIED_TEST = "refuse"
    settings.PARTNER_SMTP_STARTTLS = "opportunistic"
    settings.PARTNER_SMTP_TEST_SENDER = False
    settings.PARTNER_SMTP_TEST_RECIPIENT = "ann@example.com"
    settings.PARTNER_SMTP_PIPELINING = False
    settings.PARTNER_SMTP_PROBE_PORTS = [465]
    settings.PARTNER_SMTP_DEBUG_LEVEL = 1
    settings.PARTNER_SMTP_EHLO_NAME = "www.example.com"
    assert conf.policy() == Policy(
        timeout=5.0,
        command_timeout=6.0,
        allowed_networks=("10.0.0.0/8",),
        ca_file="ca.pem",
        unverified_test=UnverifiedTest.REFUSE,
        opportunistic_starttls=True,
        test_sender=False,
        test_recipient="ann@example.com",
        pipelining=False,
        probe_ports=(465,),
        debug_level=1,
        local_hostname="www.example.com",
    )


def test_the_other_settings_are_read_at_each_use(settings: Settings) -> None:
    before = (conf.partner_model(), conf.can_manage(), conf.max_concurrent_tests(), conf.sealing_keys())
    assert before == ("wagtail_partner_smtp.Partner", "", 4, ())
    assert conf.transport() == ""
    assert (conf.alert_recipients(), conf.certificate_alert_days()) == ((), 14)
    settings.PARTNER_SMTP_ALERT_RECIPIENTS = ["ops@site.example"]
    settings.PARTNER_SMTP_CERTIFICATE_ALERT_DAYS = 30
    assert (conf.alert_recipients(), conf.certificate_alert_days()) == (("ops@site.example",), 30)
    settings.PARTNER_SMTP_TRANSPORT = "shop.mail.EmailBackend"
    assert conf.transport() == "shop.mail.EmailBackend"
    settings.PARTNER_SMTP_PARTNER_MODEL = "shop.Supplier"
    settings.PARTNER_SMTP_CAN_MANAGE = "shop.rules.can_manage"
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 9
    settings.PARTNER_SMTP_KEYS = ["one", "two"]
    after = (conf.partner_model(), conf.can_manage(), conf.max_concurrent_tests(), conf.sealing_keys())
    assert after == ("shop.Supplier", "shop.rules.can_manage", 9, ("one", "two"))


def test_reading_writes_nothing() -> None:
    before = set(dir(django_settings))
    conf.policy()
    conf.sealing_keys()
    assert set(dir(django_settings)) == before


def test_an_unknown_value_is_not_taken_for_the_most_lenient_one(settings: Settings) -> None:
    settings.PARTNER_SMTP_UNVERIFIED_TEST = "no-login"
    with pytest.raises(ImproperlyConfigured, match="UNVERIFIED_TEST"):
        conf.policy()


@pytest.mark.parametrize("value", ["Opportunistic", "", None, True])
def test_starttls_is_required_unless_it_says_otherwise_exactly(value: Any, settings: Settings) -> None:
    settings.PARTNER_SMTP_STARTTLS = value
    assert conf.policy().opportunistic_starttls is False


@pytest.mark.parametrize("name", ["ALLOWED_NETWORKS", "PROBE_PORTS", "ALERT_RECIPIENTS"])
def test_a_text_is_not_taken_for_a_list_of_its_letters(name: str, settings: Settings) -> None:
    setattr(settings, f"PARTNER_SMTP_{name}", "10.0.0.0/8")
    with pytest.raises(ImproperlyConfigured, match=name):
        conf.alert_recipients() if name == "ALERT_RECIPIENTS" else conf.policy()


def test_no_ca_file_is_none(settings: Settings) -> None:
    assert conf.ca_file() is None
    settings.PARTNER_SMTP_CA_FILE = "ca.pem"
    assert conf.ca_file() == "ca.pem"


def test_each_default_is_valid() -> None:
    assert [error for rule in RULES for error in rule.errors()] == []


def test_each_setting_but_the_model_has_a_rule() -> None:
    assert [rule.name for rule in RULES] == [name for name in conf.DEFAULTS if name != "PARTNER_MODEL"]


def test_the_documentation_names_each_setting_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text()
    documented = {name: eval(default, {}) for name, _, default in HEADING.findall(text)}  # noqa: S307
    assert documented == dict(conf.DEFAULTS)


def test_the_documentation_names_each_type() -> None:
    text = (DOCS / "settings.md").read_text()
    for name, kind, _ in HEADING.findall(text):
        default = conf.DEFAULTS[name]
        type_name = "dict" if isinstance(default, Mapping) else type(default).__name__
        assert type_name in kind.replace("None", "NoneType"), name


def test_the_documentation_names_each_check() -> None:
    package = DOCS.parent / "wagtail_partner_smtp"
    sources = "".join((package / name).read_text() for name in ("checks.py", "setting_rules.py"))
    known = set(re.findall(r'(?:id="|partner_smtp\.)([EW]\d{3})"', sources))
    documented = set(re.findall(r"`wagtail_partner_smtp\.([EW]\d{3})`", (DOCS / "settings.md").read_text()))
    assert documented == known
