"""The email backend under the dotted path that stands in people's settings, and the errors of its own."""

from __future__ import annotations

from .account.encryption import UnreadablePassword
from .delivery.backend import EmailBackend, PartnerError, PartnerInactive, PartnerMissing
from .delivery.envelope import MessageError
from .delivery.headers import HeaderError

__all__ = [
    "EmailBackend",
    "HeaderError",
    "MessageError",
    "PartnerError",
    "PartnerInactive",
    "PartnerMissing",
    "UnreadablePassword",
]
