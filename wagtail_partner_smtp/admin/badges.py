"""How a partner's mail status is shown: a symbol and words, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import ngettext

from ..account.columns import SMTPStatus
from ..account.health import NOTICE_DAYS, has_trusted_certificate
from ..account.row import SMTPAccount
from ..diagnosis.certificate import days_left

_ICONS = {
    SMTPStatus.OK: "check",
    SMTPStatus.UNPROVEN: "warning",
    SMTPStatus.UNTRUSTED: "warning",
    SMTPStatus.LOGIN_UNUSED: "warning",
    SMTPStatus.FAILED: "cross",
    SMTPStatus.CHANGED: "history",
    SMTPStatus.UNTESTED: "help",
    SMTPStatus.NOT_SET_UP: "minus",
}


@dataclass(frozen=True, kw_only=True)
class Badge:
    """``icon`` is the name of a Wagtail icon, ``tested_at`` when the state was found."""

    status: SMTPStatus
    tested_at: datetime | None = None

    @property
    def label(self) -> str:
        return str(self.status.label)

    @property
    def icon(self) -> str:
        return _ICONS[self.status]


def badge_for(status: str, tested_at: datetime | None = None) -> Badge:
    """The badge of a status; an unknown one counts as untested."""
    known = status if status in SMTPStatus.values else SMTPStatus.UNTESTED
    return Badge(status=SMTPStatus(known), tested_at=tested_at)


def partner_badge(partner: SMTPAccount) -> Badge:
    """With the time of its last test."""
    return badge_for(partner.smtp_status, partner.smtp_tested_at)


def failed_mail(count: int) -> str:
    """How many attempts to send have failed since mail was taken; empty if none has.

    Not to be confused with the state *Failed*, in which a message ends.
    """
    if not count:
        return ""
    return ngettext(
        "%(count)d attempt to send mail has failed.", "%(count)d attempts to send mail have failed.", count
    ) % {"count": count}


@dataclass(frozen=True, kw_only=True)
class CertificateTerm:
    """How long a certificate holds, which does not matter if it is trusted by its fingerprint.

    ``days`` are those left, negative when it has ended.
    """

    until: datetime
    days: int
    is_pinned: bool

    @property
    def label(self) -> str:
        return days_left(self.days)

    @property
    def level(self) -> Literal["good", "soon", "ended"]:
        if self.is_pinned:
            return "good"
        if self.days < 0:
            return "ended"
        return "soon" if self.days < NOTICE_DAYS else "good"

    @property
    def icon(self) -> str:
        """The name of a Wagtail icon; empty while nothing needs to be done."""
        return {"good": "", "soon": "warning", "ended": "cross"}[self.level]


def certificate_term(partner: SMTPAccount) -> CertificateTerm | None:
    """Of the certificate that the last test saw, ``None`` if it saw none."""
    days = partner.smtp_certificate_days_left
    if partner.smtp_certificate_until is None or days is None:
        return None
    is_pinned = has_trusted_certificate(partner)
    return CertificateTerm(until=partner.smtp_certificate_until, days=days, is_pinned=is_pinned)
