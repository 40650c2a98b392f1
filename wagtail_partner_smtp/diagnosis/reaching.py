"""Sentences about the way to the server, and about what answers there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from ..smtp.settings import Stage
from .sentence import Sentence

SENTENCES = {
    Code.HOST_UNKNOWN: Sentence(
        message=_("There is no server of the name %(host)s on the public internet."),
        general=_("The mail server's name is not known on the public internet."),
        hint=_(
            "Check the spelling of the host with your mail provider. If it is a mail server of your own network, "
            "the developers of this site can allow it with the setting PARTNER_SMTP_ALLOWED_NETWORKS."
        ),
        field="smtp_host",
    ),
    Code.HOST_WITHOUT_ADDRESS: Sentence(
        message=_("The name %(host)s exists, but it has no address to connect to."),
        general=_("The mail server's name exists, but it has no address to connect to."),
        hint=_(
            "It may be the domain of the email address. Ask your provider for the name of the mail server."
        ),
        field="smtp_host",
    ),
    Code.DNS_UNAVAILABLE: Sentence(
        message=_("The name %(host)s cannot be looked up just now."),
        general=_("The mail server's name cannot be looked up just now."),
        hint=_("The name service does not answer. Try again in a few minutes; the settings may be right."),
    ),
    Code.ADDRESS_NOT_ALLOWED: Sentence(
        message=_("This site does not connect to the address of %(host)s on port %(port)s."),
        general=_("This site does not connect to the mail server's address."),
        hint=_(
            "The address is not on the public internet. If it is a mail server of your own network, the "
            "developers of this site can allow it with the setting PARTNER_SMTP_ALLOWED_NETWORKS. An entry "
            "without a port allows the ports 25, 465, 587 and 2525 only."
        ),
        field="smtp_host",
    ),
    Code.PORT_NOT_ALLOWED: Sentence(
        message=_("This site may connect to %(host)s, but not on port %(port)s."),
        general=_("This site may not connect to this port of the mail server."),
        hint=_(
            "Check the port. The developers of this site can allow it by naming it in the setting "
            "PARTNER_SMTP_ALLOWED_NETWORKS: an entry without a port allows 25, 465, 587 and 2525 only."
        ),
        field="smtp_port",
    ),
    Code.CONNECTION_REFUSED: Sentence(
        message=_("The server refuses connections on port %(port)s: nothing listens there."),
        general=_("The server refuses connections on this port: nothing listens there."),
        hint=_("Check the port. Usual ports are 587 (TLS) and 465 (SSL)."),
        field="smtp_port",
    ),
    Code.CONNECTION_FILTERED: Sentence(
        message=_("Nothing answers on port %(port)s."),
        general=_("Nothing answers on the mail server's port."),
        hint=_(
            "A firewall drops the connection, or the server is down. Check host and port: usual ports are 587 "
            "(TLS) and 465 (SSL), and many networks block port 25."
        ),
        field="smtp_port",
    ),
    Code.NETWORK_UNREACHABLE: Sentence(
        message=_("There is no way from this site to the address of %(host)s."),
        general=_("There is no way from this site to the mail server's address."),
        hint=_("Ask the developers of this site whether its network can reach that address."),
        field="smtp_host",
    ),
    Code.DEADLINE_PASSED: Sentence(
        message=_("The server did not answer in time (step: %(stage)s)."),
        hint=_("It may be overloaded. Try again later; if this continues, check host, port and security."),
    ),
    Code.DISCONNECTED: Sentence(
        message=_("The server closed the connection (step: %(stage)s)."),
        hint=_("It may refuse this site's address or be overloaded. Try again later, or ask the provider."),
    ),
    Code.REPLY_UNFINISHED: Sentence(
        message=_("The server began to answer but did not finish in time (step: %(stage)s)."),
        hint=_(
            "It may be overloaded, or delay unknown senders on purpose. Try again later; if "
            "this continues, ask the provider."
        ),
    ),
    Code.WRONG_SERVICE: Sentence(
        message=_("What answers on port %(port)s is not a mail server: it speaks %(service)s."),
        general=_("What answers there is not a mail server."),
        hint=_("Check the port. Usual ports for sending mail are 587 (TLS) and 465 (SSL)."),
        field="smtp_port",
    ),
    Code.NOT_SMTP: Sentence(
        message=_("What answers on port %(port)s does not speak SMTP, the protocol of mail servers."),
        general=_("What answers there does not speak SMTP, the protocol of mail servers."),
        hint=_("Check host and port with your mail provider."),
        field="smtp_port",
    ),
    Code.REPLY_TOO_LONG: Sentence(
        message=_(
            "The server sends far more than a mail server has to; the connection was closed "
            "(step: %(stage)s)."
        ),
        hint=_("Check host and port. If they are right, the provider has to find the cause."),
        field="smtp_host",
    ),
    Code.SERVER_BUSY: Sentence(
        message=_("The server is busy and asks to try again later (%(smtp_code)s)."),
        hint=_("Your settings may be right. Try again in a few minutes."),
    ),
    Code.SERVER_REFUSES: Sentence(
        message=_("The server refuses to talk to this site (%(smtp_code)s)."),
        hint=_(
            "The address of this site may be blocked there. Ask the provider, also for the port for sending, "
            "usually 587 (TLS) or 465 (SSL)."
        ),
        field="smtp_host",
    ),
    Code.SIZE_LIMIT_LOW: Sentence(
        message=_("The server accepts messages of up to %(size)s only."),
        general=_("The server accepts small messages only."),
        hint=_(
            "That is little for attachments, which become a third larger on their way. If this partner's mail has "
            "some, ask the provider for a higher limit."
        ),
        field="smtp_host",
    ),
    Code.EHLO_REFUSED: Sentence(
        message=_("The server refuses this site's greeting (%(smtp_code)s)."),
        hint=_(
            "It may not accept the name of this site, which developers can set with PARTNER_SMTP_EHLO_NAME, or "
            "it is not a mail server."
        ),
        field="smtp_host",
    ),
}

# Where the encryption stood before.
ENCRYPTED = {
    (Code.DISCONNECTED, Stage.STARTTLS): Sentence(
        message=_("The server on port %(port)s encrypted the connection and then closed it."),
        hint=_(
            "Port and security match. Something behind the encryption may be out of order, often the service that "
            "checks logins. Try again later, or ask the provider."
        ),
    ),
    (Code.DISCONNECTED, Stage.CONNECT): Sentence(
        message=_(
            "The server on port %(port)s encrypted the connection and then closed it without a greeting."
        ),
        hint=_(
            "Port and security match. The mail server behind the encryption, or the service that checks logins "
            "for it, may be out of order; or it refuses the address of this site. Try again later, or ask the "
            "provider."
        ),
        field="smtp_port",
    ),
    (Code.DEADLINE_PASSED, Stage.CONNECT): Sentence(
        message=_("Port %(port)s encrypts the connection, but no mail server speaks there."),
        hint=_(
            "Check the port. A mail server that is very slow, or out of order, would look the same: try again "
            "later."
        ),
        field="smtp_port",
    ),
}

# Where the step itself tells more than its name.
BY_STAGE = {
    (Code.AUTH_TEMPORARY, Stage.CONNECT): Sentence(
        message=_("The server's own service for checking logins is out of order (%(smtp_code)s)."),
        hint=_("Your settings may be right. Try again later; if this continues, tell the provider."),
    ),
    (Code.DEADLINE_PASSED, Stage.RESOLVE): Sentence(
        message=_("The name %(host)s could not be looked up in time."),
        hint=_("The name service is slow. Try again in a few minutes; the settings may be right."),
        field="smtp_host",
    ),
    (Code.DEADLINE_PASSED, Stage.CONNECT): Sentence(
        message=_("Port %(port)s accepts the connection, but no mail server speaks there."),
        hint=_(
            "Check port and security. A mail server that is very slow would look the same: try again later."
        ),
        field="smtp_port",
    ),
    (Code.DISCONNECTED, Stage.CONNECT): Sentence(
        message=_("The server on port %(port)s closed the connection at once."),
        hint=_(
            "Check port and security: a server may close the connection when SSL is missing "
            "or not expected. It may also refuse the address of this site."
        ),
        field="smtp_port",
    ),
    (Code.RECIPIENT_NOT_ALLOWED, Stage.SENDER): Sentence(
        message=_("The server accepts no mail from this account for the SMTP Email itself (%(smtp_code)s)."),
        hint=_(
            "The account may send to confirmed addresses only, or the address is on a list of those that get no "
            "mail. The provider's settings say which."
        ),
        field="smtp_email",
    ),
    (Code.TLS_NOT_SPOKEN, Stage.STARTTLS): Sentence(
        message=_("The server promised TLS, but answered the encryption with unencrypted text."),
        hint=_(
            "Nothing was sent. This is a fault of the server, or somebody may be intercepting the connection."
        ),
        field="smtp_security",
    ),
    (Code.ENCRYPTION_REQUIRED, Stage.AUTH): Sentence(
        message=_("The server does not let anybody log in before the connection is encrypted."),
        hint=_("Choose TLS (usually port 587) or SSL (usually port 465)."),
        field="smtp_security",
    ),
    (Code.DEADLINE_PASSED, Stage.AUTH): Sentence(
        message=_("The server did not answer the login in time."),
        hint=_("Servers slow down after wrong passwords. Wait some minutes before you try again."),
        field="smtp_login",
    ),
    (Code.DISCONNECTED, Stage.AUTH): Sentence(
        message=_("The server closed the connection during the login, without a reason."),
        hint=_(
            "The server may be unable to check logins now, or the account may be locked "
            "after wrong passwords. Wait some minutes, then check the login; if this "
            "continues, ask the provider."
        ),
        field="smtp_login",
    ),
}
