"""Any answer of a token endpoint: tokens, or an error of ours, and no secret in it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from wagtail_partner_smtp.oauth import grants, identity
from wagtail_partner_smtp.oauth.client import Answer
from wagtail_partner_smtp.oauth.network import ANSWER_BUDGET
from wagtail_partner_smtp.oauth.providers import Provider
from wagtail_partner_smtp.smtp import connecting, tls
from wagtail_partner_smtp.smtp.certificate import TLSFacts
from wagtail_partner_smtp.smtp.errors import DeadlineError, TokenError
from wagtail_partner_smtp.smtp.settings import is_token

REFRESH, SECRET = "M.C5xx-refresh-7f3a9c1e4b", "s3cret~of-the-application.2291"
ONE_READ = 64 * 1024  # octets that the budget may be exceeded by
PROVIDER = Provider(
    name="acme",
    label="Acme",
    token_endpoint="https://127.0.0.1/token",
    revocation_endpoint="https://127.0.0.1/revoke",
    client_id="an application",
    client_secret=SECRET,
)

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.just(10**400),
        st.sampled_from(
            ["bearer", "Bearer", "mac", "3600", "-1", "invalid_grant", "invalid_client", "server_error",
             "a.b.c",
             "AADSTS700082: expired", "AADSTS" + "9" * 8, f"the token {REFRESH} is bad",
             f"{SECRET} is wrong", "ya29.x"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
KEYS = st.sampled_from(
    ["access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope", "error",
     "error_description",
     "error_uri", "status", "message"]
)  # fmt: skip
GOOD = {"access_token": "ya29.token", "token_type": "Bearer", "expires_in": 3600}
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)
BODIES = st.one_of(
    OBJECTS.map(lambda values: json.dumps(values).encode()),
    OBJECTS.map(lambda values: json.dumps({**GOOD, **values}).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.sampled_from([b"[" * 60_000, b"9" * 5000, b"{" + b" " * 70_000, b"\xff\xfe{\x00}\x00", b'"\\ud800"']),
)
STATUSES = st.sampled_from([200, 200, 200, 400, 400, 401, 403, 429, 500, 503, 302, 204, 100, 999, 201])
HEADS = st.lists(
    st.sampled_from(
        ["Date: Mon, 01 Jun 2026 12:00:00 GMT", "Date: nonsense", "Date: Mon, 01 Jun 99999 12:00:00 GMT",
         "Date: Mon, 01 Jun 2026 12:00:00 +9999", "Content-Encoding: gzip", "Transfer-Encoding: chunked",
         "Content-Length: -1", "Content-Length: 5", "Location: https://evil.example/", "X: \u00fc", "Date:"]
    ),
    max_size=3,
)  # fmt: skip


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    body, heads = draw(BODIES), draw(HEADS)
    if draw(st.booleans()):
        heads = [
            f"Content-Length: {len(body)}",
            *(head for head in heads if "ength" not in head and "oding" not in head),
        ]
    head = "\r\n".join([f"HTTP/1.1 {draw(STATUSES)} x", *heads])
    return head.encode() + b"\r\n\r\n" + body


ANSWERS = responses() | responses() | responses() | st.binary(max_size=60)


class Pieces:
    """A socket that hands out an answer in pieces, and then ends or is silent."""

    def __init__(self, data: bytes, octets: int, *, ends: bool) -> None:
        octets = max(octets, len(data) // 50)
        self.pieces = [data[start : start + octets] for start in range(0, len(data), octets)]
        self.ends = ends
        self.handed = 0
        self.is_closed = False

    def settimeout(self, timeout: float | None) -> None:
        assert timeout

    def send(self, data: Any) -> int:
        return len(data)

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            if self.ends:
                return b""
            raise TimeoutError
        piece = self.pieces.pop(0)
        if piece[size:]:
            self.pieces.insert(0, piece[size:])
        self.handed += len(piece[:size])
        return piece[:size]

    def close(self) -> None:
        self.is_closed = True


@contextmanager
def answering(sock: Pieces) -> Iterator[list[logging.LogRecord]]:
    """The only endpoint there is meanwhile, and what is logged."""
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("wagtail_partner_smtp")
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign, assignment]
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(PARTNER_SMTP_ALLOWED_NETWORKS=["127.0.0.1:443"], PARTNER_SMTP_CA_FILE=None),
    ):
        patch.setattr(connecting, "connect", lambda endpoints, deadline: (sock, endpoints[0]))
        patch.setattr(tls, "handshake", lambda sock, *args: (sock, TLSFacts(verified=True)))
        logger.addHandler(handler)
        try:
            yield records
        finally:
            logger.removeHandler(handler)


def shows_no_secret(told: str) -> None:
    assert REFRESH not in told
    assert SECRET not in told


@given(ANSWERS, st.sampled_from([65536, 100, 1]), st.booleans(), st.booleans())
def test_an_answer_is_tokens_or_an_error_of_ours_without_secrets(
    data: bytes, octets: int, ends: bool, revokes: bool
) -> None:
    sock = Pieces(data, octets, ends=ends)
    deadline = time.monotonic() + 60
    found: Answer | None = None
    with answering(sock) as records:
        try:
            if revokes:
                grants.revoke(PROVIDER, REFRESH, deadline=deadline)
            else:
                found = grants.refresh(PROVIDER, REFRESH, deadline=deadline)
        except (TokenError, DeadlineError) as error:
            shows_no_secret(f"{error!r} {error} {error.facts} {error.words}")
    assert [each.getMessage() for each in records] == []
    assert sock.is_closed
    assert sock.handed <= ANSWER_BUDGET + ONE_READ
    if found is not None:
        assert is_token(found.access_token)
        assert 0 < found.lifetime < 10**9
        assert all(isinstance(text, str) for text in (found.refresh_token, found.id_token, found.scope))


@given(st.one_of(st.text(max_size=30), st.text("aAeyJ0.-_=", max_size=40)), st.text(max_size=5))
def test_an_id_token_that_is_none_is_a_value_error(id_token: str, nonce: str) -> None:
    try:
        found = identity.mailboxes(id_token, audience="an application", nonce=nonce)
    except ValueError:
        return
    assert found == ()
