"""Several threads on one database, which SQLite's in-memory database does not bear."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection, connections

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def shared_database(directory: Path) -> Iterator[None]:
    """Within it an in-memory database is a file, so that every thread has a connection of its own.

    For tests that are not wrapped in a transaction.
    """
    if connection.vendor != "sqlite" or "memory" not in str(connection.settings_dict["NAME"]):
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    path = directory / "shared.sqlite3"
    with closing(sqlite3.connect(path)) as file:
        memory.backup(file)
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = memory, name


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
