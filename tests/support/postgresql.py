"""PostgreSQL databases that tests make for processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

URL = os.environ.get("POSTGRESQL_URL", "postgresql://postgres@127.0.0.1/partner_smtp")


@contextmanager
def new_database(name: str, server: str = URL) -> Iterator[str]:
    """The address of an empty database, which is gone afterwards.

    Raises ``ConnectionError`` if no server answers, ``ImportError`` without psycopg.
    """
    execute(server, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def execute(server: str, statement: str) -> None:
    """Run a statement that belongs to no database."""
    import psycopg

    try:
        with psycopg.connect(
            urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True
        ) as session:
            session.execute(statement.encode())
    except psycopg.OperationalError as error:
        raise ConnectionError(str(error).splitlines()[0]) from error
