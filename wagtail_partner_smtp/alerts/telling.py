"""Telling the people who look after the site what became of partners' mail: log, signals, one mail, history."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import audit
from ..account.names import log_facts
from ..signals import partner_certificate_expiring, partner_mail_changed
from . import mail
from .news import CertificateExpiring, MailChanged

if TYPE_CHECKING:
    from ..models import PartnerQueue, SMTPAccountMixin

log = logging.getLogger("wagtail_partner_smtp")


def tell(news: Iterable[MailChanged | CertificateExpiring]) -> bool:
    """Tell what nobody else tells; whether the mail about it could be sent.

    If not, the next round tells all of it again: what listens to the log or the signals may hear it twice.
    """
    claimed = [mine for each in news if (mine := each.claim())]
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


def tell_stopped(queue: PartnerQueue, partner: SMTPAccountMixin | None, **arguments: Any) -> None:
    """Receives ``partner_queue_stopped``. The log has been told; a mail that cannot be sent is told there too."""
    if partner is None:
        return
    try:
        mail.send_stopped(queue, partner)
    except Exception as error:
        log.exception("The mail about a stopped queue could not be sent: %s", type(error).__name__)


def _announce(news: MailChanged | CertificateExpiring) -> None:
    if isinstance(news, MailChanged):
        _announce_change(news)
    else:
        _announce_certificate(news)


def _announce_change(news: MailChanged) -> None:
    facts = log_facts(news.partner) | {"previous": news.old}
    if news.working:
        log.info("Mail of %(partner)s works again", facts, extra=facts)
    else:
        cause = news.report.cause
        facts |= {"code": cause.code if cause else "", "stage": cause.stage if cause else ""}
        log.error("Mail of %(partner)s stopped working: %(code)s", facts, extra=facts)
    partner_mail_changed.send_robust(
        type(news.partner),
        partner=news.partner,
        working=news.working,
        report=news.report,
        previous=news.old,
    )


def _announce_certificate(news: CertificateExpiring) -> None:
    facts = log_facts(news.partner) | {"until": news.new.isoformat(), "days_left": news.days_left}
    text = "The certificate of the mail server of %(partner)s expires in %(days_left)s days"
    log.warning(text, facts, extra=facts)
    partner_certificate_expiring.send_robust(
        type(news.partner), partner=news.partner, until=news.new, days_left=news.days_left
    )
