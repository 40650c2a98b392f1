"""The email backend under the dotted path that stands in people's settings."""

from __future__ import annotations

from .delivery.backend import EmailBackend, PartnerError, PartnerInactive, PartnerMissing

__all__ = ["EmailBackend", "PartnerError", "PartnerInactive", "PartnerMissing"]
