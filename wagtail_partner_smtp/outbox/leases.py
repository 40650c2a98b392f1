"""Renews the leases of a batch while it is being sent, however long its server takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from .. import conf
from . import claiming, queues
from .claiming import Batch
from .rows import PartnerQueue
from .states import MailState

log = logging.getLogger("wagtail_partner_smtp")

RENEWALS = 3  # before a lease would run out, so that one may fail


@contextmanager
def kept(batch: Batch) -> Iterator[None]:
    """Meanwhile a thread renews the leases of the batch, and that of its session.

    It stops by itself after longer than any server may take: what then hangs in this process is lost.
    """
    is_over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(batch, is_over), name="outbox-leases", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def renew(batch: Batch) -> None:
    """What has been taken from us, or given back, stays as it is."""
    now = timezone.now()
    slot, end = str(batch.token), claiming.slot_end(now).timestamp()
    ours = queues.messages().filter(queue=batch.queue, state=MailState.SENDING, lease_token=batch.token)
    ours.update(lease_until=claiming.lease_end(now))

    def renewed(queue: PartnerQueue) -> dict[str, dict[str, float]]:
        return {"slots": queue.slots | {slot: end}} if slot in queue.slots else {}

    queues.change(batch.queue.pk, renewed)


def _keep(batch: Batch, is_over: threading.Event) -> None:
    lease = conf.queue_lease()
    pause = min(claiming.SLOT.total_seconds(), lease) / RENEWALS
    last = time.monotonic() + conf.queue_reply_timeout() + lease
    connection = connections[queues.database()]
    try:
        while not is_over.wait(pause) and time.monotonic() < last:
            try:
                renew(batch)
            except (DatabaseError, InterfaceError) as error:
                log.warning("A lease was not renewed: %s", type(error).__name__)
                connection.close()
    finally:
        connection.close()
