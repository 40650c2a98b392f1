"""A request as Authlib wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from ..web_server import Request
from .dialects import Dialect
from .faults import Endpoint
from .replies import Facts


class Parameters(OAuth2Payload):
    """What is asked; said twice, the first counts."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._every: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._every[name].append(value)
        self._first = {name: values[0] for name, values in self._every.items()}

    @property
    def data(self) -> dict[str, str]:
        """The parameters."""
        return self._first

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """The same with all of their values."""
        return self._every


class Question(OAuth2Request):
    """A request to one of the endpoints, with the face that it was made to."""

    def __init__(
        self, request: Request, origin: str, dialect: Dialect, endpoint: Endpoint, tenant: str = ""
    ) -> None:
        authorization = request.first("authorization")
        super().__init__(
            request.method,
            f"{origin}{request.target}",
            headers={"Authorization": authorization} if authorization else {},
        )
        self.origin, self.dialect, self.endpoint, self.tenant = origin, dialect, endpoint, tenant
        self._query = _pairs(request.query)
        self._form = _pairs(request.body.decode("utf-8", "replace"))
        # A consent page sends its form to the address with the request in it.
        self.payload = Parameters(self._form if endpoint == "token" else [*self._query, *self._form])

    @property
    def args(self) -> dict[str, str]:
        """The query."""
        return dict(self._query)

    @property
    def form(self) -> dict[str, str]:
        """The body; Google also takes the query to revoke and to look at a token."""
        return dict(self._form) if self.endpoint == "token" else {**self.args, **dict(self._form)}

    @property
    def facts(self) -> Facts:
        """What an answer may quote."""
        known: dict[str, str] = {
            name: self.payload.data.get(name, "") for name in ("scope", "redirect_uri", "state")
        }
        name, _ = extract_basic_authorization(self.headers)
        client_id = name or self.payload.data.get("client_id", "")
        return {**known, "client_id": client_id, "tenant": self.tenant}


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)
