"""The messages of a sandbox, and the waiting for one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from .records import Message, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a message must be like; None means any."""

    to: str | None = None
    mail_from: str | None = None
    subject: str | None = None
    origin: Origin | None = None

    def __call__(self, message: Message) -> bool:
        if self.origin is not None and message.session.origin is not self.origin:
            return False
        if self.to is not None and self.to.lower() not in (to.lower() for to in message.rcpt_tos):
            return False
        if self.mail_from is not None and self.mail_from.lower() != message.mail_from.lower():
            return False
        return self.subject is None or self.subject == message.subject

    def __str__(self) -> str:
        wanted = {"to": self.to, "mail_from": self.mail_from, "subject": self.subject, "at": self.origin}
        return ", ".join(f"{name}={value!s}" for name, value in wanted.items() if value is not None) or "any"


@dataclass(slots=True)
class Journal:
    """Messages in the order of their arrival; with ``keep``, only that many of the latest."""

    keep: int | None = None
    _messages: deque[Message] = field(init=False)
    _waiting: list[tuple[Wanted, Future[Message]]] = field(init=False, default_factory=list)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._messages = deque(maxlen=self.keep)

    def add(self, message: Message) -> None:
        """Store a message and wake whoever waits for it."""
        with self._lock:
            self._messages.append(message)
            found = [future for wanted, future in self._waiting if wanted(message)]
        for future in found:
            # The waiter may have given up in this very moment.
            with suppress(InvalidStateError):
                future.set_result(message)

    def messages(self, keep_if: Callable[[Message], bool] = lambda _: True) -> tuple[Message, ...]:
        """The stored messages that pass the test."""
        with self._lock:
            return tuple(filter(keep_if, self._messages))

    def expect(self, wanted: Wanted) -> Future[Message]:
        """A future of the first stored or coming message that is wanted."""
        future: Future[Message] = Future()
        with self._lock:
            found = next(filter(wanted, self._messages), None)
            if found is None:
                self._waiting.append((wanted, future))
                future.add_done_callback(self._forget)
        if found is not None:
            future.set_result(found)
        return future

    def _forget(self, future: Future[Message]) -> None:
        with self._lock:
            self._waiting = [pair for pair in self._waiting if pair[1] is not future]

    def discard(self, unwanted: Callable[[Message], bool]) -> None:
        """Forget stored messages."""
        with self._lock:
            kept = [message for message in self._messages if not unwanted(message)]
            self._messages.clear()
            self._messages.extend(kept)


def missing(wanted: Wanted, timeout: float, arrived: Iterable[Message]) -> TimeoutError:
    """The error that says what was waited for and what came instead."""
    lines = [f"  {_summary(message)}" for message in arrived]
    came = "\n".join(["these arrived:", *lines]) if lines else "none arrived"
    return TimeoutError(f"no message ({wanted}) within {timeout:g} s; {came}")


def _summary(message: Message) -> str:
    recipients = ", ".join(message.rcpt_tos)
    return f"{message.mail_from or '<>'} -> {recipients}: {message.subject!r} ({message.session.origin})"
