"""A CA in a file, for a sandbox that is trusted once and started many times."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_LARGEST = 65536  # octets
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def holds_key(data: bytes) -> bool:
    """Whether there is a private key in it, of whatever kind."""
    return bool(_PRIVATE_KEY.search(data))


def kept_root(path: Path, organization: str) -> trustme.CA:
    """The CA of a file that holds its private key and its certificate as PEM; it is made if there is none.

    The file is for its owner alone (mode 0600). Raises OSError, and ValueError for a file that others can read or
    write, and for a CA whose certificates no client would accept: a wrong or encrypted key, a certificate that is
    not self-signed, not that of a CA, or out of date.
    """
    with suppress(FileNotFoundError):
        return _root(_read(path), path)
    ca = trustme.CA(organization_name=organization)
    # Another sandbox may make one at the same moment; the first counts.
    with suppress(FileExistsError):
        _create(path, ca.private_key_pem.bytes() + ca.cert_pem.bytes())
    return _root(_read(path), path)


def _create(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone, all of it or nothing."""
    # mkstemp gives mode 0600 from the first moment on.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.link(name, path)
    finally:
        os.unlink(name)


def _read(path: Path) -> bytes:
    with open(path, "rb", opener=_open_at_once) as file:
        # Of what is read, not of what the name may stand for a moment later.
        _check_owner(os.fstat(file.fileno()), path)
        return file.read(_LARGEST)


def _open_at_once(path: str, flags: int) -> int:
    # Otherwise a pipe waits for somebody to write into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_owner(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path} is not a regular file")
    if os.name != "posix":
        return
    if status.st_uid not in (0, os.geteuid()):
        raise ValueError(f"{path} belongs to another user, who could replace the CA")
    if status.st_mode & _OTHERS:
        raise ValueError(f"{path} holds a private key and is open to other users; run: chmod 600 {path}")


def _root(data: bytes, path: Path) -> trustme.CA:
    try:
        [certificate] = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise ValueError(f"{path} does not hold one certificate as PEM") from error
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError as error:
        raise ValueError(f"the private key in {path} is encrypted") from error
    except ValueError as error:
        raise ValueError(f"{path} does not hold a private key as PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"the private key in {path} is neither of RSA nor of an elliptic curve")
    if key.public_key() != certificate.public_key():
        raise ValueError(f"the private key in {path} is not that of the certificate")
    if obstacle := _obstacle(certificate):
        raise ValueError(f"the certificate in {path} {obstacle}")
    return trustme.CA.from_pem(certificate.public_bytes(serialization.Encoding.PEM), data)


def _obstacle(certificate: x509.Certificate) -> str:
    """What keeps clients from trusting what it issues."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        # By it the certificates that are issued name their issuer.
        certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound as error:
        return f"has no {error.oid._name}"
    if not (constraints.ca and usage.key_cert_sign):
        return "is not that of a CA"
    if certificate.issuer != certificate.subject:
        return "is not self-signed"
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        return "is out of date"
    return ""
