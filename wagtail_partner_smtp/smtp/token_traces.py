"""An access token in a server's reply: whole, in pieces, or encoded as it was sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from .vocabulary import is_ordinary

SHORTEST_PIECE = 12  # characters: what is shorter may be a word

_RUN = re.compile(rf"[A-Za-z0-9+/_.~%-]{{{SHORTEST_PIECE},}}")


class TokenTraces:
    """Knows the forms of one token. They are kilobytes long, so nothing is compiled from them."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._forms = tuple({form.lower() for form in _forms(token)}) if token else ()

    def replaced(self, text: str, mark: str) -> str:
        """``text`` with ``mark`` for the token, and for every longer run that is a piece of it or holds it."""
        if not self._forms:
            return text
        if not is_ordinary(self._token):
            text = text.replace(self._token, mark)
        return _RUN.sub(lambda run: mark if self._shows(run[0].lower()) else run[0], text)

    def _shows(self, run: str) -> bool:
        return any(run in form or (len(form) >= SHORTEST_PIECE and form in run) for form in self._forms)


def _forms(token: str) -> Iterator[str]:
    secret = token.encode("utf-8", "surrogatepass")
    yield token
    yield quote(secret, safe="")
    yield secret.hex()
    for before in range(3):
        yield from _encoded_within(before, secret)


def _encoded_within(before: int, secret: bytes) -> Iterator[str]:
    """Base64 of the secret, so many octets after the start of a group of three, without its neighbours' bits."""
    whole = b"\0" * before + secret
    within = slice(-(-before * 8 // 6), len(whole) * 8 // 6)
    yield base64.b64encode(whole).decode()[within]
    yield base64.urlsafe_b64encode(whole).decode()[within]
