"""The ways to a token, on Authlib's."""

from __future__ import annotations

import time
from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidGrantError, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core import OpenIDToken
from joserfc.jwk import RSAKey

from .questions import Question
from .refusals import Reason, is_explained, refusal
from .registry import Client, Code, Grant, Registry

AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]
CLOCK_SKEW = 300  # seconds that a service account's clock may be wrong, at Google
LONGEST_ASSERTION = 3600  # seconds


class _Asked:
    """What every grant has of ours."""

    request: Question

    @property
    def registry(self) -> Registry:
        """The server's memory."""
        return cast(Registry, self.server.registry)  # type: ignore[attr-defined]


class CodeGrant(_Asked, grants.AuthorizationCodeGrant):
    """A code for tokens (RFC 6749 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION

    def save_authorization_code(self, code: str, request: Question) -> None:
        """Keep what the person has consented to."""
        asked = request.payload.data
        self.registry.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            mailbox=request.user,
            redirect_uri=asked.get("redirect_uri", ""),
            scope=request.scope or "",
            nonce=asked.get("nonce"),
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method"),
            offline=request.dialect.is_offline(asked),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code:
        """The one that was kept, if it is that application's and has not been used."""
        known = self.registry.codes.get(code)
        if known is None or known.client_id != client.client_id:
            raise refusal(Reason.CODE_UNKNOWN)
        if known.used:
            # Somebody has it who should not (RFC 6749 4.1.2).
            for grant in list(self.registry.grants):
                if grant.family == known.code:
                    self.registry.revoke(grant)
            raise refusal(Reason.CODE_USED)
        if known.is_expired:
            raise refusal(Reason.CODE_EXPIRED)
        return known

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It has been used."""
        authorization_code.used = True

    def authenticate_user(self, authorization_code: Code) -> str:
        """Whose mailbox it is for."""
        return authorization_code.mailbox

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With a refresh token only if it was asked for in the vendor's way."""
        wanted = kwargs.pop("include_refresh_token", True) and self.request.authorization_code.offline
        return cast(dict[str, Any], super().generate_token(*args, include_refresh_token=wanted, **kwargs))


class RefreshGrant(_Asked, grants.RefreshTokenGrant):
    """A refresh token for a new access token (RFC 6749 6)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION

    def authenticate_refresh_token(self, refresh_token: str) -> Grant:
        """What it belongs to, if it is good."""
        grant = self.registry.find(refresh_token=refresh_token)
        if grant is None:
            raise refusal(Reason.GRANT_UNKNOWN)
        if grant.refresh_token_revoked:
            raise refusal(Reason.GRANT_ENDED)
        return grant

    def authenticate_user(self, refresh_token: Grant) -> str:
        """Whose mailbox it is for."""
        return refresh_token.mailbox

    def issue_token(self, user: str, refresh_token: Grant) -> dict[str, Any]:
        """With a new refresh token where they rotate."""
        self.INCLUDE_NEW_REFRESH_TOKEN = self._rotation != "none"
        return cast(dict[str, Any], super().issue_token(user, refresh_token))

    def revoke_old_credential(self, refresh_token: Grant) -> None:
        """End the old one where that goes with the new one."""
        refresh_token.refresh_token_revoked = self._rotation == "revoke"

    @property
    def _rotation(self) -> str:
        return self.registry.rotation or self.request.dialect.rotation


class ApplicationGrant(_Asked, grants.ClientCredentialsGrant):
    """An application's own token (RFC 6749 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def validate_requested_scope(self) -> None:
        """At Microsoft's endpoints only the resource's default."""
        scope = self.request.payload.scope or ""
        if self.request.dialect.name == "microsoft" and not scope.endswith("/.default"):
            raise refusal(Reason.SCOPE_OF_APPLICATION)
        super().validate_requested_scope()


class AssertionGrant(_Asked, JWTBearerGrant):
    """A service account's signed JWT (RFC 7523 2.1), with Google's claims: ``scope``, ``sub`` for the mailbox."""

    def get_audiences(self) -> list[str]:
        """Whom it must be for: the endpoint that was asked."""
        return [f"{self.request.origin}{self.request.dialect.paths['token']}"]

    def resolve_issuer_client(self, issuer: str) -> Client:
        """The service account of that address."""
        client = self.registry.clients.get(issuer)
        if client is None or not client.public_key:
            raise refusal(Reason.ACCOUNT_UNKNOWN)
        return client

    def resolve_client_public_key(self, client: Client) -> RSAKey:
        """What its signature is checked with."""
        return RSAKey.import_key(client.public_key)

    def process_assertion_claims(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion that is signed and in time."""
        _, claims = self.extract_assertion(assertion)
        _check_times(claims)
        try:
            checked: dict[str, Any] = super().process_assertion_claims(assertion)
        except InvalidGrantError as error:
            raise error if is_explained(error) else refusal(Reason.SIGNATURE) from error
        # Google's scope is in the assertion.
        self.request.payload.data.setdefault("scope", checked.get("scope", ""))
        return checked

    def verify_claims(self, claims: Any) -> None:
        """For whom it is."""
        try:
            super().verify_claims(claims)
        except InvalidGrantError as error:
            raise refusal(Reason.AUDIENCE) from error

    def authenticate_user(self, subject: str) -> str:
        """The mailbox."""
        return subject

    def has_granted_permission(self, client: Client, user: str) -> bool:
        """Whether the domain has been delegated."""
        if user.lower() not in map(str.lower, client.mailboxes):
            raise refusal(Reason.NOT_DELEGATED)
        return True


def _check_times(claims: dict[str, Any]) -> None:
    now, begins, ends = time.time(), claims.get("iat"), claims.get("exp")
    if not isinstance(begins, (int, float)) or not isinstance(ends, (int, float)):
        raise refusal(Reason.CLOCK)
    is_short = 0 < ends - begins <= LONGEST_ASSERTION
    if not is_short or begins > now + CLOCK_SKEW or ends < now - CLOCK_SKEW:
        raise refusal(Reason.CLOCK)


class IdentityToken(OpenIDToken):
    """The ID token that the scope ``openid`` asks for (OpenID Connect Core 2)."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """The server's own key."""
        return self._key

    def get_compatible_claims(self, request: Question) -> dict[str, Any]:
        """Who says it to whom of whom."""
        now = int(time.time())
        claims = {"iss": request.origin, "aud": request.client.client_id, "iat": now, "exp": now + 3600}
        return {**claims, **request.dialect.claims(request.user)}

    def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
        """The nonce, if there was one."""
        claims = super().get_authorization_code_claims(authorization_code)
        return {name: value for name, value in claims.items() if value is not None}

    def generate_user_info(self, user: str, scope: str) -> dict[str, Any]:
        """Said already."""
        return {}


class Revocation(RevocationEndpoint):
    """RFC 7009; Google asks for no client, and says so where a token is unknown."""

    CLIENT_AUTH_METHODS = AUTHENTICATION

    def authenticate_endpoint_client(self, request: Question) -> Client | None:
        """The application."""
        if request.dialect.name == "google":
            return None
        return cast(Client, super().authenticate_endpoint_client(request))

    def authenticate_token(self, request: Question, client: Client | None) -> Grant | None:
        """What is to be revoked."""
        grant = cast(Grant | None, super().authenticate_token(request, client))
        if client is None and (grant is None or grant.revoked):
            raise refusal(Reason.TOKEN_ENDED)
        return grant

    def query_token(self, token_string: str, token_type_hint: str | None) -> Grant | None:
        """Whatever it is, the hint is no more than that (RFC 7009 2.1)."""
        registry = cast(Registry, self.server.registry)
        return registry.find(access_token=token_string) or registry.find(refresh_token=token_string)

    def revoke_token(self, token: Grant, request: Question) -> None:
        """End all that came of the same consent."""
        cast(Registry, self.server.registry).revoke(token)


class Introspection(IntrospectionEndpoint):
    """RFC 7662, for mail servers that ask whose a token is."""

    CLIENT_AUTH_METHODS = AUTHENTICATION

    def query_token(self, token_string: str, token_type_hint: str | None) -> Grant | None:
        """An access token."""
        return cast(Registry, self.server.registry).find(access_token=token_string)

    def check_permission(self, token: Grant, client: Client, request: Question) -> bool:
        """Everybody who is registered may ask."""
        return True

    def introspect_token(self, token: Grant) -> dict[str, Any]:
        """Whose it is, and for what."""
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": "Bearer",
            "username": token.mailbox,
            "email": token.mailbox,
            "sub": token.mailbox,
            "scope": token.scope,
            "iat": int(token.issued_at),
            "exp": int(token.issued_at + token.expires_in),
        }


def make_generator(registry: Registry, make_token: Any) -> BearerTokenGenerator:
    """What makes the tokens that an answer holds."""
    return BearerTokenGenerator(
        lambda **_: make_token(registry.token_length),
        lambda **_: make_token(64),
        lambda *_: max(1, round(registry.lifetime)),
    )


PKCE = CodeChallenge(required=True)
