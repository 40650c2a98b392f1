"""The messages of a sandbox, and the waiting for one."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypedDict, Unpack

from .records import Message, Origin


class Place(Protocol):
    """Where messages come in."""

    origin: Origin


class Wanted(TypedDict, total=False):
    """What a message must be like; what is left out or None may be anything.

    ``to`` is one of its recipients; addresses are compared in any case, the subject exactly.
    """

    to: str | None
    mail_from: str | None
    subject: str | None
    at: Place | None


def is_wanted(wanted: Wanted, message: Message) -> bool:
    """Whether the message is like that."""
    to, mail_from, at = wanted.get("to"), wanted.get("mail_from"), wanted.get("at")
    if at is not None and message.session.origin is not at.origin:
        return False
    if to is not None and to.lower() not in (to.lower() for to in message.rcpt_tos):
        return False
    if mail_from is not None and mail_from.lower() != message.mail_from.lower():
        return False
    return wanted.get("subject") in (None, message.subject)


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
            found = [future for wanted, future in self._waiting if is_wanted(wanted, message)]
        for future in found:
            # The waiter may have given up in this very moment.
            with suppress(InvalidStateError):
                future.set_result(message)

    def messages(self, **wanted: Unpack[Wanted]) -> tuple[Message, ...]:
        """The stored messages that are like that."""
        with self._lock:
            return tuple(message for message in self._messages if is_wanted(wanted, message))

    def wait(self, timeout: float, **wanted: Unpack[Wanted]) -> Message:
        """The first message that is like that, stored or yet to come.

        Raises TimeoutError after ``timeout`` seconds; it lists what did arrive.
        """
        future = self._expect(wanted)
        with suppress(TimeoutError):
            return future.result(timeout)
        future.cancel()
        raise self._missing(wanted, timeout)

    async def wait_async(self, timeout: float, **wanted: Unpack[Wanted]) -> Message:
        """The same on the caller's event loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await asyncio.wrap_future(self._expect(wanted))
        raise self._missing(wanted, timeout)

    def _expect(self, wanted: Wanted) -> Future[Message]:
        future: Future[Message] = Future()
        with self._lock:
            found = next((message for message in self._messages if is_wanted(wanted, message)), None)
            if found is None:
                self._waiting.append((wanted, future))
                future.add_done_callback(self._forget)
        if found is not None:
            future.set_result(found)
        return future

    def _forget(self, future: Future[Message]) -> None:
        with self._lock:
            self._waiting = [pair for pair in self._waiting if pair[1] is not future]

    def _missing(self, wanted: Wanted, timeout: float) -> TimeoutError:
        lines = [f"  {_summary(message)}" for message in self.messages()]
        came = "\n".join(["these arrived:", *lines]) if lines else "none arrived"
        return TimeoutError(f"no message ({_described(wanted)}) within {timeout:g} s; {came}")

    def discard(self, **unwanted: Unpack[Wanted]) -> None:
        """Forget the stored messages that are like that."""
        with self._lock:
            kept = [message for message in self._messages if not is_wanted(unwanted, message)]
            self._messages.clear()
            self._messages.extend(kept)


def _described(wanted: Wanted) -> str:
    at = wanted.get("at")
    facts = {**wanted, "at": at and at.origin}
    return ", ".join(f"{name}={value!s}" for name, value in facts.items() if value is not None) or "any"


def _summary(message: Message) -> str:
    recipients = ", ".join(message.rcpt_tos)
    return f"{message.mail_from or '<>'} -> {recipients}: {message.subject!r} ({message.session.origin})"
