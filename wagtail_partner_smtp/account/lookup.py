"""Where the models with an SMTP account are, and their rows by name."""

from __future__ import annotations

from typing import Any, cast

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import router
from django.db.models import Model, QuerySet

from .. import conf
from .granting import PLUGIN_PARTNER
from .names import name_of
from .row import SMTPAccount

NO_KEY = (ValueError, OverflowError, ValidationError)
"""What looking for a row by its primary key raises where no row can have such a key."""


def account_models() -> list[type[SMTPAccount]]:
    """All models that have the columns of an account, those of the site included."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, SMTPAccount) and model._meta.get_field("smtp_uuid").model is model
    ]


def models_in_use() -> list[type[SMTPAccount]]:
    """The site's partner model, and after it every other model whose rows have an account.

    The plugin's own ``Partner`` is none of them where the site has chosen another: its table stays empty.
    """
    chosen = partner_model()
    left_out = {PLUGIN_PARTNER, cast("Any", chosen._meta.get_field("smtp_uuid")).model._meta.label_lower}
    return [chosen, *(model for model in account_models() if model._meta.label_lower not in left_out)]


def partner_model() -> type[SMTPAccount]:
    """The model that ``PARTNER_SMTP_PARTNER_MODEL`` names. Raises ``ImproperlyConfigured`` if there is none."""
    name = conf.partner_model()
    try:
        return cast("type[SMTPAccount]", apps.get_model(name, require_ready=False))
    except (LookupError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{conf.PREFIX}PARTNER_MODEL names no installed model: {name!r}"
        ) from error


def reference(row: SMTPAccount) -> str:
    """What ``find`` finds it by: a partner's slug, or the model and the primary key, ``shop.supplier:42``."""
    return str(cast("Any", row).slug) if isinstance(row, partner_model()) else name_of(row)


def find(name: str) -> SMTPAccount | None:
    """The row of that ``reference``, if there is one. Read where it is written: mail is sent by it."""
    label, is_label, pk = name.partition(":")
    if not is_label:
        return _where_written(partner_model()).filter(slug=name).first()
    model = next((each for each in models_in_use() if each._meta.label_lower == label.lower()), None)
    if model is None:
        return None
    try:
        return _where_written(model).filter(pk=pk).first()
    except NO_KEY:
        return None


def _where_written(model: type[SMTPAccount]) -> QuerySet[Any]:
    return model._default_manager.using(router.db_for_write(model))


def has_column(model: type[Model], name: str) -> bool:
    """Whether rows of the model have it: a model of a site need have neither ``name`` nor ``active``."""
    return any(field.name == name for field in model._meta.concrete_fields)
