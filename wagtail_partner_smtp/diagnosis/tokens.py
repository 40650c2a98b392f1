"""Sentences about logging in with an access token."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

SENTENCES = {
    Code.PASSWORD_AND_TOKEN: Sentence(
        message=_("There is a password as well as an access token, and only one of them can be used."),
        hint=_("Remove one of the two."),
        field="smtp_password",
    ),
    Code.LOGIN_MISSING: Sentence(
        message=_("An access token needs the mailbox that it is for."),
        hint=_("Enter its email address as SMTP Login."),
        field="smtp_login",
    ),
    Code.TOKEN_INVALID: Sentence(
        message=_("The access token contains characters that no token may have, so it was not sent."),
        hint=_("This is a fault of the code that requested it. Tell the developers of this site."),
    ),
    Code.TOKEN_NEEDS_ENCRYPTION: Sentence(
        message=_("An access token is never sent without encryption."),
        hint=_("Choose TLS or SSL."),
        field="smtp_security",
    ),
    Code.TOKEN_NOT_SUPPORTED: Sentence(
        message=_("The server offers no login with an access token."),
        hint=_(
            "Check the host: it has to be the server for sending of the provider that the token is from. "
            "Other providers want a password."
        ),
        field="smtp_host",
    ),
    Code.TOKEN_TOO_LONG: Sentence(
        message=_("The access token is longer than this server accepts (%(smtp_code)s)."),
        hint=_("A token with fewer permissions and claims is shorter. Otherwise ask the server's provider."),
        field="smtp_login",
    ),
    Code.TOKEN_REFUSED: Sentence(
        message=_("The server does not accept the access token (%(status)s)."),
        hint=_(
            "It may have expired or been withdrawn, or be for another service. Get a new one, signed in as the "
            "owner of the mailbox."
        ),
        field="smtp_login",
    ),
    Code.TOKEN_SCOPE_MISSING: Sentence(
        message=_("The access token does not allow sending mail by SMTP."),
        hint=_("Give the application the permission to send by SMTP, then get a new token."),
        field="smtp_login",
    ),
    Code.TOKEN_AND_SOURCE: Sentence(
        message=_("There is an access token as well as a source of them, and only one can be used."),
        hint=_("This is a fault of the code that made the settings. Tell the developers of this site."),
    ),
    Code.TOKEN_OF_ANOTHER_MAILBOX: Sentence(
        message=_("The access token is that of %(mailbox)s, and does not open the mailbox %(login)s."),
        general=_("The access token is that of another mailbox, and does not open this one."),
        hint=_(
            "Connect again, signed in as the owner of the SMTP Login's mailbox. For a shared mailbox the one who "
            "signs in needs the permission to send as that mailbox."
        ),
        field="smtp_login",
    ),
    Code.MAILBOX_NOT_PERMITTED: Sentence(
        message=_("The server does not let this access token into the mailbox %(login)s."),
        general=_("The server does not let this access token into the mailbox."),
        hint=_(
            "The token may be that of another mailbox. At Microsoft 365 the application may "
            "have no service principal or no permission for this mailbox in Exchange yet; "
            "it can take half an hour until these have an effect."
        ),
        field="smtp_login",
    ),
    Code.SMTP_AUTH_DISABLED: Sentence(
        message=_("The provider has switched off sending by SMTP for this mailbox."),
        hint=_(
            "The access token is not the cause. An administrator has to allow authenticated "
            "SMTP for the mailbox or the whole organisation."
        ),
        field="smtp_login",
    ),
    Code.TOKEN_NOT_SENT: Sentence(
        message=_("The access token is not sent over a connection whose certificate is not trusted."),
        hint=_("Have the certificate corrected, or trust it, and test again."),
    ),
}
