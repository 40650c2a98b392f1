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

    ``speed`` is that of the line, in octets a second each way; 0 is without a limit.
    ``round_trips`` counts the server's turns to speak after the client, the greeting included: what a
    conversation waits for, however fast the line is.
    """

    def __init__(self, target: int, delay: float, speed: float = 0.0) -> None:
        self.delay = delay
        self.speed = speed
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
        # Three ways that the loopback would save: connect()'s there and back, and that of the last segment of the
        # handshake, before which no server greets.
        time.sleep(3 * self.delay)
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lines = (
                _Line(self, server, client, self._server_speaks),
                _Line(self, client, server, self._client_speaks),
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
        self, proxy: Proxy, source: socket.socket, sink: socket.socket, speaks: Callable[[], None]
    ) -> None:
        self._proxy, self._source, self._sink, self._speaks = proxy, source, sink, speaks
        self._free = 0.0
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
            self._waiting.append((self._due(len(data)), data))
            self._arrived.release()

    def _due(self, size: int) -> float:
        """When the last of so many octets has come through, behind what is on the line already."""
        self._free = max(self._free, time.monotonic())
        if self._proxy.speed:
            self._free += size / self._proxy.speed
        return self._free + self._proxy.delay

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
def proxied(target: int, delay: float, speed: float = 0.0) -> Iterator[Proxy]:
    """A proxy in front of the port ``target``, ``delay`` seconds each way."""
    proxy = Proxy(target, delay, speed)
    try:
        yield proxy
    finally:
        proxy.close()
