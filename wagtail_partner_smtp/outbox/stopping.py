"""Queues that wait for somebody to correct their partner's account, and how they notice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import F, QuerySet
from django.utils import timezone

from ..account.encryption import mark_of
from ..account.row import SMTPAccount
from ..account.saving import ACCOUNT, OF_OAUTH, SECRETS
from ..oauth.providers import is_same_site, site_identity
from . import queues
from .rows import PartnerQueue

_OF_THE_ROW = 24  # characters of a fingerprint; the others are of the site's settings


def fingerprint(partner: SMTPAccount | None) -> str:
    """Of everything that somebody would change to correct the account, in 64 characters at most.

    Of a secret it holds what stays when keys are changed, and nothing of its text. The site's own application is
    part of it: a new secret in the settings corrects all accounts that use it.
    """
    if partner is None:
        return ""
    site = site_identity(partner) if partner.uses_smtp_oauth else ""
    return _hash(partner, mark_of)[:_OF_THE_ROW] + site


def is_corrected(queue: PartnerQueue, partner: SMTPAccount) -> bool:
    """Whether a stopped queue's account is another one than that it was stopped with."""
    before = queue.stopped_account
    # The second is that of earlier versions.
    if queue.stopped_at is None or before == _hash(partner, str):
        return False
    if before[:_OF_THE_ROW] != _hash(partner, mark_of)[:_OF_THE_ROW]:
        return True
    return partner.uses_smtp_oauth and not is_same_site(partner, before[_OF_THE_ROW:])


def _hash(partner: SMTPAccount, of_secret: Callable[[str], str]) -> str:
    # Without OAuth's, so that those queues stay stopped which were when there was none.
    unused = () if partner.uses_smtp_oauth else OF_OAUTH
    texts = {name: str(getattr(partner, name)) for name in ACCOUNT if name not in unused}
    values = [of_secret(text) if name in SECRETS else text for name, text in texts.items()]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def keep_stopped(queue: PartnerQueue, partner: SMTPAccount) -> None:
    """Remember the account, which is not corrected, by the newest key, so that the older ones may be removed."""
    now = fingerprint(partner)
    if queue.stopped_account != now:
        same = _stopped().filter(pk=queue.pk, stopped_account=queue.stopped_account)
        same.update(version=F("version") + 1, stopped_account=now)


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
