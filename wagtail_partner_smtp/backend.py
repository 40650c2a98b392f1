"""The email backends under the dotted paths that stand in people's settings, and their errors."""

from __future__ import annotations

from .account.encryption import UnreadablePassword
from .delivery.backend import EmailBackend, PartnerError, PartnerInactive, PartnerMissing
from .delivery.envelope import MessageError
from .delivery.guard import GuardBackend, WrongMailer
from .delivery.headers import HeaderError
from .outbox.backend import QueuedEmailBackend

__all__ = [
    "EmailBackend",
    "GuardBackend",
    "HeaderError",
    "MessageError",
    "PartnerError",
    "PartnerInactive",
    "PartnerMissing",
    "QueuedEmailBackend",
    "UnreadablePassword",
    "WrongMailer",
]
