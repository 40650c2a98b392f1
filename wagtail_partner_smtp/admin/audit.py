"""What the audit log says about partners' mail: what a user did in the admin, and to which fields.

Everybody who may change a partner reads it, so no entry holds a value: neither a host nor a login, and
nothing that a server said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.log_actions import LogFormatter, log

from ..account.stored import StoredAccount
from ..diagnosis.outcome import EmailOutcome
from .badges import badge_for

if TYPE_CHECKING:
    from wagtail.log_actions import LogActionRegistry

    from ..connection_test.email import EmailReport
    from ..connection_test.report import ConnectionReport
    from ..forms import SMTPAccountFormMixin
    from ..models import SMTPAccountMixin

CHANGE = "wagtail_partner_smtp.change"
TEST = "wagtail_partner_smtp.test"
SEND_TEST_EMAIL = "wagtail_partner_smtp.send_test_email"
TRUST_CERTIFICATE = "wagtail_partner_smtp.trust_certificate"
UNTRUST_CERTIFICATE = "wagtail_partner_smtp.untrust_certificate"
MAIL_STOPPED = "wagtail_partner_smtp.mail_stopped"
MAIL_BACK = "wagtail_partner_smtp.mail_back"

REMOVAL = "smtp_password_removed"


class ConnectionTestFormatter(LogFormatter):
    label = gettext_lazy("Test the mail connection")

    def format_message(self, log_entry: Any) -> str:
        result = badge_for(str(log_entry.data.get("status", ""))).label
        return _("Tested the mail connection: %(result)s") % {"result": result}


class SentEmailFormatter(LogFormatter):
    label = gettext_lazy("Send a test email")

    def format_message(self, log_entry: Any) -> str:
        sentences = {
            EmailOutcome.SENT: _("Sent a test email"),
            EmailOutcome.HANDED_OVER: _("Made a test email that did not go through the mail server"),
            EmailOutcome.UNKNOWN: _("Sent a test email without learning whether it was accepted"),
        }
        outcome = log_entry.data.get("outcome", EmailOutcome.FAILED)
        return sentences.get(outcome, _("Could not send a test email"))


class ChangeFormatter(LogFormatter):
    label = gettext_lazy("Change SMTP settings")

    def format_message(self, log_entry: Any) -> str:
        labels = setting_labels()
        changed = [labels[name] for name in log_entry.data.get("settings", ()) if name in labels]
        sentence = ngettext(
            "Changed SMTP setting: %(settings)s", "Changed SMTP settings: %(settings)s", len(changed)
        )
        return sentence % {"settings": ", ".join(changed)}


def setting_labels() -> dict[str, str]:
    """What the entries call the settings, in the order of the form."""
    return {
        "smtp_host": _("SMTP Host"),
        "smtp_port": _("SMTP Port"),
        "smtp_login": _("SMTP Login"),
        "smtp_password": _("SMTP Password"),
        REMOVAL: _("SMTP Password (removed)"),
        "smtp_email": _("SMTP Email"),
        "smtp_security": _("SMTP Security"),
    }


def register(actions: LogActionRegistry) -> None:
    actions.register_action(CHANGE)(ChangeFormatter)
    actions.register_action(TEST)(ConnectionTestFormatter)
    actions.register_action(SEND_TEST_EMAIL)(SentEmailFormatter)
    actions.register_action(
        TRUST_CERTIFICATE,
        gettext_lazy("Trust a mail server's certificate"),
        gettext_lazy("Trusted the mail server's certificate"),
    )
    actions.register_action(
        UNTRUST_CERTIFICATE,
        gettext_lazy("Stop trusting a mail server's certificate"),
        gettext_lazy("Stopped trusting the mail server's certificate"),
    )
    actions.register_action(
        MAIL_STOPPED, gettext_lazy("Mail stopped working"), gettext_lazy("Mail stopped working")
    )
    actions.register_action(MAIL_BACK, gettext_lazy("Mail works again"), gettext_lazy("Mail works again"))


def log_changes(form: SMTPAccountFormMixin, user: Any) -> None:
    """Which settings the form has just saved, if any, and whether that took the trust in a certificate away."""
    partner: Any = form.instance
    changed = _changed_settings(form)
    if changed:
        names = [name for name in setting_labels() if name in changed]
        log(instance=partner, action=CHANGE, user=user, data={"settings": names})
    if form.stored.pinned_certificate and not partner.smtp_pinned_certificate:
        log_certificate(partner, user, UNTRUST_CERTIFICATE)


def log_test(partner: SMTPAccountMixin, user: Any, report: ConnectionReport) -> None:
    code = str(report.error.code) if report.error else ""
    log(instance=partner, action=TEST, user=user, data={"status": report.status, "code": code})


def log_test_email(partner: SMTPAccountMixin, user: Any, report: EmailReport) -> None:
    code = str(report.error.code) if report.error else ""
    data = {"outcome": report.outcome.value, "code": code}
    log(instance=partner, action=SEND_TEST_EMAIL, user=user, data=data)


def log_certificate(partner: SMTPAccountMixin, user: Any, action: str) -> None:
    log(instance=partner, action=action, user=user)


def _changed_settings(form: SMTPAccountFormMixin) -> set[str]:
    if not form.manages_smtp:
        return set()
    partner: Any = form.instance
    # A partner that was not saved before had what a new one begins with.
    before = form.stored.values or StoredAccount.values_of(type(partner)())
    changed = {
        f"smtp_{name}" for name, value in StoredAccount.values_of(partner).items() if value != before[name]
    }
    if form.cleaned_data["smtp_password"] and partner.has_smtp_password:
        changed.add("smtp_password")
    elif form.stored.has_password and not partner.has_smtp_password:
        changed.add(REMOVAL)
    return changed


def log_mail_changed(partner: SMTPAccountMixin, *, working: bool) -> None:
    """What no user did, but the site found out."""
    log(instance=partner, action=MAIL_BACK if working else MAIL_STOPPED)
