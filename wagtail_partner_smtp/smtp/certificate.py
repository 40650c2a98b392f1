"""What a certificate says about itself. Anybody can have one made with any text in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from .reply import MAX_TEXT, strip_controls

MAX_NAMES = 50


class Contents(TypedDict, total=False):
    """The fields of ``TLSFacts`` that come from the certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    names_issuer_url: bool


def days_left(not_after: datetime) -> int:
    """Whole days until a certificate ends, negative when it has."""
    return (not_after - datetime.now(UTC)).days


def read(der: bytes) -> Contents:
    """Empty for a certificate that only OpenSSL can read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return Contents(
            subject=_common_name(certificate.subject),
            issuer=_common_name(certificate.issuer),
            names=_names(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            names_issuer_url=_names_issuer_url(certificate),
        )
    except Exception:
        # The stricter parser refuses with errors of many kinds: the fingerprint is known all the same.
        return Contents()


def _common_name(name: x509.Name) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(oid):
            return _cleaned(str(found[0].value))
    return _cleaned(name.rfc4514_string())


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = extension.get_values_for_type(x509.IPAddress)
    names = (*extension.get_values_for_type(x509.DNSName), *map(str, addresses))
    return tuple(_cleaned(name) for name in names[:MAX_NAMES])


def _cleaned(text: str) -> str:
    return strip_controls(text)[:MAX_TEXT]


def _names_issuer_url(certificate: x509.Certificate) -> bool:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS for entry in access)
