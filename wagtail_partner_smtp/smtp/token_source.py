"""Where an access token (RFC 6750) comes from: told here, made by what is above."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """A token. ``age`` is in seconds since it was issued, 0.0 for one that was issued just now."""

    value: str = field(repr=False)
    age: float = 0.0


class TokenSource(Protocol):
    """One account's tokens. Hashable, and equal for equal accounts: sessions are kept by their settings.

    ``deadline`` is one of ``time.monotonic()``. Both methods raise ``SMTPError`` of the stage ``TOKEN``, or
    ``DeadlineError``.
    """

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes the account another one if it changes, its secret included: never to be shown."""
        ...

    def token(self, deadline: float) -> AccessToken:
        """A token that should be good."""
        ...

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        """Another one, after a server has refused this one."""
        ...
