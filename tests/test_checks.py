from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from django.apps import apps
from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.checks.registry import registry
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import PreviewableMixin, RevisionMixin, TranslatableMixin
from wagtail.snippets.views.snippets import SnippetViewSet

from test_project.shop.models import Brand, Supplier
from tests.support.accounts import column, make_partner
from wagtail_partner_smtp import checks
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import NotForThisRow
from wagtail_partner_smtp.models import AbstractPartner, Partner, SMTPAccountMixin, get_account_models
from wagtail_partner_smtp.setting_rules import RULES
from wagtail_partner_smtp.viewsets import SMTPAccountViewSetMixin

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings


def ids(messages: list[CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("wagtail_partner_smtp.") for message in messages]


def test_a_site_without_settings_passes() -> None:
    assert checks.check_settings() == []
    assert checks.check_models() == []


def test_the_checks_are_registered(settings: Settings) -> None:
    settings.PARTNER_SMTP_DEBUG_LEVEL = 2
    settings.PARTNER_SMTP_PARTNER_MODEL = "shop.Missing"
    assert set(ids(run_checks(tags=["partner_smtp"]))) == {"E005", "E014"}


WRONG: dict[str, list[Any]] = {
    "KEYS": ["one long secret that is not in a list", [""], ["x" * 40, None], 7, {"x" * 40}],
    "CAN_MANAGE": ["no_dots", "tests.no_such_module.f", "tests.test_checks.WRONG", None, 5],
    "TEST_TIMEOUT": [0, -1, "15", None, True, float("inf"), float("nan")],
    "SEND_TIMEOUT": [0, -1, "15", None, True, float("inf"), float("nan")],
    "DEBUG_LEVEL": [2, -1, "1", None],
    "CA_FILE": ["/no/such/file", __file__, 5, b"ca.pem"],
    "ALLOWED_NETWORKS": ["10.0.0.0/8", ["10.0.0.1/8"], ["10.0.0.0/8:0"], [""], [5], None],
    "STARTTLS": ["Required", "", None, True],
    "UNVERIFIED_TEST": ["LOGIN", "", None, False],
    "TEST_SENDER": [0, 1, "no", None],
    "TEST_RECIPIENT": [
        "nobody",
        "ann@",
        "ann@exa mple.com",
        "ann@example.com\r\nRCPT",
        None,
        ("ann@example.com",),
    ],
    "KEEP_BODIES": [0, 1, "no", None],
    "QUEUE_TASKS": [0, 1, "no", None],
    "LOG_DAYS": [0, -1, 1.5, "90", None, True],
    "QUEUE_SESSIONS": [0, -1, 1.5, "2", None, True],
    "QUEUE_RATE": [0, -1, 1.5, "30", True],
    "QUEUE_BATCH": [0, -1, 1.5, "50", None, True],
    "QUEUE_LEASE": [0, -1, "300", None, True, float("inf"), float("nan")],
    "QUEUE_HOURS": [0, -1, "72", None, True, float("inf"), float("nan")],
    "OAUTH": [
        None,
        ["microsoft"],
        {"other": {}},
        {"site": {}},
        {"": {}},
        {"x" * 65: {}},
        {5: {}},
        {"acme": None},
        {"acme": {"secret": "x"}},
        {"acme": {"client_secret": 5}},
        {"acme": {"token_endpoint": "http://acme.example/token"}},
        {"acme": {"token_endpoint": "https://user@acme.example/token"}},
        {"acme": {"scopes": "smtp"}},
        {"acme": {"hosts": ["a b"]}},
        {"acme": {"hosts": [""]}},
        {"acme": {"token_endpoint_auth_method": "none"}},
        {"acme": {"token_endpoint": "https://acme.example/token", "client_id": "x", "client_secret": "y"}},
    ],
    "TOKEN_PROVIDER": ["nowhere.get", "tests.test_checks.WRONG", None, 5],
    "TEST_EMAILS_PER_DAY": [0, -1, 2.5, "20", None, True],
    "QUEUE_REPLY_TIMEOUT": [0, -1, "600", None, True, float("inf"), float("nan")],
    "PIPELINING": [0, 1, "no", None],
    "PROBE_PORTS": [465, "465", ["465"], [0], [65536], [True], None],
    "NAMESERVERS": ["10.0.0.53", ["ns.example.com"], ["10.0.0.53:0"], ["10.0.0.0/8"], [""], [5], None],
    "EHLO_NAME": [
        "www example",
        "a\r\nb",
        "laptop",
        "web_1.internal",
        "www.example.com.",
        "192.0.2.1",
        None,
        5,
    ],
    "MAX_CONCURRENT_TESTS": [0, -1, "4", 4.0, True, None],
    "TRANSPORT": ["locmem", "tests.test_checks.ids", "tests.test_checks.WRONG", None, 5],
    "ALERT_RECIPIENTS": [
        "ops@site.example",
        ["ops"],
        ["ops@site.example\nBcc: x@y.example"],
        [""],
        [5],
        None,
    ],
    "CERTIFICATE_ALERT_DAYS": [-1, "14", 14.0, True, False, None],
}
RIGHT: dict[str, list[Any]] = {
    "KEYS": [["x" * 40], ("x" * 40, "y" * 40), []],
    "CAN_MANAGE": ["wagtail_partner_smtp.permissions.has_smtp_permissions", ""],
    "TEST_TIMEOUT": [0.5, 60],
    "SEND_TIMEOUT": [0.5, 60],
    "DEBUG_LEVEL": [0, 1],
    "CA_FILE": [None, ""],
    "ALLOWED_NETWORKS": [["10.0.0.0/8", "192.168.1.5:2525", "relay.internal", "[fd00::]/8:25"], []],
    "STARTTLS": ["required", "opportunistic"],
    "UNVERIFIED_TEST": ["login", "no_login", "refuse"],
    "TEST_SENDER": [True, False],
    "TEST_RECIPIENT": ["", "ann@example.com"],
    "KEEP_BODIES": [True, False],
    "QUEUE_TASKS": [True, False],
    "LOG_DAYS": [1, 3650],
    "QUEUE_SESSIONS": [1, 20],
    "QUEUE_RATE": [None, 1, 10_000],
    "QUEUE_BATCH": [1, 1000],
    "QUEUE_LEASE": [0.5, 3600],
    "QUEUE_HOURS": [0.5, 240],
    "OAUTH": [
        {},
        {"microsoft": {"client_id": "x", "client_secret": "y", "tenant": "z"}},
        {"acme": {"token_endpoint": "https://acme.example/{tenant}/token", "hosts": ["*.acme.example"]}},
    ],
    "TOKEN_PROVIDER": ["", "wagtail_partner_smtp.permissions.has_smtp_permissions"],
    "TEST_EMAILS_PER_DAY": [1, 500],
    "QUEUE_REPLY_TIMEOUT": [0.5, 600],
    "PIPELINING": [True, False],
    "PROBE_PORTS": [[], (465, 587)],
    "NAMESERVERS": [[], ["10.0.0.53", "10.0.0.53:5353", "fd00::53", "[fd00::53]:5353"]],
    "EHLO_NAME": ["", "www.example.com", "bücher.example", "[192.0.2.1]"],
    "MAX_CONCURRENT_TESTS": [1, 100],
    "TRANSPORT": ["", "django.core.mail.backends.locmem.EmailBackend"],
    "ALERT_RECIPIENTS": [[], ["ops@site.example"], ("Ops <ops@site.example>",)],
    "CERTIFICATE_ALERT_DAYS": [0, 30],
}
ID_OF = {rule.name: rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values], ids=repr
)
def test_a_wrong_value_is_an_error_with_a_hint(name: str, value: Any, settings: Settings) -> None:
    setattr(settings, f"PARTNER_SMTP_{name}", value)
    (error,) = checks.check_settings()
    assert ids([error]) == [ID_OF[name]]
    assert f"PARTNER_SMTP_{name}" in error.msg
    assert error.hint


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values], ids=repr
)
def test_a_right_value_passes(name: str, value: Any, settings: Settings) -> None:
    setattr(settings, f"PARTNER_SMTP_{name}", value)
    assert checks.check_settings() == []


def test_every_rule_is_tried() -> None:
    assert WRONG.keys() == RIGHT.keys() == ID_OF.keys()
    assert len(set(ID_OF.values())) == len(RULES)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_of_certificates_passes(kind: type, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    settings.PARTNER_SMTP_CA_FILE = kind(path)
    assert checks.check_settings() == []


def test_the_reason_is_told(settings: Settings) -> None:
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = ["10.0.0.1/8"]
    (error,) = checks.check_settings()
    assert "10.0.0.1/8 has host bits set" in error.msg


def test_p30_a_wrong_key_is_not_shown(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = ["s3cret" * 8, 5]
    assert "s3cret" not in str(checks.check_settings())


def test_a_short_key_is_warned_about(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = ["x" * 32, "x" * 31]
    (warning,) = checks.check_settings()
    assert ids([warning]) == ["W001"]
    assert "xxx" not in str(warning)


@pytest.mark.django_db
def test_the_secret_key_is_named_when_deploying(settings: Settings) -> None:
    deployed = [
        message for message in run_checks(include_deployment_checks=True) if "W002" in str(message.id)
    ]
    assert ids(deployed) == ["W002"]
    assert "W002" not in ids(run_checks())
    settings.PARTNER_SMTP_KEYS = ["x" * 40]
    assert checks.check_deployment() == []


def test_a_transport_in_place_of_the_servers_is_named_when_deploying(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = ["x" * 40]
    settings.PARTNER_SMTP_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    (warning,) = checks.check_deployment()
    assert ids([warning]) == ["W005"]
    assert "locmem" in warning.msg


def test_a_misspelt_setting_is_warned_about(settings: Settings) -> None:
    settings.PARTNER_SMTP_ALOWED_NETWORKS = []
    settings.PARTNER_SMTP_KEY = "x" * 48
    settings.PARTNER_SMTP_COLOUR = "green"
    misspelt, invented, singular = checks.check_settings()
    assert ids([misspelt, invented, singular]) == ["W003"] * 3
    assert "PARTNER_SMTP_ALOWED_NETWORKS" in misspelt.msg
    assert misspelt.hint == "Did you mean PARTNER_SMTP_ALLOWED_NETWORKS?"
    assert invented.hint == "The documentation, docs/settings.md, lists the settings."
    assert singular.hint == "Did you mean PARTNER_SMTP_KEYS?"


def test_a_site_without_snippets_is_told_that_it_has_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.apps.apps.is_installed", lambda name: name != "wagtail.snippets")
    (error,) = checks.check_models()
    assert ids([error]) == ["E035"]
    assert "wagtail.snippets" in str(error.hint)


class MailElsewhere:
    """A router that puts the plugin alone into a database of its own."""

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        return "mail" if model._meta.app_label == "wagtail_partner_smtp" else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "mail") == (app_label == "wagtail_partner_smtp")


def test_queued_mail_without_content_types_is_an_error(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [MailElsewhere()]
    (error,) = checks.check_models()
    assert ids([error]) == ["E038"]
    assert "database mail" in error.msg


@pytest.mark.parametrize("name", ["shop.Missing", "missing.Partner", "Partner", "a.b.c", ""])
def test_a_partner_model_that_is_not_installed_is_an_error(name: str, settings: Settings) -> None:
    settings.PARTNER_SMTP_PARTNER_MODEL = name
    assert ids(checks.check_models()) == ["E014"]


def test_a_partner_model_that_is_none_is_an_error(settings: Settings) -> None:
    settings.PARTNER_SMTP_PARTNER_MODEL = "auth.User"
    assert ids(checks.check_models()) == ["E015"]


@pytest.fixture
def site_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[models.Model]]]:
    """Models of a site that exist within the test only."""
    found: list[type[models.Model]] = []
    monkeypatch.setattr(apps, "get_models", lambda: found)
    with isolate_apps("tests"):
        yield found


def test_a_model_that_takes_the_mixin_gets_the_permission(site_models: list[type[models.Model]]) -> None:
    class Branch(SMTPAccountMixin):
        class Meta(SMTPAccountMixin.Meta):
            app_label = "tests"

    site_models.append(Branch)
    assert checks.check_models() == []


def test_a_model_whose_meta_lost_the_permission_is_an_error(site_models: list[type[models.Model]]) -> None:
    class Branch(AbstractPartner):
        class Meta:
            app_label = "tests"

    site_models.append(Branch)
    (error,) = checks.check_models()
    assert ids([error]) == ["E016"]
    assert error.obj is Branch


@pytest.mark.parametrize("mixin", [PreviewableMixin, RevisionMixin])
def test_p35_a_model_that_keeps_what_is_typed_or_was_saved_before_is_refused(
    mixin: type[models.Model], site_models: list[type[models.Model]]
) -> None:
    class Branch(mixin, SMTPAccountMixin):  # type: ignore[valid-type, misc]
        class Meta(SMTPAccountMixin.Meta):
            app_label = "tests"

    site_models.append(Branch)
    (error,) = checks.check_models()
    assert (ids([error]), error.level) == (["E037"], ERROR)


@pytest.mark.parametrize(("base", "expected"), [(AbstractPartner, ["E039"]), (SMTPAccountMixin, [])])
def test_a_partner_cannot_be_translated(
    base: type[models.Model], expected: list[str], site_models: list[type[models.Model]]
) -> None:
    class Branch(TranslatableMixin, base):  # type: ignore[valid-type, misc]
        class Meta(base.Meta, TranslatableMixin.Meta):  # type: ignore[name-defined]
            app_label = "tests"

    site_models.append(Branch)
    assert ids(checks.check_models()) == expected


class Section(SnippetViewSet):
    """As ``register_snippet(Supplier)`` makes it."""

    model = Supplier


class NamesAlone(SnippetViewSet):
    model = Supplier
    panels = (FieldPanel("name"),)


class InspectedNames(NamesAlone):
    inspect_view_enabled = True


class Table(ModelViewSet):
    """Without panels."""

    model = Supplier
    form_fields = ("name", "smtp_host")


class Guarded(SMTPAccountViewSetMixin, SnippetViewSet):
    model = Supplier
    inspect_view_enabled = True


class Elsewhere(SnippetViewSet):
    model = Brand
    inspect_view_enabled = True


@pytest.mark.parametrize(
    ("section", "found"),
    [
        (Section, ["E036"]),
        (InspectedNames, ["E036"]),
        (Table, ["E036"]),
        (NamesAlone, []),
        (Guarded, []),
        (Elsewhere, []),
    ],
)
def test_p13_a_section_that_asks_for_no_permission_is_refused(
    section: type[ModelViewSet], found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewsets, "viewsets", [*viewsets.viewsets, section()])
    assert ids(checks.check_models()) == found


def test_other_models_are_not_looked_at(site_models: list[type[models.Model]]) -> None:
    class Plain(models.Model):  # noqa: DJ008
        class Meta:
            app_label = "tests"

    site_models.append(Plain)
    assert checks.check_models() == []


# Saved passwords


@pytest.fixture
def by_idna_2003(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Accounts are saved as before IDNA 2008, until ``undo()``."""
    monkeypatch.setattr(saving, "canonical_host", lambda host: host.encode("idna").decode())
    return monkeypatch


@pytest.mark.django_db
def test_passwords_that_were_saved_for_another_spelling_are_found_and_asked_for_again(
    by_idna_2003: pytest.MonkeyPatch,
) -> None:
    hosts = ["mail.straße.example", "mail.bücher.example", "mail.example.com"]
    moved, kept, plain = (make_partner(smtp_host=host) for host in hosts)
    sealed = column(moved, "smtp_password_encrypted")
    by_idna_2003.undo()
    (warning,) = checks.check_sealed_passwords(["default"])
    assert ids([warning]) == ["W006"]
    assert "1 rows of wagtail_partner_smtp.Partner were saved" in warning.msg
    assert warning.msg.endswith(f": {moved.pk}.")

    with pytest.raises(NotForThisRow):
        Partner.objects.get(pk=moved.pk).smtp_settings()
    assert all(each.smtp_settings().password for each in (kept, plain))
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("rotate_partner_smtp_keys", "--check", stdout=io.StringIO(), stderr=said)
    assert said.getvalue() == f"wagtail_partner_smtp.Partner {moved.pk}: password: not_for_this_row\n"
    assert column(moved, "smtp_password_encrypted") == sealed

    moved = Partner.objects.get(pk=moved.pk)
    moved.set_smtp_password("typed again")
    moved.save()
    assert checks.check_sealed_passwords(["default"]) == []
    assert Partner.objects.get(pk=moved.pk).smtp_settings().password == "typed again"


@pytest.mark.django_db
def test_the_check_of_passwords_costs_two_queries_and_asks_no_database_unasked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_partner(smtp_host="mail.example.com")
    models = len(get_account_models())
    with django_assert_num_queries(2 * models):
        assert checks.check_sealed_passwords(["default"]) == []
    with django_assert_num_queries(0):
        assert checks.check_sealed_passwords(None) == checks.check_sealed_passwords() == []
    registered: list[Any] = list(registry.get_checks())
    assert checks.check_sealed_passwords in registered


@pytest.mark.django_db
def test_before_the_first_migration_there_is_nothing_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    make_partner(smtp_host="mail.straße.example")
    monkeypatch.setattr(Partner._meta, "db_table", "not_there_yet")
    assert checks.check_sealed_passwords(["default"]) == []
