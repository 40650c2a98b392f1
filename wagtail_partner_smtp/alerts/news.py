"""What a connection test or real mail has found that the administrators of the site do not know yet.

What they know is kept on the partner's row, and changes by one conditional update: of several processes that find
the same news, one may tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Self, TypeVar

from django.db import router
from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import conf
from ..account.columns import AlertState, SMTPStatus
from ..account.health import BROKEN_STATUSES, is_active, is_broken, only_active
from ..account.lookup import models_in_use
from ..account.row import SMTPAccount, rows_of
from ..account.saving import ACCOUNT
from ..account.times import as_stored
from ..connection_test import recalling
from ..connection_test.report import ConnectionReport
from ..diagnosis.consequences import BY_CODE, Consequence, consequence
from ..smtp.errors import Code, SettingsError, SMTPError

# Mail is tried again after these, too, but people have to do something: a name or a server that is not the right
# one, a clock or a file of this machine.
_FOR_SOMEBODY = {
    Code.AUTHORITIES_UNREADABLE,
    Code.EHLO_REFUSED,
    Code.HOST_UNKNOWN,
    Code.HOST_WITHOUT_ADDRESS,
    Code.NOT_SMTP,
    Code.OAUTH_CLOCK_WRONG,
    Code.REPLY_TOO_LONG,
    Code.SERVER_REFUSES,
}

# What passes by waiting, whatever the number of the reply.
_REFUSED_FOR_NOW = {
    Code.ACCOUNT_LOCKED,
    Code.AUTH_TEMPORARY,
    Code.QUOTA_PER_DAY,
    Code.QUOTA_PER_HOUR,
    Code.QUOTA_REACHED,
    Code.SENDING_TOO_FAST,
}
_WAITS = {Consequence.RETRY_SOON, Consequence.RETRY_LATER}
# What may be over in a moment without a reply; what nobody foresaw may be, too.
_PASSING = {code for code, meant in BY_CODE.items() if meant in _WAITS} | {Code.INTERNAL_ERROR}
_PASSING -= _FOR_SOMEBODY

LASTING = timedelta(minutes=10)
"""What may be over in a moment counts once mail has failed for so long, and more than once."""

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
        """Since when mail is broken, as far as that is known."""
        return self.partner.smtp_status_since if self.partner.smtp_status in BROKEN_STATUSES else None


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


def of_mail() -> Iterator[MailChanged]:
    """What mail has shown of all active partners. Nothing is tested, and no query is made for each of them."""
    failed = Q(smtp_status__in=BROKEN_STATUSES, smtp_failures__gt=0) & ~Q(smtp_alert_state=AlertState.BROKEN)
    taken = Q(smtp_status__in=_TAKEN, smtp_alert_state=AlertState.BROKEN) & ~is_broken()
    for model in models_in_use():
        for partner in only_active(model._default_manager.filter(failed | taken)).order_by("pk"):
            if change := of_last_mail(partner):
                yield change


def of_last_mail(partner: SMTPAccount) -> MailChanged | None:
    """``None`` if it changes nothing of what people know, or may be over in a moment."""
    report, known = recalling.of_last_mail(partner), partner.smtp_alert_state
    if (error := report.facts.error) is not None:
        state = None if _is_passing(error) and not _has_lasted(partner) else AlertState.BROKEN
    else:
        state = _state_of_taken(partner)
    if state is None or state == known:
        return None
    return MailChanged(partner=partner, report=report, old=known, new=state.value)


_TAKEN = (SMTPStatus.OK, SMTPStatus.UNPROVEN)


def _state_of_taken(partner: SMTPAccount) -> AlertState | None:
    if partner.smtp_status not in _TAKEN:
        return None
    try:
        # A test that finds an account which cannot be used keeps nothing of it.
        partner.smtp_settings()
    except SettingsError:
        return None
    return AlertState.WORKING if partner.smtp_status == SMTPStatus.OK else AlertState.UNKNOWN


def _has_lasted(partner: SMTPAccount) -> bool:
    since = partner.smtp_status_since
    return partner.smtp_failures > 1 and since is not None and since <= timezone.now() - LASTING


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
