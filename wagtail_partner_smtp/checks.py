"""System checks: a wrong setting is found before it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, router
from django.db.models import Model
from django.utils.module_loading import import_string
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import PreviewableMixin, RevisionMixin, TranslatableMixin
from wagtail.snippets.models import get_snippet_models

from . import conf, oauth
from .account.columns import SMTPAuth
from .account.encryption import Kind, NotForThisRow
from .account.granting import manage_codename
from .account.saving import FILLED_IN, SECRETS
from .backend import EmailBackend, GuardBackend, QueuedEmailBackend
from .forms import SMTPAccountFormMixin
from .models import (
    AbstractPartner,
    QueuedMessage,
    SMTPAccountMixin,
    get_account_models,
    get_partner_model,
)
from .oauth.providers import SITE
from .setting_rules import RULES
from .smtp.errors import SettingsError

SHORTEST_KEY = 32
MAX_NAMED = 20  # primary keys in one message
_SETTINGS = "The documentation, docs/settings.md, lists the settings."
_INSTALL = 'python -m pip install "wagtail-partner-smtp[oauth]"'

# What they are given does not leave the machine.
LOCAL_BACKENDS = {
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased", "locmem")
}


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    found = [error for rule in RULES for error in rule.errors()]
    return [*found, *_unknown_names(), *_weak_keys(), *_oauth_extra()]


def check_models(**kwargs: Any) -> list[CheckMessage]:
    missing = [*_snippets(), *_partner_model()]
    found = [*missing, *_content_types()]
    for model in apps.get_models():
        if issubclass(model, SMTPAccountMixin):
            found += _account_model(model)
    # Without these the sections cannot even be registered.
    return found if missing else [*found, *_sections()]


def check_deployment(**kwargs: Any) -> list[CheckMessage]:
    return [*_no_keys(), *_transport(), *_unguarded_mailers()]


def check_sealed_passwords(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Of the databases that are asked for (``check --database``, ``migrate``), at few queries for each model."""
    return [
        warning
        for alias in databases or ()
        for model in get_account_models()
        if router.allow_migrate_model(alias, model) and _has_table(model, alias)
        for warning in (*_respelled_hosts(model, alias), *_accounts_without_extra(model, alias))
    ]


def _has_table(model: type[SMTPAccountMixin], alias: str) -> bool:
    return model._meta.db_table in connections[alias].introspection.table_names()


def _respelled_hosts(model: type[SMTPAccountMixin], alias: str) -> Iterator[CheckMessage]:
    """Passwords that were sealed when the host's name had another ASCII form, by IDNA 2003."""
    # Only such names have more than one form; most sites have none.
    rows = model._base_manager.using(alias).filter(smtp_host__regex=r"[^ -~]", smtp_auth=SMTPAuth.PASSWORD)
    rows = rows.exclude(smtp_password_encrypted="").only("pk", "smtp_uuid", *SECRETS, *FILLED_IN)
    try:
        found = [row.pk for row in rows if not _opens(row)]
    except DatabaseError:
        # Before the migrations the table may lack columns.
        return
    if found:
        yield Warning(
            f"The SMTP passwords of {len(found)} rows of {model._meta.label} were saved for another spelling of "
            f"their hosts, or for other hosts: {', '.join(map(str, found[:MAX_NAMED]))}.",
            hint="Mail of these is not sent until their passwords are typed again.",
            obj=model,
            id="wagtail_partner_smtp.W006",
        )


def _opens(row: SMTPAccountMixin) -> bool:
    try:
        return bool(row.resealed_smtp_secret(Kind.PASSWORD))
    except NotForThisRow:
        return False
    except SettingsError:
        # A lost key is told by rotate_partner_smtp_keys.
        return True


def _no_keys() -> Iterator[CheckMessage]:
    if not conf.read("KEYS"):
        yield Warning(
            f"{conf.PREFIX}KEYS is not set: the partners' passwords are encrypted with SECRET_KEY.",
            hint="A change of SECRET_KEY would lose them, unless the old one is in SECRET_KEY_FALLBACKS.",
            id="wagtail_partner_smtp.W002",
        )


def _transport() -> Iterator[CheckMessage]:
    if transport := conf.transport():
        yield Warning(
            f"{conf.PREFIX}TRANSPORT is set: partners' mail goes to {transport}, not to their servers.",
            hint="It is meant for tests and for development.",
            id="wagtail_partner_smtp.W005",
        )


def _unguarded_mailers() -> Iterator[CheckMessage]:
    """Mailers by which a message that carries ``partner`` would leave as the site's own."""
    paths = _mailers()
    unguarded = [name for name, path in paths.items() if path not in LOCAL_BACKENDS and not _is_ours(path)]
    if unguarded:
        yield Warning(
            f"A partner's message in {', '.join(unguarded)} is sent through the site's own mail server.",
            hint='With the backend "wagtail_partner_smtp.backend.GuardBackend" it is refused instead.',
            id="wagtail_partner_smtp.W009",
        )


def _mailers() -> dict[str, str]:
    """The dotted paths of the site's email backends by the settings that name them."""
    if mailers := getattr(settings, "MAILERS", None):
        return {f'MAILERS["{name}"]': str(mailer.get("BACKEND", "")) for name, mailer in mailers.items()}
    return {"EMAIL_BACKEND": str(settings.EMAIL_BACKEND)}


def _is_ours(path: str) -> bool:
    try:
        backend = import_string(path)
    except ImportError:
        # Django says so itself.
        return True
    return isinstance(backend, type) and issubclass(backend, EmailBackend | GuardBackend | QueuedEmailBackend)


def _unknown_names() -> Iterator[CheckMessage]:
    for name in dir(settings):
        short = name.removeprefix(conf.PREFIX)
        if name.startswith(conf.PREFIX) and short not in conf.DEFAULTS:
            alike = get_close_matches(short, conf.DEFAULTS, n=1)
            yield Warning(
                f"There is no setting {name}, so it has no effect.",
                hint=f"Did you mean {conf.PREFIX}{alike[0]}?" if alike else _SETTINGS,
                id="wagtail_partner_smtp.W003",
            )


def _weak_keys() -> Iterator[CheckMessage]:
    keys = conf.read("KEYS")
    texts = [key for key in keys if isinstance(key, str)] if isinstance(keys, list | tuple) else []
    if any(0 < len(key) < SHORTEST_KEY for key in texts):
        yield Warning(
            f"A secret in {conf.PREFIX}KEYS is shorter than {SHORTEST_KEY} characters.",
            hint='python -c "import secrets; print(secrets.token_urlsafe(48))" prints a good one.',
            id="wagtail_partner_smtp.W001",
        )


def _oauth_extra() -> Iterator[CheckMessage]:
    if conf.read("OAUTH") and not oauth.is_available():
        yield Warning(
            f"{conf.PREFIX}OAUTH is set, but what OAuth 2.0 needs is not installed: no partner can choose it.",
            hint=_INSTALL,
            id="wagtail_partner_smtp.W007",
        )


def _accounts_without_extra(model: type[SMTPAccountMixin], alias: str) -> Iterator[CheckMessage]:
    if oauth.is_available():
        return
    rows = model._base_manager.using(alias).filter(smtp_auth=SMTPAuth.OAUTH).exclude(smtp_oauth_provider=SITE)
    try:
        count = rows.count()
    except DatabaseError:
        # Before the migrations the table may lack columns.
        return
    if count:
        yield Warning(
            f"{count} rows of {model._meta.label} log in with OAuth 2.0, but what that needs is not installed.",
            hint=_INSTALL,
            obj=model,
            id="wagtail_partner_smtp.W008",
        )


def _snippets() -> Iterator[CheckMessage]:
    if not apps.is_installed("wagtail.snippets"):
        yield Error(
            "wagtail.snippets is not installed: the admin has no section for partners.",
            hint='Add "wagtail.snippets" to INSTALLED_APPS.',
            id="wagtail_partner_smtp.E035",
        )


def _content_types() -> Iterator[CheckMessage]:
    alias = router.db_for_write(QueuedMessage)
    if not router.allow_migrate_model(alias, ContentType):
        yield Error(
            f"DATABASE_ROUTERS puts queued mail into the database {alias}, but no content types, which it needs.",
            hint=f"Let django.contrib.contenttypes be migrated in {alias} as well.",
            id="wagtail_partner_smtp.E038",
        )


def _partner_model() -> Iterator[CheckMessage]:
    hint = (
        f"{conf.PREFIX}PARTNER_MODEL is the app label and the name of a model that inherits AbstractPartner."
    )
    try:
        model = get_partner_model()
    except ImproperlyConfigured as error:
        yield Error(f"{error}.", hint=hint, id="wagtail_partner_smtp.E014")
        return
    is_partner = issubclass(model, AbstractPartner)
    if not is_partner:
        message = f"{model._meta.label} is no partner model."
        yield Error(message, hint=hint, id="wagtail_partner_smtp.E015")


def _sections() -> Iterator[CheckMessage]:
    """Sections of the admin in which an account is for everybody who may change, or see, the row."""
    # So that all of them are registered.
    get_snippet_models()
    for section in viewsets.viewsets:
        if not isinstance(section, ModelViewSet) or not issubclass(section.model, SMTPAccountMixin):
            continue
        model = section.model
        if not getattr(section, "tests_connections", False) and _shows_account(section):
            yield Error(
                f"The admin has {model._meta.label} without SMTPAccountViewSetMixin, so no permission is needed "
                "to see its SMTP account or to change the server of its mail.",
                hint="Give it a viewset with SMTPAccountViewSetMixin, or leave the fields of the account out of "
                "its form, and its inspect view.",
                obj=model,
                id="wagtail_partner_smtp.E036",
            )


def _shows_account(section: ModelViewSet) -> bool:
    form_class = section.get_form_class()
    has_fields = any(name.startswith("smtp_") for name in form_class.base_fields)
    is_guarded = issubclass(form_class, SMTPAccountFormMixin)
    return bool(section.inspect_view_enabled or (has_fields and not is_guarded))


def _account_model(model: type[Model]) -> Iterator[CheckMessage]:
    codename = manage_codename(model)
    if codename not in {permission[0] for permission in model._meta.permissions}:
        yield Error(
            f"{model._meta.label} has an SMTP account but not the permission {codename}, so that nobody but "
            "a superuser can manage it.",
            hint="Let its Meta inherit that of its base: class Meta(SMTPAccountMixin.Meta).",
            obj=model,
            id="wagtail_partner_smtp.E016",
        )
    if issubclass(model, PreviewableMixin | RevisionMixin):
        yield Error(
            f"{model._meta.label} has an SMTP account and previews or revisions. A preview keeps the password "
            "that is typed, and a revision brings back the server that mail went to before, whoever publishes it.",
            hint="Leave PreviewableMixin, RevisionMixin and DraftStateMixin out, or give the account a model of "
            "its own.",
            obj=model,
            id="wagtail_partner_smtp.E037",
        )
    if issubclass(model, AbstractPartner) and issubclass(model, TranslatableMixin):
        yield Error(
            f"{model._meta.label} is a partner model and translatable. A translation would have the slug of its "
            "original, by which code chooses a partner and which is unique.",
            hint="Leave TranslatableMixin out, or give the texts that are translated a model of their own.",
            obj=model,
            id="wagtail_partner_smtp.E039",
        )
