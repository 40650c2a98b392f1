"""Access tokens (RFC 6750): which are good, and how others are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from .rules import Drop


@dataclass(frozen=True, slots=True)
class Token:
    """A token of XOAUTH2 and OAUTHBEARER, good until ``expires``, or for ever."""

    value: str = field(repr=False)
    expires: datetime | None = None

    @classmethod
    def lasting(cls, value: str, seconds: float) -> Token:
        """Good for so many seconds from now on; for a negative number it has expired already."""
        return cls(value, datetime.now(UTC) + timedelta(seconds=seconds))

    def accepts(self, value: str) -> bool:
        """Whether it is this token, and still good."""
        is_fresh = self.expires is None or datetime.now(UTC) < self.expires
        return compare_digest(self.value.encode(), value.encode()) and is_fresh


class Issued:
    """The tokens that the sandbox's own OAuth server has issued and not revoked: for whom, and until when."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[Token, Callable[[str], bool]]] = {}

    def add(self, token: Token, opens: Callable[[str], bool]) -> None:
        """``opens`` says at each login whether the token is for that name."""
        self._tokens[token.value] = token, opens

    def discard(self, value: str) -> None:
        """Take a token for none of ours from now on."""
        self._tokens.pop(value, None)

    def clear(self) -> None:
        """Discard all of them."""
        self._tokens.clear()

    def accepts(self, name: str, value: str) -> bool:
        """Whether it is a token for that name, and still good."""
        if value not in self._tokens:
            return False
        token, opens = self._tokens[value]
        return token.accepts(value) and opens(name)


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """How a token is refused: ``challenge`` is the text of a 334 before the ``reply``; None goes without one.

    ``always`` refuses good tokens too. ``endless`` says the challenge until the client cancels, ``drop`` ends the
    connection right after it.
    """

    challenge: str | None = '{"status":"invalid_token","schemes":"bearer"}'
    reply: str = "535 5.7.8 Authentication credentials invalid"
    always: bool = False
    endless: bool = False
    drop: Drop | None = None


INVALID_TOKEN = TokenRefusal()
