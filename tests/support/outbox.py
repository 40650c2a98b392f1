"""Queued mail in tests: delivered when a test says so, and looked at in the database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from tests.support.paths import ROOT
from wagtail_partner_smtp.models import PartnerQueue, QueuedMessage, SMTPAccountMixin

SETTINGS = """
from test_project.settings import *
DATABASES = {{"default": {database!r}}}
{settings}
"""


def deliver(**options: Any) -> None:
    """Send what is due now, one partner after the other."""
    call_command("deliver_partner_mail", once=True, **{"threads": 1, **options})


def states() -> dict[str, int]:
    """How many messages are in each state that there is one in."""
    return dict(Counter(QueuedMessage.objects.values_list("state", flat=True)))


def row(**condition: Any) -> QueuedMessage:
    """The only message of all, or of those."""
    return QueuedMessage.objects.get(**condition)


def queue_of(partner: SMTPAccountMixin) -> PartnerQueue:
    return PartnerQueue.objects.get(partner_id=str(partner.pk))


def wait_no_longer() -> None:
    """As if so much time had passed that everything is due, and every lease has run out."""
    now = timezone.now()
    QueuedMessage.objects.filter(rank__isnull=False).update(due_at=now)
    PartnerQueue.objects.update(retry_at=None, paced_until=None)


def let_leases_run_out() -> None:
    past = timezone.now() - timedelta(seconds=1)
    QueuedMessage.objects.filter(lease_until__isnull=False).update(lease_until=past)
    PartnerQueue.objects.update(slots={})


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """One that does this and closes the connections that it has opened."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return threading.Thread(target=run)


class OtherProcess:
    """A process that works on the same database: ``python -m MODULE ARGUMENTS``.

    Leave it to ``with``, which kills it.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], *arguments: str) -> None:
        names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        database = {name: connection.settings_dict[name] for name in names}
        lines = "\n".join(f"{name} = {value!r}" for name, value in settings.items())
        (folder / "outbox_settings.py").write_text(SETTINGS.format(database=database, settings=lines))
        path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "outbox_settings", "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> OtherProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self.process:
            self.process.kill()

    def go_on(self) -> None:
        """Give it a line of input, which it waits for."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def read(self) -> str:
        """The next line that it says, "" at its end."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()
