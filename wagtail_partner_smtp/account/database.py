"""The connections to databases, while another machine is waited for."""

from __future__ import annotations

from django.db import connections


def give_back() -> None:
    """Close this thread's connections to databases; each is opened again when it is needed next.

    A database has few, and a pool fewer: who waits for a silent server would keep them from all other requests.
    None is closed in the middle of a transaction, where autocommit is off.
    """
    for connection in connections.all(initialized_only=True):
        if connection.autocommit:
            connection.close()
