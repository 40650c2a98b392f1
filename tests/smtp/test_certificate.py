"""What a certificate says about itself: the server's words, so cleaned and cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wagtail_partner_smtp.smtp.certificate import MAX_NAMES, TLSFacts, read

NOW = datetime.now(UTC).replace(microsecond=0)


def make_certificate(subject: x509.Name, *names: x509.GeneralName, days: float = 90) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "An Issuer")]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def name(**parts: str) -> x509.Name:
    oids = {"cn": NameOID.COMMON_NAME, "ou": NameOID.ORGANIZATIONAL_UNIT_NAME, "c": NameOID.COUNTRY_NAME}
    return x509.Name([x509.NameAttribute(oids[key], value) for key, value in parts.items()])


def test_a_certificate_is_described() -> None:
    der = make_certificate(
        name(cn="mail.example.com"), x509.DNSName("mail.example.com"), x509.IPAddress(ip_address("192.0.2.1"))
    )
    assert read(der) == {
        "subject": "mail.example.com",
        "issuer": "An Issuer",
        "names": ("mail.example.com", "192.0.2.1"),
        "not_before": NOW,
        "not_after": NOW + timedelta(days=90),
        "names_issuer_url": False,
    }


@pytest.mark.parametrize(
    ("subject", "shown"), [(name(ou="A Unit", c="DE"), "A Unit"), (name(c="DE"), "C=DE"), (x509.Name([]), "")]
)
def test_a_certificate_without_a_common_name_is_described_too(subject: x509.Name, shown: str) -> None:
    facts = read(make_certificate(subject))
    assert (facts["subject"], facts["names"]) == (shown, ())


def test_p29_text_in_a_certificate_is_cleaned_and_lists_are_cut() -> None:
    evil = "a\u202egnp\x1b[31m\r\nb"
    facts = read(
        make_certificate(name(cn=evil), *(x509.DNSName(f"n{number}.example") for number in range(200)))
    )
    assert facts["subject"] == "agnp[31m b"
    assert len(facts["names"]) == MAX_NAMES


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"nonsense" * 100])
def test_what_cannot_be_read_is_empty(der: bytes) -> None:
    assert read(der) == {}


@pytest.mark.parametrize(
    ("lived", "left", "soon"),
    [
        (timedelta(days=76), timedelta(days=14, hours=1), False),
        (timedelta(days=76), timedelta(days=13), True),
        (timedelta(days=2), timedelta(days=4), False),
        (timedelta(days=5), timedelta(days=1), True),
        (timedelta(days=90), timedelta(days=-1), True),
    ],
)
def test_soon_is_two_weeks_or_a_quarter_of_a_short_life(
    lived: timedelta, left: timedelta, soon: bool
) -> None:
    now = datetime.now(UTC)
    assert TLSFacts(not_before=now - lived, not_after=now + left).expires_soon is soon


def test_another_measure_of_soon_still_waits_for_the_last_quarter() -> None:
    now = datetime.now(UTC)
    facts = TLSFacts(not_before=now - timedelta(days=60), not_after=now + timedelta(days=30))
    assert not facts.expires_within(timedelta(days=30))
    facts = TLSFacts(not_before=now - timedelta(days=69), not_after=now + timedelta(days=21))
    assert facts.expires_within(timedelta(days=30))
    assert not facts.expires_soon


def test_a_certificate_without_dates_does_not_expire_soon() -> None:
    assert not TLSFacts().expires_soon
    assert TLSFacts().days_left is None
