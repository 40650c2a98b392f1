"""How fast a partner's mail may be sent, and how long to wait after failures: only arithmetic, no clock and
no rows.

Times are points in time as the caller has them, aware or not.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30, 60))
"""How long to wait after one failure in a row, two, …; the last for all that follow."""
JITTER = 0.2  # of the time, added at random, so that not all come back at one moment
LONGEST_WAIT = BACK_OFF[-1] * (1 + JITTER)
RECOVERY = timedelta(minutes=10)
"""After so long without trouble a learnt rate is doubled, and a learnt number of sessions grows by one."""
FORGOTTEN_AFTER = 12 * RECOVERY


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How many messages may leave now, and when the next one may."""

    messages: int
    free_at: datetime | None


def allowance(rate: int | None, free_at: datetime | None, now: datetime, wanted: int) -> Allowance:
    """At most ``rate`` messages leave in any sixty seconds, a sixth of them at once.

    ``free_at`` is that of the last allowance, with the same rate or another one.
    """
    if rate is None:
        return Allowance(messages=wanted, free_at=None)
    burst = max(1, rate // 6)
    interval = MINUTE / (rate - burst + 1)
    ahead = interval * (burst - 1)
    # A clock that jumped back would hold the queue for as long; a minute is the longest that a rate asks for.
    start = now if free_at is None else min(free_at + ahead, now + MINUTE)
    start = max(start, now)
    granted = min(wanted, burst - math.ceil((start - now) / interval))
    if granted <= 0:
        return Allowance(messages=0, free_at=start - ahead)
    return Allowance(messages=granted, free_at=start + interval * granted - ahead)


def back_off(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    base = BACK_OFF[min(max(failures, 1), len(BACK_OFF)) - 1]
    return base * (1 + JITTER * random.random())  # noqa: S311


def lowered(current: int | None, seen: int) -> int:
    """The rate after the server said that it is too much: half of what it was, or of what was ``seen`` to pass."""
    return max(1, (seen if current is None else min(current, max(seen, 1))) // 2)


def recovered_rate(learnt: int | None, since: timedelta, limit: int | None) -> int | None:
    """What is left of a learnt rate after so long without trouble."""
    if learnt is None or since >= FORGOTTEN_AFTER:
        return limit
    grown = learnt << max(0, since // RECOVERY)
    return grown if limit is None else min(grown, limit)


def recovered_sessions(learnt: int | None, since: timedelta, limit: int) -> int:
    """The same of a learnt number of sessions."""
    if learnt is None:
        return limit
    return min(limit, learnt + max(0, since // RECOVERY))
