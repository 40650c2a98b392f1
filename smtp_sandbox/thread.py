"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .sockets import newcomers, turns

THREAD_NAME = "smtp_sandbox"
T = TypeVar("T")
Closer = Callable[[], Awaitable[None]]


class LoopThread:
    """Where the listeners live, so that tests may block or run a loop of their own."""

    def __init__(self) -> None:
        self._at_stop: list[Closer] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Future[None]

    def start(self) -> None:
        """Return once the loop runs. Raises RuntimeError if it runs already."""
        if self._thread:
            raise RuntimeError("the sandbox runs already")
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name=THREAD_NAME, daemon=True)
        self._thread.start()
        started.result()

    def _run(self, started: Future[None]) -> None:
        loop = asyncio.new_event_loop()
        # Debugging would look into every call of the loop, and a test run in Python's development mode is
        # about the client.
        loop.set_debug(False)
        try:
            loop.run_until_complete(self._main(started))
        finally:
            loop.close()

    async def _main(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = self._loop.create_future()
        started.set_result(None)
        await self._stopping
        try:
            for close in self._at_stop:
                await close()
            # Aborted transports close their sockets in the next turn of the loop. With TLS their protocols hear of
            # it in the one after, which is the loop's last.
            await turns(1)
        finally:
            await _finish(self._loop)

    def _end(self) -> None:
        # A stop that was interrupted may be called again.
        if not self._stopping.done():
            self._stopping.set_result(None)

    def stop(self) -> None:
        """Await what is to be closed, and end the thread; without a thread do nothing."""
        if self._thread:
            self._loop.call_soon_threadsafe(self._end)
            self._thread.join()
            self._thread = None
            self._at_stop.clear()

    def at_stop(self, close: Closer) -> None:
        """Have something awaited in the loop before it ends."""
        self._at_stop.append(close)

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the loop, from any other thread. Raises RuntimeError if there is none."""
        if not self._thread:
            # Otherwise Python would warn that it was never awaited.
            work.close()
            raise RuntimeError("the sandbox does not run")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, action: Callable[[], object]) -> None:
        """Call something in the loop, and wait for it and for what it has scheduled to be done at once.

        Who has connected before is in by then.
        """

        async def call() -> None:
            await newcomers()
            action()
            await turns(2)

        self.submit(call()).result()


async def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """What ``asyncio.run`` does at the end, without its turns of the loop where there is nothing to be done."""
    if len(asyncio.all_tasks()) > 1:
        # Those of aborted connections end by themselves.
        await turns(2)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
