"""The worker: threads that send one batch after the other, until nothing is left or for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from ..account.database import is_lost_race, persistently
from . import announcing, claiming, leases, queues, sending, sweeping
from .claiming import Batch
from .patience import Patience

log = logging.getLogger("wagtail_partner_smtp")

THREADS = 4
IDLE = 1.0  # seconds between two looks at an empty queue
SWEEP_EVERY = 15.0  # seconds
PAUSE_FOR_OTHERS = 15.0  # seconds between two times that others are given


@dataclass(kw_only=True)
class Drain:
    """Takes and sends batches. ``is_enough`` is asked before each message; ``only`` is one queue's primary key.

    ``patience`` is that of somebody who waits for it.
    """

    is_enough: Callable[[], bool] = lambda: False
    only: int | None = None
    patience: Patience | None = None
    outcomes: Counter[str] = field(default_factory=Counter, init=False)
    in_hand: Batch | None = field(default=None, init=False)

    def one_batch(self) -> bool:
        """Whether there was one."""
        try:
            batch = persistently(lambda: claiming.claim(self.only))
        except DatabaseError as error:
            if not is_lost_race(error):
                raise
            return True
        if batch is None:
            return False
        self.in_hand = batch
        with leases.kept(batch):
            self.outcomes += sending.send(batch, self.is_enough, self.patience)
        self.in_hand = None
        return True

    def run(self) -> None:
        """Until nothing is due, or it is enough."""
        while not self.is_enough() and self.one_batch():
            pass


class Worker:
    """``run()`` until ``stop()``; then each thread finishes the message that it is sending, and leaves the
    rest."""

    def __init__(self, *, threads: int = THREADS) -> None:
        self._threads = threads
        self._stopped = threading.Event()
        self._swept = 0.0
        self._lock = threading.Lock()
        self._drains: list[Drain] = []

    def stop(self) -> None:
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def abandon(self) -> None:
        """Before the process ends during its work: store what is known about the claimed messages."""
        tokens = [drain.in_hand.token for drain in self._drains if drain.in_hand]
        with suppress(DatabaseError, InterfaceError):
            sweeping.end_leases(tokens)

    def drain(self) -> Counter[str]:
        """Send what is due now; how many attempts led to which state."""
        self._start(self._drain_once)
        announcing.work_done.send_robust(None)
        return sum((drain.outcomes for drain in self._drains), Counter())

    def run(self) -> None:
        """Send what is due, and wait for more."""
        # Of its own: what others do then may take as long as a mail server's patience.
        beside = threading.Thread(
            target=self._in_thread, args=(self._give_time,), name="outbox-beside", daemon=True
        )
        beside.start()
        self._start(self._work)
        beside.join()

    def _start(self, work: Callable[[], None]) -> None:
        persistently(sweeping.sweep)
        self._swept = time.monotonic()
        threads = [
            threading.Thread(target=self._in_thread, args=(work,), name=f"outbox-{number}", daemon=True)
            for number in range(self._threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _in_thread(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    def _drain(self) -> Drain:
        drain = Drain(is_enough=self._stopped.is_set)
        self._drains.append(drain)
        return drain

    def _drain_once(self) -> None:
        self._drain().run()

    def _work(self) -> None:
        drain = self._drain()
        while not self._stopped.is_set():
            try:
                self._sweep_now_and_then()
                if not drain.one_batch():
                    self._stopped.wait(IDLE)
            # A worker survives every error: the messages that it had claimed wait again, or their leases run
            # out.
            except Exception as error:
                log.exception("Queued mail cannot be delivered at the moment: %s", type(error).__name__)
                if isinstance(error, DatabaseError | InterfaceError):
                    connections[queues.database()].close()
                self._stopped.wait(IDLE)

    def _give_time(self) -> None:
        while not self._stopped.wait(PAUSE_FOR_OTHERS):
            close_old_connections()
            announcing.work_done.send_robust(None)

    def _sweep_now_and_then(self) -> None:
        with self._lock:
            if time.monotonic() - self._swept < SWEEP_EVERY:
                return
            self._swept = time.monotonic()
        sweeping.sweep()
