"""Real mail servers as child processes, on free ports of loopback."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from tests.support.stopwatch import until

# Below those that the kernel gives to connections, so that none of them takes a port before its server does.
PORTS = range(20000, 32000)
LOGIN, PASSWORD, EMAIL = "billing", "correct-horse-bättery-7391", "billing@example.org"
NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A server that runs. ``host`` is what its good certificate is for; ``ports`` are its listeners' by name.

    ``inbox`` is the maildir for all mail; the logs are the files of ``place`` whose names end in "log".
    """

    host: str
    ports: Mapping[str, int]
    place: Path
    inbox: Path
    ca_file: Path

    def received(self, subject: str, recipient: str) -> Message:
        """The one message of that subject for that recipient, once it has been delivered."""
        found: list[Message] = []

        def arrived() -> bool:
            messages = (message_from_bytes(path.read_bytes()) for path in self.inbox.glob("new/*"))
            found[:] = [
                message
                for message in messages
                if message["Subject"] == subject
                and recipient in (message["Envelope-To"] or message["Delivered-To"])
            ]
            return bool(found)

        with _explained(self.place):
            until(arrived)
        (message,) = found
        return message


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """A port for each name."""
    # Not the usual generator: every worker of a test run begins with the same seed.
    candidates = random.SystemRandom().sample(PORTS, 20 * len(names))
    return dict(zip(names, filter(_is_free, candidates), strict=False))


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("", port))
        except OSError:
            return False
        return True


@contextmanager
def running(command: Sequence[str | Path], server: MailServer) -> Iterator[None]:
    """Run the server's program, which stays in the foreground, until the end of the block."""
    with (server.place / "output.log").open("wb") as output:
        # Should the tests be killed, so is the server.
        process = subprocess.Popen(  # noqa: S603
            ["setpriv", "--pdeathsig", "TERM", *command],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def is_up() -> bool:
        assert process.poll() is None, f"the server has ended ({process.returncode})"
        return set(server.ports.values()) <= _listening()

    try:
        with _explained(server.place):
            until(is_up)
        yield
    finally:
        _stop(process)


def _listening() -> set[int]:
    """The ports of this machine that are listened on: to try them would be a connection, which servers count."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines())
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    """Adds the logs to an error."""
    try:
        yield
    except (AssertionError, TimeoutError) as error:
        for log in sorted(place.glob("*log")):
            error.add_note(f"{log.name}:\n{log.read_text(errors='replace')[-4000:]}")
        raise
