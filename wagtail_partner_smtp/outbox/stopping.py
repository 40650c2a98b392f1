"""Queues that wait for somebody to correct their partner's account, and how they notice."""

from __future__ import annotations

import hashlib
import json

from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import F, QuerySet
from django.utils import timezone

from ..account.row import SMTPAccount
from ..account.saving import ACCOUNT, OF_OAUTH
from ..oauth.providers import site_identity
from . import queues
from .rows import PartnerQueue


def fingerprint(partner: SMTPAccount | None) -> str:
    """A hash of everything that somebody would change to correct the account. Secrets are in it as they are
    sealed.

    The site's own application is part of it: a new secret in the settings corrects all accounts that use it.
    """
    if partner is None:
        return ""
    # Without OAuth's, so that those queues stay stopped which were when there was none.
    unused = () if partner.uses_smtp_oauth else OF_OAUTH
    values = [str(getattr(partner, name)) for name in ACCOUNT if name not in unused]
    if partner.uses_smtp_oauth:
        values.append(site_identity(partner))
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def is_corrected(queue: PartnerQueue, partner: SMTPAccount) -> bool:
    """Whether a stopped queue's account is another one than that it was stopped with."""
    return queue.stopped_at is not None and queue.stopped_account != fingerprint(partner)


def partner_of(queue: PartnerQueue) -> SMTPAccount | None:
    """The partner as it is now, or ``None`` if it was deleted, or its model is gone.

    Read where it is written: a replica may not know yet that nothing may be sent any more.
    """
    types = ContentType.objects.db_manager(queues.database())
    model = types.get_for_id(queue.partner_type_id).model_class()
    if model is None or not issubclass(model, SMTPAccount):
        return None
    return model._base_manager.using(router.db_for_write(model)).filter(pk=queue.partner_id).first()


def stopped() -> list[PartnerQueue]:
    return list(_stopped().filter(partner_type__in=queues.types_here()))


def untold() -> list[PartnerQueue]:
    """Stopped queues that nobody was alerted of."""
    return list(_stopped().filter(partner_type__in=queues.types_here(), stop_told_at__isnull=True))


def claim_telling(queue: PartnerQueue) -> bool:
    """Whether it is stopped, and this one may tell it."""
    mine = _stopped().filter(pk=queue.pk, stop_told_at__isnull=True)
    return bool(mine.update(version=F("version") + 1, stop_told_at=timezone.now()))


def give_telling_back(queue: PartnerQueue) -> None:
    _stopped().filter(pk=queue.pk).update(version=F("version") + 1, stop_told_at=None)


def _stopped() -> QuerySet[PartnerQueue]:
    return PartnerQueue.objects.using(queues.database()).filter(stopped_at__isnull=False)
