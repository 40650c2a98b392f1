"""Deliver queued mail of partners."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from collections.abc import Mapping
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from wagtail_partner_smtp.outbox import queues
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.outbox.worker import THREADS, Worker

INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Delivers queued mail of partners, and waits for more until it is stopped by SIGTERM or Ctrl-C: then it "
        "finishes the messages that it is sending. Any number of these commands may run, on any number of "
        "machines."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="Deliver what is due now, say what was sent, and end: for cron.",
        )
        parser.add_argument(
            "--threads",
            type=int,
            default=THREADS,
            help=f"How many partners this process serves at a time (default {THREADS}).",
        )

    def handle(self, *, once: bool, threads: int, verbosity: int, **options: Any) -> None:
        if threads < 1:
            raise CommandError("--threads takes a number from 1.")
        worker = Worker(threads=threads)
        before = {
            each: signal.signal(each, _Stop(worker, self.stdout)) for each in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if once:
                outcomes = worker.drain()
            else:
                worker.run()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        if once and verbosity:
            self.stdout.write(_in_words(outcomes))


def _in_words(outcomes: Mapping[str, int]) -> str:
    failed = outcomes[MailState.FAILED] + outcomes[MailState.PARTLY]
    waiting = queues.messages().filter(rank__isnull=False).count()
    return (
        f"{outcomes[MailState.SENT]} sent, {failed} failed, "
        f"{outcomes[MailState.UNKNOWN]} unknown, {waiting} waiting"
    )


class _Stop:
    """The first signal has the messages in hand finished; the second ends the process.

    What happens to the messages in hand then is told by their rows: those whose content may have left are unknown
    once their lease has run out, the others wait again.
    """

    def __init__(self, worker: Worker, out: OutputWrapper) -> None:
        self._worker = worker
        self._out = out

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._worker.is_stopped:
            self._worker.abandon()
            os._exit(INTERRUPTED)
        self._worker.stop()
        self._out.write(
            "Finishing the messages in hand. A second signal leaves them unknown and ends at once."
        )
        self._out.flush()
