"""Access tokens (RFC 6750): which are good, and how others are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from types import NoneType
from typing import get_args

from .rules import Drop
from .values import check_choice, check_kind, check_line, check_text


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
    connection right after it; without a challenge neither could be met, which is a ValueError.
    """

    challenge: str | None = '{"status":"invalid_token","schemes":"bearer"}'
    reply: str = "535 5.7.8 Authentication credentials invalid"
    always: bool = False
    endless: bool = False
    drop: Drop | None = None

    def __post_init__(self) -> None:
        check_kind("challenge", self.challenge, str, NoneType)
        check_kind("reply", self.reply, str)
        check_kind("always", self.always, bool)
        check_kind("endless", self.endless, bool)
        check_choice("drop", self.drop, (None, *get_args(Drop)))
        check_text("challenge", self.challenge or "")
        check_line("reply", self.reply.replace("\r\n", " "))
        if self.challenge is None and (self.endless or self.drop):
            raise ValueError("endless= and drop= come with a challenge; write challenge=...")
        if self.endless and self.drop:
            raise ValueError("after drop= no challenge comes again; leave out drop= or endless=True")


INVALID_TOKEN = TokenRefusal()
