"""How long a session may take, and how much it reads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from .errors import Code, ProtocolError

REPLY_BUDGET = 64 * 1024  # bytes
FURTHER_REPLY = 4 * 1024  # bytes more for each further reply of a group: eight lines (RFC 5321 4.5.3.1.5)


@dataclass(kw_only=True)
class Limits:
    """How long and how much.

    A connection test has one ``deadline`` (``time.monotonic``) for all that it does and one budget of bytes;
    a delivery has ``command_timeout`` seconds and the whole budget for each reply, and ``verdict_timeout``
    seconds, if they are more, for the answer to a whole message. Where somebody waits for it, it is over at
    ``patience_ends`` (``time.monotonic``), but for what has had time granted.
    """

    command_timeout: float
    deadline: float | None = None
    verdict_timeout: float = 0.0
    patience_ends: float | None = None
    budget: int = REPLY_BUDGET
    _granted_until: float | None = field(default=None, init=False, repr=False)

    @classmethod
    def for_test(cls, timeout: float) -> Limits:
        return cls(command_timeout=timeout, deadline=time.monotonic() + timeout)

    @classmethod
    def for_delivery(cls, command_timeout: float, verdict_timeout: float = 0.0) -> Limits:
        return cls(command_timeout=command_timeout, verdict_timeout=verdict_timeout)

    @classmethod
    def for_request(cls, command_timeout: float, patience_ends: float) -> Limits:
        """Of a delivery that somebody waits for."""
        return cls(
            command_timeout=command_timeout, verdict_timeout=command_timeout, patience_ends=patience_ends
        )

    def grant(self, seconds: float) -> None:
        """So much time from now, whatever is left of the patience."""
        if self.patience_ends is not None:
            self._granted_until = time.monotonic() + seconds

    def revoke(self) -> None:
        """End what was granted."""
        self._granted_until = None

    def next_deadline(self, timeout: float | None = None) -> float:
        """The end of the operation that begins now, at most ``timeout`` seconds from now."""
        now = time.monotonic()
        ends = [
            now + self.command_timeout if self.deadline is None else self.deadline,
            None if timeout is None else now + timeout,
            self.patience_ends if self._granted_until is None else self._granted_until,
        ]
        return min(each for each in ends if each is not None)

    def verdict_deadline(self) -> float:
        """The end of the wait for the answer to a message that the server has now (RFC 5321 4.5.3.2.6)."""
        deadline = self.next_deadline()
        return (
            deadline if self.deadline is not None else max(deadline, time.monotonic() + self.verdict_timeout)
        )

    def connect_deadline(self) -> float:
        """The end of what may be spent on getting through: a test keeps a third for finding out the cause."""
        deadline = self.next_deadline()
        now = time.monotonic()
        return deadline if self.deadline is None else now + (deadline - now) * 2 / 3

    def answer_deadline(self) -> float:
        """The end of the wait for the first sign of life: a test keeps a sixth for finding out the cause."""
        deadline = self.next_deadline()
        now = time.monotonic()
        return deadline if self.deadline is None else now + (deadline - now) * 5 / 6

    def has_time(self) -> bool:
        return self.next_deadline() > time.monotonic()

    @property
    def is_spent(self) -> bool:
        """Whether the server has said more than is read."""
        return self.budget < 0

    def begin_reply(self, replies: int = 1) -> None:
        if self.deadline is None:
            self.budget = REPLY_BUDGET + FURTHER_REPLY * (replies - 1)

    def spend(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise ProtocolError(Code.REPLY_TOO_LONG)
