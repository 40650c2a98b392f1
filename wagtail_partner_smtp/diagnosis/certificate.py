"""What is said of a certificate besides its faults: how long it still holds, and its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..smtp.certificate import TLSFacts

SOON = 30
"""Days. A certificate that lives less than three times as long is renewed later: in the last third of its life."""


@dataclass(frozen=True, kw_only=True)
class Validity:
    """``percent_left`` is how much of the certificate's life is left, 0 to 100."""

    level: Literal["good", "soon", "bad"]
    message: str
    percent_left: int


def validity(tls: TLSFacts) -> Validity | None:
    """``None`` for a certificate whose dates cannot be read."""
    if tls.not_before is None or tls.not_after is None:
        return None
    now = datetime.now(UTC)
    life, left = tls.not_after - tls.not_before, tls.not_after - now
    if now < tls.not_before:
        return Validity(level="bad", message=_("Not valid yet"), percent_left=100)
    if left.total_seconds() <= 0 or life.total_seconds() <= 0:
        return Validity(level="bad", message=days_left(left.days), percent_left=0)
    is_soon = left.days <= SOON and left * 3 <= life
    return Validity(
        level="soon" if is_soon else "good",
        message=days_left(left.days),
        percent_left=round(100 * (left / life)),
    )


def trust(tls: TLSFacts, fault: str) -> str:
    """Why the certificate is trusted, or why not. ``fault`` is the sentence about what is wrong with it."""
    if tls.verified:
        return _("Verified: an authority that this site knows has issued it for this host.")
    if tls.pinned:
        return _("Trusted for this partner by its fingerprint. It cannot be verified: %(fault)s") % {
            "fault": fault
        }
    return _("Not trusted: %(fault)s") % {"fault": fault}


def colons(sha256: str) -> str:
    """A fingerprint as mail providers and OpenSSL print it: ``AB:CD:…``."""
    return ":".join(sha256[at : at + 2] for at in range(0, len(sha256), 2)).upper()


def days_left(days: int) -> str:
    """``days`` are whole days until the certificate expires, negative when it has."""
    if days == 0:
        return _("Less than a day left")
    if days > 10 * 365:
        return _("More than ten years left")
    if days > 0:
        return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    if days == -1:
        return _("Expired within the last day")
    ago = -days - 1
    return ngettext("Expired %(days)d day ago", "Expired %(days)d days ago", ago) % {"days": ago}
