"""Sends alerts about partners' mail to the administrators of the site: log, signals, one mail, history."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import audit
from ..account.names import log_facts
from ..outbox.announcing import somebody_waits
from ..signals import partner_certificate_expiring, partner_mail_changed
from . import mail, news
from .news import CertificateExpiring, MailChanged

if TYPE_CHECKING:
    from ..models import PartnerQueue, SMTPAccountMixin

log = logging.getLogger("wagtail_partner_smtp")

PAUSE = 900.0
"""Seconds after a mail that could not be sent, until what real mail has shown is told again."""


def tell(found: Iterable[MailChanged | CertificateExpiring]) -> bool:
    """Tell what nobody else tells; whether the mail about it could be sent.

    If not, the next round tells all of it again: what listens to the log or the signals may hear it twice.
    """
    claimed = [mine for each in found if (mine := each.claim())]
    due = [each for each in claimed if each.is_worth_telling]
    try:
        for each in due:
            _announce(each)
        mail.send(due)
    except BaseException as error:
        for each in due:
            each.give_back()
        if not isinstance(error, Exception):
            raise
        log.exception("The mail about partners' mail could not be sent: %s", type(error).__name__)
        return False
    for each in due:
        if isinstance(each, MailChanged):
            audit.log_mail_changed(each.partner, working=each.working)
    return True


class _Pause:
    """Whether the site's mailer is left alone for now."""

    until = 0.0

    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE


_pause = _Pause()


def tell_of_mail(**arguments: Any) -> None:
    """Tell what real mail has shown. Receives ``work_done``: no mail waits for this."""
    if _pause.is_over() and not tell(news.of_mail()):
        _pause.begin()


def tell_stopped(queue: PartnerQueue, partner: SMTPAccountMixin | None, **arguments: Any) -> None:
    """Receives ``partner_queue_stopped``; its one mail is that about the mail that failed as well.

    If it cannot be sent the log says so, and what the failed mail has shown is told by the next ``tell_of_mail``.
    So it is if the queue stopped within a request, which does not wait for the site's mailer.
    """
    if partner is None or somebody_waits():
        return
    change = news.of_last_mail(partner)
    mine = change.claim() if change else None
    try:
        if mine:
            _announce(mine)
        mail.send_stopped(queue, partner)
    except Exception as error:
        if mine:
            mine.give_back()
        log.exception("The mail about a stopped queue could not be sent: %s", type(error).__name__)
        return
    if mine:
        audit.log_mail_changed(mine.partner, working=mine.working)


def _announce(found: MailChanged | CertificateExpiring) -> None:
    if isinstance(found, MailChanged):
        _announce_change(found)
    else:
        _announce_certificate(found)


def _announce_change(found: MailChanged) -> None:
    facts = log_facts(found.partner) | {"previous": found.old}
    if found.working:
        log.info("Mail of %(partner)s works again", facts, extra=facts)
    else:
        cause = found.report.cause
        facts |= {"code": cause.code if cause else "", "stage": cause.stage if cause else ""}
        log.error("Mail of %(partner)s stopped working: %(code)s", facts, extra=facts)
    partner_mail_changed.send_robust(
        type(found.partner),
        partner=found.partner,
        working=found.working,
        report=found.report,
        previous=found.old,
    )


def _announce_certificate(found: CertificateExpiring) -> None:
    facts = log_facts(found.partner) | {"until": found.new.isoformat(), "days_left": found.days_left}
    text = "The certificate of the mail server of %(partner)s expires in %(days_left)s days"
    log.warning(text, facts, extra=facts)
    partner_certificate_expiring.send_robust(
        type(found.partner), partner=found.partner, until=found.new, days_left=found.days_left
    )
