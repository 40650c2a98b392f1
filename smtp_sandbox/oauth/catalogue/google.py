"""Errors of Google's token endpoint, as people's reports quote them (public issue threads, read in November 2026)."""

from __future__ import annotations

from ..faults import PREFIX, Fault
from ..replies import Denial, GoogleError

CLOCK = GoogleError(
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp "
    "values in the JWT claim.",
)
NOT_DELEGATED = GoogleError(
    "unauthorized_client",
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes "
    "requested.",
    401,
)
CLIENT_UNKNOWN = GoogleError("invalid_client", "The OAuth client was not found.", 401)
SECRET_WRONG = GoogleError("invalid_client", "Unauthorized", 401)
TOKEN_ENDED = GoogleError("invalid_token", "Token expired or revoked")
NO_TOKEN = GoogleError("invalid_token", "Invalid Value")
GRANT_ENDED = GoogleError("invalid_grant", "Token has been expired or revoked.")
BAD_REQUEST = GoogleError("invalid_grant", "Bad Request")
BAD_SIGNATURE = GoogleError("invalid_grant", "Invalid JWT Signature.")
AUDIENCE = GoogleError("invalid_grant", "Invalid JWT: Failed audience check.")
ACCOUNT_UNKNOWN = GoogleError("invalid_grant", "Invalid grant: account not found")
MAILBOX_UNKNOWN = GoogleError("invalid_grant", "Invalid email or User ID")

_SUMMARIES = {
    "google-expired": (
        GRANT_ENDED,
        "the consent was withdrawn, or is older than 7 days of an application in testing",
    ),
    "google-bad-request": (BAD_REQUEST, "the refresh token is not good, and it does not say why"),
    "google-client-unknown": (CLIENT_UNKNOWN, "the client id is unknown"),
    "google-secret-wrong": (SECRET_WRONG, "the client secret is wrong"),
    "google-client-disabled": (
        GoogleError("disabled_client", "The OAuth client was disabled.", 401),
        "the client is switched off",
    ),
    "google-client-deleted": (
        GoogleError("deleted_client", "The OAuth client was deleted.", 401),
        "the client was deleted",
    ),
    "google-clock": (CLOCK, "a service account's clock is wrong"),
    "google-signature": (BAD_SIGNATURE, "a service account's key was deleted"),
    "google-account-unknown": (ACCOUNT_UNKNOWN, "there is no such service account"),
    "google-mailbox-unknown": (MAILBOX_UNKNOWN, "there is no mailbox that the service account names"),
    "google-not-delegated": (NOT_DELEGATED, "nobody has delegated the domain to the service account"),
    "google-scope": (
        GoogleError("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        "the scope is unknown",
    ),
    "google-reauth": (
        GoogleError("invalid_grant", "reauth related error (invalid_rapt)", subtype="invalid_rapt"),
        "the administrator wants people to sign in again",
    ),
    "google-policy": (
        GoogleError("admin_policy_enforced"),
        "the administrator does not allow the application",
    ),
}

FAULTS = (
    *(
        Fault(name=f"{PREFIX}{name}", summary=f"Google: {summary}", reply=reply)
        for name, (reply, summary) in _SUMMARIES.items()
    ),
    Fault(
        name=f"{PREFIX}google-denied",
        summary="Google: the person says no",
        endpoint="authorization",
        reply=Denial("access_denied"),
    ),
    Fault(
        name=f"{PREFIX}google-revoked",
        summary="Google: what is to be revoked is not good any more",
        endpoint="revocation",
        reply=TOKEN_ENDED,
    ),
)
