"""A TCP proxy that delays everything, and counts how often the two sides took turns."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

BLOCK = 65_536


class Proxy:
    """Forwards ``port`` of the loopback to ``target``, each octet ``delay`` seconds later.

    ``round_trips`` counts the server's turns to speak after the client, the greeting included: what a
    conversation waits for, however fast the line is.
    """

    def __init__(self, target: int, delay: float) -> None:
        self.delay = delay
        self.connections = 0
        self.round_trips = 0
        self._target = target
        self._client_spoke = False
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def reset(self) -> None:
        """Count from zero."""
        with self._lock:
            self.connections = self.round_trips = 0

    def close(self) -> None:
        """Accept no more, and wait for the conversations to end."""
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._client_spoke = True
        # The way there and back that connect() takes, which the loopback would save.
        time.sleep(2 * self.delay)
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lines = (
                _Line(server, client, self.delay, self._server_speaks),
                _Line(client, server, self.delay, self._client_speaks),
            )
            for line in lines:
                line.join()

    def _client_speaks(self) -> None:
        with self._lock:
            self._client_spoke = True

    def _server_speaks(self) -> None:
        with self._lock:
            self.round_trips += self._client_spoke
            self._client_spoke = False


class _Line:
    """One direction: read at once, written when the delay is over."""

    def __init__(
        self, source: socket.socket, sink: socket.socket, delay: float, speaks: Callable[[], None]
    ) -> None:
        self._source, self._sink, self._delay, self._speaks = source, sink, delay, speaks
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._arrived = threading.Semaphore(0)
        self._threads = [threading.Thread(target=work) for work in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until the source has closed."""
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        data = b"-"
        while data:
            try:
                data = self._source.recv(BLOCK)
            except OSError:
                data = b""
            if data:
                self._speaks()
            self._waiting.append((time.monotonic() + self._delay, data))
            self._arrived.release()

    def _write(self) -> None:
        with suppress(OSError):
            while True:
                self._arrived.acquire()
                due, data = self._waiting.popleft()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    break
                self._sink.sendall(data)
        with suppress(OSError):
            self._sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxied(target: int, delay: float) -> Iterator[Proxy]:
    """A proxy in front of the port ``target``, ``delay`` seconds each way."""
    proxy = Proxy(target, delay)
    try:
        yield proxy
    finally:
        proxy.close()
