"""Sentences about accounts: why a provider refuses a login that may be right."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

SENTENCES = {
    Code.LOGIN_UNKNOWN: Sentence(
        message=_("The server does not know this login."),
        hint=_(
            "Check the SMTP Login. It may be the whole email address, or a word that is the same for everybody, "
            "as the provider's settings say."
        ),
        field="smtp_login",
    ),
    Code.PASSWORD_EXPIRED: Sentence(
        message=_("The provider no longer accepts this password: it has expired, or is too weak."),
        hint=_("Set a new one at the provider, and enter it here."),
        field="smtp_password",
    ),
    Code.BROWSER_SIGN_IN_REQUIRED: Sentence(
        message=_("The provider wants somebody to sign in with a browser first."),
        hint=_(
            "Sign in to the account in a browser and confirm what it asks. If mail is still "
            "refused, create an app password there and enter it here."
        ),
        field="smtp_login",
    ),
    Code.LOGIN_AGAINST_POLICY: Sentence(
        message=_("A rule of the account's organisation forbids this login."),
        hint=_(
            "Login and password may be right. An administrator there has to allow this site, for example in the "
            "rules for multi-factor sign-in."
        ),
        field="smtp_login",
    ),
    Code.SMTP_OFF_FOR_ORGANISATION: Sentence(
        message=_(
            "Sending with a mail program (authenticated SMTP) is switched off for the whole organisation."
        ),
        hint=_(
            "An administrator of the organisation has to switch on authenticated SMTP. The password may be right."
        ),
        field="smtp_login",
    ),
    Code.SMTP_OFF_FOR_MAILBOX: Sentence(
        message=_("Sending with a mail program (authenticated SMTP) is switched off for this mailbox."),
        hint=_(
            "Switch SMTP on in the settings of the mailbox, or ask its administrator. The password may be right."
        ),
        field="smtp_login",
    ),
    Code.SMTP_OFF_FOR_ACCOUNT: Sentence(
        message=_("The account may not send by SMTP: it is not activated, or its plan does not include it."),
        hint=_(
            "Activate sending by SMTP in the provider's settings, or ask the provider. The password may be right."
        ),
        field="smtp_login",
    ),
    Code.LICENCE_MISSING: Sentence(
        message=_("The account has no mailbox or licence to send with."),
        hint=_("An administrator has to give the account a mailbox or a licence."),
        field="smtp_login",
    ),
    Code.ACCOUNT_LOCKED: Sentence(
        message=_("The provider has locked the login for now, after too many attempts (%(smtp_code)s)."),
        hint=_(
            "Wait, and do not try again meanwhile: each attempt can lock it for longer. If "
            "the password was wrong, correct it before the next attempt."
        ),
        field="smtp_password",
    ),
    Code.ACCOUNT_SUSPENDED: Sentence(
        message=_("The provider has suspended the account, or blocked it for spam (%(smtp_code)s)."),
        hint=_("Nothing in this form helps. Ask the provider why, and what has to be done to lift it."),
        field="smtp_login",
    ),
    Code.MECHANISM_NOT_ALLOWED: Sentence(
        message=_("The server does not accept this way of logging in here (%(smtp_code)s)."),
        hint=_(
            "Check port and security: many servers let people log in on port 587 (TLS) or 465 (SSL) only."
            " Otherwise ask the provider whether logging in with a password can be switched on."
        ),
        field="smtp_login",
    ),
}

# Where a login is set and was not sent, by the reason.
_FOR_WANT_OF_TRUST = {
    Code.LOGIN_REQUIRED: Sentence(
        message=_(
            "The server wants a login before it accepts mail (%(smtp_code)s). The one that "
            "is set was not sent, because the connection cannot be trusted."
        ),
        hint=_(
            "Nothing is missing here: what is wrong with the certificate, or the encryption, comes first."
        ),
        field="smtp_host",
    ),
    Code.RELAY_REFUSED: Sentence(
        message=_(
            "The server accepts no mail from this site without a login (%(smtp_code)s). The "
            "one that is set was not sent, because the connection cannot be trusted."
        ),
        hint=_(
            "Nothing is missing here: what is wrong with the certificate, or the encryption, comes first."
        ),
        field="smtp_host",
    ),
}
_NOT_OFFERED = {
    Code.LOGIN_REQUIRED: Sentence(
        message=_(
            "The server wants a login before it accepts mail, but offers none on this "
            "connection (%(smtp_code)s)."
        ),
        hint=_(
            "Many servers offer a login only after encryption, or on another port: choose TLS (usually port 587) "
            "or SSL (usually port 465)."
        ),
        field="smtp_security",
    ),
}
LEFT_OUT = {
    Code.STORED_PASSWORD_NOT_SENT: _FOR_WANT_OF_TRUST,
    Code.LOGIN_NOT_TRIED: _FOR_WANT_OF_TRUST,
    Code.TOKEN_NOT_SENT: _FOR_WANT_OF_TRUST,
    Code.AUTH_NOT_OFFERED: _NOT_OFFERED,
}

# Where a login is set, and was sent.
LOGGED_IN = {
    Code.LOGIN_REQUIRED: Sentence(
        message=_(
            "The server wants another login for this address, although it has accepted this "
            "one (%(smtp_code)s)."
        ),
        hint=_(
            "Check that the login is of this very server and belongs to the SMTP Email. Otherwise ask the "
            "provider whether the account may send."
        ),
        field="smtp_login",
    ),
    Code.RELAY_REFUSED: Sentence(
        message=_("The server does not pass on mail from this account to others (%(smtp_code)s)."),
        hint=_(
            "It may be meant for incoming mail only, or the account may write to addresses of the same"
            " provider only. Ask the provider for the server and port for sending, usually 587 (TLS) or 465"
            " (SSL)."
        ),
        field="smtp_host",
    ),
}
