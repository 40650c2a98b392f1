"""A site that decides for each partner by a permission policy of Wagtail's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db.models import Model, QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_partner_smtp.models import get_partner_model


class OfSome(ModelPermissionPolicy):
    """Gives permissions for the partners with these slugs alone."""

    def __init__(self, model: type[Model], slugs: Sequence[str]) -> None:
        super().__init__(model)
        self.slugs = slugs

    def user_has_any_permission_for_instance(self, user: Any, actions: Any, instance: Any) -> bool:
        return instance.slug in self.slugs and bool(self.user_has_any_permission(user, actions))

    def user_has_permission_for_instance(self, user: Any, action: Any, instance: Any) -> bool:
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def instances_user_has_any_permission_for(self, user: Any, actions: Any) -> QuerySet[Any]:
        return get_partner_model()._default_manager.filter(slug__in=self.slugs)


def decide_per_partner(monkeypatch: pytest.MonkeyPatch, *slugs: str) -> None:
    model = get_partner_model()
    viewset: Any = model.snippet_viewset  # type: ignore[attr-defined]
    # A property of Wagtail 7's, kept with the viewset by Wagtail 8.
    monkeypatch.delitem(vars(viewset), "permission_policy", raising=False)
    monkeypatch.setattr(type(viewset), "permission_policy", OfSome(model, slugs))
