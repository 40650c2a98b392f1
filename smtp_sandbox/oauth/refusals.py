"""Why the OAuth server refuses: RFC 6749's error, and the reason that each vendor words differently."""

from __future__ import annotations

from enum import StrEnum, auto

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)


class Reason(StrEnum):
    """What is wrong with a request."""

    REQUEST = auto()
    CLIENT_UNKNOWN = auto()
    SECRET_MISSING = auto()
    SECRET_WRONG = auto()
    SECRET_EXPIRED = auto()
    TENANT_UNKNOWN = auto()
    TENANT_INVALID = auto()
    SCOPE = auto()
    SCOPE_OF_APPLICATION = auto()
    CODE_UNKNOWN = auto()
    CODE_USED = auto()
    CODE_EXPIRED = auto()
    VERIFIER = auto()
    REDIRECT_URI = auto()
    GRANT_ENDED = auto()
    GRANT_UNKNOWN = auto()
    GRANT_TYPE = auto()
    ACCOUNT_UNKNOWN = auto()
    SIGNATURE = auto()
    AUDIENCE = auto()
    CLOCK = auto()
    NOT_DELEGATED = auto()
    TOKEN_ENDED = auto()


_ERRORS: dict[Reason, tuple[type[OAuth2Error], str]] = {
    Reason.CLIENT_UNKNOWN: (InvalidClientError, "There is no such client."),
    Reason.SECRET_WRONG: (InvalidClientError, "The client secret is wrong."),
    Reason.SECRET_EXPIRED: (InvalidClientError, "The client secret has expired."),
    Reason.SECRET_MISSING: (InvalidClientError, "The client has not authenticated."),
    Reason.TENANT_UNKNOWN: (InvalidRequestError, "There is no such tenant."),
    Reason.TENANT_INVALID: (InvalidRequestError, "The tenant is neither a domain nor an identifier."),
    Reason.SCOPE: (InvalidScopeError, "The requested scope is invalid."),
    Reason.SCOPE_OF_APPLICATION: (InvalidScopeError, "The requested scope is not for applications."),
    Reason.CODE_UNKNOWN: (InvalidGrantError, "There is no such code."),
    Reason.CODE_USED: (InvalidGrantError, "The code was used before."),
    Reason.CODE_EXPIRED: (InvalidGrantError, "The code has expired."),
    Reason.GRANT_ENDED: (InvalidGrantError, "The refresh token has been revoked."),
    Reason.GRANT_UNKNOWN: (InvalidGrantError, "There is no such refresh token."),
    Reason.ACCOUNT_UNKNOWN: (InvalidGrantError, "There is no such service account."),
    Reason.SIGNATURE: (InvalidGrantError, "The signature of the assertion is wrong."),
    Reason.AUDIENCE: (InvalidGrantError, "The assertion is for somebody else."),
    Reason.CLOCK: (InvalidGrantError, "The times in the assertion are wrong."),
    Reason.TOKEN_ENDED: (InvalidGrantError, "The token has been revoked."),
    Reason.NOT_DELEGATED: (UnauthorizedClientError, "The client may not act for this mailbox."),
}
_REASONS = {
    "invalid_client": Reason.SECRET_MISSING,
    "invalid_scope": Reason.SCOPE,
    "invalid_grant": Reason.GRANT_UNKNOWN,
    "unsupported_grant_type": Reason.GRANT_TYPE,
    "unauthorized_client": Reason.GRANT_TYPE,
}
# What Authlib finds out by itself, by its words.
_BY_WORDS = {
    "Code challenge failed.": Reason.VERIFIER,
    "Invalid 'redirect_uri' in request.": Reason.REDIRECT_URI,
}


def refusal(reason: Reason) -> OAuth2Error:
    """The error to be raised."""
    kind, description = _ERRORS[reason]
    error = kind(description=description, status_code=401 if kind is InvalidClientError else None)
    error.reason = reason
    return error


def is_explained(error: OAuth2Error) -> bool:
    """Whether it is one of ours."""
    return isinstance(getattr(error, "reason", None), Reason)


def reason_of(error: OAuth2Error) -> Reason:
    """Why it was raised, by us or by Authlib."""
    if is_explained(error):
        return Reason(error.reason)
    words = error.error if isinstance(error.error, str) else ""
    return _BY_WORDS.get(error.description or "") or _REASONS.get(words, Reason.REQUEST)
