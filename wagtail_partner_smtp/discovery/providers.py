"""Well-known mail providers: where they take mail, and what an editor has to know about it.

The facts are those of the providers' own documentation. ``docs/finding-settings.md`` lists them; a test
keeps both the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..smtp.settings import Security


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider.

    ``login`` is the user name that is the same for everybody; ``login_is_email`` tells that it is the email
    address. ``domains`` are those of the provider's own addresses. ``receivers`` pairs the ends of the names
    that its MX records have with the server to send by: in both, ``*`` is one label, such as a region.
    """

    key: str
    name: str
    host: str
    port: int
    security: Security
    hint: str | Promise
    login: str = ""
    login_is_email: bool = False
    domains: tuple[str, ...] = ()
    receivers: tuple[tuple[str, str], ...] = ()

    def hosts(self) -> Iterator[str]:
        """The names of its servers; ``*`` is any one label."""
        yield self.host
        yield from (host for _, host in self.receivers)


GOOGLE = Provider(
    key="google",
    name="Google Workspace",
    host="smtp.gmail.com",
    port=587,
    security=Security.TLS,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. The password is an app password: sign in to the Google account, "
        "turn on 2-Step Verification and make one there. The ordinary password is refused."
    ),
    domains=("gmail.com", "googlemail.com"),
    receivers=(("google.com", "smtp.gmail.com"), ("googlemail.com", "smtp.gmail.com")),
)
MICROSOFT = Provider(
    key="microsoft",
    name="Microsoft 365",
    host="smtp.office365.com",
    port=587,
    security=Security.TLS,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. An administrator has to allow “Authenticated SMTP” for the "
        "mailbox. Microsoft is giving up logins with a password (basic authentication): where they are off "
        "already, even the right password is refused, and mail has to leave by another provider."
    ),
    domains=("onmicrosoft.com",),
    receivers=(
        ("mail.protection.outlook.com", "smtp.office365.com"),
        ("mx.microsoft", "smtp.office365.com"),
    ),
)
AMAZON = Provider(
    key="amazon",
    name="Amazon SES",
    host="email-smtp.us-east-1.amazonaws.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "Each region has its own server: put yours in place of us-east-1, for example eu-west-1. Login and "
        "password are the SMTP credentials made in the SES console for that region, not the access keys of an "
        "AWS user."
    ),
    receivers=(("inbound-smtp.*.amazonaws.com", "email-smtp.*.amazonaws.com"),),
)
MAILGUN = Provider(
    key="mailgun",
    name="Mailgun",
    host="smtp.mailgun.org",
    port=587,
    security=Security.TLS,
    hint=_(
        "For a domain in the EU region the host is smtp.eu.mailgun.org. Login and password are the SMTP "
        "credentials of the sending domain, such as postmaster@ and the domain; the API key is something else."
    ),
    receivers=(("eu.mailgun.org", "smtp.eu.mailgun.org"), ("mailgun.org", "smtp.mailgun.org")),
)
SENDGRID = Provider(
    key="sendgrid",
    name="SendGrid",
    host="smtp.sendgrid.net",
    port=587,
    security=Security.TLS,
    login="apikey",
    hint=_(
        "The login is the word “apikey” itself. The password is an API key that may send mail. The SMTP Email has "
        "to be a verified sender, or in a verified domain."
    ),
    receivers=(("mx.sendgrid.net", "smtp.sendgrid.net"),),
)
POSTMARK = Provider(
    key="postmark",
    name="Postmark",
    host="smtp.postmarkapp.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "Login and password are both the Server API token, the same text twice. SMTP has to be switched on for "
        "the server, and the SMTP Email has to be a confirmed sender."
    ),
    receivers=(("inbound.postmarkapp.com", "smtp.postmarkapp.com"),),
)
BREVO = Provider(
    key="brevo",
    name="Brevo",
    host="smtp-relay.brevo.com",
    port=465,
    security=Security.SSL,
    hint=_(
        "The login is shown in Brevo's settings under “SMTP & API”. The password is an SMTP key from the same "
        "page; an API key does not work."
    ),
)
MAILJET = Provider(
    key="mailjet",
    name="Mailjet",
    host="in-v3.mailjet.com",
    port=587,
    security=Security.TLS,
    hint=_(
        "The login is the API key, the password the secret key of your Mailjet account. The SMTP Email has to "
        "be a validated sender, or in a validated domain."
    ),
    receivers=(("parse.mailjet.com", "in-v3.mailjet.com"),),
)
FASTMAIL = Provider(
    key="fastmail",
    name="Fastmail",
    host="smtp.fastmail.com",
    port=465,
    security=Security.SSL,
    login_is_email=True,
    hint=_(
        "The login is the whole address of the Fastmail account. The password is an app password, made in "
        "Fastmail's settings; the ordinary password is refused."
    ),
    domains=("fastmail.com", "fastmail.fm"),
    receivers=(("messagingengine.com", "smtp.fastmail.com"),),
)
ZOHO = Provider(
    key="zoho",
    name="Zoho Mail",
    host="smtppro.zoho.com",
    port=465,
    security=Security.SSL,
    login_is_email=True,
    hint=_(
        "The login is the whole email address. With two-factor sign-in the password is an application-specific "
        "one. Free and personal accounts use smtp.zoho.com; an account in another region has that region's "
        "ending, for example smtppro.zoho.eu."
    ),
    receivers=(
        ("zoho.com", "smtppro.zoho.com"),
        ("zoho.com.*", "smtppro.zoho.com.*"),
        ("zoho.*", "smtppro.zoho.*"),
    ),
)

PROVIDERS = (
    GOOGLE,
    MICROSOFT,
    AMAZON,
    MAILGUN,
    SENDGRID,
    POSTMARK,
    BREVO,
    MAILJET,
    FASTMAIL,
    ZOHO,
)


def of_domain(domain: str) -> Provider | None:
    """Whose addresses end in ``domain``."""
    return next(
        (each for each in PROVIDERS if any(_label(own, domain) is not None for own in each.domains)), None
    )


def of_receiver(name: str) -> Provider | None:
    """Who receives mail under ``name``, the target of an MX record; ``host`` is the one for that region."""
    for provider in PROVIDERS:
        for pattern, host in provider.receivers:
            if (label := _label(pattern, name)) is not None:
                return replace(provider, host=host.replace("*", label))
    return None


def of_host(host: str) -> Provider | None:
    """Whose server to send by ``host`` is."""
    return next(
        (each for each in PROVIDERS if any(_label(own, host) is not None for own in each.hosts())), None
    )


def _label(pattern: str, name: str) -> str | None:
    """What ``*`` stands for where ``name`` ends like ``pattern``, else ``None``; empty without a ``*``."""
    wanted = pattern.split(".")
    found = name.split(".")[-len(wanted) :]
    if len(found) < len(wanted):
        return None
    pairs = list(zip(wanted, found, strict=True))
    if not all(want in ("*", label) for want, label in pairs):
        return None
    return next((label for want, label in pairs if want == "*"), "")
