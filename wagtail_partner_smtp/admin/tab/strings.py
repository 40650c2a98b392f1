"""Every sentence that the scripts show, translated on the server."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ...account.columns import SECURITY_CHOICES
from ...smtp.settings import Destination

ACCOUNT_HEADING = gettext_lazy("Mail server")
TEST_HEADING = gettext_lazy("Test connection")
SERVER_FILLED_IN = gettext_lazy("The mail server was set to that of %(provider)s.")
NAME_TAKEN = gettext_lazy("The sender name was set to %(name)s, as in the pasted address.")
BLANK_AT_PASSWORD = gettext_lazy(
    "The password begins or ends with a space. Remove it if it was only copied by mistake."
)
PORT_FILLED_IN = gettext_lazy("The port was set to %(port)s, the usual one for %(security)s.")


def interface_strings() -> dict[str, dict[str, str] | str]:
    """The strings by their name in the scripts; ``%(…)s`` are filled in there."""
    return {
        "statuses": {
            "ok": _("done"),
            "warning": _("warning"),
            "failed": _("failed"),
            "skipped": _("skipped"),
        },
        "unreached": _("not reached"),
        "running": _("Testing the connection…"),
        "elapsed": _("%(seconds)s s"),
        "cancelled": _("The test was cancelled."),
        "sending": _("Sending the test email…"),
        "againIn": _("Again in %(seconds)s s"),
        "againAt": _("Again at %(time)s"),
        "pause": _("You can send the next test email at %(time)s."),
        "network": _("The site did not answer. Check your own connection and try again."),
        "forbidden": _(
            "You may not test this account any more. Perhaps your session has ended: log in again."
        ),
        "unexpected": _(
            "The site gave an unexpected answer (%(status)s). Try again, or tell the site's developers."
        ),
        "milliseconds": _("%(ms)s ms"),
        "underMillisecond": _("under 1 ms"),
        "seconds": _("%(seconds)s s"),
        "total": _("All steps together took %(time)s."),
        "server": _("The server said:"),
        "lastTest": _("Last test:"),
        "stagesTitle": _("Step by step"),
        "warningsTitle": pgettext("connection test", "Warnings"),
        "extensionsTitle": _("What the server offers"),
        "tlsTitle": _("Encryption and certificate"),
        "tls": tls_names(),
        "unknownExtension": _("An extension that this site knows nothing about."),
        "copy": _("Copy report"),
        "copied": _("Copied."),
        "selected": _(
            "Your browser does not allow copying here. The report is selected below: copy it from there."
        ),
        "textTitle": _("Report as text"),
        "textHelp": _(
            "For the support of the mail server's provider. It contains no password; login "
            "and email address are shortened."
        ),
        "page": _("The provider's page about this"),
        "apply": _("Change to: %(values)s"),
        "applied": _("Changed in the form: %(values)s."),
        "complete": _("Fill in what is still missing, then test again."),
        "reenter": _("Type the password again: a saved password is only sent where it was saved for."),
        "reenterSecret": _("Enter it again: a saved secret is only used for what it was saved for."),
        "trust": _("Trust this certificate"),
        "trustHelp": _(
            "Ask the provider of the mail server for the SHA-256 fingerprint of its certificate. "
            "Trust it only if it is this one:"
        ),
        "trusted": _("This certificate is trusted from now on. Test again."),
        "untrusted": _("This certificate is no longer trusted. Test again."),
    }


def tls_names() -> dict[str, str]:
    return {
        "trust": _("Certificate"),
        "validity": _("Time left"),
        "until": _("Valid until %(day)s"),
        "names": _("Valid for"),
        "subject": _("Issued to"),
        "issuer": _("Issued by"),
        "version": _("Encryption"),
        "sha256": _("SHA-256 fingerprint"),
    }


def fill_strings() -> dict[str, str]:
    """What is said once settings were filled in."""
    return {
        "filled": _("Filled in for %(provider)s. Now type login and password, then press “Test connection”."),
        "used": _("Filled in. Now type login and password, then press “Test connection”."),
    }


def password_strings() -> dict[str, str]:
    """What is said beside the password."""
    return {
        "show": _("Show"),
        "showField": _("Show %(field)s"),
        "again": _("Type it again: it was saved for %(values)s."),
        "blank": str(BLANK_AT_PASSWORD),
    }


def saved_for(destination: Destination) -> dict[str, dict[str, str]]:
    """What a saved password is bound to, by field: the value and its words."""
    security = dict(SECURITY_CHOICES)[destination.security.value]
    values = {
        "smtp_host": (destination.host, _("the host %(value)s")),
        "smtp_port": (str(destination.port), _("port %(value)s")),
        "smtp_login": (destination.login, _("the login %(value)s")),
        "smtp_security": (destination.security.value, _("the security %(value)s")),
    }
    return {
        name: {"value": value, "words": words % {"value": security if name == "smtp_security" else value}}
        for name, (value, words) in values.items()
    }


def find_strings() -> dict[str, str]:
    """What is said while settings are looked for, and about what was found."""
    return {"running": _("Looking for the settings…"), "use": _("Use it"), **_no_answer_strings()}


def domain_strings() -> dict[str, str]:
    """What is said while a domain is checked, and how its records stand."""
    return {
        "running": _("Asking the name service…"),
        "good": _("good"),
        "advice": _("to do"),
        "unknown": _("not known"),
        **_no_answer_strings(),
    }


def _no_answer_strings() -> dict[str, str]:
    strings = interface_strings()
    return {name: str(strings[name]) for name in ("network", "forbidden", "unexpected", "cancelled")}
