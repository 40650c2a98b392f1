"""Several threads on one database, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, connections

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def usual_transactions() -> Iterator[None]:
    """Within it SQLite takes locks as late as on a site that has set nothing, which is the hardest for threads.

    For tests that are not wrapped in a transaction.
    """
    if connection.vendor != "sqlite":
        yield
        return
    options = connection.settings_dict["OPTIONS"]
    late = {name: value for name, value in options.items() if name != "transaction_mode"}
    connection.close()
    connection.settings_dict["OPTIONS"] = late
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options


def at_once(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call the function for all items, each in a thread of its own."""
    arguments = list(items)

    def call(item: Item) -> Result:
        try:
            return function(item)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(call, arguments))
