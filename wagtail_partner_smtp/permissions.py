"""The only permission check of a partner's SMTP account, and who may choose a partner for a page."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import Model
from django.utils.module_loading import import_string
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permission_policies.base import BasePermissionPolicy

from . import conf
from .account.granting import manage_codename
from .account.names import is_saved

VIEW_OUTGOING_MAIL = "wagtail_partner_smtp.view_queuedmessage"
"""May see what happened to queued mail."""

MANAGE_OUTGOING_MAIL = "wagtail_partner_smtp.manage_outgoing_mail"
"""May resend, retry and cancel queued mail."""

READ_OUTGOING_MAIL = "wagtail_partner_smtp.read_outgoing_mail"
"""May read the text of queued mail."""

SEES = ("add", "change", "delete", "view")
"""Each of these permissions on its model lets a user into a section of snippets."""


class User(Protocol):
    """Any user model's instance, or an anonymous visitor."""

    def has_perm(self, perm: str, /) -> bool: ...


def can_manage_smtp(user: User, partner: Model | type[Model]) -> bool:
    """Whether ``user`` may see, change and test the SMTP account of ``partner``.

    ``partner`` is a model instance, or the model's class for a partner that is yet to be added. A site
    decides by itself through ``PARTNER_SMTP_CAN_MANAGE``, a dotted path to a function of the same shape.
    """
    decide = import_string(path) if (path := conf.can_manage()) else has_smtp_permissions
    return bool(decide(user, partner))


def lock_for(user: User, partner: Any) -> str:
    """Why ``user`` may not change ``partner`` at the moment, in Wagtail's words; "" if it is not locked for them.

    Models with ``LockableMixin`` can be locked.
    """
    lock = partner.get_lock() if hasattr(partner, "get_lock") else None
    return str(lock.get_description(user)) if lock and lock.for_user(user) else ""


def can_choose_partner(user: User, partner: Model) -> bool:
    """Whether ``user`` may choose ``partner`` for something of the site that is to be sent by it, such as a form.

    Whoever may see it in its section of the admin may. A site that decides per partner does so by a permission
    policy of Wagtail's for the model.
    """
    policy = section_policy(type(partner))
    return bool(policy.user_has_any_permission_for_instance(user, SEES, partner))


def section_policy(model: type[Model]) -> BasePermissionPolicy:
    """The policy of the model's section, a site's own included."""
    viewset = getattr(model, "snippet_viewset", None)
    return viewset.permission_policy if viewset else ModelPermissionPolicy(model)


def can_see_mail(user: User, partner: Model | type[Model]) -> bool:
    """Whether ``user`` may see what happened to the partner's queued mail; ``can_manage_smtp`` is needed as
    well."""
    return user.has_perm(VIEW_OUTGOING_MAIL) and can_manage_smtp(user, partner)


def can_manage_mail(user: User, partner: Model | type[Model]) -> bool:
    """Whether ``user`` may resend, retry and cancel the partner's queued mail, and resume its queue."""
    return user.has_perm(MANAGE_OUTGOING_MAIL) and can_see_mail(user, partner)


def can_read_mail(user: User, partner: Model | type[Model]) -> bool:
    """Whether ``user`` may read the text of the partner's queued mail."""
    return user.has_perm(READ_OUTGOING_MAIL) and can_see_mail(user, partner)


def has_smtp_permissions(user: User, partner: Model | type[Model]) -> bool:
    """The decision without a site's own one: add or change, and the model's own *Can manage SMTP settings*.

    Whether a user may add or change it is said by the permission policy of the model's section.
    """
    if not user.has_perm(f"{partner._meta.app_label}.{manage_codename(partner)}"):
        return False
    if isinstance(partner, type):
        return bool(section_policy(partner).user_has_permission(user, "add"))
    policy = section_policy(type(partner))
    if not is_saved(partner):
        return bool(policy.user_has_permission(user, "add"))
    return bool(policy.user_has_permission_for_instance(user, "change", partner))


def decides_per_partner(model: type[Model]) -> bool:
    """Whether a site has its own say on each row: by ``PARTNER_SMTP_CAN_MANAGE`` or by a permission policy."""
    return bool(conf.can_manage()) or type(section_policy(model)) is not ModelPermissionPolicy
