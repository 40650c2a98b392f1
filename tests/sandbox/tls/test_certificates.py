"""Certificates: what a client verifies, beyond the table of profiles."""

from __future__ import annotations

import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from smtp_sandbox import Listener, Mode
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.tls.certificates import CERTIFICATES, Authority
from tests.sandbox.clients import connect


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def leaf(authority: Authority, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(authority.show(name).chain)[0]


def chain_length(authority: Authority, name: str) -> int:
    return len(x509.load_pem_x509_certificates(authority.show(name).chain))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_good_certificate_holds_name_and_address(smtp: Served, host: str) -> None:
    with connect(smtp.ssl, host=host) as client:
        assert client.noop()[0] == 250


def test_a_name_alone_is_no_good_for_the_address(smtp: Served) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as error:
        connect(smtp.listen("cert-no-ip-san", mode="ssl"), host="127.0.0.1")

    assert error.value.verify_code == 64


def test_the_revoked_certificate_is_refused_by_who_checks(smtp: Served) -> None:
    context = ssl.create_default_context(cafile=smtp.sandbox.crl_file)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF

    with pytest.raises(ssl.SSLCertVerificationError) as error:
        connect(smtp.listen("cert-revoked", mode="ssl"), context=context)

    assert error.value.verify_code == 23


def test_a_good_certificate_passes_the_revocation_check(smtp: Served) -> None:
    context = ssl.create_default_context(cafile=smtp.sandbox.crl_file)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF

    with connect(smtp.ssl, context=context) as client:
        assert client.noop()[0] == 250


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_a_client_certificate_is_accepted(smtp: Served, mode: str) -> None:
    listener = smtp.listen("client-cert", mode=mode)  # type: ignore[arg-type]

    with connect(listener, context=smtp.client_context(certificate=True)) as client:
        assert client.noop()[0] == 250


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_the_certificate_can_be_changed_while_it_runs(smtp: Served, mode: str) -> None:
    listener = getattr(smtp, mode)
    connect(listener).quit()

    listener.use_certificate("expired")
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(listener)

    listener.reset()
    connect(listener).quit()


def test_a_failed_handshake_is_in_the_transcript(smtp: Served) -> None:
    listener = smtp.listen("cert-untrusted", mode="ssl")
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(listener)
    listener.wait_idle()

    who, text = listener.sessions[0].transcript[0]
    assert (who, text.startswith("TLS failed: ")) == ("-", True)
    assert "UNKNOWN_CA" in text.upper().replace(" ", "_")


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_a_handshake_that_cannot_be_prepared_ends_the_session(
    smtp: Served, mode: Mode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listener = smtp.listen(mode=mode)
    monkeypatch.setattr(Listener, "context", lambda _: 1 / 0)
    with pytest.raises(OSError, match=r"EOF|reset|closed"):
        connect(listener, context=smtp.client_context())
    listener.wait_idle()

    assert listener.sessions[0].transcript[-2:] == [("-", "TLS failed: division by zero"), ("-", "closed")]
    assert "ZeroDivisionError" in caplog.text


def test_only_the_missing_intermediate_can_be_fetched(authority: Authority) -> None:
    access = leaf(authority, "missing-intermediate").extensions.get_extension_for_oid(
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS
    )

    assert "/intermediate.crt" in str(access.value)
    with pytest.raises(x509.ExtensionNotFound):
        leaf(authority, "untrusted").extensions.get_extension_for_oid(
            ExtensionOID.AUTHORITY_INFORMATION_ACCESS
        )


def test_chains_are_sent_as_named(authority: Authority) -> None:
    lengths = {name: chain_length(authority, name) for name in CERTIFICATES}

    assert {name for name, length in lengths.items() if length == 2} == {
        "intermediate",
        "untrusted-root",
        "expired-intermediate",
        "not-yet-intermediate",
        "not-a-ca",
    }
    assert set(lengths.values()) == {1, 2}


@pytest.mark.parametrize("name", sorted(set(CERTIFICATES) - {"not-a-ca"}))
def test_no_certificate_hides_its_fault_behind_missing_identifiers(authority: Authority, name: str) -> None:
    extensions = leaf(authority, name).extensions

    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_unknown_certificates_are_errors_that_help(smtp: Served) -> None:
    with pytest.raises(KeyError, match="self-signed"):
        smtp.ssl.use_certificate("selfsigned")
    with pytest.raises(KeyError, match="self-signed"):
        smtp.listen(certificate="selfsigned")
