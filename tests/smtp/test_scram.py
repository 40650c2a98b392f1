"""SCRAM-SHA-256, by the examples of the standards."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.smtp.errors import AuthError
from wagtail_partner_smtp.smtp.scram import MAX_ITERATIONS, saslprep, scram_sha_256

# RFC 7677 3.
NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_example_of_the_standard() -> None:
    exchange = scram_sha_256("user", "pencil", lambda: NONCE)
    assert next(exchange) == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.send(SERVER_FIRST) == CLIENT_FINAL
    assert exchange.send(SERVER_FINAL) == b""
    with pytest.raises(StopIteration):
        exchange.send(b"")


def test_another_signature_is_refused() -> None:
    exchange = scram_sha_256("user", "pencil", lambda: NONCE)
    next(exchange)
    exchange.send(SERVER_FIRST)
    with pytest.raises(AuthError):
        exchange.send(SERVER_FINAL.replace(b"6rri", b"6rrj"))


def test_nonces_differ() -> None:
    assert next(scram_sha_256("u", "p")) != next(scram_sha_256("u", "p"))


def test_a_login_is_escaped() -> None:
    assert next(scram_sha_256("a,b=c", "p", lambda: "x")) == b"n,,n=a=2Cb=3Dc,r=x"


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("tab\there", "tab\there"),
    ],
)
def test_texts_are_prepared_as_rfc_4013_says(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


def test_a_server_cannot_make_this_process_work_for_long() -> None:
    assert MAX_ITERATIONS <= 1_000_000
