"""TLS on a connected socket: contexts and the handshake."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime

from . import certificate
from .attention import asks_for_certificate, attentive
from .certificate import TLSFacts
from .errors import CertificateError, Code, DeadlineError, DisconnectedError, TLSError

# OpenSSL's X509_V_ERR numbers (include/openssl/x509_vfy.h).
_CODES = {
    9: Code.CERTIFICATE_NOT_YET_VALID,
    10: Code.CERTIFICATE_EXPIRED,
    18: Code.CERTIFICATE_SELF_SIGNED,
    19: Code.CERTIFICATE_UNKNOWN_ISSUER,
    20: Code.CERTIFICATE_UNKNOWN_ISSUER,
    21: Code.CERTIFICATE_UNKNOWN_ISSUER,
    23: Code.CERTIFICATE_REVOKED,
    25: Code.CERTIFICATE_ISSUER_INVALID,
    26: Code.CERTIFICATE_WRONG_PURPOSE,
    32: Code.CERTIFICATE_ISSUER_INVALID,
    62: Code.CERTIFICATE_WRONG_HOST,
    64: Code.CERTIFICATE_WRONG_HOST,
    66: Code.CERTIFICATE_WEAK,
    67: Code.CERTIFICATE_WEAK,
    68: Code.CERTIFICATE_WEAK,
    79: Code.CERTIFICATE_ISSUER_INVALID,
}
_NOT_TLS = {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}
_VERSION = {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "WRONG_SSL_VERSION"}
_CIPHER = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY",
    "NO_SHARED_CIPHER",
    "DH_KEY_TOO_SMALL",
}
_CLIENT_CERTIFICATE = {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "TLSV1_ALERT_CERTIFICATE_REQUIRED"}


def verifying_context(ca_file: str | None, protocol: str = "") -> ssl.SSLContext:
    """Chain, host name and dates are checked, TLS 1.2 or newer; ``ca_file`` is trusted besides the system's.

    ``protocol`` is offered by ALPN (RFC 7301), for what is not SMTP. Loading the system's authorities takes longer
    than a handshake, so contexts are kept, one for each protocol.

    Raises ``TLSError`` if ``ca_file`` cannot be read.
    """
    try:
        return _verifying_context(ca_file, os.stat(ca_file).st_mtime_ns if ca_file else 0, protocol)
    except OSError as error:
        raise TLSError(Code.AUTHORITIES_UNREADABLE) from error


@functools.lru_cache(maxsize=8)
def _verifying_context(ca_file: str | None, mtime_ns: int, protocol: str) -> ssl.SSLContext:
    context = attentive(ssl.create_default_context())
    if protocol:
        context.set_alpn_protocols([protocol])
    if ca_file:
        context.load_verify_locations(ca_file)
    # Python 3.13 set STRICT, which refuses certificates of working mail servers, and PARTIAL_CHAIN.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Python before 3.13 accepts a certificate without subjectAltName by its common name; RFC 9525 6.3 does not.
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@functools.lru_cache(maxsize=1)
def unverified_context() -> ssl.SSLContext:
    """Checks nothing: only for a test that says so, or where the certificate is compared with a pin."""
    context = attentive(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def lenient_context() -> ssl.SSLContext:
    """For a hello that offers outdated versions too, to see what a server makes of it. No handshake is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def handshake(
    sock: socket.socket, context: ssl.SSLContext, host: str, timeout: float
) -> tuple[ssl.SSLSocket, TLSFacts]:
    """TLS over a connected socket, at most ``timeout`` seconds; the socket is closed if it fails.

    Raises ``CertificateError`` with the certificate's facts, ``TLSError``, ``DeadlineError`` or
    ``DisconnectedError``.
    """
    try:
        # Of a connection that is lost already, wrap_socket leaves an open socket behind (before Python 3.13).
        sock.getpeername()
        wrapped = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except (OSError, ValueError) as error:
        # The server has closed already, and left an error or bytes that are no handshake.
        sock.close()
        raise DisconnectedError(Code.TLS_BROKEN) from error
    try:
        wrapped.settimeout(timeout)
        wrapped.do_handshake()
        return wrapped, _facts(wrapped, verified=context.verify_mode is ssl.CERT_REQUIRED)
    except OSError as error:
        try:
            raise _translate(error, wrapped) from error
        finally:
            wrapped.close()


def reading_error(error: ssl.SSLError) -> TLSError | DisconnectedError:
    """An error that TLS 1.3 raises only after the handshake, at the first read."""
    if error.reason in _CLIENT_CERTIFICATE:
        return TLSError(Code.CLIENT_CERTIFICATE_REQUIRED)
    return DisconnectedError(Code.DISCONNECTED)


def _translate(error: OSError, wrapped: ssl.SSLSocket) -> TLSError | DeadlineError | DisconnectedError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_error(error, wrapped)
    if isinstance(error, TimeoutError):
        return DeadlineError(Code.DEADLINE_PASSED)
    if asks_for_certificate(wrapped):
        # Which alert it sends for lack of one, and whether it sends any, differs from server to server.
        return TLSError(Code.CLIENT_CERTIFICATE_REQUIRED)
    if isinstance(error, ssl.SSLEOFError | ConnectionError) or not isinstance(error, ssl.SSLError):
        return DisconnectedError(Code.TLS_BROKEN)
    return TLSError(_handshake_code(error.reason or ""))


def _handshake_code(reason: str) -> Code:
    for reasons, code in (
        (_NOT_TLS, Code.TLS_NOT_SPOKEN),
        (_VERSION, Code.TLS_VERSION),
        (_CIPHER, Code.TLS_CIPHER),
        (_CLIENT_CERTIFICATE, Code.CLIENT_CERTIFICATE_REQUIRED),
    ):
        if reason in reasons:
            return code
    return Code.TLS_BROKEN


def _certificate_error(error: ssl.SSLCertVerificationError, wrapped: ssl.SSLSocket) -> CertificateError:
    facts = _facts(wrapped, verified=False)
    code = _more_exactly(_CODES.get(error.verify_code, Code.CERTIFICATE_INVALID), facts)
    known = {"sha256": facts.sha256, "issuer": facts.issuer, "names": ", ".join(facts.names[:5])}
    return CertificateError(code, tls=facts, facts={**known, "verify_code": error.verify_code})


def _more_exactly(code: Code, facts: TLSFacts) -> Code:
    """What OpenSSL says of the chain, seen together with the server's own certificate."""
    # Only what was sent tells a missing intermediate from an unknown authority: one certificate alone, which
    # says where its issuer's is to be had.
    if code is Code.CERTIFICATE_UNKNOWN_ISSUER and facts.chain_length == 1 and facts.names_issuer_url:
        return Code.CERTIFICATE_CHAIN_INCOMPLETE
    if facts.not_before is None or facts.not_after is None:
        return code
    if code is Code.CERTIFICATE_EXPIRED and facts.not_after > datetime.now(UTC):
        return Code.CERTIFICATE_CHAIN_EXPIRED
    if code is Code.CERTIFICATE_NOT_YET_VALID and facts.not_before <= datetime.now(UTC):
        return Code.CERTIFICATE_CHAIN_NOT_YET_VALID
    if code is Code.CERTIFICATE_WRONG_HOST and not facts.names:
        return Code.CERTIFICATE_WITHOUT_NAMES
    return code


def _facts(wrapped: ssl.SSLSocket, *, verified: bool) -> TLSFacts:
    chain = _sent_chain(wrapped)
    cipher = wrapped.cipher()
    facts = TLSFacts(
        version=wrapped.version() or "",
        cipher=cipher[0] if cipher else "",
        verified=verified,
        chain_length=len(chain),
        sha256=hashlib.sha256(chain[0]).hexdigest() if chain else "",
        asks_for_certificate=asks_for_certificate(wrapped),
    )
    return replace(facts, **certificate.read(chain[0])) if chain else facts


def _sent_chain(wrapped: ssl.SSLSocket) -> list[bytes]:
    """The certificates as they were sent, in DER. Readable after a failed verification too.

    ``SSLSocket.get_unverified_chain`` is public from Python 3.13 on and refuses to work before the end of the
    handshake; the object below it does not.
    """
    chain = wrapped._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]
    return [ssl.PEM_cert_to_DER_cert(sent.public_bytes()) for sent in chain]
