"""How the state of a partner's mail is shown: a symbol and words, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..account import SMTPAccountMixin, SMTPStatus

_ICONS = {
    SMTPStatus.OK: "check",
    SMTPStatus.UNTRUSTED: "warning",
    SMTPStatus.FAILED: "cross",
    SMTPStatus.CHANGED: "history",
    SMTPStatus.UNTESTED: "help",
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


def partner_badge(partner: SMTPAccountMixin) -> Badge:
    return badge_for(partner.smtp_status, partner.smtp_tested_at)
