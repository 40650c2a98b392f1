"""The test email: a message to the user who asks for it, on the way that all mail of a partner takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings as site
from django.core.mail import EmailMessage
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.database import give_back
from ..account.row import SMTPAccount
from ..account.times import as_local
from ..delivery.backend import EmailBackend
from ..delivery.sessions import SessionPool
from ..diagnosis.outcome import EmailOutcome, email_headline
from ..smtp.errors import Code, SettingsError, SMTPError
from ..smtp.limits import Limits
from ..smtp.reply import strip_controls
from ..smtp.report import Report, Status, Trace
from ..smtp.session import SMTPSession
from ..smtp.settings import DELIVERY_STAGES, SMTPSettings, Stage, email_error
from . import database
from .report import ConnectionReport
from .runner import without_password

if TYPE_CHECKING:
    from ..delivery.envelope import Outgoing
    from ..smtp.receipt import Receipt

MAX_NAME = 100  # characters of a name that are put into the message


class EmailReport(ConnectionReport):
    """What happened to a test email, in the shape of a connection test."""

    def __init__(self, report: Report, message: EmailMessage | None = None) -> None:
        super().__init__(report)
        self.message = message

    @property
    def outcome(self) -> EmailOutcome:
        if (error := self.facts.error) is not None:
            is_unknown = error.code is Code.OUTCOME_UNKNOWN
            return EmailOutcome.UNKNOWN if is_unknown else EmailOutcome.FAILED
        return EmailOutcome.SENT if self.deliverable else EmailOutcome.HANDED_OVER

    @property
    def headline(self) -> str:
        return email_headline(self.outcome)

    @property
    def message_id(self) -> str:  # type: ignore[override]
        is_sent = self.message is not None and self.outcome is not EmailOutcome.FAILED
        return str(getattr(self.message, "smtp_message_id", "")) if is_sent else ""

    @property
    def notes(self) -> list[str]:
        """Whom the message is for and, if the server may have it, what it can be found by."""
        if self.message is None:
            return []
        notes = [_("To: %(address)s") % {"address": self.message.to[0]}]
        if self.outcome is not EmailOutcome.FAILED:
            notes.append(_("Message-ID: %(message_id)s") % {"message_id": self.message_id})
        return notes


def own_address(user: Any) -> str:
    """The user's address, or "" if there is none that mail could be sent to."""
    address = str(getattr(user, user.get_email_field_name(), None) or "")
    return "" if email_error(address) else address


@sensitive_variables("account")
def send(partner: SMTPAccount, user: Any) -> EmailReport:
    """Send it with what is saved of the partner, within ``PARTNER_SMTP_TEST_TIMEOUT``.

    Never raises for anything that a server, a network or another transport can do. A failure is one record in
    the log, the email backend's.
    """
    account = _account(partner)
    message = compose(partner, own_address(user), conf.transport() or account.address)
    pool = _Pool(limits=Limits.for_test(conf.test_timeout()))
    try:
        EmailBackend(partner=partner, pool=pool).send_messages([message])
    except SMTPError as error:
        return EmailReport(_report(account, pool.latest, error), message)
    except Exception:
        if not conf.transport():
            raise
        # Another transport can fail by whatever error it likes; the backend has logged which.
        unforeseen = SMTPError(Code.INTERNAL_ERROR, stage=Stage.DATA)
        return EmailReport(_report(account, pool.latest, unforeseen), message)
    return EmailReport(_report(account, pool.latest), message)


class _Pool(SessionPool):
    """Holds no connection to the database while it sends."""

    @sensitive_variables("settings")
    def deliver(
        self, settings: SMTPSettings, outgoing: Outgoing, before_content: Callable[[], None] | None = None
    ) -> tuple[Receipt, list[Code]]:
        give_back()
        return super().deliver(database.sparing(settings), outgoing, before_content)


def not_tried(partner: SMTPAccount, error: SMTPError) -> EmailReport:
    """The report of a test email that was refused before anything was done for it."""
    return EmailReport(_report(_account(partner), None, error))


def compose(partner: SMTPAccount, address: str, server: str) -> EmailMessage:
    """The message in the current language. Names of the site or the partner cannot break its lines."""
    names = {
        "partner": _one_line(str(partner)),
        "site": _one_line(str(getattr(site, "WAGTAIL_SITE_NAME", "") or "Wagtail")),
        "server": strip_controls(server),
        "time": _now(),
    }
    paragraphs = (
        _("This is a test email for %(partner)s from the site %(site)s."),
        _("It was sent through %(server)s on %(time)s."),
        _("You asked for it in the administration of the site. No action is needed."),
    )
    return EmailMessage(
        subject=_("Test email for %(partner)s (%(site)s)") % names,
        body="\n\n".join(paragraph % names for paragraph in paragraphs) + "\n",
        from_email=partner.smtp_email,
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: nobody's absence answers it
    )


def _account(partner: SMTPAccount) -> SMTPSettings:
    """The account for a report, without a password if that cannot be read."""
    with suppress(SettingsError):
        return partner.smtp_settings()
    return without_password(partner)


def _report(account: SMTPSettings, session: SMTPSession | None, error: SMTPError | None = None) -> Report:
    path = conf.transport()
    trace = session.trace if session else _refused(error) if error else _handed_over(path)
    return Report(
        settings=session.settings if session else account,
        stages=trace.results(DELIVERY_STAGES),
        deliverable=session is not None and error is None,
        extensions=session.shown_extensions if session else {},
        tls=session.tls if session else None,
        warnings=tuple(trace.warnings),
        error=error,
    )


def _refused(error: SMTPError) -> Trace:
    trace = Trace()
    with suppress(SMTPError), trace.stage(error.stage or Stage.SETTINGS):
        raise error
    return trace


def _handed_over(path: str) -> Trace:
    trace = Trace()
    with trace.stage(Stage.SETTINGS):
        pass
    with trace.stage(Stage.DATA) as stage:
        stage.status, stage.code = Status.WARNING, Code.TRANSPORT_REPLACED
    trace.warn(Code.TRANSPORT_REPLACED, Stage.DATA, facts={"path": path})
    return trace


def _one_line(name: str) -> str:
    return strip_controls(name)[:MAX_NAME]


def _now() -> str:
    now = as_local(timezone.now())
    return f"{formats.date_format(now, 'DATETIME_FORMAT')} {now.tzname() or ''}".strip()
