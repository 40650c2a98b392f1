"""How far the delivery of queued mail is, while it goes on."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from django.db import DatabaseError, connection

from wagtail_partner_smtp.outbox import operations
from wagtail_partner_smtp.outbox.states import ENDED

WIDTH = 40  # characters
EVERY = 0.1  # seconds


class Progress:
    """``with Progress(total): …`` shows a bar on a terminal, and elsewhere a line for each quarter."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._quarters = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if sys.stdout.isatty():
            print()

    def _watch(self) -> None:
        try:
            while not self._is_over.wait(EVERY):
                self._look()
            self._look()
        finally:
            connection.close()

    def _look(self) -> None:
        try:
            counts = operations.counts()
        except DatabaseError:
            return  # busy: next time
        self.show(sum(counts[state] for state in ENDED), sum(counts.values()))

    def show(self, ended: int, queued: int) -> None:
        """``ended`` of the messages are done with, one way or another."""
        text = f"{queued} queued, {ended} delivered or refused"
        if sys.stdout.isatty():
            filled = WIDTH * ended // self._total
            print(f"\r  [{'#' * filled}{'.' * (WIDTH - filled)}] {text}", end="\x1b[K", flush=True)
        elif (quarters := 4 * ended // self._total) > self._quarters:
            self._quarters = quarters
            print(f"  {text}", flush=True)
