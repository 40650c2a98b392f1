"""Who sees which queued mail: its own permissions, and the permission for the partner that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from ...models import PartnerQueue, QueuedMessage, get_account_models
from ...permissions import (
    MANAGE_OUTGOING_MAIL,
    READ_OUTGOING_MAIL,
    VIEW_OUTGOING_MAIL,
    can_manage_mail,
    can_read_mail,
    can_see_mail,
    decides_per_partner,
)
from ..lists.listing import manageable, may_list_smtp
from .owners import model_of

_GATES = {
    VIEW_OUTGOING_MAIL: can_see_mail,
    MANAGE_OUTGOING_MAIL: can_manage_mail,
    READ_OUTGOING_MAIL: can_read_mail,
}


def may_list_mail(user: Any) -> bool:
    """Whether the user sees the report of all mail."""
    return user.has_perm(VIEW_OUTGOING_MAIL) and any(
        may_list_smtp(user, model) for model in get_account_models()
    )


def listed_queues(request: HttpRequest) -> QuerySet[PartnerQueue] | None:
    """The queues whose mail the report lists for the user, ``None`` for all that there are.

    Nobody's, unless it is known to be allowed. Where all are, the database need not ask for each row's queue.
    """
    models = [model for model in get_account_models() if may_list_smtp(request.user, model)]
    if not models or not request.user.has_perm(VIEW_OUTGOING_MAIL):
        return PartnerQueue.objects.none()
    allowed = Q(pk__in=[])
    for model in models:
        allowed |= _queues_of(request, model)
    return PartnerQueue.objects.filter(allowed) if PartnerQueue.objects.exclude(allowed).exists() else None


def mail_of(queues: Iterable[PartnerQueue] | None) -> QuerySet[QueuedMessage]:
    """The messages of these queues, ``None`` for all."""
    rows = QueuedMessage.objects.all()
    return rows if queues is None else rows.filter(queue__in=queues)


def passes(user: Any, queue: PartnerQueue, owner: Model | None, permission: str = VIEW_OUTGOING_MAIL) -> bool:
    """Whether the user has this permission for the mail of one queue, whose partner is ``owner``.

    A partner that was deleted cannot be asked about. Its mail is for those who manage all of its kind, and where
    a site decides per partner for superusers only.
    """
    if owner is not None:
        return _GATES[permission](user, owner)
    if not user.has_perm(permission) or not user.has_perm(VIEW_OUTGOING_MAIL):
        return False
    model = model_of(queue)
    if model is None or decides_per_partner(model):
        return bool(user.is_superuser)
    return may_list_smtp(user, model)


def _queues_of(request: HttpRequest, model: type[Model]) -> Q:
    of_model = Q(partner_type=ContentType.objects.get_for_model(model))
    viewset = getattr(model, "snippet_viewset", None)
    narrowed = viewset.get_queryset(request) if viewset else None
    if narrowed is None and not decides_per_partner(model):
        return of_model
    every: QuerySet[Any] = model._default_manager.all()
    rows = manageable(request.user, every if narrowed is None else narrowed)
    mine = Q(partner_id__in=_ids(rows))
    if getattr(request.user, "is_superuser", False):
        mine |= ~Q(partner_id__in=_ids(every))
    return of_model & mine


def _ids(rows: QuerySet[Any]) -> list[str]:
    # As text, which is what the queue has.
    return [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]


def permissions() -> QuerySet[Permission]:
    """What groups can be granted for outgoing mail."""
    codenames = [name.rpartition(".")[2] for name in _GATES]
    return Permission.objects.filter(
        content_type__app_label=QueuedMessage._meta.app_label, codename__in=codenames
    )
