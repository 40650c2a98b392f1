"""Sends alerts about partners' mail to the administrators of the site: log, signals, one mail, history."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import audit
from ..account.health import is_active
from ..account.names import log_facts
from ..account.row import SMTPAccount
from ..outbox import stopping
from ..outbox.announcing import somebody_waits
from ..signals import partner_certificate_expiring, partner_mail_changed
from . import mail, news
from .news import CertificateExpiring, MailChanged

if TYPE_CHECKING:
    from ..models import PartnerQueue

log = logging.getLogger("wagtail_partner_smtp")

PAUSE = 900.0
"""Seconds after a mail that could not be sent, until what real mail has shown is told again."""


def tell(found: Iterable[MailChanged | CertificateExpiring]) -> bool:
    """Tell what nobody else tells; whether all of it reached somebody.

    If not, as the mail could not be sent or there is nobody to send it to, the next round tells it again: what
    listens to the log or the signals may hear it twice.
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
    is_told = True
    for each in due:
        if not _can_be_told(each):
            each.give_back()
            is_told = False
        elif isinstance(each, MailChanged):
            audit.log_mail_changed(each.partner, working=each.working)
    return is_told


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
    if _pause.is_over() and not (tell_of_stops() and tell(news.of_mail())):
        _pause.begin()


def tell_stopped(queue: PartnerQueue, partner: SMTPAccount | None, **arguments: Any) -> None:
    """Receives ``partner_queue_stopped``; its one mail is that about the mail that failed as well.

    If the queue stopped within a request, which does not wait for the site's mailer, or if the mail cannot be
    sent, the next ``tell_of_stops`` makes up for it.
    """
    if not somebody_waits():
        _tell_stop(queue, partner)


def tell_of_stops() -> bool:
    """Tell of stopped queues that nobody was told of; whether the mail about them could be sent."""
    return all(_tell_stop(queue, stopping.partner_of(queue)) for queue in stopping.untold())


def _tell_stop(queue: PartnerQueue, partner: SMTPAccount | None) -> bool:
    if partner is None or not is_active(partner):
        return True
    if not mail.recipients() or not stopping.claim_telling(queue):
        return True
    change = news.of_last_mail(partner)
    mine = change.claim() if change else None
    try:
        if mine:
            _announce(mine)
        mail.send_stopped(queue, partner)
    except BaseException as error:
        stopping.give_telling_back(queue)
        if mine:
            mine.give_back()
        if not isinstance(error, Exception):
            raise
        log.exception("The mail about a stopped queue could not be sent: %s", type(error).__name__)
        return False
    if mine:
        audit.log_mail_changed(mine.partner, working=mine.working)
    return True


def _can_be_told(found: MailChanged | CertificateExpiring) -> bool:
    """Whether anybody gets the mail, or the site's own code hears of it. The log alone may be read by nobody."""
    signal = partner_mail_changed if isinstance(found, MailChanged) else partner_certificate_expiring
    return bool(mail.recipients()) or signal.has_listeners(type(found.partner))


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
