"""A TLS connection, and what a certificate says about itself. Anybody can have one made with any text in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from .reply import MAX_TEXT, strip_controls

MAX_NAMES = 50
EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class TLSFacts:
    """A TLS connection and the server's certificate. ``sha256`` is of the DER form, in lower-case hex.

    ``version`` and ``cipher`` are empty when the handshake failed. ``chain_length`` counts the certificates
    that were sent; ``names_issuer_url`` tells that the certificate says where its issuer's can be fetched,
    as those of public authorities do. ``asks_for_certificate``: the server asked for one of the client's.
    """

    version: str = ""
    cipher: str = ""
    verified: bool = False
    pinned: bool = False
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    sha256: str = ""
    chain_length: int = 0
    names_issuer_url: bool = False
    asks_for_certificate: bool = False

    @property
    def days_left(self) -> int | None:
        """Whole days until the certificate expires, negative when it has."""
        return None if self.not_after is None else days_left(self.not_after)

    @property
    def expires_soon(self) -> bool:
        return self.expires_within(EXPIRES_SOON)

    def expires_within(self, time: timedelta) -> bool:
        """Within that time, or in the last quarter of a certificate's shorter life."""
        if self.not_before is None or self.not_after is None:
            return False
        last_part = min(time, (self.not_after - self.not_before) / 4)
        return self.not_after - datetime.now(UTC) < last_part

    @property
    def trusted(self) -> bool:
        return self.verified or self.pinned


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
