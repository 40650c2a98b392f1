"""A fault at every step of every conversation: what a test says of it, and what becomes of a message.

What is expected is a rule, stated here from the RFCs and from ``docs/security.md``, not a copy of what the product
says: the stage is that of the command; a 5xx is final and all else is not; nobody who was accepted is asked again;
and once the server may have the whole message, no answer means that nobody knows.

A stall takes no time: as soon as the server has fallen silent, and only then, the client's deadline comes.
"""

from __future__ import annotations

import math
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from smtp_sandbox import Sandbox
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.outbox import judging
from wagtail_partner_smtp.outbox.states import MailState
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, channel, examine, probe, tls
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import SMTPError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.session import SMTPSession

from .accounts import EMAIL, account
from .mail_peer import EXTENSIONS
from .peers import Peer, Server

MESSAGE = b"From: billing@example.org\r\nSubject: one\r\n\r\nHello\r\n"
MODES = ("none", "ssl", "tls")
FAULTS = ("drop", "stall", "4xx", "5xx", "nonsense", "late")
COUNTS = (1, 3)  # recipients
LATE = 0.002  # seconds
# Of each place, what a server says that refuses for now, and for good.
REFUSALS = {
    "GREETING": (b"421 4.3.2 later", b"554 5.3.2 no"),
    "EHLO": (b"421 4.3.2 later", b"554 5.3.2 no"),
    "STARTTLS": (b"454 4.7.0 later", b"554 5.3.2 no"),
    "EHLO 2": (b"421 4.3.2 later", b"554 5.3.2 no"),
    "AUTH": (b"454 4.7.0 later", b"535 5.7.8 no"),
}
OTHERWISE = (b"451 4.3.0 later", b"554 5.6.0 no")
# A handshake is no command: there is nothing to refuse it with.
WITHOUT_REPLY = {"HANDSHAKE"}


def steps(mode: str, flow: str, *, is_test: bool) -> list[str]:
    """The commands of a conversation, in their order."""
    encryption = {"none": [], "ssl": [], "tls": ["STARTTLS", "HANDSHAKE", "EHLO 2"]}[mode]
    first = ["HANDSHAKE"] if mode == "ssl" else []
    content = [] if is_test else ["BDAT"] if "chunk" in flow else ["DATA", "END"]
    transaction = ["MAIL", "RCPT", *content, *(["RSET"] if is_test else [])]
    return [*first, "GREETING", "EHLO", *encryption, "AUTH", *transaction, "QUIT"]


def faults(step: str) -> tuple[str, ...]:
    return tuple(each for each in FAULTS if step not in WITHOUT_REPLY or each not in {"4xx", "5xx"})


CONVERSATIONS = [(mode, flow) for mode in MODES for flow in EXTENSIONS]
TESTS = [
    (mode, flow, step, fault)
    for mode, flow in CONVERSATIONS
    for step in steps(mode, flow, is_test=True)
    for fault in faults(step)
]
DELIVERIES = [
    (mode, flow, step, fault, count)
    for mode, flow in CONVERSATIONS
    for step in [*steps(mode, flow, is_test=False), "RCPT 2"]
    for fault in faults(step)
    for count in COUNTS
    if not (step == "RCPT 2" and count == 1)
]


# The rule


@dataclass(frozen=True)
class Told:
    """What a connection test comes to."""

    ok: bool = True
    deliverable: bool = True
    code: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Become:
    """What a delivery comes to: the message's state, how many have it, and whether other mail waits with it."""

    state: str
    accepted: int = 0
    holds_partner: bool = False


STAGES = {
    "GREETING": "connect",
    "EHLO": "ehlo",
    "STARTTLS": "starttls",
    "EHLO 2": "starttls",
    "AUTH": "auth",
    "MAIL": "sender",
    "RCPT": "sender",
}
# What refuses before there is a message, for now and for good.
REFUSED = {
    "GREETING": ("server_busy", "server_refuses"),
    "EHLO": ("server_busy", "ehlo_refused"),
    "STARTTLS": ("starttls_refused", "starttls_refused"),
    "EHLO 2": ("server_busy", "ehlo_refused"),
    "AUTH": ("auth_temporary", "auth_failed"),
    "MAIL": ("sender_temporary", "sender_refused"),
    "RCPT": ("sender_temporary", "sender_refused"),
}
BROKEN = {"drop": "disconnected", "stall": "deadline_passed", "nonsense": "not_smtp"}
BROKEN_HANDSHAKE = {"drop": "tls_broken", "stall": "deadline_passed", "nonsense": "tls_not_spoken"}


def told(mode: str, step: str, fault: str) -> Told:
    """A step that fails ends the test; a refused sender is a warning; what comes after it changes nothing."""
    if fault == "late" or step in {"RSET", "QUIT"}:
        return Told()
    if step == "HANDSHAKE":
        return Told(False, False, BROKEN_HANDSHAKE[fault], "connect" if mode == "ssl" else "starttls")
    stage = STAGES[step]
    if fault in BROKEN:
        return Told(False, False, BROKEN[fault], stage)
    code = REFUSED[step][fault == "5xx"]
    if stage != "sender":
        return Told(False, False, code, stage)
    return Told(ok=True, deliverable=fault == "4xx", code=code, stage=stage)


def becomes(mode: str, flow: str, step: str, fault: str, count: int) -> Become:
    """No answer, or none that is one, leaves open what the server may have whole; else it waits, or is refused."""
    if fault == "late" or step == "QUIT":
        return Become(MailState.SENT, accepted=count)
    in_transaction = step in {"MAIL", "RCPT", "RCPT 2", "DATA", "BDAT", "END"}
    if not in_transaction:
        # Nobody was asked: everything waits, whatever the reason, with all other mail of the partner.
        return Become(MailState.DEFERRED, holds_partner=True)
    has_content = step in {"END", "BDAT"} or flow == "chunking"
    if fault in BROKEN and has_content:
        return Become(MailState.UNKNOWN)
    if step == "RCPT 2" and fault not in BROKEN:
        return Become(MailState.PARTLY if fault == "5xx" else MailState.DEFERRED, accepted=count - 1)
    # One message's trouble is no reason to hold the partner's other mail back.
    return Become(MailState.FAILED if fault == "5xx" else MailState.DEFERRED)


# The server


@dataclass
class Faulty:
    """A polite server but for one step, at which it does the same on every connection."""

    mode: str
    flow: str
    step: str
    fault: str
    context: ssl.SSLContext
    has_stalled: threading.Event = field(default_factory=threading.Event)

    def __call__(self, peer: Peer) -> None:
        _Conversation(self, peer).play()


class _Conversation:
    def __init__(self, server: Faulty, peer: Peer) -> None:
        self.server, self.peer = server, peer
        self.is_encrypted = False

    def play(self) -> None:
        # What was said before a stall is there when it begins.
        self.peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.mode == "ssl":
            self.encrypt()
        self.at("GREETING", b"220 mail.test ESMTP")
        while True:
            line = self.peer.read_line()
            verb = line.split(b" ")[0].decode("latin-1").upper()
            serve = getattr(self, f"serve_{verb.lower()}", None) if verb.isalpha() else None
            if serve:
                serve(line)
            else:
                self.say(b"500 5.5.2 what?")

    def at(self, step: str, reply: bytes) -> bool:
        """Whether it was answered as it should be."""
        server = self.server
        if step != server.step:
            self.say(reply)
            return True
        if server.fault == "late":
            time.sleep(LATE)
            self.say(reply)
            return True
        if server.fault == "drop":
            raise EOFError
        if server.fault == "stall":
            server.has_stalled.set()
            self.peer.hang()
            raise EOFError
        refusals = REFUSALS.get(step, OTHERWISE)
        words = {"4xx": refusals[0], "5xx": refusals[1], "nonsense": b"what?"}[server.fault]
        self.say(words)
        if words.startswith(b"421"):
            raise EOFError
        return False

    def say(self, reply: bytes) -> None:
        self.peer.send(reply + b"\r\n")

    def encrypt(self) -> None:
        if self.server.step == "HANDSHAKE":
            if self.server.fault == "late":
                time.sleep(LATE)
            else:
                self.peer.sock.recv(4096)
                self.at("HANDSHAKE", b"")
                raise EOFError
        self.peer.start_tls(self.server.context)
        self.is_encrypted = True

    def serve_ehlo(self, line: bytes) -> None:
        offers = [*EXTENSIONS[self.server.flow], "AUTH PLAIN"]
        if self.server.mode == "tls" and not self.is_encrypted:
            offers.append("STARTTLS")
        lines = [b"mail.test", *(each.encode() for each in offers)]
        reply = b"\r\n".join([*(b"250-" + each for each in lines[:-1]), b"250 " + lines[-1]])
        step = "EHLO 2" if self.server.mode == "tls" and self.is_encrypted else "EHLO"
        self.at(step, reply)

    serve_helo = serve_ehlo

    def serve_starttls(self, line: bytes) -> None:
        if self.at("STARTTLS", b"220 2.0.0 go"):
            self.encrypt()

    def serve_auth(self, line: bytes) -> None:
        self.at("AUTH", b"235 2.7.0 ok")

    def serve_mail(self, line: bytes) -> None:
        self.asked = self.recipients = 0
        self.is_open = self.at("MAIL", b"250 2.1.0 ok")

    def serve_rcpt(self, line: bytes) -> None:
        if not self.is_open:
            self.say(b"503 5.5.1 need MAIL")
        else:
            self.asked += 1
            second = self.asked == 2 and self.server.step == "RCPT 2"
            self.recipients += self.at("RCPT 2" if second else "RCPT", b"250 2.1.5 ok")

    def serve_data(self, line: bytes) -> None:
        if not (self.is_open and self.recipients):
            self.say(b"503 5.5.1 need RCPT")
        elif self.at("DATA", b"354 go on"):
            self.peer.read_data()
            self.at("END", b"250 2.0.0 queued")

    def serve_bdat(self, line: bytes) -> None:
        self.peer.read_exactly(int(line.split()[1]))
        if not (self.is_open and self.recipients):
            self.say(b"503 5.5.1 need RCPT")
        else:
            self.at("BDAT", b"250 2.0.0 queued")

    def serve_rset(self, line: bytes) -> None:
        self.at("RSET", b"250 2.0.0 ok")

    def serve_quit(self, line: bytes) -> None:
        self.at("QUIT", b"221 2.0.0 bye")
        raise EOFError


# The deadline that comes at once


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Quiet:
    """Brings the deadline of whoever waits for a server that has fallen silent, and of nobody else."""
    quiet = Quiet()
    receive, is_silent_for, handshake = Channel._receive, Channel.is_silent_for, tls.handshake

    def soon(self: Channel, deadline: float) -> None:
        receive(self, time.monotonic() + 0.001 if quiet.is_heard(self._sock, deadline) else deadline)

    def at_once(self: Channel, seconds: float) -> bool:
        return is_silent_for(self, 0.0 if quiet.is_heard(self._sock, math.inf) else seconds)

    def briefly(sock: socket.socket, context: ssl.SSLContext, host: str, timeout: float) -> Any:
        return handshake(sock, context, host, 0.05 if quiet.shakes_no_hand else timeout)

    monkeypatch.setattr(Channel, "_receive", soon)
    monkeypatch.setattr(Channel, "is_silent_for", at_once)
    monkeypatch.setattr(channel, "handshake", briefly)
    return quiet


@dataclass
class Quiet:
    server: Faulty | None = None

    @property
    def shakes_no_hand(self) -> bool:
        assert self.server is not None
        return (self.server.step, self.server.fault) == ("HANDSHAKE", "stall")

    def is_heard(self, sock: socket.socket, deadline: float) -> bool:
        """Waits for the server to say something, to hang up, or to fall silent; whether it has fallen silent."""
        assert self.server is not None
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            while not selector.select(0.001) and time.monotonic() < deadline:
                if self.server.has_stalled.is_set():
                    return not selector.select(0)
        return False


# The grid


def at(mode: str, port: int) -> SMTPSettings:
    return account(port, security=mode)


@pytest.fixture
def context(smtp_sandbox: Sandbox) -> ssl.SSLContext:
    context = smtp_sandbox.ssl.context()
    # A ticket behind the handshake is something to read, but nothing said.
    context.num_tickets = 0
    return context


def policy(port: int, sandbox: Sandbox) -> Policy:
    return Policy(
        timeout=PATIENCE,
        allowed_networks=(f"127.0.0.1:{port}",),
        ca_file=sandbox.ca_file,
        probe_ports=(),
        local_hostname="site.test",
    )


@pytest.mark.parametrize(("mode", "flow"), CONVERSATIONS)
def test_what_a_test_says_of_a_fault_at_any_step(
    mode: str,
    flow: str,
    quiet: Quiet,
    context: ssl.SSLContext,
    smtp_sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # For a look that nothing answers to.
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.05)
    found, expected = {}, {}
    for cell in [each for each in TESTS if each[:2] == (mode, flow)]:
        _, _, step, fault = cell
        quiet.server = Faulty(mode, flow, step, fault, context)
        with serving(quiet.server) as server:
            report = examine(at(mode, server.port), policy(server.port, smtp_sandbox))
        said = report.error or next((each for each in report.warnings if each.stage == "sender"), None)
        found[cell] = Told(
            report.ok,
            bool(report.deliverable),
            str(said.code) if said else "",
            str(said.stage) if said else "",
        )
        expected[cell] = told(mode, step, fault)
    assert found == expected


@pytest.mark.parametrize(("mode", "flow"), CONVERSATIONS)
def test_what_becomes_of_a_message_with_a_fault_at_any_step(
    mode: str, flow: str, quiet: Quiet, context: ssl.SSLContext, smtp_sandbox: Sandbox
) -> None:
    found, expected = {}, {}
    for cell in [each for each in DELIVERIES if each[:2] == (mode, flow)]:
        _, _, step, fault, count = cell
        quiet.server = Faulty(mode, flow, step, fault, context)
        with serving(quiet.server) as server:
            verdict = delivered(at(mode, server.port), policy(server.port, smtp_sandbox), count)
        accepted = [each for each in verdict.outcomes.values() if each["fate"] == "accepted"]
        found[cell] = Become(verdict.state, len(accepted), verdict.holds_partner)
        expected[cell] = becomes(mode, flow, step, fault, count)
    assert found == expected


@contextmanager
def serving(script: Faulty) -> Iterator[Server]:
    server = Server(script)
    try:
        yield server
    finally:
        server.close()
    assert server.failures == []


def delivered(settings: SMTPSettings, policy: Policy, count: int) -> judging.Verdict:
    to = [f"r{number}@example.com" for number in range(1, count + 1)]
    session = SMTPSession(settings, policy, Limits.for_delivery(PATIENCE))
    try:
        with session:
            receipt = deliver(session, EMAIL, to, MESSAGE)
    except SMTPError as error:
        return judging.of_error(error, to, {})
    return judging.of_receipt(receipt, {})


def test_the_grid_is_whole() -> None:
    assert (len(TESTS), len(DELIVERIES)) == (584, 1312)
