"""A scripted mail server with a mailbox, honest but for one fault at one place of a transaction.

The sandbox serves each command whole. Here a place is a command's position within its transaction, replies can be
held back until everything that came was read, as Postfix does, and the sizes of buffers can be chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .peers import Peer

EXTENSIONS = {
    "chunking": ("PIPELINING", "CHUNKING", "8BITMIME"),
    "pipelining": ("PIPELINING", "8BITMIME"),
    "chunks alone": ("CHUNKING", "8BITMIME"),
    "plain": ("8BITMIME",),
}
DROP = b""


@dataclass(frozen=True)
class Mail:
    """What was delivered."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass
class MailServer:
    """A script for ``serve()``; one instance may play for several connections in turn.

    ``faults`` are replies by place: ``MAIL``, ``RCPT 1``, ``DATA``, ``BDAT``, ``END`` (after the final dot) or
    ``RSET``; ``DROP`` hangs up. Each happens once, a place in ``always`` every time. ``recipient_limit`` is
    answered with ``too_many``, the ``unknown`` with ``not_here``. ``holds_back`` sends replies only when there is
    nothing left to read. 421 hangs up, unless it ``stays``.
    """

    extensions: tuple[str, ...] = EXTENSIONS["chunking"]
    faults: Mapping[str, bytes] = field(default_factory=dict)
    always: bool = False
    recipient_limit: int = 100_000
    too_many: bytes = b"452 4.5.3 Too many recipients"
    unknown: Collection[str] = ()
    not_here: bytes = b"550 5.1.1 unknown"
    holds_back: bool = False
    knows_bdat: bool = True
    stays: bool = False
    accepted: bytes = b"250 2.1.5 ok"
    mailbox: list[Mail] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    connections: int = 0
    happened: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def __call__(self, peer: Peer) -> None:
        self.connections += 1
        _Conversation(self, peer).play()

    def count(self, verb: str) -> int:
        return self.verbs.count(verb)


class _Conversation:
    def __init__(self, server: MailServer, peer: Peer) -> None:
        self.server, self.peer = server, peer
        self.held = b""
        self.forget()

    def forget(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.asked = 0

    def play(self) -> None:
        self.say(b"220 mail.test ESMTP")
        while True:
            line = self.read_line().decode()
            verb = line.split()[0].upper() if line.split() else ""
            self.server.verbs.append(verb)
            serve = getattr(self, f"serve_{verb.lower()}", self.serve_unknown)
            serve(line)

    def read_line(self) -> bytes:
        if self.held and not self.peer.has_unread:
            self.peer.send(self.held)
            self.held = b""
        return self.peer.read_line()

    def say(self, reply: bytes) -> None:
        self.held += reply + b"\r\n"
        if not self.server.holds_back:
            self.peer.send(self.held)
            self.held = b""

    def fault(self, place: str) -> bool:
        """Whether something else than usual was answered."""
        reply = self.server.faults.get(place)
        if reply is None or (place in self.server.happened and not self.server.always):
            return False
        self.server.happened.add(place)
        if reply != DROP:
            self.say(reply)
        if reply == DROP or (reply.startswith(b"421") and not self.server.stays):
            self.peer.send(self.held)
            raise EOFError
        return True

    def serve_ehlo(self, line: str) -> None:
        lines = ["mail.test", *self.server.extensions]
        self.say("\r\n".join(f"250-{each}" for each in lines[:-1]).encode() + f"\r\n250 {lines[-1]}".encode())

    def serve_mail(self, line: str) -> None:
        if self.fault("MAIL"):
            return
        if self.sender is not None:
            return self.say(b"503 5.5.1 sender already given")
        self.sender = line[line.index("<") + 1 : line.index(">")]
        self.say(b"250 2.1.0 ok")

    def serve_rcpt(self, line: str) -> None:
        self.asked += 1
        self.server.asked.append(line[line.index("<") + 1 : line.index(">")])
        if self.sender is None:
            return self.say(b"503 5.5.1 need MAIL")
        if self.fault(f"RCPT {self.asked}") or self.fault("RCPT"):
            return
        address = line[line.index("<") + 1 : line.index(">")]
        if address in self.server.unknown:
            return self.say(self.server.not_here)
        if len(self.recipients) == self.server.recipient_limit:
            return self.say(self.server.too_many)
        self.recipients.append(address)
        self.say(self.server.accepted)

    def serve_data(self, line: str) -> None:
        if self.fault("DATA"):
            if self.server.faults["DATA"].startswith(b"354"):
                self.peer.read_data()
                self.say(b"250 2.0.0 an empty message, queued")
            return
        if not self.recipients:
            return self.say(b"503 5.5.1 no valid recipients")
        self.say(b"354 go on")
        self.peer.send(self.held)
        self.held = b""
        data = self.peer.read_data()
        self.deliver(b"".join(each.removeprefix(b".") + b"\r\n" for each in data.split(b"\r\n") if data))

    def serve_bdat(self, line: str) -> None:
        if not self.server.knows_bdat:
            return self.serve_unknown(line)
        data = self.peer.read_exactly(int(line.split()[1]))
        if self.fault("BDAT"):
            return
        if self.sender is None or not self.recipients:
            return self.say(b"503 5.5.1 no valid recipients")
        self.deliver(data)

    def deliver(self, data: bytes) -> None:
        if self.fault("END"):
            return self.forget()
        assert self.sender is not None
        self.server.mailbox.append(Mail(self.sender, tuple(self.recipients), data))
        self.forget()
        self.say(b"250 2.0.0 queued")

    def serve_rset(self, line: str) -> None:
        if not self.fault("RSET"):
            self.forget()
            self.say(b"250 2.0.0 ok")

    def serve_quit(self, line: str) -> None:
        self.say(b"221 2.0.0 bye")
        self.peer.send(self.held)
        raise EOFError

    def serve_unknown(self, line: str) -> None:
        self.say(b"500 5.5.2 unrecognised")
