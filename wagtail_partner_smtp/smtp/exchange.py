"""Commands and their replies, matched strictly in the order in which they were sent (RFC 2920)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .channel import Channel
from .errors import DisconnectedError, SMTPError
from .reply import Reply


@dataclass(frozen=True, kw_only=True)
class Command:
    """A line without its end, and the chunk that follows it at once (BDAT, RFC 3030 2)."""

    line: str
    chunk: bytes = field(default=b"", repr=False)


RSET = Command(line="RSET")


class Exchange:
    """Sends each command when its reply is asked for, or a whole group ahead.

    ``is_group`` tells that a group was sent. ``chunk_sent`` that the chunk of a command was handed to the
    network whole: the server may have all of it.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ahead: deque[Command] = deque()
        self._verdict_deadline: float | None = None
        self.is_group = False
        self.chunk_sent = False

    def send_ahead(self, commands: Sequence[Command]) -> None:
        """Write commands in one piece; their replies are to be asked for in turn. The last may have a chunk."""
        assert not self._ahead
        self._ahead.extend(commands)
        self.is_group = True
        self._write(commands)

    def answer(self, command: Command, timeout: float | None = None) -> Reply:
        """The reply to a command, which is sent now unless it was sent ahead. Raises ``SMTPError``.

        ``timeout`` shortens the wait, in seconds. Once the server has the chunk, giving up leaves its fate
        unknown: so all replies may take the time that the answer to a message may take.
        """
        if self._ahead:
            assert self._ahead[0] is command, "replies are asked for in the order of the commands"
        else:
            self._ahead.append(command)
            self._write([command])
        return self._next_reply(
            self._verdict_deadline if timeout is None else self._channel.deadline_in(timeout)
        )

    def take_back(self, timeout: float) -> Reply | None:
        """The answer to RSET, which may have been sent ahead; ``None`` if none comes within so many seconds."""
        try:
            return self.answer(RSET, timeout)
        except SMTPError:
            return None

    def rest(self, timeout: float | None = None) -> Iterator[tuple[Command, Reply]]:
        """The commands sent ahead that were not asked for yet, each with its reply within so many seconds."""
        while self._ahead:
            command = self._ahead[0]
            yield command, self._next_reply(None if timeout is None else self._channel.deadline_in(timeout))

    def _next_reply(self, deadline: float | None = None) -> Reply:
        reply = self._channel.read_reply(deadline)
        self._ahead.popleft()
        return reply

    def _write(self, commands: Sequence[Command]) -> None:
        chunk = commands[-1].chunk
        # The server may say why it closes the connection; if it does not, reading fails in the same way.
        with suppress(DisconnectedError):
            self._channel.write_group([command.line for command in commands], chunk)
            self.chunk_sent = bool(chunk)
            self._verdict_deadline = self._channel.verdict_deadline() if chunk else None
