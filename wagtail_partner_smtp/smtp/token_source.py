"""Where a session gets its access token from (RFC 6749 1.4), when it does not get one directly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """A token, and how many seconds ago it was issued: 0.0 is just now.

    ``mailbox`` is whose it is, as the provider has told, or "".
    """

    value: str = field(repr=False)
    age: float = 0.0
    mailbox: str = ""


class TokenSource(Protocol):
    """Gives out the access tokens of one account.

    Sources of equal accounts are equal and have the same hash, since sessions are kept by their settings. Both
    methods end by ``deadline`` (``time.monotonic``) and raise ``TokenError`` or ``DeadlineError``.
    """

    @property
    def identity(self) -> tuple[str, ...]:
        """All that tells this account from others, secrets included: to be hashed, never to be shown."""

    def token(self, deadline: float) -> AccessToken:
        """A token that has not expired."""

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        """Another one than that which a server has just refused."""
