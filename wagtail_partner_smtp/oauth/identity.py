"""Whose mailbox it is: what an ID token says (OpenID Connect Core 2).

It comes from the token endpoint itself, over TLS, which stands in the place of its signature (OpenID Connect Core
3.1.3.7).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..smtp.reply import strip_controls

MAX_LENGTH = 254
"""Characters of an address (RFC 5321 4.5.3.1.3, without its brackets)."""

# Microsoft's sign-in name comes first, since it is what its servers want as login; others have an address only.
_CLAIMS = ("preferred_username", "upn", "email")


@sensitive_variables()
def mailboxes(id_token: str, *, audience: str, nonce: str) -> tuple[str, ...]:
    """The addresses that it names, the likeliest login first; none if there is no ID token, or it is encrypted.

    Raises ``ValueError`` for one that was not made for this client and this very question.
    """
    if not id_token or id_token.count(".") == 4:
        return ()
    claims = _claims(id_token)
    intended = claims.get("aud")
    if audience not in (intended if isinstance(intended, list) else [intended]):
        raise ValueError("an ID token for somebody else")
    if claims.get("nonce") != nonce:
        raise ValueError("an ID token of another sign-in")
    return tuple(dict.fromkeys(_addresses(claims)))


def _claims(id_token: str) -> Mapping[str, Any]:
    try:
        payload = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, ValueError, RecursionError):
        raise ValueError("not an ID token") from None
    if not isinstance(claims, dict):
        raise ValueError("not an ID token")
    return claims


def _addresses(claims: Mapping[str, Any]) -> Iterator[str]:
    for name in _CLAIMS:
        text = claims.get(name)
        if isinstance(text, str) and "@" in text and len(text) <= MAX_LENGTH:
            yield strip_controls(text)
