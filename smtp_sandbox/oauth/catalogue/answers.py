"""Token endpoints that answer with success, and something about it is odd."""

from __future__ import annotations

from ..faults import ABSENT, PREFIX, Fault
from ..replies import Denial, Raw


def _odd(name: str, summary: str, **changes: object) -> Fault:
    return Fault(name=f"{PREFIX}{name}", summary=summary, changes=changes)


FAULTS = (
    _odd("no-access-token", "answers without an access token", access_token=ABSENT),
    _odd("null-access-token", "answers with null for an access token", access_token=None),
    _odd("empty-access-token", "answers with an empty access token", access_token=""),
    _odd("access-token-number", "answers with a number for an access token", access_token=42),
    _odd(
        "access-token-controls",
        "answers with a token that holds control characters",
        access_token="a\x01b\r\nc",
    ),
    _odd("foreign-token", "answers with a token that no mail server takes", access_token="a-token-of-nobody"),
    _odd("no-expires-in", "does not say how long the token is good", expires_in=ABSENT),
    _odd("null-expires-in", "says null for how long the token is good", expires_in=None),
    _odd("expires-in-0", "says 0 for how long the token is good", expires_in=0),
    _odd("expires-in-negative", "says -1 for how long the token is good", expires_in=-1),
    _odd("expires-in-empty", 'says "" for how long the token is good', expires_in=""),
    _odd("expires-in-text", "says how long the token is good as text", expires_in="3600"),
    _odd("expires-in-words", "says how long the token is good in words", expires_in="an hour"),
    _odd("expires-in-fraction", "says how long the token is good with a fraction", expires_in=3599.5),
    _odd("expires-in-huge", "says that the token is good for ages", expires_in=10**30),
    _odd("expires-in-true", "says true for how long the token is good", expires_in=True),
    _odd("no-refresh-token", "answers without a refresh token", refresh_token=ABSENT),
    _odd("null-refresh-token", "answers with null for a refresh token", refresh_token=None),
    _odd("empty-refresh-token", "answers with an empty refresh token", refresh_token=""),
    _odd("no-token-type", "does not say that it is a bearer token", token_type=ABSENT),
    _odd("token-type-mac", "answers with a token of another type", token_type="mac"),
    _odd("token-type-lower", 'writes the type of the token "bearer"', token_type="bearer"),
    _odd("no-scope", "does not say for what the token is good", scope=ABSENT),
    _odd("less-scope", "grants less than was asked for", scope="openid email"),
    _odd("no-id-token", "answers without an ID token", id_token=ABSENT),
    _odd("bad-id-token", "answers with an ID token that is none", id_token="not.a.token"),
    Fault(
        name=f"{PREFIX}error-with-200",
        summary="answers 200 with an error",
        reply=Raw(b'{"error": "invalid_grant", "error_description": "The token is not good."}'),
    ),
    Fault(
        name=f"{PREFIX}denied",
        summary="the person says no",
        endpoint="authorization",
        reply=Denial("access_denied", "The resource owner denied the request"),
    ),
    Fault(
        name=f"{PREFIX}revocation-503",
        summary="cannot revoke at the moment",
        endpoint="revocation",
        reply=Raw(b"", status=503, headers=[("Retry-After", "30")]),
    ),
)
