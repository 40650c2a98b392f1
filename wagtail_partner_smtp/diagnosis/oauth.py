"""Sentences about getting an access token, before the mail server has been spoken to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

_CONNECT_AGAIN = _("Connect the mailbox again: its owner signs in once more.")

# What is set.
_SETTINGS = {
    Code.OAUTH_PROVIDER_UNKNOWN: Sentence(
        message=_("The provider of the access tokens is not known to this site."),
        hint=_(
            "Choose a provider. If it was one of those of this site's settings, the developers have removed it "
            "or made a mistake there (PARTNER_SMTP_OAUTH)."
        ),
        field="smtp_oauth_provider",
    ),
    Code.OAUTH_CLIENT_ID_MISSING: Sentence(
        message=_("The client ID of the application is missing."),
        hint=_(
            "Enter it as the provider shows it. The developers of this site can set it for all partners "
            "(PARTNER_SMTP_OAUTH)."
        ),
        field="smtp_oauth_client_id",
    ),
    Code.OAUTH_SECRET_MISSING: Sentence(
        message=_("The client secret of the application, or the key of the service account, is missing."),
        hint=_("It belongs to the client ID: enter the one that the provider has shown with it."),
        field="smtp_oauth_secret",
    ),
    Code.OAUTH_TENANT_MISSING: Sentence(
        message=_("If no person signs in, the tenant has to be named."),
        hint=_("Enter the ID or the domain of the organisation at Microsoft."),
        field="smtp_oauth_tenant",
    ),
    Code.OAUTH_ENDPOINT_MISSING: Sentence(
        message=_("The token endpoint is missing."),
        hint=_(
            "It is the address that access tokens come from. The provider's documentation "
            "calls it token endpoint."
        ),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ENDPOINT_NOT_HTTPS: Sentence(
        message=_("The address of an endpoint does not begin with https://, so nothing was sent there."),
        hint=_("Secrets are only ever sent encrypted. Ask the provider for the address with https://."),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_SCOPES_MISSING: Sentence(
        message=_("The scopes are missing: it is not said what the access token is for."),
        hint=_("Enter the scopes for sending by SMTP from the provider's documentation."),
        field="smtp_oauth_scopes",
    ),
    Code.OAUTH_HOST_NOT_ALLOWED: Sentence(
        message=_("Access tokens of this provider are not sent to %(host)s."),
        general=_("Access tokens of this provider are not sent to this host."),
        hint=_("Enter the provider's own mail server as host: %(hosts)s."),
        field="smtp_host",
    ),
    Code.OAUTH_KEY_INVALID: Sentence(
        message=_("The key of the service account cannot be used."),
        hint=_("Paste the whole JSON file that the provider has made for the service account."),
        field="smtp_oauth_secret",
    ),
    Code.OAUTH_NOT_CONNECTED: Sentence(
        message=_("The mailbox is not connected yet."),
        hint=_("Press Connect: the owner of the mailbox signs in at the provider and agrees."),
        field="smtp_auth",
    ),
    Code.OAUTH_SOURCE_FAILED: Sentence(
        message=_("This site's own source of access tokens has failed."),
        hint=_("Tell the developers of this site (PARTNER_SMTP_TOKEN_PROVIDER). The log says more."),
    ),
}

# The way to the endpoint.
_REACHING = {
    Code.OAUTH_ENDPOINT_NOT_ALLOWED: Sentence(
        message=_("This site does not connect to the address of the token endpoint."),
        hint=_(
            "The address is not on the public internet. If it is a server of your own network, the developers of "
            "this site can allow it, with its port, with the setting PARTNER_SMTP_ALLOWED_NETWORKS."
        ),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ENDPOINT_UNREACHABLE: Sentence(
        message=_("The provider of the access tokens cannot be reached."),
        hint=_(
            "Try again in a few minutes. If this continues (%(reason)s), check the address "
            "of the token endpoint, and ask the developers whether this site may connect to "
            "it."
        ),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ENDPOINT_UNTRUSTED: Sentence(
        message=_("The certificate of the token endpoint is not trusted, so nothing was sent there."),
        hint=_(
            "The reason is %(reason)s. If it is a server of your own, let the developers of this site add its "
            "authority with PARTNER_SMTP_CA_FILE. Check the clock of this site's machine, too."
        ),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ENDPOINT_SLOW: Sentence(
        message=_("The provider of the access tokens did not answer in time."),
        hint=_("It may be overloaded. Try again later; your settings may be right."),
    ),
    Code.OAUTH_ENDPOINT_REDIRECTS: Sentence(
        message=_("The token endpoint sends this site to another address, which is not followed."),
        hint=_("Secrets only go where they are meant to go. Enter the endpoint's final address."),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ANSWER_TOO_LONG: Sentence(
        message=_("The token endpoint sends far more than it has to; the connection was closed."),
        hint=_("Check its address. If it is right, the provider has to find the cause."),
        field="smtp_oauth_token_endpoint",
    ),
    Code.OAUTH_ANSWER_INVALID: Sentence(
        message=_("What answers at the token endpoint gives no access tokens."),
        hint=_("Check its address: it may be that of another page of the provider."),
        field="smtp_oauth_token_endpoint",
    ),
}

# What the provider says.
_PROVIDER = {
    Code.OAUTH_CLIENT_UNKNOWN: Sentence(
        message=_("The provider does not know the application."),
        hint=_(
            "Check the client ID and, at Microsoft, the tenant: the application has to be "
            "registered there, or an administrator has to have agreed to it there."
        ),
        field="smtp_oauth_client_id",
    ),
    Code.OAUTH_CLIENT_REFUSED: Sentence(
        message=_("The provider refuses the application's client ID or client secret."),
        hint=_(
            "Enter both again. At Microsoft the secret's value is wanted, not its ID; it is "
            "shown only once, so make a new one if you do not have it."
        ),
        field="smtp_oauth_secret",
    ),
    Code.OAUTH_CLIENT_EXPIRED: Sentence(
        message=_("The application's client secret has expired."),
        hint=_("Make a new one at the provider and enter it here, or in this site's settings."),
        field="smtp_oauth_secret",
    ),
    Code.OAUTH_CLIENT_DISABLED: Sentence(
        message=_("The application is switched off at the provider."),
        hint=_("An administrator has to switch it on again there."),
        field="smtp_oauth_client_id",
    ),
    Code.OAUTH_CLIENT_NOT_ALLOWED: Sentence(
        message=_("The application may not get access tokens in this way."),
        hint=_("An administrator has to allow it at the provider, or another way has to be chosen here."),
        field="smtp_oauth_grant",
    ),
    Code.OAUTH_DELEGATION_MISSING: Sentence(
        message=_("The service account may not act for the mailbox %(login)s."),
        general=_("The service account may not act for the mailbox."),
        hint=_(
            "An administrator of the organisation has to enter the service account's client "
            "ID, with the scope https://mail.google.com/, under domain-wide delegation. It "
            "can take a day until this has an effect."
        ),
        field="smtp_login",
    ),
    Code.OAUTH_TENANT_UNKNOWN: Sentence(
        message=_("The provider does not know the tenant."),
        hint=_("Enter the ID or the domain of the organisation as Microsoft's administration shows it."),
        field="smtp_oauth_tenant",
    ),
    Code.OAUTH_MAILBOX_UNKNOWN: Sentence(
        message=_("The provider does not know the mailbox %(login)s."),
        general=_("The provider does not know the mailbox."),
        hint=_("Enter the mailbox's own address as SMTP Login."),
        field="smtp_login",
    ),
    Code.OAUTH_SCOPE_REFUSED: Sentence(
        message=_("The provider gives no access token for the scopes that were asked for."),
        hint=_(
            "Add the permission to send by SMTP to the application, or check the scopes that are entered."
        ),
        field="smtp_oauth_scopes",
    ),
    Code.OAUTH_CONSENT_MISSING: Sentence(
        message=_("Nobody has agreed yet that the application may send for this mailbox, or no longer."),
        hint=_(
            "Connect the mailbox again. Where the organisation wants it, an administrator has to agree for all."
        ),
        field="smtp_auth",
    ),
    Code.OAUTH_CONSENT_EXPIRED: Sentence(
        message=_(
            "The mailbox has to be connected again: the permission that the provider gave has expired."
        ),
        hint=_(
            "It expires when it is not used for a long time, and at Google after seven "
            "days as long as the application's publishing status is “Testing”. Publish the "
            "application, then connect again."
        ),
        field="smtp_auth",
    ),
    Code.OAUTH_CONSENT_REVOKED: Sentence(
        message=_("The mailbox has to be connected again: its password was changed or the access withdrawn."),
        hint=_CONNECT_AGAIN,
        field="smtp_auth",
    ),
    Code.OAUTH_CONSENT_REFUSED: Sentence(
        message=_("The mailbox has to be connected again: the provider no longer accepts the connection."),
        hint=_(
            "The access may have been withdrawn, the password changed, or the connection "
            "not used for a long time. At Google it also ends after seven days while the "
            "application's publishing status is “Testing”."
        ),
        field="smtp_auth",
    ),
    Code.OAUTH_SIGN_IN_AGAIN: Sentence(
        message=_("The mailbox has to be connected again: the provider wants its owner to sign in."),
        hint=_(
            "The organisation asks for a second factor, or has rules about where one may sign in from. Connect "
            "again; if that does not help, its administrator has to make an exception for the application."
        ),
        field="smtp_auth",
    ),
    Code.OAUTH_CLOCK_WRONG: Sentence(
        message=_("The clock of this site's machine is wrong, so the provider refuses what it signs."),
        hint=_("The administrators of this site have to set the clock, best by a time server (NTP)."),
    ),
    Code.OAUTH_PROVIDER_BUSY: Sentence(
        message=_("The provider of the access tokens is busy or out of order."),
        hint=_("Try again in a few minutes; your settings may be right."),
    ),
    Code.OAUTH_REFUSED: Sentence(
        message=_("The provider gives no access token."),
        hint=_("The provider's answer says why. Check what is entered, or ask the provider."),
        field="smtp_oauth_provider",
    ),
}

SENTENCES = {**_SETTINGS, **_REACHING, **_PROVIDER}
