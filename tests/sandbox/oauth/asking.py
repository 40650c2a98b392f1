"""A client of the OAuth server, by hand."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from smtp_sandbox.oauth.server import CLIENT_ID, CLIENT_SECRET, Place
from tests.support.stopwatch import PATIENCE

REDIRECT_URI = "https://site.example/callback/"
CREDENTIALS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
# What each face wants to be asked for a refresh token, beside the rest.
OFFLINE = {
    "plain": {},
    "microsoft": {"scope": "smtp openid offline_access"},
    "google": {"access_type": "offline"},
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message = field(repr=False)
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(url: str, context: ssl.SSLContext, form: dict[str, str] | None = None, **headers: str) -> Answer:
    """GET, or POST with a form; redirects are not followed."""
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=context))
    data = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    try:
        with opener.open(request, timeout=PATIENCE) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def basic(client_id: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"


def challenge(verifier: str) -> str:
    """S256 (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorization_url(place: Place, verifier: str, tenant: str = "common", **parameters: str) -> str:
    defaults = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "smtp openid",
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{at(place.authorization_endpoint, tenant)}?{urlencode(defaults | parameters)}"


def at(endpoint: str, tenant: str = "common") -> str:
    return endpoint.replace("{tenant}", tenant)


def returned(location: str) -> dict[str, str]:
    """The parameters with which a person is sent back."""
    assert location.startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(location).query))


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


def claims(token: str) -> dict[str, Any]:
    """Of a JWT, unchecked."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
