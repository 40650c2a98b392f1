"""What the audit log keeps of partners' mail: what users did in the admin, and what the site found out.

Everybody who may change a partner reads it, so no entry holds a value: neither a host nor a login, and
nothing that a server said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wagtail.log_actions import log, registry

if TYPE_CHECKING:
    from django.db.models import Model

    from .account.row import SMTPAccount
    from .connection_test.email import EmailReport
    from .connection_test.report import ConnectionReport

CHANGE = "wagtail_partner_smtp.change"
TEST = "wagtail_partner_smtp.test"
SEND_TEST_EMAIL = "wagtail_partner_smtp.send_test_email"
TRUST_CERTIFICATE = "wagtail_partner_smtp.trust_certificate"
UNTRUST_CERTIFICATE = "wagtail_partner_smtp.untrust_certificate"
MAIL_STATUS = "wagtail_partner_smtp.mail_status"
RESEND_MAIL = "wagtail_partner_smtp.resend_mail"
RETRY_MAIL = "wagtail_partner_smtp.retry_mail"
CANCEL_MAIL = "wagtail_partner_smtp.cancel_mail"
READ_MAIL = "wagtail_partner_smtp.read_mail"
RESUME_MAIL = "wagtail_partner_smtp.resume_mail"
CONNECT = "wagtail_partner_smtp.connect"
DISCONNECT = "wagtail_partner_smtp.disconnect"

CHANGES_NOTHING = frozenset(
    {
        TEST,
        SEND_TEST_EMAIL,
        MAIL_STATUS,
        RESEND_MAIL,
        RETRY_MAIL,
        CANCEL_MAIL,
        READ_MAIL,
        RESUME_MAIL,
    }
)
"""Actions that do not change a partner, so they do not count as edits."""


def log_settings_changed(partner: SMTPAccount, user: Any, names: Iterable[str]) -> None:
    """``names`` are the columns, "smtp_password" and "smtp_password_removed"."""
    log(instance=partner, action=CHANGE, user=user, data={"settings": list(names)})


def log_test(partner: SMTPAccount, user: Any, report: ConnectionReport) -> None:
    data = {"status": report.status, "code": _code(report)}
    log(instance=partner, action=TEST, user=user, data=data)


def log_test_email(partner: SMTPAccount, user: Any, report: EmailReport) -> None:
    data = {"outcome": report.outcome.value, "code": _code(report)}
    log(instance=partner, action=SEND_TEST_EMAIL, user=user, data=data)


def test_emails_of(user: Any, since: datetime, number: int) -> list[datetime]:
    """When ``user`` asked for the latest test emails after ``since``, whatever the partner and the address: the
    newest first, ``number`` at most."""
    times = [
        time
        for entries in registry.get_log_entry_models()
        for time in entries.objects.filter(action=SEND_TEST_EMAIL, user_id=user.pk, timestamp__gt=since)
        .order_by("-timestamp")
        .values_list("timestamp", flat=True)[:number]
    ]
    return sorted(times, reverse=True)[:number]


def log_certificate(partner: SMTPAccount, user: Any, action: str) -> None:
    """``action`` is ``TRUST_CERTIFICATE`` or ``UNTRUST_CERTIFICATE``."""
    log(instance=partner, action=action, user=user)


def log_mail_changed(partner: SMTPAccount, *, working: bool) -> None:
    """What no user did, but the site found out."""
    log(instance=partner, action=MAIL_STATUS, data={"working": working})


def log_mail_action(owner: Model, user: Any, action: str, number: int) -> None:
    """What was done with ``number`` queued messages of a partner; of its queue, if the partner was deleted."""
    log(instance=owner, action=action, user=user, data={"number": number})


def log_mail_read(owner: Model, user: Any) -> None:
    """Somebody has read the text of a queued message."""
    log(instance=owner, action=READ_MAIL, user=user)


def log_mail_resumed(partner: Model, user: Any) -> None:
    log(instance=partner, action=RESUME_MAIL, user=user)


def log_connected(partner: Model, user: Any, *, own_mailbox: bool) -> None:
    """Somebody has signed in at the provider: for the mailbox of the SMTP Login, or for another one."""
    log(instance=partner, action=CONNECT, user=user, data={"own_mailbox": own_mailbox})


def log_disconnected(partner: Model, user: Any) -> None:
    log(instance=partner, action=DISCONNECT, user=user)


def _code(report: ConnectionReport) -> str:
    return str(report.error.code) if report.error else ""
