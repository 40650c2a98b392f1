"""A client that says what it is told, as many commands in one write as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from smtp_sandbox import Listener
from tests.support.stopwatch import PATIENCE

MAIL, RCPT, DATA, QUIT = (
    b"MAIL FROM:<a@example.org>\r\n",
    b"RCPT TO:<b@example.org>\r\n",
    b"DATA\r\n",
    b"QUIT\r\n",
)


def bdat(chunk: bytes, *, last: bool = True) -> bytes:
    """A BDAT command with its chunk."""
    return b"BDAT %d%s\r\n%s" % (len(chunk), b" LAST" if last else b"", chunk)


class RawClient:
    """A connection whose replies are read as codes."""

    def __init__(self, sock: socket.socket, file: BinaryIO) -> None:
        self.sock, self._file = sock, file

    def say(self, *commands: bytes, answers: int | None = None) -> list[int]:
        """Send all in one write; the codes of the answers, one for each command unless said otherwise.

        There are fewer if the server ends the connection.
        """
        self.sock.sendall(b"".join(commands))
        return self.read(len(commands) if answers is None else answers)

    def read(self, answers: int) -> list[int]:
        """The codes of so many answers. Raises TimeoutError if they do not come."""
        codes: list[int] = []
        while len(codes) < answers and (line := self._file.readline()):
            if line[3:4] != b"-":
                codes.append(int(line[:3]))
        return codes

    def has_ended(self) -> bool:
        """Whether the server ends the connection and says no more; waits for it."""
        return self._file.read() == b""


@contextmanager
def talking(listener: Listener) -> Iterator[RawClient]:
    """A client that has been greeted, in the listener's mode, and has said EHLO; not for STARTTLS."""
    with socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock:
        if listener.mode == "ssl":
            sock = listener.client_context().wrap_socket(sock, server_hostname=listener.host)
        with sock, sock.makefile("rb") as file:
            client = RawClient(sock, file)
            assert client.say(answers=1) == [220]
            assert client.say(b"EHLO me\r\n") == [250]
            yield client
