"""The rotation that a test kills, in a process of its own: `python -m tests.support.rotation_process STOP …`."""

from __future__ import annotations

import sys
from typing import Any

import django


def rotate(*stops: str) -> None:
    """The command. Before the writes of these numbers it says so, and goes on after a line of input."""
    from django.core.management import call_command
    from django.db import connection

    written = 0

    def stop(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal written
        if sql.startswith("UPDATE"):
            if str(written) in stops:
                print(written, flush=True)
                sys.stdin.readline()
            written += 1
        return execute(sql, *arguments)

    with connection.execute_wrapper(stop):
        call_command("rotate_partner_smtp_keys", verbosity=0)


if __name__ == "__main__":
    django.setup()
    rotate(*sys.argv[1:])
