"""The dialects of the server: one by the standards, and those of Microsoft and Google with their paths and
texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import NAMESPACE_DNS, uuid5

from authlib.oauth2.rfc6749 import OAuth2Error

from ..web_server import Response
from .catalogue import google, microsoft
from .faults import Endpoint
from .refusals import Reason, reason_of
from .registry import APPLICATION, Rotation
from .replies import Facts, GoogleError, as_json

# An answer of Authlib's, and the claims of an ID token.
Members = dict[str, Any]

_ADDRESS = "https://www.googleapis.com/auth/userinfo.email"


class Dialect(Protocol):
    """How one vendor speaks. ``paths`` are those of its endpoints; ``{tenant}`` stands for one."""

    name: str
    paths: Mapping[Endpoint, str]
    rotation: Rotation

    def is_offline(self, parameters: Mapping[str, str]) -> bool:
        """Whether consent in this way gives a refresh token."""

    def claims(self, mailbox: str) -> Members:
        """What the ID token says of its owner."""

    def granted(self, answer: Members, grant_type: str) -> Members:
        """What is said with the tokens."""

    def refused(self, error: OAuth2Error, facts: Facts) -> Response:
        """What is said instead."""


class Plain:
    """By the standards: RFC 6749 with the revocation of RFC 7009 and the introspection of RFC 7662."""

    name = "plain"
    paths: Mapping[Endpoint, str] = {
        "authorization": "/authorize",
        "token": "/token",
        "revocation": "/revoke",
        "introspection": "/introspect",
    }
    rotation: Rotation = "revoke"

    def is_offline(self, parameters: Mapping[str, str]) -> bool:
        """Always."""
        return True

    def claims(self, mailbox: str) -> Members:
        """The standard ones (OpenID Connect Core 5.1)."""
        return {"sub": _subject(mailbox), "email": mailbox, "email_verified": True}

    def granted(self, answer: Members, grant_type: str) -> Members:
        """As it is."""
        return answer

    def refused(self, error: OAuth2Error, facts: Facts) -> Response:
        """As RFC 6749 5.2 has it."""
        status, body, headers = error()
        return as_json(status, body, [(name, value) for name, value in headers if name == "WWW-Authenticate"])


class Microsoft(Plain):
    """Microsoft's identity platform, version 2.0; it has no endpoint to revoke at."""

    name = "microsoft"
    paths: Mapping[Endpoint, str] = {
        "authorization": "/microsoft/{tenant}/oauth2/v2.0/authorize",
        "token": "/microsoft/{tenant}/oauth2/v2.0/token",
    }
    rotation: Rotation = "keep"

    def is_offline(self, parameters: Mapping[str, str]) -> bool:
        """With the scope ``offline_access``."""
        return "offline_access" in parameters.get("scope", "").split()

    def claims(self, mailbox: str) -> Members:
        """``email`` is left out, as where a directory has none; the name to sign in with is always there."""
        return {
            "sub": _subject(mailbox),
            "oid": _subject(mailbox),
            "preferred_username": mailbox,
            "ver": "2.0",
        }

    def granted(self, answer: Members, grant_type: str) -> Members:
        """A lifetime that is a second short, and no scope that asks for a refresh token; applications get none."""
        scope = " ".join(each for each in answer.get("scope", "").split() if each != "offline_access")
        life = max(0, answer.get("expires_in", 0) - 1)
        told = {**answer, "scope": scope, "expires_in": life, "ext_expires_in": life}
        if grant_type == APPLICATION:
            del told["scope"]
        return told

    def refused(self, error: OAuth2Error, facts: Facts) -> Response:
        """By its number."""
        return microsoft.ERRORS[_NUMBERS[reason_of(error)]][0].answer(facts)


_NUMBERS: dict[Reason, int] = {
    Reason.REQUEST: 900144,
    Reason.CLIENT_UNKNOWN: 700016,
    Reason.SECRET_MISSING: 7000218,
    Reason.SECRET_WRONG: 7000215,
    Reason.SECRET_EXPIRED: 7000222,
    Reason.TENANT_UNKNOWN: 90002,
    Reason.TENANT_INVALID: 900023,
    Reason.SCOPE: 70011,
    Reason.SCOPE_OF_APPLICATION: 1002012,
    Reason.CODE_UNKNOWN: 9002313,
    Reason.CODE_USED: 54005,
    Reason.CODE_EXPIRED: 70008,
    Reason.VERIFIER: 501481,
    Reason.REDIRECT_URI: 500112,
    Reason.GRANT_ENDED: 50173,
    Reason.GRANT_UNKNOWN: 9002313,
    Reason.GRANT_TYPE: 70003,
    Reason.ACCOUNT_UNKNOWN: 9002313,
    Reason.SIGNATURE: 9002313,
    Reason.AUDIENCE: 9002313,
    Reason.CLOCK: 700024,
    Reason.NOT_DELEGATED: 65001,
    Reason.TOKEN_ENDED: 9002313,
}


class Google(Plain):
    """Google's endpoints."""

    name = "google"
    paths: Mapping[Endpoint, str] = {
        "authorization": "/google/o/oauth2/v2/auth",
        "token": "/google/token",
        "revocation": "/google/revoke",
        "introspection": "/google/tokeninfo",
    }
    rotation: Rotation = "none"

    def is_offline(self, parameters: Mapping[str, str]) -> bool:
        """With ``access_type=offline``."""
        return parameters.get("access_type") == "offline"

    def claims(self, mailbox: str) -> Members:
        """The standard ones, and the Workspace's domain."""
        return {**super().claims(mailbox), "hd": mailbox.rpartition("@")[2]}

    def granted(self, answer: Members, grant_type: str) -> Members:
        """``email`` by its long name."""
        scope = answer.get("scope", "").split()
        return {**answer, "scope": " ".join(_ADDRESS if each == "email" else each for each in scope)}

    def refused(self, error: OAuth2Error, facts: Facts) -> Response:
        """In its few words."""
        return _WORDS.get(reason_of(error), _other_words(error)).answer(facts)


_WORDS: dict[Reason, GoogleError] = {
    Reason.CLIENT_UNKNOWN: google.CLIENT_UNKNOWN,
    Reason.SECRET_WRONG: google.SECRET_WRONG,
    Reason.SECRET_EXPIRED: google.SECRET_WRONG,
    Reason.SECRET_MISSING: GoogleError("invalid_request", "client_secret is missing."),
    Reason.CODE_UNKNOWN: GoogleError("invalid_grant", "Malformed auth code."),
    Reason.CODE_USED: google.BAD_REQUEST,
    Reason.CODE_EXPIRED: google.BAD_REQUEST,
    Reason.VERIFIER: GoogleError("invalid_grant", "Invalid code verifier."),
    Reason.REDIRECT_URI: GoogleError("redirect_uri_mismatch", "Bad Request"),
    Reason.GRANT_ENDED: google.GRANT_ENDED,
    Reason.GRANT_UNKNOWN: google.BAD_REQUEST,
    Reason.ACCOUNT_UNKNOWN: google.ACCOUNT_UNKNOWN,
    Reason.SIGNATURE: google.BAD_SIGNATURE,
    Reason.AUDIENCE: google.AUDIENCE,
    Reason.CLOCK: google.CLOCK,
    Reason.NOT_DELEGATED: google.NOT_DELEGATED,
    Reason.TOKEN_ENDED: google.TOKEN_ENDED,
}


def _other_words(error: OAuth2Error) -> GoogleError:
    return GoogleError(str(error.error), "Bad Request")


def _subject(mailbox: str) -> str:
    return str(uuid5(NAMESPACE_DNS, mailbox.lower()))


DIALECTS: tuple[Dialect, ...] = (Plain(), Microsoft(), Google())


def route(path: str) -> tuple[Dialect, Endpoint, str] | None:
    """Whose endpoint it is, and the tenant in the path, or ""."""
    for dialect in DIALECTS:
        for endpoint, template in dialect.paths.items():
            pattern = re.escape(template).replace(re.escape("{tenant}"), "(?P<tenant>[^/]+)")
            if match := re.fullmatch(pattern, path):
                return dialect, endpoint, match.groupdict().get("tenant") or ""
    return None
