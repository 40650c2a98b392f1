"""A scripted server on loopback, for what the sandbox cannot do.

A profile of the sandbox is data: it answers a command with a whole reply, or breaks off. These tests also need
servers that compute a wrong answer (a forged SCRAM signature), stop within a line, flood, or hand out one reply
in pieces, and they compare the octets of secrets, which the sandbox never shows. All else uses the sandbox.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

LIFETIME = 50.0  # seconds; every read and write of a script ends by then


class Peer:
    """The server's end of one connection. ``lines`` are what the client said, without line ends."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines: list[bytes] = []
        self.reads_at_most = 65536
        self._unread = b""
        sock.settimeout(LIFETIME)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read_line(self) -> bytes:
        """Raises ``EOFError`` once the client has closed."""
        while b"\n" not in self._unread:
            data = self.sock.recv(self.reads_at_most)
            if not data:
                raise EOFError
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        self.lines.append(line.rstrip(b"\r"))
        return self.lines[-1]

    @property
    def has_unread(self) -> bool:
        """Whether a line is there to be read without waiting."""
        return b"\n" in self._unread

    def read_exactly(self, octets: int) -> bytes:
        """Raises ``EOFError`` if the client closes before."""
        while len(self._unread) < octets:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self._unread += data
        data, self._unread = self._unread[:octets], self._unread[octets:]
        return data

    def read_data(self) -> bytes:
        """Lines up to the final dot."""
        lines = []
        while (line := self.read_line()) != b".":
            lines.append(line)
        return b"\r\n".join(lines)

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def hang(self) -> None:
        """Say nothing until the client has gone."""
        while self.sock.recv(65536):
            pass

    def reset(self) -> None:
        """End the connection by RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Peer], None]
Answer = bytes | Callable[[Peer], None]

EHLO = b"250-peer.test\r\n250 SIZE 50000000\r\n"
WITH_AUTH = b"250-peer.test\r\n250-SIZE 50000000\r\n250 AUTH PLAIN\r\n"
DEFAULTS: Mapping[str, Answer] = {
    "GREETING": b"220 peer.test ESMTP\r\n",
    "EHLO": EHLO,
    "AUTH": b"235 2.7.0 ok\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


def hang(peer: Peer) -> None:
    peer.hang()


def drop(peer: Peer) -> None:
    raise EOFError


def take_data(reply: bytes = b"250 2.0.0 queued\r\n") -> Answer:
    """An answer to DATA: read the message, then answer it."""

    def answer(peer: Peer) -> None:
        peer.send(b"354 go on\r\n")
        peer.read_data()
        peer.send(reply)

    return answer


def dialogue(**answers: Any) -> Script:
    """A polite server, but for the answers (``Answer``) given by verb; ``GREETING`` is what it says first."""
    known: dict[str, Answer] = {**DEFAULTS, **answers}

    def script(peer: Peer) -> None:
        _give(peer, known["GREETING"])
        while True:
            verb = peer.read_line().split(b" ")[0].upper().decode("ascii", "replace")
            _give(peer, known.get(verb, b"500 5.5.1 what?\r\n"))

    return script


def _give(peer: Peer, answer: Answer) -> None:
    if isinstance(answer, bytes):
        peer.send(answer)
    else:
        answer(peer)


def raw(data: bytes, *, then: Callable[[Peer], None] = hang) -> Script:
    """Says some bytes at once, whatever comes."""

    def script(peer: Peer) -> None:
        peer.send(data)
        then(peer)

    return script


@dataclass
class Server:
    """Plays one script for each connection. ``context`` makes it an implicit-TLS server."""

    script: Script
    context: ssl.SSLContext | None = None
    peers: list[Peer] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def connections(self) -> int:
        return len(self.peers)

    @property
    def lines(self) -> list[bytes]:
        """What was said on all connections."""
        return [line for peer in self.peers for line in peer.lines]

    def count(self, verb: bytes) -> int:
        return sum(line.upper().startswith(verb) for line in self.lines)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self.peers:
            with suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIFETIME)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            peer = Peer(sock)
            self.peers.append(peer)
            thread = threading.Thread(target=self._play, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, peer: Peer) -> None:
        try:
            if self.context is not None:
                peer.start_tls(self.context)
            self.script(peer)
        except (EOFError, OSError):
            pass
        except Exception as failure:
            self.failures.append(failure)
        finally:
            peer.sock.close()
