"""The queues of partners, found or made, and the mail in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import F, Model, Q, QuerySet

from ..account.row import SMTPAccount
from .rows import PartnerQueue, QueuedMessage


def database() -> str:
    """The alias of the database that the outbox is written to."""
    return router.db_for_write(PartnerQueue)


def messages() -> QuerySet[QueuedMessage]:
    """All queued mail, where it is written."""
    return QueuedMessage.objects.using(database())


def types_here() -> list[int]:
    """The content types of this project's models with an account: another project may use the same tables."""
    models = [model for model in apps.get_models() if issubclass(model, SMTPAccount)]
    types = ContentType.objects.db_manager(database()).get_for_models(*models)
    return [each.pk for each in types.values()]


def find(partner: Model) -> PartnerQueue | None:
    """The queue of a partner, if it ever queued anything, as it is where it is written."""
    return of([partner]).using(database()).first() if partner.pk is not None else None


def of(partners: Iterable[Model]) -> QuerySet[PartnerQueue]:
    """The queues of partners of one model."""
    listed = list(partners)
    if not listed:
        return PartnerQueue.objects.none()
    ids = [str(partner.pk) for partner in listed]
    return PartnerQueue.objects.filter(partner_type=_type_of(listed[0]), partner_id__in=ids)


def find_or_make(partner: Model) -> PartnerQueue:
    name = str(partner)[:255]
    queue, _ = PartnerQueue.objects.using(database()).get_or_create(
        partner_type=_type_of(partner), partner_id=str(partner.pk), defaults={"partner_name": name}
    )
    if queue.partner_name != name:
        PartnerQueue.objects.using(database()).filter(pk=queue.pk).update(partner_name=name)
        queue.partner_name = name
    return queue


def change(queue_id: int, decide: Callable[[PartnerQueue], dict[str, Any]]) -> PartnerQueue | None:
    """Write what ``decide`` makes of the row, by compare-and-swap: it is asked again if somebody was faster.

    Nothing is written if it wants nothing. The row as it was before; ``None`` if there is none any more.
    """
    rows = PartnerQueue.objects.using(database()).filter(pk=queue_id)
    while (queue := rows.first()) is not None:
        values = decide(queue)
        if not values or swap(queue, values):
            return queue
    return None


def swap(queue: PartnerQueue, values: dict[str, Any]) -> bool:
    """Write the values if the row is still as it was read; whether it was."""
    same = PartnerQueue.objects.using(database()).filter(pk=queue.pk, version=queue.version)
    return bool(same.update(version=queue.version + 1, **values))


def let_go_on(queue: PartnerQueue) -> bool:
    """Neither stopped any more, nor waiting for the server; whether it was."""
    held = Q(stopped_at__isnull=False) | Q(retry_at__isnull=False) | Q(failures__gt=0)
    resumed = PartnerQueue.objects.using(database()).filter(held, pk=queue.pk)
    return bool(
        resumed.update(
            version=F("version") + 1, stopped_at=None, stopped_account="", failures=0, retry_at=None
        )
    )


def _type_of(partner: Model) -> ContentType:
    return ContentType.objects.db_manager(database()).get_for_model(partner)
