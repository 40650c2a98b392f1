"""One request to an endpoint of a provider, and its answer: the only HTTP that this site speaks.

Authlib's client without a framework writes the requests (RFC 6749, RFC 7009, RFC 7523), httpcore speaks HTTP over
the guarded network. Neither follows a redirect, asks a proxy or reads anybody's ``.netrc``.
"""

from __future__ import annotations

import base64
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpcore
from authlib.common.urls import quote, url_encode
from authlib.oauth2.client import OAuth2Client
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..smtp import tls
from ..smtp.errors import AddressError, CertificateError, Code, DeadlineError, Fact, SMTPError, TokenError
from ..smtp.settings import is_token
from ..smtp.stages import Stage
from ..smtp.web_address import WebAddress
from .errors import Kind, refusal
from .network import GuardedBackend
from .providers import Provider
from .words import shown

UNKNOWN_LIFETIME: Final = 300.0
"""Seconds for which a token is taken to be good if the answer does not say."""

log = logging.getLogger("wagtail_partner_smtp")

_PROTOCOL = "http/1.1"
_LONGEST_LIFETIME = 10.0 * 365 * 24 * 3600
_TOO_MANY = 429
_NOT_ALLOWED = {Code.ADDRESS_NOT_ALLOWED, Code.PORT_NOT_ALLOWED}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a token endpoint gives (RFC 6749 5.1); "" for what it leaves out, ``lifetime`` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    lifetime: float = UNKNOWN_LIFETIME
    id_token: str = field(default="", repr=False)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class _Response:
    status: int
    content: bytes = field(repr=False)
    skew: float = 0.0

    @property
    def has_failed(self) -> bool:
        return self.status >= 500 or self.status == _TOO_MANY

    def values(self) -> Mapping[str, Any] | None:
        """The JSON object that it is; ``None`` if it is something else."""
        try:
            found = json.loads(self.content)
        # Thousands of brackets in each other.
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, Mapping) else None


class Client(OAuth2Client):
    """Authlib's client, whose requests go over the guarded network until ``deadline`` (``time.monotonic``).

    ``kind`` is what the token is asked for with, ``secrets`` are taken out of all that the provider says.
    """

    @sensitive_variables()
    def __init__(self, provider: Provider, kind: Kind, deadline: float, secrets: Iterable[str] = ()) -> None:
        super().__init__(
            session=_Session(deadline),
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            token_endpoint_auth_method=provider.auth_method,
            revocation_endpoint_auth_method=provider.auth_method,
        )
        self.register_client_auth_method(("client_secret_basic", _basic))
        self._kind = kind
        self._secrets = (provider.client_secret, *secrets)
        self._values: Mapping[str, Any] = {}

    @sensitive_variables()
    def parse_response_token(self, resp: _Response) -> dict[str, Any]:
        """The values of a good answer. Raises ``TokenError`` for every other."""
        values = resp.values()
        if values is not None and "error" in values and not resp.has_failed:
            raise refusal(_flat(values), kind=self._kind, secrets=self._secrets, skew=resp.skew)
        if resp.has_failed:
            said = shown((_flat(values or {})).get("error_description"), self._secrets)
            facts: dict[str, Fact] = {"said": said, "status": resp.status}
            raise TokenError(Code.OAUTH_PROVIDER_BUSY, stage=Stage.TOKEN, facts=facts)
        if resp.status != 200 or values is None or not _is_good(values):
            facts = {"status": resp.status}
            raise TokenError(Code.OAUTH_ANSWER_INVALID, stage=Stage.TOKEN, facts=facts)
        # Authlib's own keeping of tokens trusts every value.
        self._values = values
        return {"refresh_token": ""}

    @sensitive_variables()
    def ask(self, request: Callable[[], Any]) -> Answer:
        """What the token endpoint answers to a request. Raises ``TokenError`` or ``DeadlineError``."""
        guarded(request)
        return _answer_of(self._values)


@sensitive_variables()
def _answer_of(values: Mapping[str, Any]) -> Answer:
    """What of a good answer is used."""
    return Answer(
        access_token=values["access_token"],
        refresh_token=_text(values.get("refresh_token")),
        lifetime=_lifetime(values.get("expires_in")),
        id_token=_text(values.get("id_token")),
        scope=_text(values.get("scope")),
    )


def guarded(ask: Callable[[], T]) -> T:
    """What ``ask`` returns. Raises ``TokenError`` or ``DeadlineError`` with a traceback that begins here.

    The frames below hold secrets in parts that are not ours, and error reports show the variables of frames.
    """
    try:
        return ask()
    except SMTPError as error:
        found = error
    except Exception as error:
        log.error("Asking for an access token broke: %s", type(error).__name__)
        found = TokenError(Code.OAUTH_ANSWER_INVALID, stage=Stage.TOKEN)
    found.__cause__ = found.__context__ = None
    raise found.with_traceback(None) from None


class _Session:
    """What Authlib takes for a session of ``requests``."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    @sensitive_variables()
    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Response:
        body = url_encode(list(data.items()))
        url, headers, body = auth.prepare("POST", url, dict(headers), body)
        try:
            return self._send(WebAddress.parse(url), headers, body.encode())
        except TokenError:
            raise
        except SMTPError as error:
            raise _translated(error) from None
        except httpcore.ProtocolError:
            raise TokenError(Code.OAUTH_ANSWER_INVALID, stage=Stage.TOKEN) from None

    @sensitive_variables()
    def _send(self, address: WebAddress, headers: Mapping[str, str], body: bytes) -> _Response:
        policy = conf.policy()
        backend = GuardedBackend(policy=policy, deadline=self._deadline)
        context = tls.verifying_context(policy.ca_file, _PROTOCOL)
        sent: dict[str | bytes, str | bytes] = {
            **dict(headers.items()),
            "Host": address.authority,
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        with httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool:
            response = pool.request(
                "POST",
                httpcore.URL(
                    scheme=b"https",
                    host=address.host.encode(),
                    port=address.port,
                    target=address.target.encode(),
                ),
                headers=sent,
                content=body,
            )
        if 300 <= response.status < 400:
            raise TokenError(Code.OAUTH_ENDPOINT_REDIRECTS, stage=Stage.TOKEN)
        return _Response(status=response.status, content=response.content, skew=_skew(response.headers))


class NoClientAuth:
    """A request that says by itself who makes it, as one with a signed assertion does."""

    def prepare(self, method: str, uri: str, headers: Any, body: str) -> tuple[str, Any, str]:
        return uri, headers, body


@sensitive_variables()
def _basic(client: Any, method: str, uri: str, headers: dict[str, str], body: str) -> tuple[str, Any, str]:
    """As RFC 6749 2.3.1 writes it: both are encoded first, which Authlib leaves out."""
    pair = f"{quote(client.client_id, b'')}:{quote(client.client_secret, b'')}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _translated(error: SMTPError) -> SMTPError:
    """An error on the way to the endpoint, which is not the mail server that other sentences are about."""
    if isinstance(error, DeadlineError) and error.code is not Code.CONNECTION_FILTERED:
        return DeadlineError(Code.OAUTH_ENDPOINT_SLOW, stage=Stage.TOKEN)
    code = Code.OAUTH_ENDPOINT_UNREACHABLE
    if isinstance(error, AddressError) and error.code in _NOT_ALLOWED:
        code = Code.OAUTH_ENDPOINT_NOT_ALLOWED
    elif isinstance(error, CertificateError):
        code = Code.OAUTH_ENDPOINT_UNTRUSTED
    elif error.code is Code.AUTHORITIES_UNREADABLE:
        code = error.code
    return TokenError(code, stage=Stage.TOKEN, facts={"reason": str(error.code)})


def _skew(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """Seconds by which the clock of this machine is ahead of the answer's; 0.0 if it tells no time."""
    date = next((value for name, value in headers if name.lower() == b"date"), b"")
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(date.decode("ascii"))).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _flat(values: Mapping[str, Any]) -> Mapping[str, object]:
    """Google has an object where the standard has a text, at some of its endpoints."""
    error = values.get("error")
    if not isinstance(error, Mapping):
        return values
    return {"error": error.get("status"), "error_description": error.get("message")}


def _is_good(values: Mapping[str, Any]) -> bool:
    token, kind = values.get("access_token"), values.get("token_type", "bearer")
    return isinstance(token, str) and is_token(token) and str(kind).lower() == "bearer"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _lifetime(value: object) -> float:
    if isinstance(value, bool):
        return UNKNOWN_LIFETIME
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return UNKNOWN_LIFETIME
    if not math.isfinite(seconds) or seconds <= 0:
        return UNKNOWN_LIFETIME
    return min(seconds, _LONGEST_LIFETIME)
