"""Who may look at the inbox: who calls it by its name and, beyond loopback, has its token."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from .. import web_server as http
from ..sockets import is_ip_address

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,}", re.ASCII)

_NOT_ADMITTED = (
    "the token is missing or wrong: send Authorization: Bearer TOKEN, or open the address with ?token=TOKEN "
    "that the sandbox printed when it started"
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to that address."""
    return host == "localhost" or (is_ip_address(host) and ip_address(host).is_loopback)


class Gate:
    """Decides for one address that is listened on.

    ``names`` are the host names and addresses that it may be called by. ``token`` is made at random where it is ""
    and more than this machine can connect; on loopback "" means that none is needed. A token is shown as
    ``Authorization: Bearer`` (RFC 6750 2.1), or once in the query as ``token``, which becomes a cookie.

    Raises ValueError for a token that is short or not URL-safe.
    """

    def __init__(self, host: str, names: Iterable[str], token: str = "") -> None:
        if token and not _TOKEN.fullmatch(token):
            raise ValueError("a token has 16 or more letters, digits, dots, hyphens, underscores and tildes")
        self._is_open_to_others = not is_loopback(host)
        self._names = tuple(names)
        self.token = token or (secrets.token_urlsafe(24) if self._is_open_to_others else "")
        # Cookies know no ports: each sandbox of a machine has one of its own.
        self._cookie = f"smtp_sandbox_{sha256(self.token.encode()).hexdigest()[:8]}"

    def answer(self, request: http.Request) -> http.Response | None:
        """What is said instead of a page: where it is without the token in its address. Raises Refused."""
        if not self._is_addressed(request):
            raise http.Refused(403, _not_a_name(request))
        if not self.token:
            return None
        parameters = parse_qsl(request.query, keep_blank_values=True)
        if request.method == "GET" and any(
            name == "token" and self._is_token(value) for name, value in parameters
        ):
            return self._admitted(request.path, [each for each in parameters if each[0] != "token"])
        if any(map(self._is_token, self._shown(request))):
            return None
        raise http.Refused(403, _NOT_ADMITTED)

    def _is_addressed(self, request: http.Request) -> bool:
        # A name can be made to resolve to this machine by anybody; an address is what it is.
        return request.is_for(self._names) or (self._is_open_to_others and is_ip_address(request.host))

    def _admitted(self, path: str, parameters: list[tuple[str, str]]) -> http.Response:
        # More than one slash would begin the name of another host.
        location = f"/{path.lstrip('/')}" + (f"?{urlencode(parameters)}" if parameters else "")
        cookie = f"{self._cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        return http.Response(303, [("Location", location), ("Set-Cookie", cookie), *http.PRIVATE])

    def _shown(self, request: http.Request) -> list[str]:
        scheme, _, credentials = request.first("authorization").partition(" ")
        bearer = [credentials.strip()] if scheme.lower() == "bearer" else []
        return [*bearer, *self._cookies(request)]

    def _cookies(self, request: http.Request) -> list[str]:
        try:
            jar = SimpleCookie(request.first("cookie"))
        except CookieError:
            return []
        return [jar[self._cookie].value] if self._cookie in jar else []

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())


def _not_a_name(request: http.Request) -> str:
    if not request.host:
        return "the request needs one Host header, with the name or address of the sandbox"
    return (
        f"the sandbox has no name {request.host!r}, which the Host header says: start it with "
        f"--name {request.host} (names= in Python), or use one of its names"
    )
