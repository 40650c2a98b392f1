"""Whose queue it is: the partner as it is now, which may be gone, or its model."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType

from ...account.row import SMTPAccount
from ...models import PartnerQueue


def model_of(queue: PartnerQueue) -> type[SMTPAccount] | None:
    """``None`` if the site has it no more."""
    # Django remembers its content types; the relation would ask the database for each queue.
    model = ContentType.objects.get_for_id(queue.partner_type_id).model_class()
    return model if model is not None and issubclass(model, SMTPAccount) else None


def owners_of(queues: Iterable[PartnerQueue]) -> dict[int, SMTPAccount]:
    """By the queues' numbers, in one query a model; those whose partner is gone are missing."""
    by_model: dict[type[SMTPAccount], dict[str, int]] = {}
    for queue in queues:
        if model := model_of(queue):
            by_model.setdefault(model, {})[queue.partner_id] = queue.pk
    return {
        numbers[str(partner.pk)]: partner
        for model, numbers in by_model.items()
        for partner in model._base_manager.filter(pk__in=list(numbers))
    }


def owner_of(queue: PartnerQueue) -> SMTPAccount | None:
    return owners_of([queue]).get(queue.pk)
