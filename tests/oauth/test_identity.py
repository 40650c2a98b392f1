"""Whose mailbox an ID token says it is."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.consent import id_token
from wagtail_partner_smtp.oauth.identity import mailboxes

MINE = {"aud": "client-1", "nonce": "nonce-1"}


def read(token: str) -> tuple[str, ...]:
    return mailboxes(token, audience="client-1", nonce="nonce-1")


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ({"email": "billing@example.com"}, ("billing@example.com",)),
        (
            {"email": "contact@example.com", "preferred_username": "billing@example.com"},
            ("billing@example.com", "contact@example.com"),
        ),
        ({"email": "billing@example.com", "upn": "billing@example.com"}, ("billing@example.com",)),
        ({"aud": ["somebody", "client-1"], "email": "billing@example.com"}, ("billing@example.com",)),
        ({"email": "büro@example.com"}, ("büro@example.com",)),
        ({"preferred_username": "billing"}, ()),
        ({"email": ["billing@example.com"]}, ()),
        ({"email": "x" * 250 + "@example.com"}, ()),
        ({"email": "bill\u202eing@example.com\n"}, ("billing@example.com",)),
        ({}, ()),
    ],
)
def test_addresses_of_its_claims(claims: dict[str, Any], names: tuple[str, ...]) -> None:
    assert read(id_token(**MINE | claims)) == names


@pytest.mark.parametrize("token", ["", "encrypted.key.vector.text.tag"])
def test_without_one_that_can_be_read_nobody_knows(token: str) -> None:
    assert read(token) == ()


@pytest.mark.parametrize(
    "token",
    [
        id_token(email="thief@example.com", aud="client-1"),
        id_token(email="thief@example.com", aud="client-1", nonce="nonce-2"),
        id_token(email="thief@example.com", nonce="nonce-1"),
        id_token(email="thief@example.com", aud="client-2", nonce="nonce-1"),
        id_token(email="thief@example.com", aud=["client-2"], nonce="nonce-1"),
        id_token(email="thief@example.com", aud={"client-1": 1}, nonce="nonce-1"),
        "not-a-token",
        "a.%%%.c",
        "a.bm8.c",
        f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c",
        f"a.{base64.urlsafe_b64encode(bytes(range(128, 140))).decode()}.c",
        f"a.{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.c",
    ],
)
def test_what_is_not_for_this_sign_in_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="ID token"):
        read(token)
