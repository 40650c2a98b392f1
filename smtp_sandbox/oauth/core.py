"""The OAuth server apart from any connection: a question in, an answer out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias, cast

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from joserfc.jwk import RSAKey

from ..web_server import Response
from . import consent, grants
from .catalogue import google
from .questions import Question
from .refusals import Reason, refusal
from .registry import Client, Grant, Registry
from .replies import as_json

_Answer: TypeAlias = tuple[int, Any, list[tuple[str, str]]]


class Core(AuthorizationServer):
    """Authlib's server, which stores in the registry and answers in a dialect."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry
        self.register_grant(grants.CodeGrant, [grants.PKCE, self._identify])
        self.register_grant(grants.RefreshGrant, [self._identify])
        self.register_grant(grants.ApplicationGrant)
        self.register_grant(grants.AssertionGrant)
        self.register_endpoint(grants.Revocation)
        self.register_endpoint(grants.Introspection)
        self.register_token_generator("default", grants.make_generator(registry, make_token))

    @cached_property
    def _key(self) -> RSAKey:
        return RSAKey.generate_key(2048)

    def _identify(self, grant: Any) -> None:
        # The key takes a while, so it is made for who wants an ID token.
        def add_id_token(grant: Any, answer: Any) -> None:
            if "openid" in (answer[1].get("scope") or "").split():
                grants.IdentityToken(self._key).process_token(grant, answer)

        grant.register_hook("after_create_token_response", add_id_token)

    def query_client(self, client_id: str) -> Client:
        """The application of that id."""
        if client_id not in self.registry.clients:
            raise refusal(Reason.CLIENT_UNKNOWN)
        return self.registry.clients[client_id]

    def save_token(self, token: dict[str, Any], request: Question) -> None:
        """Keep it, and let the mail servers take it."""
        before = request.refresh_token
        code = request.authorization_code
        family = code.code if code else before.family if before else secrets.token_hex(8)
        self.registry.remember(
            Grant(
                client_id=request.client.client_id,
                mailbox=request.user or "",
                scope=token.get("scope", ""),
                access_token=token["access_token"],
                refresh_token=token.get("refresh_token", ""),
                expires_in=self.registry.lifetime,
                family=family,
            )
        )

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Question) -> Question:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> _Answer:
        """What Authlib answers."""
        return status, body, headers

    def handle_error_response(self, request: Question, error: OAuth2Error) -> _Answer:
        """Raised instead, for ``answer`` to put into words."""
        raise error

    def answer(self, question: Question) -> Response:
        """The honest answer."""
        handlers: dict[str, Callable[[Question], Response]] = {
            "authorization": self._authorize,
            "token": self._tokens,
            "revocation": self._revoke,
            "introspection": self._introspect,
        }
        try:
            self._check_tenant(question.tenant)
            return handlers[question.endpoint](question)
        except OAuth2Error as error:
            if error.redirect_uri:
                # The application is known, so it is told (RFC 6749 4.1.2.1).
                return Response(302, error()[2])
            if question.endpoint == "authorization":
                return consent.error_page(error)
            return question.dialect.refused(error, question.facts)

    def _check_tenant(self, tenant: str) -> None:
        if tenant and tenant not in self.registry.tenants:
            is_a_name = "." in tenant or tenant.count("-") == 4
            raise refusal(Reason.TENANT_UNKNOWN if is_a_name else Reason.TENANT_INVALID)

    def _tokens(self, question: Question) -> Response:
        status, body, _ = cast(_Answer, self.create_token_response(question))
        return as_json(status, question.dialect.granted(body, question.payload.grant_type or ""))

    def _revoke(self, question: Question) -> Response:
        status, body, _ = cast(_Answer, self.create_endpoint_response("revocation", question))
        return as_json(status, body)

    def _introspect(self, question: Question) -> Response:
        if question.dialect.name == "google":
            return self._token_info(question)
        status, body, _ = cast(_Answer, self.create_endpoint_response("introspection", question))
        return as_json(status, body)

    def _token_info(self, question: Question) -> Response:
        # Google's way to look at a token, which asks for no client.
        grant = self.registry.find(access_token=question.form.get("access_token", ""))
        if grant is None or grant.is_expired() or grant.is_revoked():
            return google.NO_TOKEN.answer(question.facts)
        return as_json(
            200,
            {
                "azp": grant.client_id,
                "aud": grant.client_id,
                "scope": grant.scope,
                "exp": str(int(grant.issued_at + grant.expires_in)),
                "expires_in": str(int(grant.issued_at + grant.expires_in - time.time())),
                "email": grant.mailbox,
                "email_verified": "true",
                "access_type": "offline" if grant.refresh_token else "online",
            },
        )

    def _authorize(self, question: Question) -> Response:
        grant = self.get_consent_grant(question)
        if question.method != "POST":
            return consent.page(question, grant.client, self.registry.people())
        status, _, headers = cast(
            _Answer,
            self.create_authorization_response(question, grant_user=consent.decision(question), grant=grant),
        )
        return Response(status, headers)


def make_token(length: int) -> str:
    """Random characters that may stand in a bearer token (RFC 6750 2.1)."""
    return secrets.token_urlsafe(length)[:length]
