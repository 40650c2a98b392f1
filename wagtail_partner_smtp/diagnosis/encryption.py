"""Sentences about encryption and certificates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from .sentence import Sentence

_RENEW = _("The provider has to install a valid certificate. Until then no mail is sent through this server.")
_OWN_AUTHORITY = _(
    "If the server has a self-signed certificate or one of a private authority, "
    "compare the fingerprint with its provider and trust it, or let the developers "
    "of this site add its authority with PARTNER_SMTP_CA_FILE."
)

SENTENCES = {
    Code.TLS_NOT_SPOKEN: Sentence(
        message=_("Port %(port)s does not speak SSL: it begins unencrypted."),
        general=_("This port does not speak SSL: it begins unencrypted."),
        hint=_(
            "Check port and security with your mail provider: SSL is usually on port 465, TLS on port 587."
        ),
        field="smtp_security",
    ),
    Code.TLS_EXPECTED: Sentence(
        message=_("Port %(port)s expects SSL from the first byte."),
        general=_("This port expects SSL from the first byte."),
        hint=_(
            "Check port and security with your mail provider: SSL is usually on port 465, TLS on port 587."
        ),
        field="smtp_security",
    ),
    Code.ENCRYPTION_NOT_OFFERED: Sentence(
        message=_(
            "The server on port %(port)s offers no encryption, neither SSL nor TLS, so nothing was sent."
        ),
        general=_("The server offers no encryption, neither SSL nor TLS, so nothing was sent."),
        hint=_("Ask the provider for the port with encryption, usually 465 (SSL) or 587 (TLS)."),
        field="smtp_port",
    ),
    Code.STARTTLS_NOT_OFFERED: Sentence(
        message=_("The server does not offer TLS on port %(port)s, so nothing was sent."),
        general=_("The server does not offer TLS, so nothing was sent."),
        hint=_(
            "Ask the provider for the port with encryption, usually 465 (SSL) or 587 (TLS). If it promises TLS "
            "here, something on the way may remove it."
        ),
        field="smtp_security",
    ),
    Code.STARTTLS_REFUSED: Sentence(
        message=_("The server offers TLS but could not begin it (%(smtp_code)s)."),
        hint=_("This is a fault of the server. Try again later, or ask the provider for another port."),
        field="smtp_security",
    ),
    Code.STARTTLS_INJECTION: Sentence(
        message=_("Somebody inserted unencrypted data at the beginning of the encrypted connection."),
        hint=_(
            "This is what an attack looks like. Nothing was sent. Tell your provider and try another network."
        ),
        field="smtp_security",
    ),
    Code.TLS_BROKEN: Sentence(
        message=_("The encrypted connection could not be set up: the server ended it."),
        hint=_(
            "This is usually a fault of the server, or of what it needs before it answers, such as its service "
            "for checking logins. Check port and security, or ask the provider."
        ),
        field="smtp_security",
    ),
    Code.TLS_VERSION: Sentence(
        message=_("The server has only outdated encryption (before TLS 1.2)."),
        hint=_("Ask the provider for a server with TLS 1.2 or newer."),
        field="smtp_host",
    ),
    Code.TLS_CIPHER: Sentence(
        message=_("This site and the server have no encryption method in common."),
        hint=_("Ask the provider for a server with current TLS ciphers."),
        field="smtp_host",
    ),
    Code.CLIENT_CERTIFICATE_REQUIRED: Sentence(
        message=_("The server wants a client certificate, which is not supported."),
        hint=_("Ask the provider for another port, on which login and password are enough."),
        field="smtp_port",
    ),
    Code.ENCRYPTION_REQUIRED: Sentence(
        message=_("The server demands encryption first."),
        hint=_("Choose TLS (usually port 587) or SSL (usually port 465)."),
        field="smtp_security",
    ),
    Code.STARTTLS_SKIPPED: Sentence(
        message=_("The server does not offer TLS: the connection goes on unencrypted."),
        hint=_("The settings of this site allow it (PARTNER_SMTP_STARTTLS). No password is sent this way."),
        field="smtp_security",
    ),
    Code.CLEARTEXT_PASSWORD: Sentence(
        message=_("The password is sent in clear text: anybody on the way can read it."),
        hint=_("Choose TLS or SSL if the server offers it."),
        field="smtp_security",
    ),
    Code.CERTIFICATE_EXPIRED: Sentence(
        message=_("The server's certificate has expired."), hint=_RENEW, field="smtp_host"
    ),
    Code.CERTIFICATE_NOT_YET_VALID: Sentence(
        message=_("The server's certificate is not valid yet."),
        hint=_(
            "Check the clock of this site's machine. Otherwise the provider has to correct the certificate."
        ),
        field="smtp_host",
    ),
    Code.CERTIFICATE_WRONG_HOST: Sentence(
        message=_("The server's certificate is for another name than %(host)s (%(names)s)."),
        general=_("The server's certificate is for another name."),
        hint=_("Enter the host by the name that the certificate is for, if your provider confirms it."),
        field="smtp_host",
    ),
    Code.CERTIFICATE_WITHOUT_NAMES: Sentence(
        message=_("The server's certificate does not list the names that it is for."),
        hint=_(
            "It is of an old kind that is no longer accepted (without subjectAltName). The provider has to "
            "replace it."
        ),
        field="smtp_host",
    ),
    Code.CERTIFICATE_SELF_SIGNED: Sentence(
        message=_("The server has signed its certificate itself: no authority has confirmed it."),
        hint=_OWN_AUTHORITY,
        field="smtp_host",
    ),
    Code.CERTIFICATE_UNKNOWN_ISSUER: Sentence(
        message=_(
            "The server's certificate comes from an authority that this site does not know (%(issuer)s)."
        ),
        hint=_OWN_AUTHORITY,
        field="smtp_host",
    ),
    Code.CERTIFICATE_CHAIN_INCOMPLETE: Sentence(
        message=_(
            "The server does not send the intermediate certificate that belongs to its own (%(issuer)s)."
        ),
        hint=_("The provider has to install the complete certificate chain."),
        field="smtp_host",
    ),
    Code.CERTIFICATE_CHAIN_EXPIRED: Sentence(
        message=_("The server's own certificate is valid, but another one in its chain has expired."),
        hint=_("The provider has to install the current certificate chain. Until then no mail is sent."),
        field="smtp_host",
    ),
    Code.CERTIFICATE_CHAIN_NOT_YET_VALID: Sentence(
        message=_("The server's own certificate is valid, but another one in its chain is not valid yet."),
        hint=_(
            "Check the clock of this site's machine. Otherwise the provider has to install the current "
            "certificate chain."
        ),
        field="smtp_host",
    ),
    Code.CERTIFICATE_ISSUER_INVALID: Sentence(
        message=_("The server's certificate was issued by one that may not issue certificates (%(issuer)s)."),
        hint=_RENEW,
        field="smtp_host",
    ),
    Code.CERTIFICATE_WEAK: Sentence(
        message=_("The key or signature of the server's certificate is too weak."),
        hint=_RENEW,
        field="smtp_host",
    ),
    Code.CERTIFICATE_WRONG_PURPOSE: Sentence(
        message=_("The server's certificate was not issued for servers."), hint=_RENEW, field="smtp_host"
    ),
    Code.CERTIFICATE_REVOKED: Sentence(
        message=_("The server's certificate was revoked by its issuer."), hint=_RENEW, field="smtp_host"
    ),
    Code.CERTIFICATE_INVALID: Sentence(
        message=_("The server's certificate cannot be verified (OpenSSL error %(verify_code)s)."),
        hint=_RENEW,
        field="smtp_host",
    ),
    Code.CERTIFICATE_CHANGED: Sentence(
        message=_("The server shows another certificate than the one that is trusted for this partner."),
        hint=_(
            "It may have been renewed, or somebody may be intercepting the connection. "
            "Compare the new fingerprint with the provider before you trust it."
        ),
        field="smtp_host",
    ),
    Code.CERTIFICATE_NOT_VERIFIED: Sentence(
        message=_("The certificate is not trusted, and mail will not be sent: %(reason_text)s"),
        hint=_("The test went on without verification to find out the rest. Real mail never does."),
        field="smtp_host",
    ),
    Code.CERTIFICATE_PINNED: Sentence(
        message=_("The certificate cannot be verified, but it is the one that is trusted for this partner."),
        hint=_("Mail is sent as long as the server shows exactly this certificate."),
        field="smtp_host",
    ),
    Code.CERTIFICATE_EXPIRES_SOON: Sentence(
        message=_("The server's certificate expires soon (%(days)s)."),
        hint=_("Ask the provider to renew it in time: mail will stop when it has expired."),
        field="smtp_host",
    ),
}
