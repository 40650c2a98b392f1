"""A server that does anything, and a clock that only moves while somebody waits for it.

Sockets and handshakes are replaced, so that thousands of conversations take seconds. What a server may say is
made of replies that are right, nearly right and none at all: noise alone never gets past the greeting.
"""

from __future__ import annotations

import base64
import binascii
import logging
import selectors
import ssl
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from wagtail_partner_smtp.smtp import channel, connecting, limits, network, probe, tls
from wagtail_partner_smtp.smtp.certificate import TLSFacts
from wagtail_partner_smtp.smtp.errors import CertificateError, Code, ConnectError, DisconnectedError, TLSError

# Stands in an answer for what the client has sent as its login, in one form or another.
ECHO = b"<ECHO>"
VERBS = (b"EHLO", b"HELO", b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"DATA", b"BDAT", b"RSET", b"QUIT")
PROTOCOL_WORDS = (
    "login", "LOGIN", "plain", "auth", "starttls", "5", "250", "8BITMIME", "size", "33554432", "bGF",
    "localhost",
    "mx7.provider.example", "provider", "user", "billing", "example.org", "successful", "2.7.0", "ESMTP",
    "OK",
    "SCRAM-SHA-256", "CRAM", "ready", "334", "535", "PLAIN LOGIN", "RCPTMAX=5", "=", "AAAA", "dXNlcg==",
    "redacted",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """``data`` in pieces of so many octets, the first after ``delay`` seconds, each other after ``pause``."""

    data: bytes = b""
    delay: float = 0.0
    pause: float = 0.0
    octets: int = 8192
    ends: str = ""  # "", "close" or "reset"


@dataclass(frozen=True)
class Play:
    """What happens on one connection. Each answer of a verb is given once, then the polite one."""

    refused: bool = False
    greeting: Answer = Answer(b"220 mail.test ESMTP\r\n")
    answers: Mapping[bytes, tuple[Answer, ...]] = field(default_factory=dict)
    handshake: str = "trusted"
    takes: int = 65536  # octets at a time
    hears: int = 10_000_000  # octets, and then it reads no more
    form: int = 0  # in which its echoes are written

    @property
    def words(self) -> str:
        """All that it says of its own accord."""
        said = [self.greeting, *(each for some in self.answers.values() for each in some)]
        return b" ".join(each.data.replace(ECHO, b" ") for each in said).decode("utf-8", "replace")


POLITE: Mapping[bytes, bytes] = {
    b"EHLO": b"250-mail.test\r\n250-SIZE 50000000\r\n250-STARTTLS\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n",
    b"STARTTLS": b"220 2.0.0 go on\r\n",
    b"AUTH": b"235 2.7.0 ok\r\n",
    b"SASL": b"235 2.7.0 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


# What may be answered

CODES = st.sampled_from(
    [200, 211, 220, 221, 235, 250, 250, 251, 252, 299, 334, 354, 354, 421, 450, 451, 452, 454, 500, 502,
     503, 504,
     530, 534, 535, 538, 550, 552, 553, 554, 555, 599]
)  # fmt: skip
PLAIN_TEXT = st.sampled_from(
    ["", "ok", "2.1.0 ok", "5.7.8 bad username or password", "4.7.1 Greylisted, try again in 300 seconds",
     "5.5.1 first STARTTLS", "mail.example.org ready", "x" * 600, "5.1.1 <" + ECHO.decode() + "> unknown",
     "you said " + ECHO.decode(), "gr\u00fc\u00dfe", "\u202eexe.gnp", "VXNlcm5hbWU6", "UGFzc3dvcmQ6",
     "cj1hYmMscz1BQUFBLGk9NDA5Ng==", "r=x,s=AAAA,i=4096", "=", "AUTH PLAIN"]
)  # fmt: skip
TEXTS = PLAIN_TEXT.map(str.encode) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace"))
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\r\n", b"\r"])
MECHANISMS = [
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "SCRAM-SHA-256",
    "XOAUTH2",
    "OAUTHBEARER",
    "=PLAIN",
    "\u00fc",
    "plain",
]
KEYWORDS = st.one_of(
    st.lists(st.sampled_from(MECHANISMS), max_size=4).map(lambda names: " ".join(["AUTH", *names])),
    st.sampled_from(
        ["STARTTLS", "starttls", "PIPELINING", "PIPELINING", "CHUNKING", "CHUNKING", "8BITMIME", "SMTPUTF8",
         "SIZE",
         "SIZE 0", "SIZE 35", "SIZE 99999999999999999999999", "SIZE -1", "SIZE \u0663", "LIMITS RCPTMAX=1",
         "LIMITS RCPTMAX=0", "LIMITS MAILMAX=1 RCPTMAX=2", "AUTH=PLAIN LOGIN", "AUTH", "X-LOGIN user",
         "DSN", ""]
    ),
    st.text(max_size=12),
)  # fmt: skip


# Strategies stand here, not in what draws from them: to make one takes longer than to draw from it.
SOME_LINES = st.lists(TEXTS, min_size=1, max_size=4)
IS_ANOTHER_CODE = st.sampled_from([False] * 4 + [True])
GAPS = st.sampled_from([b" ", b" ", b" ", b"", b"-"])


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    code = draw(CODES)
    lines = draw(SOME_LINES)
    last = draw(CODES) if draw(IS_ANOTHER_CODE) else code
    end = draw(ENDS)
    head = b"".join(b"%d-%s%s" % (code, line, end) for line in lines[:-1])
    return head + b"%d%s%s%s" % (last, draw(GAPS), lines[-1], end)


SOME_KEYWORDS = st.lists(KEYWORDS, max_size=8)


@st.composite
def hellos(draw: st.DrawFn) -> bytes:
    lines = [each.encode("utf-8", "replace") for each in ["mail.test", *draw(SOME_KEYWORDS)]]
    return b"".join(b"250-%s\r\n" % line for line in lines[:-1]) + b"250 %s\r\n" % lines[-1]


FLOODS = {
    "line": b"250-" + b"x" * 70_000,
    "lines": b"250-x\r\n" * 12_000,
    "digits": b"2" * 9000,
    "challenge": b"334 " + b"A" * 60_000 + b"\r\n",
    "greetings": b"220 x\r\n" * 5000,
    "refusal": b"535 5.7.8 " + b"Zm9v" * 9000 + b"\r\n",
}
NOISE = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(sorted(FLOODS)).map(FLOODS.__getitem__),
    st.sampled_from(
        [
            b"",
            b"HTTP/1.1 400 Bad\r\n\r\n",
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"* OK IMAP\r\n",
            b"250",
            b"250 o",
            b"\n",
        ]
    ),
    st.tuples(replies(), replies()).map(b"".join),
)
WAITS = st.sampled_from([0.0] * 8 + [0.1, 2.0, 2.9, 4.0, 16.0, 300.0])


def answers(verb: bytes) -> st.SearchStrategy[Answer]:
    polite = st.just(POLITE.get(verb, b"250 2.0.0 ok\r\n"))
    own = hellos() if verb == b"EHLO" else polite
    return st.builds(
        Answer,
        st.one_of(own, own, polite, replies(), replies(), NOISE),
        delay=WAITS,
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.5, 3.0]),
        octets=st.sampled_from([8192, 8192, 1000, 7, 1]),
        ends=st.sampled_from(["", "", "", "", "", "", "close", "reset"]),
    )


def echoing(data: bytes) -> Play:
    """A polite server, but for its refusal of the login, which holds what it got."""
    return Play(answers={b"AUTH": (Answer(data),), b"SASL": (Answer(data),)})


REFUSED_LOGINS = st.sampled_from(
    [
        b"535 5.7.8 " + ECHO + b" is wrong\r\n",
        b"535-5.7.8 no\r\n535 5.7.8 <" + ECHO + b">\r\n",
        b"454 " + ECHO + b"\r\n",
    ]
)


FORMS = st.integers(0, 5)
PLAYED_VERBS = (*VERBS, b"SASL", b"END", b"HELLO")
SOME_VERBS = st.lists(st.sampled_from(PLAYED_VERBS), max_size=5, unique=True)
SOME_ANSWERS = {verb: st.lists(answers(verb), min_size=1, max_size=2).map(tuple) for verb in PLAYED_VERBS}
IS_ECHO = st.sampled_from([True, False, False])
IS_REFUSED = st.sampled_from([False] * 9 + [True])
IS_POLITE = st.sampled_from([True] * 3 + [False])
GREETINGS = answers(b"GREETING")
HANDSHAKES = st.sampled_from(["trusted", "trusted", "untrusted", "broken", "closed"])
TAKES = st.sampled_from([65536, 65536, 65536, 100])
HEARS = st.sampled_from([10_000_000] * 6 + [300, 60])


@st.composite
def plays(draw: st.DrawFn) -> Play:
    verbs = draw(SOME_VERBS)
    if draw(IS_ECHO):
        return replace(echoing(draw(REFUSED_LOGINS)), form=draw(FORMS))
    return Play(
        refused=draw(IS_REFUSED),
        greeting=Play.greeting if draw(IS_POLITE) else draw(GREETINGS),
        answers={verb: draw(SOME_ANSWERS[verb]) for verb in verbs},
        handshake=draw(HANDSHAKES),
        takes=draw(TAKES),
        hears=draw(HEARS),
        form=draw(FORMS),
    )


PASSWORDS = st.one_of(
    st.sampled_from(PROTOCOL_WORDS),
    st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.text("0123456789", min_size=1, max_size=8),
    st.binary(min_size=1, max_size=12).map(lambda octets: base64.b64encode(octets).decode().rstrip("=")),
    st.text("aAbB=+/.-_ %[]", min_size=1, max_size=8),
)


# The network in which it happens


class Clock:
    """Stands in for the module ``time``."""

    def __init__(self) -> None:
        self.now = self.began = 1000.0

    def monotonic(self) -> float:
        return self.now

    @property
    def elapsed(self) -> float:
        return self.now - self.began


class Socket:
    """The client's end of a connection to a server that follows a ``Play``."""

    def __init__(self, clock: Clock, play: Play) -> None:
        self.clock, self.play = clock, play
        self.timeout: float | None = None
        self.is_closed = False
        self.was_handed = 0  # octets that the client has read
        self.heard = 0  # octets that the server has read
        self._coming: deque[tuple[float, bytes | None]] = deque()  # when, and what; None is the end
        self._unread = b""
        self._given: dict[bytes, int] = {}
        self._awaits = b""  # "SASL" or "END"
        self._skips = 0
        self._resets = False
        self._credentials = b""
        self._say(play.greeting)

    def settimeout(self, timeout: float | None) -> None:
        assert timeout is not None, "who waits for ever is past every deadline"
        self.timeout = timeout

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 50000

    def fileno(self) -> int:
        return -1 if self.is_closed else 99

    def close(self) -> None:
        self.is_closed = True

    def sendall(self, data: bytes) -> None:
        self.send(data)

    def send(self, data: Any) -> int:
        self._must_be_open()
        if self.heard >= self.play.hears:
            return self._wait(None)
        if self._is_over():
            raise BrokenPipeError
        taken = bytes(data[: self.play.takes])
        self.heard += len(taken)
        self._hear(taken)
        return len(taken)

    def recv(self, size: int) -> bytes:
        self._must_be_open()
        if not self._coming or self._coming[0][0] > self.clock.now:
            self._wait(self._coming[0][0] if self._coming else None)
        when, data = self._coming.popleft()
        if data is None:
            self._coming.appendleft((when, None))
            if self._resets:
                raise ConnectionResetError
            return b""
        if data[size:]:
            self._coming.appendleft((when, data[size:]))
        self.was_handed += len(data[:size])
        return data[:size]

    def is_ready(self, events: int, seconds: float) -> int:
        """After at most so many seconds."""
        if events & selectors.EVENT_WRITE and self.heard < self.play.hears:
            return selectors.EVENT_WRITE
        until = self.clock.now + seconds
        if self._coming and self._coming[0][0] <= until:
            self.clock.now = max(self.clock.now, self._coming[0][0])
            return selectors.EVENT_READ
        self.clock.now = until
        return 0

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise OSError("closed")

    def _is_over(self) -> bool:
        return bool(self._coming) and self._coming[0][1] is None and self._coming[0][0] <= self.clock.now

    def _wait(self, until: float | None) -> int:
        assert self.timeout is not None
        end = self.clock.now + self.timeout
        if until is not None and until <= end:
            self.clock.now = until
            return 0
        self.clock.now = end
        if self.timeout == 0:
            raise BlockingIOError
        raise TimeoutError

    def _hear(self, data: bytes) -> None:
        if data.startswith(b"\x16\x03"):
            self._answer(b"HELLO", b"")
            return
        self._unread += data
        while self._unread:
            if self._skips:
                taken = min(self._skips, len(self._unread))
                self._unread, self._skips = self._unread[taken:], self._skips - taken
                if not self._skips:
                    self._answer(b"BDAT", b"")
                continue
            line, end, rest = self._unread.partition(b"\n")
            if not end:
                return
            self._unread = rest
            self._serve(line.rstrip(b"\r"))

    def _serve(self, line: bytes) -> None:
        if self._awaits == b"END":
            if line == b".":
                self._awaits = b""
                self._answer(b"END", line)
            return
        if self._awaits == b"SASL":
            self._awaits, self._credentials = b"", line
            self._answer(b"SASL", line)
            return
        verb, _, rest = line.partition(b" ")
        if verb == b"AUTH":
            self._credentials = rest.rpartition(b" ")[2]
        if verb == b"BDAT":
            self._skips = int(rest.split()[0])
            return
        self._answer(verb, line)

    def _answer(self, verb: bytes, line: bytes) -> None:
        known = self.play.answers.get(verb, ())
        position = self._given.get(verb, 0)
        self._given[verb] = position + 1
        polite = Answer(POLITE.get(verb, b"" if verb == b"HELLO" else b"250 2.0.0 ok\r\n"))
        answer = known[position] if position < len(known) else polite
        last = answer.data.rstrip(b"\r\n").rpartition(b"\n")[2]
        if last.startswith(b"334") and verb in {b"AUTH", b"SASL"}:
            self._awaits = b"SASL"
        elif last.startswith(b"354") and verb == b"DATA":
            self._awaits = b"END"
        self._say(answer)

    def _say(self, answer: Answer) -> None:
        if self._coming and self._coming[-1][1] is None:
            return
        data = (
            answer.data.replace(ECHO, self._echo())
            if self._credentials
            else answer.data.replace(ECHO, b"you")
        )
        when = max(self.clock.now, self._coming[-1][0] if self._coming else 0) + answer.delay
        for start in range(0, len(data), max(answer.octets, len(data) // 50)):
            self._coming.append((when, data[start : start + max(answer.octets, len(data) // 50)]))
            when += answer.pause
        if answer.ends:
            self._resets = answer.ends == "reset"
            self._coming.append((when, None))

    def _echo(self) -> bytes:
        secret = self._credentials
        with suppress(binascii.Error, ValueError):
            secret = base64.b64decode(self._credentials, validate=True).rpartition(b"\0")[2]
        forms = (
            secret, self._credentials, secret.hex().encode(), quote(secret).encode(), b"(" + secret + b")",
            base64.b64encode(secret),
        )  # fmt: skip
        return forms[self.play.form].replace(b"\r", b"").replace(b"\n", b"")


@dataclass
class World:
    """What happens when a client dials: a play for each connection, the last one for all that follow."""

    plays: tuple[Play, ...]
    clock: Clock = field(default_factory=Clock)
    sockets: list[Socket] = field(default_factory=list)
    logged: list[logging.LogRecord] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join(play.words for play in self.plays)

    def connect(self, endpoints: Any, deadline: float) -> tuple[Any, Any]:
        network.remaining(deadline)
        play = self.plays[min(len(self.sockets), len(self.plays) - 1)]
        self.sockets.append(Socket(self.clock, play))
        if play.refused:
            self.sockets[-1].close()
            raise ConnectError(Code.CONNECTION_REFUSED)
        return self.sockets[-1], endpoints[0]

    def handshake(
        self, sock: Any, context: ssl.SSLContext, host: str, timeout: float
    ) -> tuple[Any, TLSFacts]:
        is_verified = context.verify_mode is ssl.CERT_REQUIRED
        facts = TLSFacts(version="TLSv1.3", cipher="AES", verified=is_verified, sha256="ab" * 32)
        kind = sock.play.handshake
        if kind == "trusted" or (kind == "untrusted" and not is_verified):
            return sock, facts
        sock.close()
        if kind == "untrusted":
            raise CertificateError(
                Code.CERTIFICATE_SELF_SIGNED, tls=TLSFacts(sha256="ab" * 32), facts={"verify_code": 18}
            )
        raise DisconnectedError(Code.TLS_BROKEN) if kind == "closed" else TLSError(Code.TLS_NOT_SPOKEN)


class _Selectors:
    """Stands in for the module ``selectors``."""

    EVENT_READ, EVENT_WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

    class DefaultSelector:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *details: object) -> None:
            pass

        def register(self, sock: Socket, events: int) -> None:
            self.sock, self.events = sock, events

        def select(self, seconds: float) -> list[tuple[Any, int]]:
            found = self.sock.is_ready(self.events, seconds)
            return [(None, found)] if found else []


class _Recorder(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self.records = records

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def happening(*plays: Play) -> Iterator[World]:
    """The only network there is meanwhile. What is logged is kept."""
    world = World(plays)
    logger, recorder = logging.getLogger("wagtail_partner_smtp"), _Recorder(world.logged)
    with pytest.MonkeyPatch.context() as patch:
        for module in (limits, network, channel, connecting, probe):
            patch.setattr(module, "time", world.clock)
        patch.setattr(channel, "selectors", _Selectors)
        patch.setattr(channel, "handshake", world.handshake)
        patch.setattr(tls, "handshake", world.handshake)
        patch.setattr(connecting, "connect", world.connect)
        patch.setattr(logger, "level", logging.DEBUG)
        patch.setattr(logger, "propagate", False)
        logger.addHandler(recorder)
        logger.manager._clear_cache()  # type: ignore[attr-defined]
        try:
            yield world
        finally:
            logger.removeHandler(recorder)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
