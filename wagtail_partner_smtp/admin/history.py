"""The audit log's entries about partners' mail in words, and which of them a saved form leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from wagtail.log_actions import LogFormatter

from .. import audit
from ..account.stored import StoredAccount
from ..diagnosis.outcome import EmailOutcome
from .badges import badge_for

if TYPE_CHECKING:
    from wagtail.log_actions import LogActionRegistry

    from ..forms import SMTPAccountFormMixin

REMOVAL, SECRET_REMOVAL = "smtp_password_removed", "smtp_oauth_secret_removed"


class OutcomeFormatter(LogFormatter):
    """Of what tells whether an account works.

    Wagtail's site history shows every entry to everybody who may change its object. So ``sentence`` does not say
    how it ended; ``outcome`` does, for entries with ``shows_outcome``, which a view sets for those who may manage
    the account.
    """

    sentence: Any

    def format_message(self, log_entry: Any) -> str:
        return self.outcome(log_entry) if getattr(log_entry, "shows_outcome", False) else str(self.sentence)

    def outcome(self, log_entry: Any) -> str:
        raise NotImplementedError


class ConnectionTestFormatter(OutcomeFormatter):
    label = gettext_lazy("Test the mail connection")
    sentence = gettext_lazy("Tested the mail connection")

    def outcome(self, log_entry: Any) -> str:
        result = badge_for(str(log_entry.data.get("status", ""))).label
        return _("Tested the mail connection: %(result)s") % {"result": result}


class MailStatusFormatter(OutcomeFormatter):
    label = gettext_lazy("Mail status")
    sentence = gettext_lazy("Mail status changed")

    def outcome(self, log_entry: Any) -> str:
        return _("Mail works again") if log_entry.data.get("working") else _("Mail stopped working")


class SentEmailFormatter(OutcomeFormatter):
    label = gettext_lazy("Send a test email")
    sentence = gettext_lazy("Asked for a test email")

    def outcome(self, log_entry: Any) -> str:
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


class MailActionFormatter(LogFormatter):
    """What was done with a number of queued messages."""

    sentence: Any

    def format_message(self, log_entry: Any) -> str:
        return str(self.sentence % {"number": int(log_entry.data.get("number", 0))})


class ResendFormatter(MailActionFormatter):
    label = gettext_lazy("Send mail again")
    sentence = ngettext_lazy(
        "Queued %(number)d outgoing message again", "Queued %(number)d outgoing messages again", "number"
    )


class RetryFormatter(MailActionFormatter):
    label = gettext_lazy("Try mail now")
    sentence = ngettext_lazy(
        "Asked to try %(number)d waiting message now",
        "Asked to try %(number)d waiting messages now",
        "number",
    )


class CancelFormatter(MailActionFormatter):
    label = gettext_lazy("Cancel mail")
    sentence = ngettext_lazy(
        "Cancelled %(number)d outgoing message", "Cancelled %(number)d outgoing messages", "number"
    )


class ConnectFormatter(LogFormatter):
    label = gettext_lazy("Connect a mailbox")

    def format_message(self, log_entry: Any) -> str:
        if log_entry.data.get("own_mailbox", True):
            return _("Connected the mailbox to its provider")
        return _("Connected another mailbox than that of the SMTP Login to its provider")


def setting_labels() -> dict[str, str]:
    """What the entries call the settings, in the order of the form."""
    return {
        "smtp_host": _("SMTP Host"),
        "smtp_port": _("SMTP Port"),
        "smtp_login": _("SMTP Login"),
        "smtp_password": _("SMTP Password"),
        REMOVAL: _("SMTP Password (removed)"),
        "smtp_email": _("SMTP Email"),
        "smtp_sender_name": _("Sender name"),
        "smtp_reply_to": _("Reply-To"),
        "smtp_security": _("SMTP Security"),
        "smtp_auth": _("Authentication method"),
        "smtp_oauth_provider": _("OAuth provider"),
        "smtp_oauth_grant": _("Who signs in"),
        "smtp_oauth_tenant": _("Tenant"),
        "smtp_oauth_client_id": _("Client ID"),
        "smtp_oauth_secret": _("Client secret or key"),
        SECRET_REMOVAL: _("Client secret or key (removed)"),
        "smtp_oauth_authorization_endpoint": _("Authorization endpoint"),
        "smtp_oauth_token_endpoint": _("Token endpoint"),
        "smtp_oauth_scopes": _("Scopes"),
    }


def state_labels() -> dict[str, str]:
    """The labels of what the site itself has found out about an account."""
    return {
        "smtp_status": _("Mail status"),
        "smtp_status_since": _("Mail status since"),
        "smtp_tested_at": _("Last test"),
        "smtp_certificate_until": _("Certificate valid until"),
        "smtp_pinned_certificate": _("Trusted certificate (SHA-256)"),
        "smtp_last_mail_at": _("Last mail"),
        "smtp_oauth_connected_as": _("Connected mailbox"),
        "smtp_oauth_connected_at": _("Connected since"),
    }


def register(actions: LogActionRegistry) -> None:
    actions.register_action(audit.CHANGE)(ChangeFormatter)
    actions.register_action(audit.TEST)(ConnectionTestFormatter)
    actions.register_action(audit.SEND_TEST_EMAIL)(SentEmailFormatter)
    actions.register_action(
        audit.TRUST_CERTIFICATE,
        gettext_lazy("Trust a mail server's certificate"),
        gettext_lazy("Trusted the mail server's certificate"),
    )
    actions.register_action(
        audit.UNTRUST_CERTIFICATE,
        gettext_lazy("Stop trusting a mail server's certificate"),
        gettext_lazy("Stopped trusting the mail server's certificate"),
    )
    actions.register_action(audit.MAIL_STATUS)(MailStatusFormatter)
    actions.register_action(audit.RESEND_MAIL)(ResendFormatter)
    actions.register_action(audit.RETRY_MAIL)(RetryFormatter)
    actions.register_action(audit.CANCEL_MAIL)(CancelFormatter)
    actions.register_action(
        audit.READ_MAIL,
        gettext_lazy("Read outgoing mail"),
        gettext_lazy("Read the text of an outgoing message"),
    )
    actions.register_action(
        audit.RESUME_MAIL, gettext_lazy("Resume mail"), gettext_lazy("Resumed the outgoing mail")
    )
    actions.register_action(audit.CONNECT)(ConnectFormatter)
    actions.register_action(
        audit.DISCONNECT,
        gettext_lazy("Disconnect a mailbox"),
        gettext_lazy("Disconnected the mailbox from its provider"),
    )


def log_changes(form: SMTPAccountFormMixin, user: Any) -> None:
    """Which settings the form has just saved, if any, and whether that took the trust in a certificate away."""
    partner: Any = form.instance
    changed = _changed_settings(form)
    if changed:
        names = [name for name in setting_labels() if name in changed]
        audit.log_settings_changed(partner, user, names)
    if form.stored.pinned_certificate and not partner.smtp_trusted_certificate:
        audit.log_certificate(partner, user, audit.UNTRUST_CERTIFICATE)


def _changed_settings(form: SMTPAccountFormMixin) -> set[str]:
    if not form.manages_smtp:
        return set()
    partner: Any = form.instance
    # A partner that was not saved before had what a new one begins with.
    is_new = not form.stored.values
    before = StoredAccount.values_of(type(partner)()) if is_new else form.stored.values
    changed = {
        f"smtp_{name}" for name, value in StoredAccount.values_of(partner).items() if value != before[name]
    }
    now = StoredAccount.method_of(partner) | StoredAccount.sender_of(partner)
    then = form.stored.method | form.stored.sender
    changed |= {name for name, value in now.items() if value != then[name]}
    changed |= set(form.new_secrets)
    if form.stored.has_password and not partner.has_smtp_password:
        changed.add(REMOVAL)
    if form.stored.has_oauth_secret and not partner.has_smtp_oauth_secret:
        changed.add(SECRET_REMOVAL)
    return changed
