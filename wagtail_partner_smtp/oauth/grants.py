"""The ways to get tokens, one function each: all of them make one request, or none.

They end by ``deadline`` (``time.monotonic``) and raise ``TokenError``, with a code that says why, or
``DeadlineError``.
"""

from __future__ import annotations

import json
from contextlib import suppress

from authlib.oauth2.rfc7523 import JWTBearerGrant
from django.views.decorators.debug import sensitive_variables
from joserfc.jwk import RSAKey

from ..account.secret import Secret
from ..smtp.errors import Code
from .client import Answer, Client, NoClientAuth, guarded
from .errors import Kind
from .providers import Provider, wrong

_ALGORITHM = "RS256"


@sensitive_variables()
def exchange_code(
    provider: Provider, *, code: str, verifier: str, redirect_uri: str, deadline: float
) -> Answer:
    """What the owner of a mailbox has agreed to (RFC 6749 4.1.3), proven with PKCE (RFC 7636 4.5)."""
    code, verifier = Secret(code), Secret(verifier)
    client = Client(provider, Kind.CODE, deadline, (code, verifier))
    return client.ask(
        lambda: client.fetch_token(
            provider.token_endpoint,
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=verifier,
        )
    )


@sensitive_variables()
def refresh(provider: Provider, refresh_token: str, *, deadline: float) -> Answer:
    """RFC 6749 6. The answer's refresh token is "" if the old one stays."""
    refresh_token = Secret(refresh_token)
    client = Client(provider, Kind.REFRESH, deadline, (refresh_token,))
    return client.ask(lambda: client.refresh_token(provider.token_endpoint, refresh_token=refresh_token))


@sensitive_variables()
def client_credentials(provider: Provider, *, deadline: float) -> Answer:
    """For the application itself (RFC 6749 4.4)."""
    if not provider.scopes:
        raise wrong(Code.OAUTH_SCOPES_MISSING, "oauth_scopes")
    client = Client(provider, Kind.CLIENT, deadline)
    return client.ask(
        lambda: client.fetch_token(
            provider.token_endpoint, grant_type="client_credentials", scope=" ".join(provider.scopes)
        )
    )


@sensitive_variables()
def service_account(provider: Provider, mailbox: str, *, deadline: float) -> Answer:
    """For a service account that may act for a mailbox, by a signed assertion (RFC 7523 2.1).

    ``provider.client_secret`` is its key, the JSON file that Google makes. Of that only the key and the names are
    used: the address of an endpoint that is in it, too, is anybody's who has pasted it.
    """
    assertion = _assertion(provider, mailbox)
    client = Client(provider, Kind.ASSERTION, deadline, (assertion,))
    return client.ask(
        lambda: client.fetch_token(
            provider.token_endpoint,
            grant_type=JWTBearerGrant.GRANT_TYPE,
            assertion=assertion,
            auth=NoClientAuth(),
        )
    )


@sensitive_variables()
def revoke(provider: Provider, refresh_token: str, *, deadline: float) -> None:
    """Have the provider forget it and all that came of it (RFC 7009), where it has an endpoint for that."""
    if not provider.revocation_endpoint:
        return
    refresh_token = Secret(refresh_token)
    client = Client(provider, Kind.REFRESH, deadline, (refresh_token,))
    response = guarded(
        lambda: client.revoke_token(
            provider.revocation_endpoint,
            token=refresh_token,
            token_type_hint="refresh_token",  # noqa: S106
        )
    )
    if response.status != 200:
        guarded(lambda: client.parse_response_token(response))


@sensitive_variables()
def _assertion(provider: Provider, mailbox: str) -> Secret:
    # Authlib and the libraries under it have many names for a key that is none.
    with suppress(Exception):
        return _signed(provider, mailbox)
    raise wrong(Code.OAUTH_KEY_INVALID, "oauth_secret")


@sensitive_variables()
def _signed(provider: Provider, mailbox: str) -> Secret:
    key = json.loads(provider.client_secret)
    signed = JWTBearerGrant.sign(
        RSAKey.import_key(key["private_key"]),
        issuer=key["client_email"],
        audience=provider.token_endpoint,
        subject=mailbox,
        claims={"scope": " ".join(provider.scopes)},
        header={"alg": _ALGORITHM, "kid": key["private_key_id"]},
    )
    return Secret(signed)
