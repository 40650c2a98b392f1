"""Certificates: verified, pinned, or looked at in an SSL test only."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.smtp import SMTPError
from wagtail_partner_smtp.smtp.errors import CertificateError, TLSError
from wagtail_partner_smtp.smtp.tls import unverified_context, verifying_context

from .accounts import account, code, codes, failed_at, make_session, stage, statuses, try_out
from .conftest import Serve
from .peers import WITH_AUTH, dialogue

FAULTS = {
    "expired": "certificate_expired",
    "not-yet": "certificate_not_yet_valid",
    "wrong-host": "certificate_wrong_host",
    "cn-only": "certificate_without_names",
    "self-signed": "certificate_self_signed",
    "untrusted": "certificate_unknown_issuer",
    "untrusted-root": "certificate_unknown_issuer",
    "missing-intermediate": "certificate_chain_incomplete",
    "expired-intermediate": "certificate_chain_expired",
    "not-yet-intermediate": "certificate_chain_not_yet_valid",
    "wrong-purpose": "certificate_wrong_purpose",
    "weak-key": "certificate_weak",
    "not-a-ca": "certificate_issuer_invalid",
}
TLS_MODES = ("ssl", "starttls")


def bad(smtp: Served, mode: str, certificate: str = "untrusted") -> Listener:
    return smtp.listen(mode=mode, certificate=certificate)  # type: ignore[arg-type]


def fingerprint(listener: Listener) -> str:
    report = try_out(listener, unverified_test="refuse")
    listener.reset()
    assert report.error is not None
    return str(report.error.facts["sha256"])


@pytest.mark.parametrize(("certificate", "reason"), FAULTS.items())
def test_p23_an_ssl_test_goes_on_with_a_warning_that_says_why(
    smtp: Served, certificate: str, reason: str
) -> None:
    listener = bad(smtp, "ssl", certificate)
    report = try_out(listener)
    assert (report.ok, report.deliverable, report.error) == (True, False, None)
    assert codes(report) == ["certificate_not_verified"]
    facts = report.warnings[0].facts
    assert facts["reason"] == reason
    assert report.tls is not None
    assert facts["sha256"] == report.tls.sha256
    assert (report.tls.verified, report.tls.pinned, len(report.tls.sha256)) == (False, False, 64)
    assert (stage(report, "connect").status, statuses(report)["auth"]) == ("warning", "ok")
    assert (listener.connections, listener.count("AUTH")) == (2, 1)


@pytest.mark.parametrize(("certificate", "expected"), FAULTS.items())
def test_p22_a_bad_certificate_fails_a_starttls_test(smtp: Served, certificate: str, expected: str) -> None:
    listener = bad(smtp, "starttls", certificate)
    report = try_out(listener)
    assert failed_at(report) == (expected, "starttls")
    assert report.tls is not None
    assert report.tls.sha256
    assert report.error is not None
    assert report.error.facts["sha256"] == report.tls.sha256
    assert (listener.connections, listener.count("AUTH"), report.deliverable) == (1, 0, False)


@pytest.mark.parametrize(
    ("unverified_test", "typed", "logins", "warnings"),
    [
        ("login", True, 1, ["certificate_not_verified"]),
        ("login", False, 0, ["certificate_not_verified", "stored_password_not_sent"]),
        ("no_login", True, 0, ["certificate_not_verified", "login_not_tried"]),
        ("no_login", False, 0, ["certificate_not_verified", "login_not_tried"]),
    ],
)
def test_p23_each_policy_for_unverified_tests(
    smtp: Served, unverified_test: str, typed: bool, logins: int, warnings: list[str]
) -> None:
    listener = bad(smtp, "ssl")
    settings = account(listener, password_typed=typed)
    report = try_out(listener, settings=settings, unverified_test=unverified_test)
    assert (report.ok, report.deliverable, codes(report)) == (True, False, warnings)
    assert (listener.connections, listener.count("AUTH")) == (2, logins)
    assert statuses(report)["auth"] == ("ok" if logins else "skipped")


@pytest.mark.parametrize("typed", [True, False])
def test_p23_the_policy_refuse_ends_the_test(smtp: Served, typed: bool) -> None:
    listener = bad(smtp, "ssl")
    settings = account(listener, password_typed=typed)
    report = try_out(listener, settings=settings, unverified_test="refuse")
    assert failed_at(report) == ("certificate_unknown_issuer", "connect")
    assert (listener.connections, listener.count("AUTH")) == (1, 0)


@pytest.mark.parametrize("mode", TLS_MODES)
@pytest.mark.parametrize("typed", [True, False])
def test_p24_a_fault_of_a_certificate_that_verified_before_is_a_failure(
    smtp: Served, mode: str, typed: bool
) -> None:
    listener = bad(smtp, mode, "expired")
    settings = account(listener, known_certificate="ab" * 32, password_typed=typed)
    report = try_out(listener, settings=settings)
    assert failed_at(report) == ("certificate_expired", "connect" if mode == "ssl" else "starttls")
    assert report.error is not None
    assert report.error.facts["previously_verified"] is True
    assert (listener.connections, listener.count("AUTH"), codes(report)) == (1, 0, [])


@pytest.mark.parametrize("mode", TLS_MODES)
def test_p24_another_certificate_that_verifies_is_fine(smtp: Served, mode: str) -> None:
    listener = smtp.listen(mode=mode)  # type: ignore[arg-type]
    assert try_out(listener, settings=account(listener, known_certificate="ab" * 32)).deliverable


@pytest.mark.parametrize("certificate", ["untrusted", "expired", "wrong-host", "self-signed"])
@pytest.mark.parametrize("mode", TLS_MODES)
def test_a_pinned_certificate_is_used_in_test_and_delivery(smtp: Served, mode: str, certificate: str) -> None:
    listener = bad(smtp, mode, certificate)
    pinned = account(listener, pinned_certificate=fingerprint(listener), password_typed=False)
    report = try_out(listener, settings=pinned)
    assert (report.ok, report.deliverable, codes(report)) == (True, True, ["certificate_pinned"])
    assert report.tls is not None
    assert (report.tls.verified, report.tls.pinned) == (False, True)
    with make_session(listener, pinned) as delivery:
        assert delivery.authenticated


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [("weak-key", "certificate_weak"), ("wrong-purpose", "certificate_wrong_purpose")],
)
@pytest.mark.parametrize("mode", TLS_MODES)
def test_a_pin_excuses_neither_a_weak_key_nor_a_wrong_purpose(
    smtp: Served, mode: str, certificate: str, expected: str
) -> None:
    listener = bad(smtp, mode, certificate)
    pinned = account(listener, pinned_certificate=fingerprint(listener))
    assert failed_at(try_out(listener, settings=pinned))[0] == expected
    with pytest.raises(CertificateError):
        make_session(listener, pinned).open()
    assert listener.count("AUTH") == 0


@pytest.mark.parametrize("mode", TLS_MODES)
def test_p24_a_certificate_other_than_the_pinned_one_sends_no_password(smtp: Served, mode: str) -> None:
    listener = bad(smtp, mode, "self-signed")
    pinned = account(listener, pinned_certificate=fingerprint(listener))
    listener.use_certificate("untrusted")
    report = try_out(listener, settings=pinned)
    assert failed_at(report) == ("certificate_changed", "connect" if mode == "ssl" else "starttls")
    with pytest.raises(CertificateError) as raised:
        make_session(listener, pinned).open()
    assert raised.value.code == "certificate_changed"
    assert (listener.connections, listener.count("AUTH")) == (2, 0)


@pytest.mark.parametrize("mode", TLS_MODES)
def test_p24_a_certificate_swapped_between_the_two_connections_sends_no_password(
    smtp: Served, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = bad(smtp, mode, "self-signed")
    pinned = account(listener, pinned_certificate=fingerprint(listener))
    shown = iter(["self-signed", "untrusted"])
    context = listener.context

    def swapping() -> ssl.SSLContext:
        listener.certificate = next(shown)
        return context()

    monkeypatch.setattr(listener, "context", swapping)
    report = try_out(listener, settings=pinned)
    assert code(report) == "certificate_changed"
    assert (listener.connections, listener.count("AUTH"), report.deliverable) == (2, 0, False)


def test_a_pin_is_not_asked_when_the_certificate_verifies(smtp: Served) -> None:
    report = try_out(smtp.ssl, settings=account(smtp.ssl, pinned_certificate="ab" * 32))
    assert (report.deliverable, codes(report)) == (True, [])


def test_the_second_connection_goes_to_the_same_address(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = bad(smtp, "ssl")
    answers = [["127.0.0.1", "127.0.0.2"], ["127.0.0.2"]]

    def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    report = try_out(listener, allowed_networks=(f"127.0.0.0/8:{listener.port}",))
    assert (report.ok, listener.connections, len(answers)) == (True, 2, 1)


def test_a_certificate_that_ends_soon_is_a_warning(smtp: Served) -> None:
    for mode in TLS_MODES:
        report = try_out(bad(smtp, mode, "expires-soon"))
        assert (report.deliverable, codes(report)) == (True, ["certificate_expires_soon"])
        assert report.warnings[0].facts == {"days": 2}
        assert report.warnings[0].stage == ("connect" if mode == "ssl" else "starttls")


def test_the_certificate_is_described(smtp: Served) -> None:
    report = try_out(smtp.ssl)
    assert report.tls is not None
    assert (report.tls.version, report.tls.verified) == ("TLSv1.3", True)
    assert report.tls.names == ("localhost", "127.0.0.1", "::1")
    assert report.tls.cipher
    assert report.tls.issuer
    assert report.tls.not_after is not None
    assert report.tls.days_left == (report.tls.not_after - datetime.now(UTC)).days
    chain = smtp.sandbox.ssl.context()
    assert chain is not None


def test_an_address_must_be_in_the_certificate(smtp: Served) -> None:
    listener = bad(smtp, "ssl", "no-ip-san")
    assert try_out(listener).deliverable
    report = try_out(listener, settings=account(listener, host="127.0.0.1"))
    assert (report.deliverable, report.warnings[0].facts["reason"]) == (False, "certificate_wrong_host")


def sign(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    """Without key identifiers, and a CA's basic constraints not critical, as old private CAs do it."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca, None), critical=False)
    )
    if not ca:
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture
def lax_authority(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """The CA's file and a server's context: a chain that X509_STRICT refuses."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = sign("Old CA", ca_key, "Old CA", ca_key, ca=True)
    leaf = sign("localhost", key, "Old CA", ca_key, ca=False)
    pem = serialization.Encoding.PEM
    ca_file, server_file = tmp_path / "ca.pem", tmp_path / "server.pem"
    ca_file.write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server_file.write_bytes(private + leaf.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    return ca_file, context


def test_p25_a_chain_that_only_strict_verification_refuses_is_good(
    serve: Serve, lax_authority: tuple[Path, ssl.SSLContext]
) -> None:
    ca_file, context = lax_authority
    server = serve(dialogue(EHLO=WITH_AUTH), context)
    settings = account(server, host="localhost", security="ssl")
    report = try_out(server, settings=settings, ca_file=str(ca_file))
    assert (report.ok, report.deliverable, codes(report)) == (True, True, [])
    assert not verifying_context(str(ca_file)).verify_flags & ssl.VERIFY_X509_STRICT


def test_p25_strict_verification_would_refuse_that_chain(
    serve: Serve, lax_authority: tuple[Path, ssl.SSLContext]
) -> None:
    ca_file, context = lax_authority
    server = serve(dialogue(), context)
    strict = ssl.create_default_context(cafile=ca_file)
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_connection(("127.0.0.1", server.port)) as sock, pytest.raises(ssl.SSLError):
        strict.wrap_socket(sock, server_hostname="localhost")


def test_an_authority_of_its_own_is_trusted_besides_the_system_s(smtp: Served) -> None:
    assert not try_out(smtp.ssl, ca_file=None).deliverable
    assert len(verifying_context(smtp.ca_file).get_ca_certs()) >= 1
    assert verifying_context(smtp.ca_file) is verifying_context(smtp.ca_file)


def test_tls_before_1_2_is_not_spoken(smtp: Served) -> None:
    for context in (verifying_context(None), unverified_context()):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    with pytest.raises(SMTPError):
        make_session(smtp.listen("tls10-only", mode="ssl")).open()


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nno\n"], ids=["none", "empty", "broken"]
)
def test_p59_a_list_of_authorities_that_cannot_be_read_is_named_and_nothing_is_dialled(
    smtp: Served, tmp_path: Path, mode: Any, content: bytes | None
) -> None:
    listener, ca_file = smtp.listen(mode=mode), tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_bytes(content)
    report = try_out(listener, ca_file=str(ca_file))
    assert failed_at(report) == ("authorities_unreadable", "connect")
    with pytest.raises(TLSError) as raised:
        make_session(listener, ca_file=str(ca_file)).open()
    assert (raised.value.code, raised.value.stage) == ("authorities_unreadable", "connect")
    assert listener.connections == 0


def test_without_encryption_no_authority_is_needed(smtp: Served, tmp_path: Path) -> None:
    assert try_out(smtp.plain, ca_file=str(tmp_path / "none.pem")).ok
