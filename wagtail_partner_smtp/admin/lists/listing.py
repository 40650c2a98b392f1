"""Who sees SMTP accounts in lists: columns, search, filters and order all reveal what they work on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from wagtail.snippets.models import get_snippet_models

from ...account.granting import manage_codename
from ...account.lookup import models_in_use
from ...account.row import SMTPAccount
from ...permissions import can_manage_smtp, decides_per_partner

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django_filters import FilterSet

SEARCHED = ("name", "slug", "smtp_host", "smtp_login", "smtp_email")
"""The columns that the search box looks into."""

BULK_ACTION = "test_connection"
"""The last part of the bulk action's address."""


WITHIN = "within"
"""The bulk action's parameter that names the report whose rows are all meant, in place of the list's."""


def may_list_smtp(user: Any, model: type[Model]) -> bool:
    """Whether lists of this model show SMTP accounts to the user at all.

    A site that decides per partner is asked about the model itself: only who manages them all may search and
    filter by them, since those work on all rows at once.
    """
    if decides_per_partner(model):
        return can_manage_smtp(user, model)
    names = (get_permission_codename("change", model._meta), manage_codename(model))
    return all(user.has_perm(f"{model._meta.app_label}.{name}") for name in names)


def models_with_a_section() -> list[type[Model]]:
    """The snippets whose viewset is one with ``SMTPAccountViewSetMixin``."""
    return [
        model for model in get_snippet_models() if getattr(model.snippet_viewset, "tests_connections", False)
    ]


def listed_models(user: Any) -> list[type[SMTPAccount]]:
    """The models whose rows reports and the first page tell the user of, the partners first.

    A model has a section of its own in the admin by a viewset with ``SMTPAccountViewSetMixin``.
    """
    return [
        model
        for model in models_in_use()
        if getattr(getattr(model, "snippet_viewset", None), "tests_connections", False)
        and may_list_smtp(user, model)
    ]


def listed_rows(request: HttpRequest, model: type[SMTPAccount]) -> QuerySet[Any]:
    """The rows of the model's section, which a site's viewset may narrow for each request."""
    narrowed: QuerySet[Any] | None = model.snippet_viewset.get_queryset(request)  # type: ignore[attr-defined]
    return model._default_manager.all() if narrowed is None else narrowed


def manageable(user: Any, partners: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose account a user may manage who passes ``may_list_smtp``.

    A site that decides per partner is asked about each of them, for which all rows are read.
    """
    if not decides_per_partner(partners.model):
        return partners
    allowed = [partner.pk for partner in partners.iterator() if can_manage_smtp(user, partner)]
    return partners.filter(pk__in=allowed)


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


def bulk_test_url(model: type[Model], **query: str) -> str:
    """The page that tests several of a model's accounts, and which."""
    options = model._meta
    url = reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, BULK_ACTION])
    return f"{url}?{urlencode(query)}" if query else url


def may_test_some(user: Any, rows: Iterable[Model], model: type[Model]) -> bool:
    """Whether a list with these rows offers to test the connections of several at once."""
    return may_list_smtp(user, model) or any(can_manage_smtp(user, row) for row in rows)


def without_bulk_action(response: HttpResponse, model: type[Model]) -> None:
    """Take the bulk action out of a list that was rendered: Wagtail shows it without asking for permissions."""
    address = bulk_test_url(model)
    link = rf'(?:<li>\s*)?<a\b[^>]*\shref="{re.escape(address)}[^>]*>.*?</a>(?:\s*</li>)?'
    response.content = re.sub(link.encode(), b"", response.content, flags=re.DOTALL)
