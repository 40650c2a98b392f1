"""Lines over a socket: one command, one reply (RFC 5321 4.2), within a deadline and a budget of bytes."""

from __future__ import annotations

import logging
import re
import selectors
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress

from .certificate import TLSFacts
from .errors import Code, DeadlineError, DisconnectedError, ProtocolError, SettingsError, SMTPError, TLSError
from .limits import Limits
from .network import remaining
from .reply import Redactor, Reply, enhanced_code, heard
from .tls import handshake, reading_error

BLOCK = 64 * 1024  # bytes written before the deadline begins anew

_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\r?", re.DOTALL)
_REPLY_HEAD = re.compile(rb"[0-9]{0,3}|[0-9]{3}[- \r].*", re.DOTALL)
_LINE_BREAKERS = re.compile(rb"[\r\n\0]")
# What a socket raises that does not wait.
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_transcript = logging.getLogger("wagtail_partner_smtp.transcript")


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
        self.begun = 0  # the code of a reply that has begun and is not over

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

    def is_in_step(self) -> bool:
        """Whether nothing came unasked, the end of the connection included. What did come is left to be read."""
        with suppress(SMTPError):
            self._take_in()
            return not self._buffer
        return False

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing arrives within so many seconds. Data that does arrive is left to be read.

        Raises ``SMTPError`` when the connection ends.
        """
        until = time.monotonic() + min(seconds, remaining(self._limits.next_deadline()))
        # Not select(): a process with more than 1,024 files open could not ask.
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            while not self._buffer and (left := until - time.monotonic()) > 0:
                # TLS 1.3 sends session tickets behind the handshake, which is nothing said.
                if selector.select(left):
                    self._take_in()
        return not self._buffer

    def peek(self) -> bytes:
        """What has been read but is not a reply."""
        return bytes(self._buffer[:64])

    def shown(self, text: str) -> str:
        """A server's words, however they came, as they may be shown."""
        return self._redactor.shown(text)

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
        self.write(self._line(line, shown), deadline)

    def write_group(self, lines: Sequence[str], payload: bytes = b"") -> None:
        """Lines in one piece, whose replies are yet to come; ``payload`` goes behind the last one."""
        self._limits.begin_reply(len(lines))
        self.write(b"".join([*map(self._line, lines), payload]))

    def write(self, data: bytes, deadline: float | None = None) -> None:
        """Without ``deadline`` there is time anew for each 64 KiB.

        What the server says meanwhile is taken in: it may not read on before that (RFC 2920 3.1).
        """
        rest = memoryview(data)
        try:
            while rest:
                until = self._limits.next_deadline() if deadline is None else deadline
                self._write_block(rest[:BLOCK], until)
                rest = rest[BLOCK:]
        except SMTPError:
            raise
        except OSError as error:
            raise self._translated(error) from error

    def _line(self, line: str | bytes, shown: str | None = None) -> bytes:
        data = line.encode() if isinstance(line, str) else line
        if _LINE_BREAKERS.search(data):
            raise SettingsError(Code.CONTROL_CHARACTERS)
        if self._log_lines:
            self._note("C", shown if shown is not None else self._redactor.clean(data))
        return data + b"\r\n"

    def _write_block(self, block: memoryview, deadline: float) -> None:
        while block:
            # Not sendall(): over TLS it begins its timeout anew with each record.
            left = remaining(deadline)
            self._sock.settimeout(0)
            try:
                block = block[self._sock.send(block) :]
            except ssl.SSLWantReadError:
                self._wait_for(selectors.EVENT_READ, left)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait_for(selectors.EVENT_READ | selectors.EVENT_WRITE, left)

    def _wait_for(self, events: int, seconds: float) -> None:
        """Until the socket is ready; what there is to read then has been read."""
        # Not select(): a process with more than 1,024 files open could not ask.
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            ready = selector.select(seconds)
        if ready and ready[0][1] & selectors.EVENT_READ:
            self._take_in()

    def _take_in(self) -> None:
        """What has arrived, without waiting for more."""
        try:
            self._sock.settimeout(0)
            self._receive_now()
        except _NOT_NOW:
            pass
        except SMTPError:
            raise
        except OSError as error:
            raise self._translated(error) from error

    def deadline_in(self, seconds: float) -> float:
        """The end of an operation that begins now and may take so long at most (``time.monotonic``)."""
        return self._limits.next_deadline(seconds)

    def verdict_deadline(self) -> float:
        """Until when the answer to a message that has been written may take."""
        return self._limits.verdict_deadline()

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
            self.begun = 0 if last else code
            if last:
                return self._reply(code, lines)

    def skip_reply(self, timeout: float) -> None:
        """Leave the reply that has ``begun`` behind, in which lines without a code stand (RFC 959 4.2)."""
        deadline, last = self._limits.next_deadline(timeout), b"%d " % self.begun
        line = b""
        while not line.startswith(last):
            while (end := self._buffer.find(b"\n")) < 0:
                self._receive(deadline)
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
        self.begun = 0

    def _reply(self, code: int, lines: list[bytes]) -> Reply:
        self.raw_lines = lines
        said = b" ".join(lines)
        # Read before anything is redacted: it decides what a reply means.
        enhanced = enhanced_code(said.lstrip()[:16].decode("ascii", "replace"))
        said_no = heard(said) if code >= 400 else ""
        reply = Reply(code=code, enhanced_code=enhanced, text=self._redactor.clean(said), heard=said_no)
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
        try:
            self._sock.settimeout(remaining(deadline))
            self._receive_now()
        except SMTPError:
            raise
        except OSError as error:
            raise self._translated(error) from error

    def _receive_now(self) -> None:
        data = self._sock.recv(8192)
        if not data:
            raise ConnectionError("closed")
        self._certificate_was_asked = False
        self._limits.spend(len(data))
        self._buffer += data

    def _translated(self, error: OSError) -> SMTPError:
        known = _translated(error)
        # Under TLS 1.3 a client without certificate is refused after the handshake, often without a word.
        if isinstance(known, DisconnectedError) and self._certificate_was_asked:
            return TLSError(Code.CLIENT_CERTIFICATE_REQUIRED)
        return known

    def _note(self, direction: str, line: str) -> None:
        if self._log_lines:
            _transcript.info("%s: %s", direction, line)


def _parse(line: bytes) -> tuple[int, bool, bytes]:
    match = _REPLY_LINE.fullmatch(line)
    assert match is not None
    code, separator, text = match.groups()
    return int(code), separator != b"-", (text or b"").rstrip(b"\r")


def _translated(error: OSError) -> SMTPError:
    if isinstance(error, TimeoutError):
        return DeadlineError(Code.DEADLINE_PASSED)
    if isinstance(error, ssl.SSLError):
        return reading_error(error)
    return DisconnectedError(Code.DISCONNECTED)
