"""A CA that survives the sandbox: what is written, what is taken up again, what is refused."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from smtp_sandbox import Sandbox
from smtp_sandbox.tls.certificates import Authority
from smtp_sandbox.tls.issuing import Key, Request, Signer, issue
from tests.sandbox.clients import connect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ca.pem"


def write(path: Path, *pieces: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(b"".join(pieces))


def test_a_client_that_trusts_it_once_trusts_the_next_sandbox(path: Path) -> None:
    with Sandbox(authority=Authority.kept(path)) as first:
        context = ssl.create_default_context(cadata=first.authority.ca_pem().decode())
    with Sandbox(authority=Authority.kept(path)) as second:
        connect(second.ssl, context=context).quit()
        connect(second.listen("cert-expires-soon"), context=context).quit()
        for name, code in (("expired", 10), ("intermediate", 0), ("wrong-purpose", 26), ("untrusted", 20)):
            second.ssl.use_certificate(name)
            if code == 0:
                connect(second.ssl, context=context).quit()
                continue
            with pytest.raises(ssl.SSLCertVerificationError) as error:
                connect(second.ssl, context=context)
            assert error.value.verify_code == code


def test_its_file_is_for_its_owner_alone_and_comes_whole(path: Path) -> None:
    before = os.umask(0)
    try:
        Authority.kept(path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]


def test_sandboxes_that_start_at_once_agree_on_one(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        authorities = list(pool.map(lambda _: Authority.kept(path), range(8)))

    assert len({authority.ca_pem() for authority in authorities}) == 1
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o602, 0o604, 0o601])
def test_a_file_that_others_may_open_is_refused(path: Path, mode: int) -> None:
    Authority.kept(path)
    path.chmod(mode)

    with pytest.raises(ValueError, match="chmod 600"):
        Authority.kept(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_refused(path: Path) -> None:
    Authority.kept(path)
    os.chown(path, 65534, 65534)

    with pytest.raises(ValueError, match="belongs to another user"):
        Authority.kept(path)


def test_what_is_no_file_is_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path, 0o600)
    with pytest.raises(ValueError, match="not a regular file"):
        Authority.kept(path)
    with pytest.raises(IsADirectoryError):
        Authority.kept(path.parent)
    with pytest.raises(FileNotFoundError):
        Authority.kept(path.parent / "none" / "ca.pem")


def root_of(key: Key | None = None, **fields: object) -> Signer:
    return issue(Request(common_name="Root", is_ca=True, **fields), key=key)  # type: ignore[arg-type]


def encrypted() -> bytes:
    root = root_of()
    secret = serialization.BestAvailableEncryption(b"secret")
    return root.pem + root.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret
    )


def of_edwards_curve() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    now = datetime.now(UTC)
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, None)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + secret


def below_another() -> bytes:
    child = issue(Request(common_name="Child", is_ca=True), root_of())
    return child.pem + child.key_pem


def whole(signer: Signer) -> bytes:
    return signer.pem + signer.key_pem


REFUSED: dict[str, Callable[[], bytes]] = {
    "does not hold one certificate": lambda: b"",
    "does not hold one certificate as PEM": lambda: root_of().key_pem,
    "does not hold one certifi": lambda: root_of().pem + whole(root_of()),
    "does not hold a private key": lambda: root_of().pem,
    "is not that of the certificate": lambda: root_of().pem + root_of().key_pem,
    "is encrypted": encrypted,
    "neither of RSA": of_edwards_curve,
    "is not that of a CA": lambda: whole(issue(Request(common_name="leaf"))),
    "is not self-signed": below_another,
    "is out of date": lambda: whole(root_of(last_day=-0.5)),
    "is out of da": lambda: whole(root_of(first_day=1)),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_ca_that_no_client_would_accept_is_refused(path: Path, reason: str) -> None:
    data = REFUSED[reason]()
    write(path, data)

    with pytest.raises(ValueError, match=reason):
        Authority.kept(path)

    assert path.read_bytes() == data


def test_a_ca_of_another_make_issues_every_certificate(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name.from_rfc4514_string("CN=Company")
    now = datetime.now(UTC)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(usage, critical=True)
        # Not made of the key, as RFC 5280 4.2.1.2 allows.
        .add_extension(x509.SubjectKeyIdentifier(b"company"), critical=False)
        .sign(key, hashes.SHA256())
    )
    write(path, certificate.public_bytes(serialization.Encoding.PEM), Signer(certificate, key).key_pem)

    with Sandbox(authority=Authority.kept(path)) as sandbox:
        for shown in ("good", "intermediate", "revoked", "expires-soon"):
            sandbox.ssl.use_certificate(shown)
            connect(sandbox.ssl).quit()
        context = ssl.create_default_context(cafile=sandbox.crl_file)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        sandbox.ssl.use_certificate("revoked")
        with pytest.raises(ssl.SSLCertVerificationError) as error:
            connect(sandbox.ssl, context=context)

    assert error.value.verify_code == 23


def test_one_of_trustme_is_taken(path: Path) -> None:
    ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
    assert isinstance(
        serialization.load_pem_private_key(ca.private_key_pem.bytes(), None), ec.EllipticCurvePrivateKey
    )
    write(path, ca.cert_pem.bytes(), ca.private_key_pem.bytes())

    assert Authority.kept(path).ca_pem() == ca.cert_pem.bytes()
