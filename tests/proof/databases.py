"""Database servers of a test's own, so that restarting them is nobody else's trouble."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from tests.support.stopwatch import until

NAME = "partner_smtp"


class Absent(Exception):
    """The server is not installed, or cannot be started by this user."""


class Server(Protocol):
    """A server that runs. ``url`` is a database in it; ``restart`` returns when it answers again."""

    @property
    def url(self) -> str: ...

    def restart(self) -> None: ...


def go_without(reason: str) -> NoReturn:
    """Skip the test, or fail it where it has to run."""
    if os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(reason)
    pytest.skip(f"not here: {reason}")


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL, with nothing but its own directory and port."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    programs = found[-1].parent if found else None
    if programs is None:
        raise Absent("PostgreSQL's server")
    with _place("postgres") as place:
        server = PostgreSQL(programs=programs, place=place, port=free_port())
        server.start()
        try:
            yield server
        finally:
            server.control("stop", "-m", "immediate")


@contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB, with nothing but its own directory and port."""
    programs = [
        shutil.which(each, path=f"{os.environ['PATH']}:/usr/sbin")
        for each in ("mariadbd", "mariadb-install-db")
    ]
    if None in programs:
        raise Absent("MariaDB's server")
    with _place("mysql") as place:
        server = MariaDB(program=str(programs[0]), installer=str(programs[1]), place=place, port=free_port())
        server.install()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def sqlite() -> Iterator[Server]:
    """A file."""
    with tempfile.TemporaryDirectory() as folder:
        yield File(f"sqlite:///{folder}/proof.sqlite3")


class File:
    def __init__(self, url: str) -> None:
        self.url = url

    def restart(self) -> None:
        """It cannot be."""


@dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    programs: Path
    place: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{NAME}"

    def start(self) -> None:
        data = str(self.place / "data")
        as_user(
            "postgres", self.programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"
        )
        self.control("start")
        as_user("postgres", self.programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), NAME)

    def restart(self) -> None:
        self.control("restart", "-m", "fast")

    def control(self, *action: str) -> None:
        options = f"-p {self.port} -k {self.place} -c listen_addresses=127.0.0.1"
        as_user(
            "postgres", self.programs / "pg_ctl", "-D", str(self.place / "data"), "-w", "-o", options,
            "-l", str(self.place / "log"), *action,
        )  # fmt: skip


class MariaDB:
    def __init__(self, *, program: str, installer: str, place: Path, port: int) -> None:
        self.url = f"mysql://root@127.0.0.1:{port}/{NAME}"
        self._installer = installer
        self._place = place
        self._port = port
        self._command = [
            program, "--no-defaults", "--user=mysql", f"--datadir={place / 'data'}", f"--port={port}",
            f"--socket={place / 'socket'}", f"--pid-file={place / 'pid'}", "--bind-address=127.0.0.1",
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        subprocess.run(  # noqa: S603
            [self._installer, "--no-defaults", "--user=mysql", f"--datadir={self._place / 'data'}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True,
        )  # fmt: skip
        self._start()
        subprocess.run(  # noqa: S603
            ["mariadb", "--no-defaults", f"--socket={self._place / 'socket'}", "--user=root",  # noqa: S607
             f"--execute=CREATE DATABASE {NAME} CHARACTER SET utf8mb4"],
            check=True, capture_output=True,
        )  # fmt: skip

    def restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    def _start(self) -> None:
        with (self._place / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)  # noqa: S603
        until(lambda: answers(self._port))


def as_user(user: str, *command: str | Path) -> None:
    """Run a command as a user who is not root, as PostgreSQL wants it."""
    prefix: Sequence[str] = ("runuser", "-u", user, "--") if os.geteuid() == 0 else ()
    subprocess.run([*prefix, *command], check=True, cwd="/", stdout=subprocess.DEVNULL)  # noqa: S603


def answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _place(user: str) -> Iterator[Path]:
    """A directory that belongs to a user."""
    try:
        owner = pwd.getpwnam(user)
    except KeyError as error:
        raise Absent(f"the user {user}") from error
    if os.geteuid() not in (0, owner.pw_uid):
        raise Absent(f"the right to be the user {user}")
    with tempfile.TemporaryDirectory(prefix="proof-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            os.chown(name, owner.pw_uid, owner.pw_gid)
        yield Path(name)
