"""The processes of a site: the one that queues, and workers that tests kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

WORKERS: Mapping[str, tuple[str, ...]] = {
    "command": ("-m", "test_project", "deliver_partner_mail"),
    "db": ("-m", "test_project", "db_worker", "--interval", "0.1", "--no-startup-delay"),
    "rq": ("-m", "test_project", "rqworker", "--job-class", "django_tasks_rq.Job", "--with-scheduler", "default"),
    "celery": ("-m", "celery", "-A", "tests.engines.celery_site", "worker", "--concurrency", "1",
               "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
}  # fmt: skip
"""The command of each engine's worker, after Python's own name."""


class Site:
    """A site in a process of its own; what it can be told stands in ``tests.engines.site``."""

    def __init__(self, engine: str, environment: Mapping[str, str]) -> None:
        self.engine = engine
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.engines.settings",
            "ENGINE": engine,
            **environment,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engines.site"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, order: str, **options: Any) -> Any:
        """What the order's function returns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([order, options]) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("the site has ended")
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=30)

    def start(self, *arguments: str) -> Worker:
        """Python with these arguments, at work for this site."""
        return Worker([sys.executable, *arguments], self.environment)


class Crew:
    """A site and a worker of its engine, which runs or does not."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._worker: Worker | None = None

    def work(self) -> None:
        """Have the worker run."""
        if self._worker is None:
            self._worker = self.site.start(*WORKERS[self.site.engine])

    def kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def show(self) -> None:
        """Print what the worker said of late: pytest shows it if the test fails."""
        if self._worker is not None:
            self._worker.show()


class Worker:
    """A command with all that it forks."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._shown = 0
        self._process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=dict(environment), start_new_session=True, stdout=self._output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def kill(self) -> None:
        """End it and its children by SIGKILL, as a machine does that fails. Once is enough."""
        if self._output.closed:
            return
        # Not by its group: RQ gives each job's process a group of its own.
        for pid in _session(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self.show()
        self._output.close()

    def show(self) -> None:
        """Print what it said since this was called last: pytest shows it if the test fails."""
        # Not the file's own place, which is where the process goes on writing.
        said = os.pread(self._output.fileno(), os.fstat(self._output.fileno()).st_size, self._shown)
        self._shown += len(said)
        print(said.decode(errors="replace"))


def _session(leader: int) -> list[int]:
    """The processes of a session, the leader first, so that it starts no others."""
    members = [leader]
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # After the name in brackets: state, parent, group, session.
            _, _, _, session, *_ = path.read_text().rpartition(")")[2].split()
            if int(session) == leader and int(path.parent.name) != leader:
                members.append(int(path.parent.name))
    return members
