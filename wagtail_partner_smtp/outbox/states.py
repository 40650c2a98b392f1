"""What can have become of a queued message, and of each of its recipients.

::

    queued ─> sending ─> sent | partly | failed | unknown
                 │
                 └─> deferred ─> sending …            waiting ones can be cancelled
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MailState(TextChoices):
    """The states of a queued message."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    PARTLY = "partly", _("Sent to some")
    DEFERRED = "deferred", _("Waiting to be tried again")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Outcome unknown")
    CANCELLED = "cancelled", pgettext_lazy("outgoing message", "Cancelled")


class Fate(TextChoices):
    """What happened to the message for one recipient."""

    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    UNTRIED = "untried", _("Not tried")


WAITING = (MailState.QUEUED, MailState.DEFERRED)
"""No worker has claimed it, and it will be sent automatically."""

ENDED = (MailState.SENT, MailState.PARTLY, MailState.FAILED, MailState.UNKNOWN, MailState.CANCELLED)
"""Nothing happens to it automatically any more."""

NEEDS_SOMEBODY = (MailState.PARTLY, MailState.FAILED, MailState.UNKNOWN)
"""Ended with a failure or an unknown outcome."""

CANCELLED_BY_A_PERSON = "cancelled"
"""The code of a message that somebody cancelled; other codes are those of ``smtp.errors.Code``."""
