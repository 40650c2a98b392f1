"""The mail in which a round of tests tells its news, and the one about a stopped queue; by the site's mailer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import NoReverseMatch
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.utils import get_admin_base_url

from .. import conf, diagnosis
from ..account.row import SMTPAccount
from ..account.times import as_local
from ..delivery.partners import THE_SITE
from ..models import PartnerQueue
from ..smtp.errors import Code, SMTPError
from ..smtp.reply import strip_controls
from ..smtp.settings import SMTPSettings, Stage
from .news import CertificateExpiring, MailChanged


def send(news: Sequence[MailChanged | CertificateExpiring]) -> None:
    """Send it, if there is any news and anybody to tell it to. Raises what the site's mailer raises."""
    if not news:
        return
    broken = [each for each in news if isinstance(each, MailChanged) and not each.working]
    working = [each for each in news if isinstance(each, MailChanged) and each.working]
    expiring = [each for each in news if isinstance(each, CertificateExpiring)]
    post(_subject(len(broken), len(working), len(expiring)), _body(broken, working, expiring))


def send_stopped(queue: PartnerQueue, partner: SMTPAccount) -> None:
    """That a partner's queued mail waits for somebody. Raises what the site's mailer raises."""
    subject = _("Partner mail: queued mail of %(count)s partner is stopped") % {"count": 1}
    post(subject, _stopped(queue, partner))


def post(subject: str, lines: Iterable[str]) -> None:
    """One mail to those who are alerted, if there is anybody."""
    if not (to := recipients()):
        return
    message = EmailMessage(
        subject=settings.EMAIL_SUBJECT_PREFIX + subject,
        body="\n".join(lines),
        from_email=settings.SERVER_EMAIL,
        to=to,
        headers={"Auto-Submitted": "auto-generated"},
    )
    # Should the site's mailer be our backend, made for one partner, it refuses.
    message.partner = THE_SITE  # type: ignore[attr-defined]
    message.send()


def recipients() -> list[str]:
    """The addresses of those who are alerted."""
    return list(conf.alert_recipients()) or _admins()


def _admins() -> list[str]:
    """Pairs of name and address until Django 6.0, addresses since."""
    return [admin if isinstance(admin, str) else admin[1] for admin in settings.ADMINS]


def _subject(broken: int, working: int, expiring: int) -> str:
    """Numbers alone: no name of a partner can get into a header."""
    parts = []
    if broken:
        text = ngettext("%(count)s partner cannot send", "%(count)s partners cannot send", broken)
        parts.append(text % {"count": broken})
    if working:
        text = ngettext("%(count)s partner can send again", "%(count)s partners can send again", working)
        parts.append(text % {"count": working})
    if expiring:
        text = ngettext("%(count)s certificate expires soon", "%(count)s certificates expire soon", expiring)
        parts.append(text % {"count": expiring})
    return _("Partner mail: %(news)s") % {"news": ", ".join(parts)}


def _body(
    broken: Sequence[MailChanged], working: Sequence[MailChanged], expiring: Sequence[CertificateExpiring]
) -> Iterator[str]:
    if broken:
        yield from (_("Mail of these partners cannot be sent:"), "")
    for change in broken:
        yield from _entry(change.partner, _since(change.since), *_cause(change))
    if working:
        yield from (_("Mail of these partners can be sent again:"), "")
    for change in working:
        yield from _entry(change.partner)
    if expiring:
        yield from (_("The certificates of these partners' mail servers expire soon:"), "")
    hint = str(diagnosis.SENTENCES[Code.CERTIFICATE_EXPIRES_SOON].hint)
    for certificate in expiring:
        expires = _("It expires on %(when)s.") % {"when": _time(certificate.new)}
        yield from _entry(certificate.partner, expires, hint)


def _stopped(queue: PartnerQueue, partner: SMTPAccount) -> Iterator[str]:
    yield _(
        "This partner's queued mail is stopped. Nothing of it is lost; it waits until the account is corrected:"
    )
    yield ""
    yield from _entry(partner, *_cause_of(queue, partner))


def _cause_of(queue: PartnerQueue, partner: SMTPAccount) -> tuple[str, ...]:
    """In an editor's words, as far as the code alone tells it."""
    try:
        stage = Stage(queue.trouble_stage) if queue.trouble_stage else None
        error = SMTPError(Code(queue.trouble_code), stage=stage)
        values = SMTPSettings(
            host=partner.smtp_host, port=partner.smtp_port, login=partner.smtp_login, email=partner.smtp_email
        )
        cause = diagnosis.of_error(error, values)
    except ValueError:
        # Of an error that is none of ours.
        return (queue.trouble_code,)
    return (cause.message, cause.hint)


def _entry(partner: SMTPAccount, *sentences: str) -> Iterator[str]:
    yield strip_controls(str(partner))
    for line in (*sentences, _edit_url(partner)):
        if line:
            yield f"    {strip_controls(line)}"
    yield ""


def _cause(change: MailChanged) -> tuple[str, ...]:
    cause = change.report.cause
    return (cause.message, cause.hint, cause.link) if cause else (change.report.headline,)


def _since(when: datetime | None) -> str:
    return _("Since %(when)s.") % {"when": _time(when)} if when else ""


def _time(when: datetime) -> str:
    local = as_local(when)
    return f"{date_format(local, 'DATETIME_FORMAT')} {date_format(local, 'T')}"


def _edit_url(partner: SMTPAccount) -> str:
    """Empty where the site does not say where its admin is."""
    base, path = get_admin_base_url(), None
    with suppress(NoReverseMatch):
        path = AdminURLFinder().get_edit_url(partner)
    return f"{base.rstrip('/')}{path}" if base and path else ""
