"""What a connection test has found that the people who look after the site do not know yet.

What they know is kept on the partner's row, and changes by one conditional update: of several processes that find
the same news, one may tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Self, TypeVar

from django.db import router
from django.db.models import QuerySet
from django.utils import timezone

from .. import conf
from ..account.columns import AlertState
from ..account.health import BROKEN_STATUSES, is_active
from ..account.row import SMTPAccount, rows_of
from ..account.saving import ACCOUNT
from ..account.times import as_stored
from ..connection_test.report import ConnectionReport
from ..diagnosis.consequences import Consequence, consequence
from ..smtp.errors import Code, SMTPError

# What may be over in a moment without a reply.
_PASSING = {
    Code.CONNECTION_FILTERED,
    Code.CONNECTION_REFUSED,
    Code.DEADLINE_PASSED,
    Code.DISCONNECTED,
    Code.DNS_UNAVAILABLE,
    Code.INTERNAL_ERROR,
    Code.NETWORK_UNREACHABLE,
    Code.REPLY_UNFINISHED,
    Code.TLS_BROKEN,
}

# What passes by waiting, whatever the number of the reply.
_REFUSED_FOR_NOW = {
    Code.ACCOUNT_LOCKED,
    Code.QUOTA_PER_DAY,
    Code.QUOTA_PER_HOUR,
    Code.QUOTA_REACHED,
    Code.SENDING_TOO_FAST,
}
_WAITS = {Consequence.RETRY_SOON, Consequence.RETRY_LATER}

Known = TypeVar("Known")


@dataclass(frozen=True, kw_only=True)
class News(Generic[Known]):
    """One thing that changed. ``column`` keeps what people know: ``old`` so far, ``new`` once they are told."""

    column: ClassVar[str]

    partner: SMTPAccount
    report: ConnectionReport
    old: Known
    new: Known

    @property
    def is_worth_telling(self) -> bool:
        return True

    def claim(self) -> Self | None:
        """The news with the partner as it is stored now; ``None`` if there is no more reason to tell it.

        That is where somebody else tells it, where the partner is gone or switched off, and where its settings
        are no longer those that were tested.
        """
        stored = type(self.partner)._base_manager.using(self._using).filter(pk=self.partner.pk).first()
        if stored is None or not is_active(stored):
            return None
        tested = {name: getattr(self.partner, name) for name in ACCOUNT}
        if not self._rows().filter(**tested, **{self.column: self.old}).update(**{self.column: self.new}):
            return None
        setattr(stored, self.column, self.new)
        return replace(self, partner=stored)

    def give_back(self) -> None:
        """Leave it to the next round."""
        self._rows().filter(**{self.column: self.new}).update(**{self.column: self.old})

    @property
    def _using(self) -> str:
        return router.db_for_write(type(self.partner), instance=self.partner)

    def _rows(self) -> QuerySet[SMTPAccount]:
        return rows_of(self.partner, self._using).filter(pk=self.partner.pk)


class MailChanged(News[str]):
    """Mail stopped working, or works again."""

    column = "smtp_alert_state"

    @property
    def is_worth_telling(self) -> bool:
        return self.new == AlertState.BROKEN or (self.working and self.old != AlertState.UNKNOWN)

    @property
    def working(self) -> bool:
        return self.new == AlertState.WORKING

    @property
    def since(self) -> datetime | None:
        """Since when the partner's tests have had this result, as far as that is known."""
        return self.partner.smtp_status_since if self.partner.smtp_status == self.report.status else None


class CertificateExpiring(News[datetime | None]):
    """``new`` is the certificate's end."""

    column = "smtp_alerted_until"
    new: datetime

    @property
    def days_left(self) -> int:
        return (self.new - timezone.now()).days


def of(partner: SMTPAccount, report: ConnectionReport) -> Iterator[MailChanged | CertificateExpiring]:
    """What a test of the partner, given as it was before, has found."""
    if not is_active(partner):
        return
    state, known = _state(partner, report), partner.smtp_alert_state
    if state is not None and state != known:
        yield MailChanged(partner=partner, report=report, old=known, new=state.value)
    until = _end_of_certificate(report)
    if until and until != partner.smtp_alerted_until:
        yield CertificateExpiring(partner=partner, report=report, old=partner.smtp_alerted_until, new=until)


def _state(partner: SMTPAccount, report: ConnectionReport) -> AlertState | None:
    """``None`` if the test does not tell."""
    error = report.facts.error
    if report.deliverable:
        return AlertState.WORKING
    if report.deliverable is None:
        # Not broken any more, and not known to work: if it breaks again, that is told again.
        return AlertState.UNKNOWN
    if error is None:
        return AlertState.BROKEN
    if error.code is Code.BUSY or (_is_passing(error) and partner.smtp_status not in BROKEN_STATUSES):
        return None
    # An account that was never finished has not stopped working.
    unfinished = error.code is Code.HOST_MISSING and partner.smtp_alert_state == AlertState.UNKNOWN
    return None if unfinished else AlertState.BROKEN


def _is_passing(error: SMTPError) -> bool:
    if error.reply is None:
        return error.code in _PASSING
    is_for_now = error.reply.temporary or error.code in _REFUSED_FOR_NOW
    return is_for_now and consequence(error) in _WAITS


def _end_of_certificate(report: ConnectionReport) -> datetime | None:
    """If it is near. That of a pinned certificate, whose dates do not matter, never is."""
    tls = report.tls
    near = timedelta(days=conf.certificate_alert_days())
    if not (report.deliverable and tls and tls.verified and tls.expires_within(near)):
        return None
    return as_stored(tls.not_after) if tls.not_after else None
