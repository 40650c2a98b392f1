"""Sentences about the values themselves, before any connection."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

SENTENCES = {
    Code.HOST_MISSING: Sentence(
        message=_("Enter the name or address of the mail server."),
        hint=_("Your mail provider calls it SMTP server or outgoing mail server, such as mail.example.com."),
        field="smtp_host",
    ),
    Code.HOST_INVALID: Sentence(
        message=_("This is neither a host name nor an IP address, such as mail.example.com or 192.0.2.1."),
        hint=_("Enter the name of the server alone, without a path or spaces."),
        field="smtp_host",
    ),
    Code.HOST_IS_EMAIL: Sentence(
        message=_("This is an email address, not the name of a mail server."),
        hint=_(
            "A server is called something like mail.example.com. The address belongs in "
            "SMTP Email; Find settings looks for its server."
        ),
        field="smtp_host",
    ),
    Code.HOST_IS_PORT: Sentence(
        message=_("This is a port, not the name of a mail server."),
        hint=_("A server is called something like mail.example.com. The port belongs in SMTP Port."),
        field="smtp_host",
    ),
    Code.SEVERAL_HOSTS: Sentence(
        message=_("More than one server is named here."),
        hint=_("Leave only the one for outgoing mail (SMTP)."),
        field="smtp_host",
    ),
    Code.SEVERAL_PORTS: Sentence(
        message=_("More than one port is named here."),
        hint=_("Leave only one of them. Usual ports are 465 with SSL and 587 with TLS."),
        field="smtp_host",
    ),
    Code.HOST_PORT_CONFLICT: Sentence(
        message=_("The address says port %(pasted)s, but the port field says %(port)s. Remove one of them."),
        general=_("The address names another port than the port field. Remove one of them."),
        field="smtp_host",
    ),
    Code.HOST_CONFLICT: Sentence(
        message=_(
            "The server %(pasted)s is named here, but the host field says %(host)s. Remove one of them."
        ),
        general=_("Another server is named here than in the host field. Remove one of them."),
        field="smtp_port",
    ),
    Code.PORT_INVALID: Sentence(
        message=_("Enter a port number between 1 and 65535."),
        hint=_("Usual ports are 587 (TLS), 465 (SSL) and 25 (between servers)."),
        field="smtp_port",
    ),
    Code.SECURITY_INVALID: Sentence(
        message=_("Choose one of the offered kinds of SMTP Security."), field="smtp_security"
    ),
    Code.CONTROL_CHARACTERS: Sentence(
        message=_("Line breaks and control characters are not allowed here."),
        hint=_("They are usually copied along when a value is pasted. Type it by hand."),
    ),
    Code.EMAIL_INVALID: Sentence(
        message=_("This is not an email address, such as billing@example.com."), field="smtp_email"
    ),
    Code.INVISIBLE_CHARACTERS: Sentence(
        message=_("There is an invisible character in it (%(characters)s)."),
        hint=_("It is usually copied along when a value is pasted. Type it by hand."),
    ),
    Code.VALUE_TOO_LONG: Sentence(
        message=_("This is too long: at most %(limit)s characters are possible here."),
        hint=_("Usually more was pasted than intended. Letters beyond A to Z count as two or more."),
    ),
    Code.EMAIL_MISSING: Sentence(
        message=_("There is no SMTP Email, so nothing can be sent and the sender was not tested."),
        hint=_("Enter the address that this partner's mail is sent from."),
        field="smtp_email",
    ),
    Code.PASSWORD_MISSING: Sentence(
        message=_("A login needs a password. Type it, or remove the login."), field="smtp_password"
    ),
    Code.PASSWORD_UNREADABLE: Sentence(
        message=_("The saved password can no longer be read on this site."),
        hint=_("Type it again, or remove it together with the login."),
        field="smtp_password",
    ),
    Code.REENTER_PASSWORD: Sentence(
        message=_(
            "The host, port, login or security is not the one that the password was saved for. "
            "Type the password again."
        ),
        hint=_("A saved password is only ever sent to the server that it was saved for."),
        field="smtp_password",
    ),
    Code.OAUTH_UNAVAILABLE: Sentence(
        message=_("Signing in with OAuth 2.0 is not set up on this site, so nothing is sent."),
        hint=_("Tell the developers of this site, or change the authentication method to Password."),
        field="smtp_auth",
    ),
    Code.OAUTH_TENANT_INVALID: Sentence(
        message=_("This is neither the ID of a tenant nor one of its domains, such as example.com."),
        field="smtp_oauth_tenant",
    ),
    Code.OAUTH_CHARACTERS_INVALID: Sentence(
        message=_("There are characters in it that no value of this kind has."),
        hint=_("Copy it again from where the provider shows it."),
        field="smtp_oauth_client_id",
    ),
    Code.OAUTH_SECRET_UNREADABLE: Sentence(
        message=_("The saved client secret or key can no longer be read on this site."),
        hint=_("Enter it again."),
        field="smtp_oauth_secret",
    ),
    Code.OAUTH_TOKEN_UNREADABLE: Sentence(
        message=_("The saved sign-in of the mailbox can no longer be read on this site."),
        hint=_("Connect the mailbox again."),
        field="smtp_auth",
    ),
    Code.OAUTH_ENDPOINT_INVALID: Sentence(
        message=_("This is not an address that begins with https:// and names a server."),
        hint=_(
            "Secrets are only ever sent encrypted. A user name, a password or a part after "
            "# must not be in it."
        ),
        field="smtp_oauth_token_endpoint",
    ),
    Code.REENTER_OAUTH_SECRET: Sentence(
        message=_(
            "The mail server, the login or the application is not the one that the client secret or key was "
            "saved for. Enter it again."
        ),
        hint=_("A saved secret is only ever used for what it was saved for."),
        field="smtp_oauth_secret",
    ),
    Code.AUTH_METHOD_INVALID: Sentence(message=_("Choose one of those that are offered."), field="smtp_auth"),
    Code.OAUTH_PROVIDER_MISSING: Sentence(
        message=_("Choose the provider that the mailbox is at."), field="smtp_oauth_provider"
    ),
    Code.BUSY: Sentence(
        message=_("Another connection test is running. Try again in a few seconds."),
        hint=_("Only one test of a partner runs at a time."),
    ),
    Code.TOO_SOON: Sentence(
        message=_("You asked for a test email just now."),
        hint=_("Wait a few seconds before you ask for another one."),
    ),
    Code.LOGIN_TOO_SOON: Sentence(
        message=_(
            "The mail server refused this login just now. Wait %(retry_after)s s before you test it again."
        ),
        general=_("The mail server refused this login just now. Wait before you test it again."),
        hint=_(
            "Many mail servers lock an account after some wrong passwords. The pause gets longer with each of "
            "them, up to a minute."
        ),
    ),
    Code.TEST_EMAIL_LIMIT: Sentence(
        message=_("You have asked for as many test emails as this site allows in 24 hours."),
        hint=_("The connection can still be tested. The developers of this site can allow more test emails."),
    ),
    Code.USER_EMAIL_MISSING: Sentence(
        message=_("Your user account has no email address that a test email could be sent to."),
        hint=_("A test email only ever goes to the address of the user who asks for it."),
    ),
    Code.AUTHORITIES_UNREADABLE: Sentence(
        message=_("This site cannot read its own list of trusted certificate authorities."),
        hint=_(
            "This is not a fault of your settings. Tell the developers of this site: the setting "
            "PARTNER_SMTP_CA_FILE names a file that is missing or broken."
        ),
    ),
    Code.INTERNAL_ERROR: Sentence(
        message=_("The connection test itself failed. This is not a fault of your settings."),
        hint=_("Tell the developers of this site: the log says more."),
    ),
}

# Where it is one of a message's addresses, not that of the form.
OF_A_MESSAGE = {
    Code.EMAIL_INVALID: Sentence(
        message=_("“%(address)s” is not exactly one email address, so the message was not sent."),
        hint=_("Correct this address where the message is made, then send it again."),
    ),
    Code.INVISIBLE_CHARACTERS: Sentence(
        message=_(
            "“%(address)s” contains an invisible character (%(characters)s), so the message was not sent."
        ),
        hint=_("Type this address again by hand, then send the message again."),
    ),
}
