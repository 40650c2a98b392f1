"""Time in tests, on machines that stand still for a second now and then."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

TICK = 0.01  # seconds
TOLERATED = 0.03  # a tick that is late by no more is no stall
PATIENCE = 30.0  # seconds; for what happens at once if nothing stalls


class Stopwatch:
    """``with Stopwatch() as watch: …``, then ``watch.seconds``; for what may take *at most* so long.

    A thread for each processor asks to be woken every 10 ms and adds up how late it was woken: by as much was
    what the test waited for. (So is an endless computation that keeps the interpreter to itself.)
    ``by_the_clock`` is the whole time; for what takes *at least* so long.
    """

    def __init__(self) -> None:
        self._began = self._ended = 0.0
        self._is_over = threading.Event()
        self._stalled: list[float] = []
        # One processor may be taken away from the machine while the others go on.
        processors = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
        self._tickers = [
            threading.Thread(target=self._tick, args=(each,), daemon=True) for each in processors
        ]

    def __enter__(self) -> Stopwatch:
        for ticker in self._tickers:
            ticker.start()
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended = time.monotonic()
        self._is_over.set()
        for ticker in self._tickers:
            ticker.join()

    @property
    def by_the_clock(self) -> float:
        return self._ended - self._began

    @property
    def seconds(self) -> float:
        return self.by_the_clock - max(self._stalled)

    def _tick(self, processor: int) -> None:
        with suppress(AttributeError, OSError):
            os.sched_setaffinity(0, {processor})
        stalled, is_over = 0.0, False
        while not is_over:
            due = time.monotonic() + TICK
            is_over = self._is_over.wait(TICK)
            late = (self._ended if is_over else time.monotonic()) - due
            stalled += late if late > TOLERATED else 0.0
        self._stalled.append(stalled)


def until(condition: Callable[[], object]) -> None:
    """Wait for it. Raises ``TimeoutError`` after half a minute."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.005)
