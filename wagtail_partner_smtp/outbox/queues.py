"""The queue of a partner: found, or made."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import Model, QuerySet

from .rows import PartnerQueue


def database() -> str:
    """The alias of the database that the outbox is written to."""
    return router.db_for_write(PartnerQueue)


def find(partner: Model) -> PartnerQueue | None:
    """The queue of a partner, if it ever queued anything."""
    return of([partner]).first() if partner.pk is not None else None


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


def _type_of(partner: Model) -> ContentType:
    return ContentType.objects.db_manager(database()).get_for_model(partner)
