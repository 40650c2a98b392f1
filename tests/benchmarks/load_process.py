"""A process of the site that many test at once: ``python -m tests.benchmarks.load_process [THREADS]``.

It prints its port, and serves until its input ends: each connection in a thread of its own, as the development
server does, or in so many threads. For each line of its input it tidies up, and prints how many blocks of memory
Python's objects occupy.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

PROCESSOR = "X-Processor"
"""The header with the seconds that the request has taken of a processor."""


class Server(ThreadedWSGIServer):
    request_queue_size = 512


class PooledServer(Server):
    """Connections wait for one of a few threads, as in gunicorn's."""

    pool: ThreadPoolExecutor

    def process_request(self, request: Any, client_address: Any) -> None:
        self.pool.submit(self.process_request_thread, request, client_address)


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def timed(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.thread_time()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            taken = (PROCESSOR, f"{time.thread_time() - began:.6f}")
            return start_response(status, [*headers, taken], *rest)

        return application(environ, start)

    return call


def main(threads: int) -> None:
    django.setup()
    server = (PooledServer if threads else Server)(("127.0.0.1", 0), Handler)
    if isinstance(server, PooledServer):
        server.pool = ThreadPoolExecutor(threads)
    server.daemon_threads = True
    server.set_app(timed(get_wsgi_application()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for _ in sys.stdin:
        print(occupied(), flush=True)


def occupied() -> int:
    """Blocks in use, once what is in circles is freed, and free memory is the system's again where that can be."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc has it
        trim(0)
    return sys.getallocatedblocks()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0)
