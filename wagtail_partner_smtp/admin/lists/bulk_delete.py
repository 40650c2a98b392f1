"""Deleting several rows at once, by Wagtail's own action.

Wagtail's page names the chosen rows that a user may not delete, or all rows, to whoever may enter the admin. This
one knows those that the user sees in the section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import classproperty
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction

from ...account.lookup import NO_KEY
from ...permissions import SEES, section_policy
from .chooser import choosable_rows
from .listing import models_with_a_section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse


class AccountDeleteBulkAction(DeleteBulkAction):
    @classproperty
    def models(cls) -> list[type[Model]]:
        return models_with_a_section()

    @classmethod
    def get_queryset(cls, model: type[Model], object_ids: Iterable[Any]) -> list[Any]:
        try:
            rows: list[Any] = super().get_queryset(model, object_ids)
        except NO_KEY as error:
            raise Http404 from error
        return rows

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not section_policy(self.model).user_has_any_permission(request.user, SEES):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_actionable_objects(self) -> tuple[list[Any], dict[str, list[Any]]]:
        mine, rest = super().get_actionable_objects()
        others = rest["items_with_no_access"]
        rows = choosable_rows(self.request, self.model)
        seen = set(rows.filter(pk__in=[row.pk for row in (*mine, *others)]).values_list("pk", flat=True))
        return (
            [row for row in mine if row.pk in seen],
            {"items_with_no_access": [row for row in others if row.pk in seen]},
        )
