"""One demonstration at a time in one folder: it has one database and one set of files."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the lock."""

    def __init__(self, process: str) -> None:
        super().__init__(
            f"A demonstration is running from this folder already (process {process}). End it, or run this one "
            "from another clone: two of them share no port, database or file."
        )


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock while the block runs. Raises ``AlreadyRunning``; a process that was killed holds nothing."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(path.read_text().strip() or "unknown") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
