"""One permission to manage SMTP settings for each model.

Django asks for permissions by application and code name alone. With one code name for all, who may manage the
accounts of one model could manage those of every other in its application.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth import get_permission_codename
from django.db import router
from django.db.models import Model
from django.db.models.signals import class_prepared
from django.dispatch import receiver

from .. import conf
from .row import MANAGE, SMTPAccount

PLUGIN_PARTNER = "wagtail_partner_smtp.partner"

MANAGE_NAME = "Can manage SMTP settings"


def manage_codename(model: type[Model] | Model) -> str:
    """``manage_partner_smtp`` of the plugin's and the site's partners, else ``manage_smtp_supplier``."""
    options = model._meta
    if options.label_lower in (PLUGIN_PARTNER, conf.partner_model().lower()):
        return MANAGE
    return get_permission_codename("manage_smtp", options)


@receiver(class_prepared)
def name_permission(sender: type[Model], **kwargs: Any) -> None:
    """Give a model that inherits the permission of its base one of its own, in migrations as well."""
    if not issubclass(sender, SMTPAccount) or (own := manage_codename(sender)) == MANAGE:
        return
    permissions = [
        (own, MANAGE_NAME) if codename == MANAGE else (codename, name)
        for codename, name in sender._meta.permissions
    ]
    if permissions != list(sender._meta.permissions):
        sender._meta.permissions = permissions
        sender._meta.original_attrs["permissions"] = permissions


def keep_grants(sender: AppConfig, *, using: str, apps: Any, **kwargs: Any) -> None:
    """Receives ``post_migrate``: who was granted the permission under its former name has it under its own.

    Each model's former permission was a row of its own, so nobody gets more than was ticked for that model.
    """
    names = {
        model._meta.model_name: own
        for model in sender.get_models()
        if issubclass(model, SMTPAccount) and (own := manage_codename(model)) != MANAGE
    }
    permission = apps.get_model("auth", "Permission") if names else None
    if permission is None or not router.allow_migrate_model(using, permission):
        return
    rows = permission._default_manager.using(using)
    former = rows.filter(codename=MANAGE, content_type__app_label=sender.label, content_type__model__in=names)
    for old in former.select_related("content_type"):
        own = names[old.content_type.model]
        new = rows.filter(content_type=old.content_type, codename=own).first()
        if new is None:
            old.codename, old.name = own, MANAGE_NAME
            old.save(using=using)
        else:
            _move_grants(old, new)
            old.delete(using=using)


def _move_grants(old: Any, new: Any) -> None:
    for relation in old._meta.related_objects:
        if relation.many_to_many:
            holders = getattr(old, relation.get_accessor_name()).all()
            getattr(new, relation.get_accessor_name()).add(*holders)
