"""Telling workers that there is something to do, once what they are to find is committed."""

from __future__ import annotations

from collections.abc import Iterable


def wake(queue_ids: Iterable[int]) -> None:
    """After the commit of what is going on, have these queues looked at."""
