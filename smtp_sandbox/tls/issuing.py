"""Certificates by hand, for the faults that trustme cannot make.

Subject and authority key identifiers and the key usage are always there: strict verification, the default
since Python 3.13, would otherwise report their absence instead of the fault that is meant (RFC 5280 4.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TypeAlias, cast

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

LOOPBACK = ("localhost", "127.0.0.1", "::1")
CA_ISSUERS = "http://ca.localhost/intermediate.crt"


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def identifier(self) -> x509.SubjectKeyIdentifier:
        """By which certificates that it issues name it."""
        return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value

    @property
    def key_pem(self) -> bytes:
        """The private key, unencrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a certificate shall say; days count from now."""

    common_name: str
    names: tuple[str, ...] = LOOPBACK
    is_ca: bool = False
    first_day: float = -1
    last_day: float = 365
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH
    ca_issuers: str = ""


def signer_of(ca: trustme.CA) -> Signer:
    """The certificate and key of a trustme CA."""
    key = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
    return Signer(x509.load_pem_x509_certificate(ca.cert_pem.bytes()), cast(Key, key))


def issue(request: Request, issuer: Signer | None = None, key: Key | None = None) -> Signer:
    """Sign a certificate; without an issuer it is self-signed, without a key it gets a new P-256 one."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, request.common_name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=request.first_day))
        .not_valid_after(now + timedelta(days=request.last_day))
    )
    builder = _identified(builder, key, issuer)
    builder = _as_authority(builder) if request.is_ca else _as_leaf(builder, request)
    return Signer(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _identified(builder: x509.CertificateBuilder, key: Key, issuer: Signer | None) -> x509.CertificateBuilder:
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # The issuer's own, which need not be made of its key in the usual way.
    identifier = issuer.identifier if issuer else subject
    authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    return builder.add_extension(subject, critical=False).add_extension(authority, critical=False)


def _as_authority(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(True, None), critical=True).add_extension(
        _usage(signs_certificates=True), critical=True
    )


def _as_leaf(builder: x509.CertificateBuilder, request: Request) -> x509.CertificateBuilder:
    names = x509.SubjectAlternativeName([_general_name(name) for name in request.names])
    builder = (
        builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([request.purpose]), critical=False)
        .add_extension(names, critical=False)
    )
    if not request.ca_issuers:
        return builder
    location = x509.UniformResourceIdentifier(request.ca_issuers)
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, location)
    return builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def revocation_list(issuer: Signer, *revoked: Signer) -> bytes:
    """The issuer's CRL as PEM, good for 30 days (RFC 5280 5)."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=30))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer.identifier), critical=False
        )
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    for signer in revoked:
        entry = x509.RevokedCertificateBuilder(signer.certificate.serial_number, now - timedelta(days=1))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
