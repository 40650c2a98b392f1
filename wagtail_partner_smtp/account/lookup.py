"""Where the models with an SMTP account are: the one that the site has chosen for its partners."""

from __future__ import annotations

from typing import cast

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from .. import conf
from .row import SMTPAccount


def account_models() -> list[type[SMTPAccount]]:
    """All models that have the columns of an account, those of the site included."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, SMTPAccount) and model._meta.get_field("smtp_uuid").model is model
    ]


def partner_model() -> type[SMTPAccount]:
    """The model that ``PARTNER_SMTP_PARTNER_MODEL`` names. Raises ``ImproperlyConfigured`` if there is none."""
    name = conf.partner_model()
    try:
        return cast("type[SMTPAccount]", apps.get_model(name, require_ready=False))
    except (LookupError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{conf.PREFIX}PARTNER_MODEL names no installed model: {name!r}"
        ) from error
