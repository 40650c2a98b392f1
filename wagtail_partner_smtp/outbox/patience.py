"""How long a visitor or an editor waits for mail that is sent within their request."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Patience:
    """From when until when, by ``time.monotonic``."""

    begins: float
    ends: float

    @classmethod
    def of(cls, seconds: float) -> Patience:
        now = time.monotonic()
        return cls(begins=now, ends=now + seconds)

    def is_over(self) -> bool:
        return time.monotonic() > self.ends

    def had_little_left(self, at: float) -> bool:
        """Whether what began then had less than half of it: that it did not end tells nothing of the server."""
        return at > (self.begins + self.ends) / 2
