"""The messages of a sandbox, and the waiting for one."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import NoReturn, TypeAlias, Unpack

from .records import NUMBERS, Message
from .store import Store
from .wanted import Place, Wanted, checked, described, is_wanted

_MOST_LISTED = 5

Look: TypeAlias = Callable[[], tuple[Message, ...]]


@dataclass(slots=True)
class Journal:
    """Messages in the order of their arrival; with ``keep``, only that many of the latest. ``store`` keeps all.

    Nothing is parsed under the lock, since the sandbox's loop takes it for each message.
    """

    keep: int | None = None
    store: Store | None = None
    _messages: deque[Message] = field(init=False)
    _given: set[int] = field(init=False, default_factory=set)
    _waiting: list[Future[None]] = field(init=False, default_factory=list)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._messages = deque(maxlen=self.keep)

    def add(self, message: Message) -> None:
        """Number a message, keep it, and wake all who wait."""
        with self._lock:
            # Here, so that the numbers are in the order in which messages can be seen. A copy costs 7 us.
            object.__setattr__(message, "number", next(NUMBERS))
            if self._messages and len(self._messages) == self.keep:
                self._given.discard(self._messages[0].number)
            self._messages.append(message)
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            # The waiter may have given up at this moment.
            with suppress(InvalidStateError):
                future.set_result(None)

    def messages(self, **wanted: Unpack[Wanted]) -> tuple[Message, ...]:
        """The stored messages that are like that. Raises as ``checked`` does; so do all that wait."""
        wanted = checked(wanted)
        with self._lock:
            stored = tuple(self._messages)
        return tuple(message for message in stored if is_wanted(wanted, message))

    def wait(self, count: int, timeout: float, **wanted: Unpack[Wanted]) -> tuple[Message, ...]:
        """The first ``count`` messages that are like that, stored or yet to come, which no wait was given.

        With ``after`` also those that one was given. Raises TimeoutError after ``timeout`` seconds; it lists what
        arrived last.
        """
        _check(count)
        wanted = checked(wanted)
        found = self._until(lambda: self._take(count, wanted), timeout)
        return found or self._give_up(count, timeout, wanted)

    async def wait_async(self, count: int, timeout: float, **wanted: Unpack[Wanted]) -> tuple[Message, ...]:
        """The same on the caller's event loop."""
        _check(count)
        wanted = checked(wanted)
        found = await self._until_async(lambda: self._take(count, wanted), timeout)
        return found or self._give_up(count, timeout, wanted)

    def wait_in_vain(self, within: float, **unwanted: Unpack[Wanted]) -> None:
        """Raise AssertionError if there is or comes such a message ``within`` seconds, which no wait was given."""
        unwanted = checked(unwanted)
        _refuse(self._until(lambda: self._open(unwanted), within), unwanted)

    async def wait_in_vain_async(self, within: float, **unwanted: Unpack[Wanted]) -> None:
        """The same on the caller's event loop."""
        unwanted = checked(unwanted)
        _refuse(await self._until_async(lambda: self._open(unwanted), within), unwanted)

    def _until(self, look: Look, timeout: float) -> tuple[Message, ...]:
        deadline = monotonic() + timeout
        while True:
            news = self.news()
            if found := look():
                news.cancel()
                return found
            with suppress(TimeoutError):
                news.result(max(0.0, deadline - monotonic()))
                continue
            news.cancel()
            return ()

    async def _until_async(self, look: Look, timeout: float) -> tuple[Message, ...]:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    news = self.news()
                    if found := look():
                        news.cancel()
                        return found
                    await asyncio.wrap_future(news)
        return ()

    def news(self) -> Future[None]:
        """Done when the next message comes; to be asked for before one looks, so that none is missed."""
        future: Future[None] = Future()
        with self._lock:
            self._waiting.append(future)
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._waiting = [each for each in self._waiting if each is not future]

    def _open(self, wanted: Wanted) -> tuple[Message, ...]:
        found = self.messages(**wanted)
        if wanted.get("after") is not None:
            return found
        with self._lock:
            return tuple(message for message in found if message.number not in self._given)

    def _take(self, count: int, wanted: Wanted) -> tuple[Message, ...]:
        """As many messages for one wait alone, or none."""
        while len(found := self._open(wanted)[:count]) == count:
            numbers = {message.number for message in found}
            with self._lock:
                if wanted.get("after") is not None or not numbers & self._given:
                    self._given |= numbers
                    return found
        return ()

    def _give_up(self, count: int, timeout: float, wanted: Wanted) -> NoReturn:
        messages = self.messages()
        lines = [f"  {self._line(message)}" for message in messages[-_MOST_LISTED:]]
        last = f", the last {_MOST_LISTED} of {len(messages)}" if len(messages) > _MOST_LISTED else ""
        came = "\n".join([f"these arrived{last}:", *lines]) if lines else "none arrived"
        what = "no message" if count == 1 else f"no {count} messages"
        raise TimeoutError(f"{what} ({described(wanted)}) within {timeout:g} s; {came}")

    def _line(self, message: Message) -> str:
        given = ", given to an earlier wait" if message.number in self._given else ""
        return f"{_summary(message)}{given}"

    def remove(self, number: int) -> bool:
        """Forget one message; says whether it was there."""
        with self._lock:
            kept = [message for message in self._messages if message.number != number]
            is_there = len(kept) < len(self._messages)
            self._messages.clear()
            self._messages.extend(kept)
            self._given.discard(number)
        return is_there

    def discard(self, at: Place | None = None) -> None:
        """Forget the stored messages, or those of one listener."""
        with self._lock:
            kept = [message for message in self._messages if at and message.session.origin is not at.origin]
            self._messages.clear()
            self._messages.extend(kept)
            self._given &= {message.number for message in kept}


def _check(count: int) -> None:
    if count < 1:
        raise ValueError("count is 1 or more; assert_no_message() is for none")


def _refuse(found: tuple[Message, ...], unwanted: Wanted) -> None:
    if found:
        raise AssertionError(f"a message came that should not ({described(unwanted)}): {_summary(found[0])}")


def _summary(message: Message) -> str:
    recipients = ", ".join(message.rcpt_tos)
    return f"{message.mail_from or '<>'} -> {recipients}: {message.subject!r} ({message.session.origin})"
