"""Lines over a socket: one command, one reply (RFC 5321 4.2), within a deadline and a budget of bytes."""

from __future__ import annotations

import logging
import re
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .certificate import TLSFacts
from .errors import Code, DeadlineError, DisconnectedError, ProtocolError, SettingsError, TLSError
from .network import remaining
from .reply import Redactor, Reply, enhanced_code
from .tls import handshake, reading_error

REPLY_BUDGET = 64 * 1024  # bytes

_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\r?", re.DOTALL)
_REPLY_HEAD = re.compile(rb"[0-9]{0,3}|[0-9]{3}[- \r].*", re.DOTALL)
_LINE_BREAKERS = re.compile(rb"[\r\n\0]")
_transcript = logging.getLogger("wagtail_partner_smtp.transcript")


@dataclass(kw_only=True)
class Limits:
    """How long and how much.

    A connection test has one ``deadline`` (``time.monotonic``) for all that it does and one budget of bytes;
    a delivery has ``command_timeout`` seconds and the whole budget for each reply.
    """

    command_timeout: float
    deadline: float | None = None
    budget: int = REPLY_BUDGET

    @classmethod
    def for_test(cls, timeout: float) -> Limits:
        return cls(command_timeout=timeout, deadline=time.monotonic() + timeout)

    @classmethod
    def for_delivery(cls, command_timeout: float) -> Limits:
        return cls(command_timeout=command_timeout)

    def next_deadline(self, timeout: float | None = None) -> float:
        """The end of the operation that begins now, at most ``timeout`` seconds from now."""
        now = time.monotonic()
        deadline = now + self.command_timeout if self.deadline is None else self.deadline
        return deadline if timeout is None else min(deadline, now + timeout)

    def connect_deadline(self) -> float:
        """The end of what may be spent on getting through: a test keeps a third for finding out the cause."""
        deadline = self.next_deadline()
        now = time.monotonic()
        return deadline if self.deadline is None else now + (deadline - now) * 2 / 3

    def answer_deadline(self) -> float:
        """The end of the wait for the first sign of life: a test keeps a sixth for finding out the cause."""
        deadline = self.next_deadline()
        now = time.monotonic()
        return deadline if self.deadline is None else now + (deadline - now) * 5 / 6

    def has_time(self) -> bool:
        return self.next_deadline() > time.monotonic()

    def begin_reply(self) -> None:
        if self.deadline is None:
            self.budget = REPLY_BUDGET

    def spend(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise ProtocolError(Code.REPLY_TOO_LONG)


class Channel:
    """The client's end of an SMTP connection. Every error of the socket is translated here, once."""

    def __init__(self, sock: socket.socket, limits: Limits, redactor: Redactor, *, log: bool = False) -> None:
        self._sock = sock
        self._limits = limits
        self._redactor = redactor
        self._log_lines = log
        self._buffer = bytearray()
        self._certificate_was_asked = False
        self.raw_lines: list[bytes] = []  # of the last reply, as they came: never to be shown

    @property
    def local_address(self) -> str:
        return str(self._sock.getsockname()[0])

    @property
    def is_open(self) -> bool:
        return self._sock.fileno() >= 0

    def close(self) -> None:
        self._sock.close()

    def start_tls(self, context: ssl.SSLContext, host: str, deadline: float | None = None) -> TLSFacts:
        """Encrypt the connection. The caller has made sure that nothing is left in the buffer."""
        timeout = remaining(self._limits.next_deadline() if deadline is None else deadline)
        self._sock, facts = handshake(self._sock, context, host, timeout)
        self._certificate_was_asked = facts.asks_for_certificate
        self._note("-", f"{facts.version} {facts.cipher}")
        return facts

    @property
    def has_unread_data(self) -> bool:
        return bool(self._buffer)

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing arrives within so many seconds. Data that does arrive is left to be read."""
        left = min(seconds, remaining(self._limits.next_deadline()))
        # Not select(): a process with more than 1,024 files open could not ask.
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            return not self._buffer and not selector.select(left)

    def peek(self) -> bytes:
        """What has been read but is not a reply."""
        return bytes(self._buffer[:64])

    def command(self, line: str | bytes, *, shown: str | None = None, timeout: float | None = None) -> Reply:
        """Send one line, read the reply. ``shown`` stands for a line with a secret in the transcript.

        ``timeout`` shortens the deadline, in seconds.
        """
        deadline = self._limits.next_deadline(timeout)
        self.write_line(line, shown=shown, deadline=deadline)
        return self.read_reply(deadline)

    def write_line(
        self, line: str | bytes, *, shown: str | None = None, deadline: float | None = None
    ) -> None:
        data = line.encode() if isinstance(line, str) else line
        if _LINE_BREAKERS.search(data):
            raise SettingsError(Code.CONTROL_CHARACTERS)
        self._note("C", shown if shown is not None else self._redactor.clean(data))
        self.write(data + b"\r\n", deadline)

    def write(self, data: bytes, deadline: float | None = None) -> None:
        deadline = self._limits.next_deadline() if deadline is None else deadline
        rest = memoryview(data)
        with self._translated():
            # Not sendall(): over TLS it begins its timeout anew with each record.
            while rest:
                self._sock.settimeout(remaining(deadline))
                rest = rest[self._sock.send(rest) :]

    def read_reply(self, deadline: float | None = None) -> Reply:
        """The next reply, by ``deadline`` (``time.monotonic``) or that of an operation that begins now.

        Raises ``DeadlineError``, ``DisconnectedError`` or ``ProtocolError``.
        """
        deadline = self._limits.next_deadline() if deadline is None else deadline
        self._limits.begin_reply()
        lines: list[bytes] = []
        while True:
            code, last, text = _parse(self._read_line_after(lines, deadline))
            lines.append(text)
            if last:
                return self._reply(code, lines)

    def _reply(self, code: int, lines: list[bytes]) -> Reply:
        self.raw_lines = lines
        text = self._redactor.clean(b" ".join(lines))
        reply = Reply(code=code, enhanced_code=enhanced_code(text), text=text)
        self._note("S", str(reply))
        return reply

    def _read_line_after(self, lines: list[bytes], deadline: float) -> bytes:
        try:
            return self._read_line(deadline)
        except DeadlineError as error:
            if lines or self._buffer:
                raise DeadlineError(Code.REPLY_UNFINISHED) from error
            raise

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if not _REPLY_HEAD.fullmatch(self._buffer[:8]):
                raise ProtocolError(Code.NOT_SMTP)
            self._receive(deadline)
        line = bytes(self._buffer[:end])
        if not _REPLY_LINE.fullmatch(line):
            raise ProtocolError(Code.NOT_SMTP)
        del self._buffer[: end + 1]
        return line

    def _receive(self, deadline: float) -> None:
        with self._translated():
            self._sock.settimeout(remaining(deadline))
            data = self._sock.recv(8192)
            if not data:
                raise ConnectionError("closed")
        self._certificate_was_asked = False
        self._limits.spend(len(data))
        self._buffer += data

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with _translated():
                yield
        except DisconnectedError as error:
            # Under TLS 1.3 a client without certificate is refused after the handshake, often without a word.
            if self._certificate_was_asked:
                raise TLSError(Code.CLIENT_CERTIFICATE_REQUIRED) from error
            raise

    def _note(self, direction: str, line: str) -> None:
        if self._log_lines:
            _transcript.info("%s: %s", direction, line)


def _parse(line: bytes) -> tuple[int, bool, bytes]:
    match = _REPLY_LINE.fullmatch(line)
    assert match is not None
    code, separator, text = match.groups()
    return int(code), separator != b"-", (text or b"").rstrip(b"\r")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        if isinstance(error, DeadlineError):
            raise
        raise DeadlineError(Code.DEADLINE_PASSED) from error
    except ssl.SSLError as error:
        raise reading_error(error) from error
    except OSError as error:
        raise DisconnectedError(Code.DISCONNECTED) from error
