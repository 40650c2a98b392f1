"""Sentences about logging in and sending."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

_FOR_INCOMING_MAIL = _(
    "It may be meant for incoming mail only. Ask the provider for the server and port for sending, "
    "usually 587 (TLS) or 465 (SSL)."
)

NOTHING_TRIED = Sentence(
    message=_("Whether this server accepts mail was not tried."),
    hint=_("The first mail will show it."),
)
"""In place of ``relay_not_tried``, where not even the SMTP Email was tried or taken."""

REFUSED_FOR_OTHERS = Sentence(
    message=_("The server accepts no mail from this site for addresses of other domains (%(smtp_code)s)."),
    hint=_FOR_INCOMING_MAIL,
    field="smtp_port",
)
"""In place of ``relay_refused``, where it is known to be about the recipient, and there is no login."""

# Where the connection is encrypted already.
NO_LOGIN_BEHIND_ENCRYPTION = Sentence(
    message=_("The server offers no login on this connection. Without the login no mail is sent."),
    hint=_(
        "It may be meant for incoming mail only. Ask the provider for the server and "
        "port for sending. If it accepts this site's mail without a login, remove the "
        "login."
    ),
    field="smtp_login",
)

SENTENCES = {
    Code.AUTH_FAILED: Sentence(
        message=_("The server does not accept login and password."),
        hint=_("Type both again. Some providers want the whole email address as login, or an app password."),
        field="smtp_password",
    ),
    Code.APPLICATION_PASSWORD_REQUIRED: Sentence(
        message=_("The provider wants an app password instead of the normal one."),
        hint=_("Create an app password in the account's security settings and enter it here."),
        field="smtp_password",
    ),
    Code.BASIC_AUTH_DISABLED: Sentence(
        message=_("The provider has switched off logging in with a password for this account."),
        hint=_(
            "Even the right password is refused: change the authentication method to OAuth 2.0. Where this site "
            "does not offer it, ask the provider's administrator whether passwords can be allowed."
        ),
        field="smtp_login",
    ),
    Code.ACCOUNT_DISABLED: Sentence(
        message=_("The provider has switched off this account."),
        hint=_("Ask the provider, or an administrator of the account, to switch it on again."),
        field="smtp_login",
    ),
    Code.AUTH_TEMPORARY: Sentence(
        message=_("The server cannot check the login just now (%(smtp_code)s)."),
        hint=_("Your settings may be right. Wait some minutes: too many attempts can lock an account."),
    ),
    Code.AUTH_REJECTED: Sentence(
        message=_("The server refuses the attempt to log in (%(smtp_code)s)."),
        hint=_("The server's reply says more. Check with the provider whether this account may send mail."),
        field="smtp_login",
    ),
    Code.CONNECTION_LIMIT: Sentence(
        message=_(
            "The account has too many connections open on the server already (%(smtp_code)s), perhaps because "
            "mail is being sent just now."
        ),
        hint=_("Your settings may be right. Try again in a few minutes."),
    ),
    Code.NO_COMMON_MECHANISM: Sentence(
        message=_("The server offers only ways to log in that this site does not know (%(offered)s)."),
        hint=_("Ask the provider whether logging in with a password can be switched on."),
        field="smtp_login",
    ),
    Code.SERVER_NOT_AUTHENTIC: Sentence(
        message=_("The server could not prove that it knows the password. It may not be the real one."),
        hint=_("Do not use these settings. Check the host with your provider."),
        field="smtp_host",
    ),
    Code.AUTH_NOT_OFFERED: Sentence(
        message=_("The server offers no login on this connection. Without the login no mail is sent."),
        hint=_("Many servers offer it only after encryption: choose TLS or SSL. Otherwise remove the login."),
        field="smtp_login",
    ),
    Code.STORED_PASSWORD_NOT_SENT: Sentence(
        message=_("The saved password is not sent over a connection whose certificate is not trusted."),
        hint=_("To test the login as well, type the password again, or trust the certificate."),
        field="smtp_password",
    ),
    Code.LOGIN_NOT_TRIED: Sentence(
        message=_("The login was not tried, because the connection cannot be trusted."),
        hint=_("The settings of this site forbid it."),
    ),
    Code.LOGIN_REQUIRED: Sentence(
        message=_("The server wants a login before it accepts mail."),
        hint=_("Enter SMTP Login and SMTP Password."),
        field="smtp_login",
    ),
    Code.RELAY_REFUSED: Sentence(
        message=_("The server accepts no mail from this site, and offers no login (%(smtp_code)s)."),
        hint=_FOR_INCOMING_MAIL,
        field="smtp_port",
    ),
    Code.RELAY_NOT_TRIED: Sentence(
        message=_(
            "This server accepts mail for its own addresses. Whether it accepts mail for "
            "others was not tried."
        ),
        hint=_(
            "Without a login many servers accept mail for their own addresses only. The "
            "first mail to an address of another domain will show it; a test email can be "
            "that mail."
        ),
        field="smtp_login",
    ),
    Code.TEST_RECIPIENT_REFUSED: Sentence(
        message=_("The server does not accept mail for %(recipient)s at the moment (%(smtp_code)s)."),
        general=_("The server does not accept mail for the address of this site's tests at the moment."),
        hint=_(
            "That says nothing about other addresses. The settings of this site name this address for tests:"
            " perhaps it does not exist any more."
        ),
    ),
    Code.SENDER_REFUSED: Sentence(
        message=_("The server refuses mail from this address (%(smtp_code)s)."),
        hint=_(
            "Check the SMTP Email: it has to be an address that this server knows, and its "
            "mailbox must not be full or switched off."
        ),
        field="smtp_email",
    ),
    Code.SENDER_UNKNOWN: Sentence(
        message=_("The server knows no mailbox of this address (%(smtp_code)s)."),
        hint=_("Check the spelling of the SMTP Email. Replies to it, and reports of failure, would be lost."),
        field="smtp_email",
    ),
    Code.SENDER_WITHOUT_MAILBOX: Sentence(
        message=_(
            "Mail can be sent, but the server accepts none for the SMTP Email itself "
            "(%(smtp_code)s): its mailbox does not exist, or is full or switched off."
        ),
        hint=_(
            "Replies to it, and reports of failure, would be lost. Check its spelling. If "
            "it is meant for sending only, you can leave it as it is."
        ),
        field="smtp_email",
    ),
    Code.SENDER_NOT_OWNED: Sentence(
        message=_("This login may not send mail from this address (%(smtp_code)s)."),
        hint=_("Use the email address that belongs to the login, or have the provider allow this sender."),
        field="smtp_email",
    ),
    Code.SENDER_NOT_VERIFIED: Sentence(
        message=_("The provider has not verified this sender yet (%(smtp_code)s)."),
        hint=_("Verify the SMTP Email in the provider's settings, or use an address that is verified there."),
        field="smtp_email",
    ),
    Code.SENDER_DOMAIN_NOT_VERIFIED: Sentence(
        message=_("The domain of the SMTP Email is not verified at the provider (%(smtp_code)s)."),
        hint=_(
            "Add the domain in the provider's settings and verify it there, or use an address of one that is."
        ),
        field="smtp_email",
    ),
    Code.SENDER_DOMAIN_UNKNOWN: Sentence(
        message=_("The domain of the SMTP Email does not exist, or cannot receive mail (%(smtp_code)s)."),
        hint=_(
            "Check the spelling of the SMTP Email. If it is right, whoever manages the domain has to correct"
            " its DNS records (MX, A)."
        ),
        field="smtp_email",
    ),
    Code.SENDER_BLOCKED: Sentence(
        message=_("The server has this sender or its domain on a block list (%(smtp_code)s)."),
        hint=_("Ask the provider why, or use another SMTP Email."),
        field="smtp_email",
    ),
    Code.SENDER_NOT_AUTHENTIC: Sentence(
        message=_(
            "The domain of the SMTP Email does not allow this server to send its mail (SPF, DKIM or DMARC)."
        ),
        hint=_(
            "Whoever manages the domain has to add the records that the provider names, or the SMTP Email has"
            " to be of a domain that sends through this server."
        ),
        field="smtp_email",
    ),
    Code.SENDER_TEMPORARY: Sentence(
        message=_("The server cannot accept mail from this address just now (%(smtp_code)s)."),
        hint=_("Your settings may be right; servers often let unknown senders wait. Try again later."),
    ),
    Code.RECIPIENTS_REFUSED: Sentence(
        message=_("The server refuses all recipients (%(smtp_code)s)."),
        hint=_("Check the recipients' addresses."),
    ),
    Code.RECIPIENT_UNKNOWN: Sentence(
        message=_("The server knows no mailbox of the recipient (%(smtp_code)s)."),
        hint=_("Check the spelling of the recipient's address."),
    ),
    Code.RECIPIENT_MAILBOX_FULL: Sentence(
        message=_("The recipient's mailbox is full (%(smtp_code)s)."),
        hint=_("The recipient has to make room in it. Try again later."),
    ),
    Code.RECIPIENT_NOT_ALLOWED: Sentence(
        message=_("The server accepts no mail from this account for this recipient (%(smtp_code)s)."),
        hint=_(
            "The recipient may be on a list of addresses that get no mail, or the account may send to confirmed "
            "addresses only. The provider's settings say which."
        ),
    ),
    Code.CONTENT_REFUSED: Sentence(
        message=_("The server refuses the message for what is in it (%(smtp_code)s)."),
        hint=_("It looks like spam to the server, or has an attachment or link that it does not accept."),
    ),
    Code.CONTENT_MALFORMED: Sentence(
        message=_("The server finds the headers of the message wrong (%(smtp_code)s)."),
        hint=_(
            "Tell the developers of this site: From, Date or another header is missing or not as it should be."
        ),
    ),
    Code.DATA_REFUSED: Sentence(
        message=_("The server refuses the message (%(smtp_code)s)."), hint=_("The server's reply says why.")
    ),
    Code.MESSAGE_TOO_LARGE: Sentence(
        message=_("The message is too large for this server."), hint=_("Send it with smaller attachments.")
    ),
    Code.MESSAGE_INVALID: Sentence(
        message=_("The message cannot be turned into an email (%(reason)s)."),
        hint=_("This is a fault of the code that made it. Tell the developers of this site."),
    ),
    Code.HEADER_INVALID: Sentence(
        message=_("The message has a header that is not allowed in an email: %(header)s."),
        hint=_("This is a fault of the code that made it. Tell the developers of this site."),
    ),
    Code.HEADER_TOO_LONG: Sentence(
        message=_(
            "The header %(header)s of the message has a line of more than 998 characters without a space."
        ),
        general=_("A header of the message has a line of more than 998 characters without a space."),
        hint=_("This is a fault of the code that made it. Tell the developers of this site."),
    ),
    Code.SMTPUTF8_REQUIRED: Sentence(
        message=_("The server cannot handle addresses with letters other than a to z."),
        hint=_("Use an address without accents and umlauts."),
        field="smtp_email",
    ),
    Code.OUTCOME_UNKNOWN: Sentence(
        message=_(
            "The connection ended before the server confirmed the message: it may have been sent or not."
        ),
        hint=_("Find out whether it has arrived before you send it again."),
    ),
    Code.TRANSPORT_REPLACED: Sentence(
        message=_("This site passes mail to %(path)s instead of the server."),
        general=_("This site passes mail to something else instead of the server."),
        hint=_("The setting PARTNER_SMTP_TRANSPORT says so; it is meant for tests of the site."),
    ),
    Code.PARTNER_MISSING: Sentence(
        message=_("The message names no partner, or one that does not exist, so nothing is sent.")
    ),
    Code.PARTNER_INACTIVE: Sentence(
        message=_("This partner is not active, so nothing is sent."), hint=_("Activate the partner first.")
    ),
    Code.WRONG_MAILER: Sentence(
        message=_(
            "This message belongs to a partner and was about to be sent through the site's own mail server."
        ),
        hint=_(
            "Tell the developers of this site: it has to be sent by the partner, or by the backend for partners."
        ),
    ),
}
