"""Who sees SMTP accounts in lists: columns, search, filters and order all tell what they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_permission_codename
from django.db.models import Model

from .. import conf
from ..permissions import MANAGE, can_manage_smtp

if TYPE_CHECKING:
    from django_filters import FilterSet

SECRET_COLUMNS = frozenset(
    {"smtp_uuid", "smtp_password_encrypted", "smtp_known_certificate", "smtp_test_summary"}
)


def may_list_smtp(user: Any, model: type[Model]) -> bool:
    """Whether lists of this model show SMTP accounts to the user at all.

    A site that decides per partner is asked about the model itself: only who manages them all may search and
    filter by them, since those work on all rows at once.
    """
    if conf.can_manage():
        return can_manage_smtp(user, model)
    names = (get_permission_codename("change", model._meta), MANAGE)
    return all(user.has_perm(f"{model._meta.app_label}.{name}") for name in names)


def is_account_field(name: str) -> bool:
    """Whether a field, accessor or lookup (``get_smtp_status_display``) is about an SMTP account."""
    return "smtp_" in name


def without_account_filters(filterset_class: type[FilterSet]) -> type[FilterSet]:
    """The same filters without those that work on SMTP accounts."""

    class Narrowed(filterset_class):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name, each in list(self.filters.items()):
                if is_account_field(name) or is_account_field(str(each.field_name)):
                    del self.filters[name]

    return Narrowed
