"""What a session may do over a connection that is not verified."""

from __future__ import annotations

from .certificate import TLSFacts
from .errors import CertificateError, Code
from .reply import Reply
from .settings import Policy, Security, SMTPSettings, UnverifiedTest

INEXCUSABLE = frozenset(
    {
        Code.CERTIFICATE_WEAK,
        Code.CERTIFICATE_WRONG_PURPOSE,
        Code.CERTIFICATE_REVOKED,
        Code.CERTIFICATE_INVALID,
    }
)
"""Faults that a pin does not excuse: it excuses name, dates and issuer."""


def accept(error: CertificateError, settings: SMTPSettings, policy: Policy, *, interactive: bool) -> None:
    """Return if it may, else raise what is to be told.

    The pinned certificate may unless its fault is ``INEXCUSABLE``. Any other may only in an interactive SSL test
    of a destination that was never verified before.
    """
    if settings.pinned_certificate:
        must_be_pinned(error, settings)
        if error.code in INEXCUSABLE:
            raise error
    elif settings.known_certificate:
        again = error.tls is not None and error.tls.sha256 == settings.known_certificate
        raise _renamed(error, error.code, previously_verified=True, same_certificate=again)
    elif (
        not interactive
        or settings.security is not Security.SSL
        or policy.unverified_test is UnverifiedTest.REFUSE
    ):
        raise error


def reason_not_to_log_in(settings: SMTPSettings, policy: Policy, facts: TLSFacts | None) -> Code | None:
    """Why no secret may be sent over the connection, if so. ``facts`` is ``None`` for clear text."""
    if settings.has_token:
        # Anybody who can read it can use the mailbox, with all permissions of the token.
        return None if facts is not None and facts.trusted else Code.TOKEN_NOT_SENT
    if settings.security is Security.NONE or (facts is not None and facts.trusted):
        return None
    if facts is None or policy.unverified_test is not UnverifiedTest.LOGIN:
        return Code.LOGIN_NOT_TRIED
    return None if settings.password_typed else Code.STORED_PASSWORD_NOT_SENT


def may_deliver(settings: SMTPSettings, policy: Policy, facts: TLSFacts | None) -> bool:
    """Whether a delivery would use such a connection: never an encrypted one that is not trusted."""
    if facts is not None:
        return facts.trusted
    return settings.security is Security.NONE or (
        settings.security is Security.TLS and policy.opportunistic_starttls
    )


def lacks_certificate(refusal: Reply, facts: TLSFacts | None) -> bool:
    """Whether a server's first words after the handshake refuse a client that has no certificate.

    Postfix asks for one, ends the handshake without, and then says 421 4.7.1 ("not authorized", RFC 3463 3.8).
    """
    return facts is not None and facts.asks_for_certificate and refusal.enhanced_code[1:] == ".7.1"


def must_be_pinned(error: CertificateError, settings: SMTPSettings) -> None:
    """Raise ``certificate_changed`` if the certificate that was seen is not the pinned one."""
    if error.tls is None or error.tls.sha256 != settings.pinned_certificate:
        raise _renamed(error, Code.CERTIFICATE_CHANGED)


def _renamed(error: CertificateError, code: Code, **facts: bool) -> CertificateError:
    return CertificateError(code, stage=error.stage, tls=error.tls, facts={**error.facts, **facts})
