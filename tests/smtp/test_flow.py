"""How often a delivery waits for the server, and what it does about a server that does not bear what it offers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from smtp_sandbox import Sandbox
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import Code, Security
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.errors import (
    DataRefusedError,
    DisconnectedError,
    RecipientsRefusedError,
    ReplyError,
    SMTPError,
)
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.session import SMTPSession
from wagtail_partner_smtp.smtp.transaction import ASK_FIRST

from .accounts import EMAIL, make_session, make_settings
from .conftest import Serve
from .mail_peer import DROP, EXTENSIONS, Mail, MailServer
from .peers import Peer, Server, dialogue, drop

MESSAGE = b"Subject: one\r\n\r\nHello\r\n"
CrampedPeer = Callable[[str], tuple[SMTPSession, MailServer]]
LARGE = MESSAGE + (b"x" * 998 + b"\r\n") * (ASK_FIRST // 1000 + 1)


def recipients(count: int) -> list[str]:
    return [f"r{number}@example.com" for number in range(1, count + 1)]


@dataclass
class Turns:
    """Counts how often the client has written and then waits: round trips, whatever the network makes of them."""

    count: int = 0
    has_written: bool = field(default=False)

    def wrote(self) -> None:
        self.has_written = True

    def waits(self) -> None:
        self.count += self.has_written
        self.has_written = False


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns()
    write, receive = Channel.write, Channel._receive

    def counted_write(self: Channel, data: bytes, deadline: float | None = None) -> None:
        turns.wrote()
        write(self, data, deadline)

    def counted_receive(self: Channel, deadline: float) -> None:
        turns.waits()
        receive(self, deadline)

    monkeypatch.setattr(Channel, "write", counted_write)
    monkeypatch.setattr(Channel, "_receive", counted_receive)
    return turns


def open_session(server: Server, **policy: object) -> SMTPSession:
    session = make_session(server, make_settings(server), **policy)
    session.open()
    return session


# Round trips

ROUND_TRIPS = [
    ("chunking", MESSAGE, {1: 1, 3: 1, 20: 1, 150: 1}),
    ("chunking", LARGE, {1: 2, 3: 2, 20: 2}),
    ("pipelining", MESSAGE, {1: 2, 3: 2, 20: 2, 150: 2}),
    ("pipelining", LARGE, {1: 2, 20: 2}),
    ("chunks alone", MESSAGE, {1: 3, 3: 5, 20: 22}),
    ("plain", MESSAGE, {1: 4, 3: 6, 20: 23}),
    ("plain", LARGE, {1: 4}),
]


@pytest.mark.parametrize(
    ("flow", "data", "count", "expected"),
    [(flow, data, count, trips) for flow, data, table in ROUND_TRIPS for count, trips in table.items()],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else str(value),
)
def test_a_message_waits_for_the_server_as_seldom_as_its_extensions_allow(
    serve: Serve, turns: Turns, flow: str, data: bytes, count: int, expected: int
) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], holds_back=True)
    session = open_session(serve(mail))
    for _ in range(2):
        turns.count = 0
        deliver(session, EMAIL, recipients(count), data)
        assert turns.count == expected
    session.close()
    assert mail.mailbox == [Mail(EMAIL, tuple(recipients(count)), data)] * 2


def test_a_site_can_switch_it_off(serve: Serve, turns: Turns) -> None:
    mail = MailServer()
    session = open_session(serve(mail), pipelining=False)
    turns.count = 0
    deliver(session, EMAIL, recipients(3), MESSAGE)
    assert (turns.count, mail.count("BDAT"), mail.count("DATA")) == (6, 0, 1)
    session.close()


def test_nothing_is_sent_behind_the_end_of_a_message_before_its_answer(serve: Serve) -> None:
    """The server sees whether something is there when it answers the message."""
    early: list[bytes] = []

    def take_chunk(peer: Peer) -> None:
        peer.read_exactly(int(peer.lines[-1].split()[1]))
        peer.sock.settimeout(0.2)
        try:
            early.append(peer.sock.recv(100, socket.MSG_PEEK))
        except TimeoutError:
            early.append(b"")
        peer.sock.settimeout(PATIENCE)
        peer.send(b"250 2.0.0 queued\r\n")

    server = serve(dialogue(EHLO=b"250-peer.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n", BDAT=take_chunk))
    session = open_session(server)
    for _ in range(2):
        deliver(session, EMAIL, recipients(2), MESSAGE)
    session.close()
    assert early == [b"", b""]


@pytest.mark.parametrize("flow", EXTENSIONS)
def test_a_message_without_an_octet_arrives(serve: Serve, flow: str) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow])
    session = open_session(serve(mail))
    assert deliver(session, EMAIL, recipients(2), b"").accepted == tuple(recipients(2))
    session.close()
    assert mail.mailbox == [Mail(EMAIL, tuple(recipients(2)), b"")]


# Refusals of a group


def test_a_refused_sender_does_not_cost_the_upload_of_a_large_message(serve: Serve) -> None:
    mail = MailServer(faults={"MAIL": b"550 5.7.1 no"})
    session = open_session(serve(mail))
    with pytest.raises(SMTPError):
        deliver(session, EMAIL, recipients(1), LARGE)
    deliver(session, EMAIL, recipients(1), MESSAGE)
    session.close()
    assert (mail.count("BDAT"), len(mail.mailbox), mail.connections) == (1, 1, 1)


def test_the_answer_to_a_lone_dot_is_no_success(serve: Serve) -> None:
    """RFC 2920 3.1: 354, although every recipient was refused."""
    mail = MailServer(
        extensions=EXTENSIONS["pipelining"], faults={"RCPT": b"550 5.1.1 unknown", "DATA": b"354 go on"}
    )
    session = open_session(serve(mail))
    with pytest.raises(RecipientsRefusedError) as raised:
        deliver(session, EMAIL, recipients(1), MESSAGE)
    assert [reply.code for reply in raised.value.refused.values()] == [550]
    deliver(session, EMAIL, ["next@example.com"], MESSAGE)
    session.close()
    assert mail.mailbox == [Mail(EMAIL, ("next@example.com",), MESSAGE)]
    assert mail.connections == 1


def test_the_first_refusal_of_a_group_is_the_cause(serve: Serve) -> None:
    """Exim's answer to DATA repeats what it said to RCPT, with a code of its own."""
    repeated = b"503-All RCPT commands were rejected:\r\n503-550 5.1.1 unknown\r\n503 Valid RCPT first"
    for place, flow in (("DATA", "pipelining"), ("BDAT", "chunking")):
        faults = {"RCPT": b"550 5.1.1 unknown", place: repeated}
        session = open_session(serve(MailServer(extensions=EXTENSIONS[flow], faults=faults)))
        with pytest.raises(RecipientsRefusedError) as raised:
            deliver(session, EMAIL, recipients(1), MESSAGE)
        assert str(raised.value.reply) == "550 5.1.1 unknown"
        assert session.is_open
        session.close()


def test_a_421_of_one_recipient_is_a_refusal_if_the_server_goes_on(serve: Serve) -> None:
    """Told as failed for all, the message would be sent again to those who have it."""

    def rcpt(peer: Peer) -> None:
        late = b"r2@" in peer.lines[-1]
        peer.send(b"421 4.7.0 try again later\r\n" if late else b"250 2.1.5 ok\r\n")

    def bdat(peer: Peer) -> None:
        peer.read_exactly(int(peer.lines[-1].split()[1]))
        peer.send(b"250 2.0.0 queued\r\n")

    ehlo = b"250-peer.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
    session = open_session(serve(dialogue(EHLO=ehlo, RCPT=rcpt, BDAT=bdat)))
    receipt = deliver(session, EMAIL, recipients(3), MESSAGE)
    session.close()
    assert receipt.accepted == ("r1@example.com", "r3@example.com")
    assert {each: reply.code for each, reply in receipt.refused.items()} == {"r2@example.com": 421}


@pytest.mark.parametrize(
    ("flow", "place"), [("pipelining", "RCPT 3"), ("pipelining", "RCPT 2"), ("chunking", "RCPT 2")]
)
def test_a_421_of_one_recipient_tells_nothing_of_a_message_sent_after_it(
    serve: Serve, flow: str, place: str
) -> None:
    """Told as refused, the message would be sent again to those who may have it."""
    end = "BDAT" if flow == "chunking" else "END"
    mail = MailServer(extensions=EXTENSIONS[flow], faults={place: b"421 4.7.0 later", end: DROP}, stays=True)
    session = open_session(serve(mail))
    with pytest.raises(DisconnectedError) as raised:
        deliver(session, EMAIL, recipients(3), MESSAGE)
    outcome = raised.value.outcome
    assert (raised.value.code, raised.value.stage) == (Code.OUTCOME_UNKNOWN, "data")
    assert outcome is not None
    late = place.replace("RCPT ", "r") + "@example.com"
    assert {each: reply.code for each, reply in outcome.refused.items()} == {late: 421}
    assert set(outcome.unknown) == set(recipients(3)) - {late}


def test_a_421_that_nonsense_follows_is_not_the_end(serve: Serve) -> None:
    faults = {"RCPT 2": b"421 4.7.0 later", "RCPT 3": b"what?"}
    mail = MailServer(faults=faults, stays=True, holds_back=True)
    session = open_session(serve(mail))
    with pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, recipients(3), MESSAGE)
    assert raised.value.code is Code.OUTCOME_UNKNOWN
    assert raised.value.outcome is not None
    assert set(raised.value.outcome.unknown) == {"r1@example.com", "r3@example.com"}


def test_a_server_that_says_more_than_it_was_asked_is_left(serve: Serve) -> None:
    """Its surplus answer would be taken for that to the next MAIL."""

    def bdat(peer: Peer) -> None:
        peer.read_exactly(int(peer.lines[-1].split()[1]))
        peer.send(b"250 2.0.0 queued\r\n250 2.0.0 and again\r\n")

    ehlo = b"250-peer.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
    server = serve(dialogue(EHLO=ehlo, BDAT=bdat))
    session = open_session(server)
    deliver(session, EMAIL, recipients(1), MESSAGE)
    with pytest.raises(SMTPError) as raised:
        deliver(session, EMAIL, recipients(1), MESSAGE)
    assert (raised.value.stage, session.is_open, server.count(b"MAIL")) == ("mail", False, 1)


# Servers that do not bear what they offer


@pytest.mark.parametrize("answer", [b"500 5.5.2 what?", b"502 5.5.1 not here", b"503 5.5.1 not now"])
@pytest.mark.parametrize("flow", ["chunking", "chunks alone", "pipelining"])
def test_a_server_that_refuses_the_short_way_gets_the_plain_one(
    serve: Serve, flow: str, answer: bytes
) -> None:
    place = "BDAT" if "chunk" in flow else "DATA"
    mail = MailServer(extensions=EXTENSIONS[flow], faults={place: answer})
    session = open_session(serve(mail))
    for _ in range(3):
        assert deliver(session, EMAIL, recipients(3), MESSAGE).accepted == tuple(recipients(3))
    session.close()
    assert mail.mailbox == [Mail(EMAIL, tuple(recipients(3)), MESSAGE)] * 3
    assert mail.count("BDAT") == (1 if place == "BDAT" else 0)


def test_content_that_was_read_as_commands_is_left_with_its_connection(serve: Serve) -> None:
    mail = MailServer(knows_bdat=False)
    session = open_session(serve(mail))
    receipt = deliver(session, EMAIL, recipients(1), b"QUIT\r\nRSET\r\n")
    session.close()
    assert receipt.accepted == ("r1@example.com",)
    assert (mail.connections, mail.mailbox) == (2, [Mail(EMAIL, ("r1@example.com",), b"QUIT\r\nRSET\r\n")])


@pytest.mark.parametrize(
    "line",
    [b"RCPT TO:<evil@example.org>\r\nDATA", b"  rcpt to:<evil@example.org>\r\nDATA", b"DATA", b" Data "],
)
def test_content_that_reads_like_commands_goes_by_data_until_bdat_has_worked(
    serve: Serve, line: bytes
) -> None:
    smuggled = b"Subject: x\r\n\r\n" + line + b"\r\nSubject: evil\r\n\r\n.\r\n"
    mail = MailServer(knows_bdat=False)
    session = open_session(serve(mail))
    deliver(session, EMAIL, recipients(1), smuggled)
    session.close()
    assert [each.recipients for each in mail.mailbox] == [("r1@example.com",)]

    mail = MailServer()
    session = open_session(serve(mail))
    for data in (smuggled, MESSAGE, smuggled):
        deliver(session, EMAIL, recipients(1), data)
    session.close()
    assert (mail.count("DATA"), mail.count("BDAT"), len(mail.mailbox)) == (1, 2, 3)


@pytest.mark.parametrize("data", [MESSAGE, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("flow", ["pipelining", "chunking"])
def test_a_hang_up_on_the_first_group_is_answered_plainly_once(serve: Serve, flow: str, data: bytes) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], faults={"MAIL": DROP}, always=True)
    session = open_session(serve(mail))
    with pytest.raises(DisconnectedError) as raised:
        deliver(session, EMAIL, recipients(1), data)
    may_be_taken = flow == "chunking" and data == MESSAGE
    assert raised.value.code is (Code.OUTCOME_UNKNOWN if may_be_taken else Code.DISCONNECTED)
    assert mail.connections == (1 if may_be_taken else 2)


def test_what_keeps_the_plain_attempt_from_its_connection_is_the_error(serve: Serve) -> None:
    ehlo = b"250-peer.test\r\n250 PIPELINING\r\n"
    connections = iter([dialogue(EHLO=ehlo, MAIL=drop), dialogue(GREETING=b"554 5.3.2 closed\r\n")])
    server = serve(lambda peer: next(connections)(peer))
    with pytest.raises(ReplyError) as raised:
        deliver(open_session(server), EMAIL, recipients(1), MESSAGE)
    assert (raised.value.smtp_code, raised.value.stage, server.connections) == (554, "connect", 2)


def test_a_server_that_has_answered_a_group_is_not_suspected(serve: Serve) -> None:
    mail = MailServer(extensions=EXTENSIONS["pipelining"])
    session = open_session(serve(mail))
    deliver(session, EMAIL, recipients(1), MESSAGE)
    mail.faults = {"MAIL": DROP}
    with pytest.raises(DisconnectedError):
        deliver(session, EMAIL, recipients(1), MESSAGE)
    assert (mail.connections, session.flow.pipelines) == (1, True)


def test_the_plain_sequence_is_tried_only_once(serve: Serve) -> None:
    mail = MailServer(faults={"BDAT": b"502 5.5.1 no", "DATA": b"502 5.5.1 no"}, always=True)
    session = open_session(serve(mail))
    with pytest.raises(DataRefusedError) as raised:
        deliver(session, EMAIL, recipients(1), MESSAGE)
    assert raised.value.outcome is not None
    assert list(raised.value.outcome.refused) == recipients(1)
    session.close()
    assert (mail.count("BDAT"), mail.count("DATA")) == (1, 1)


@pytest.mark.parametrize("flow", ["chunking", "pipelining"])
@pytest.mark.parametrize("place", ["MAIL", "RCPT", "END"])
def test_only_a_server_that_took_the_message_plainly_is_suspected(
    serve: Serve, flow: str, place: str
) -> None:
    """One account without a login, refused by 503, must not slow down the others at the same server."""
    for always in (True, False):
        ends = ("BDAT", "DATA") if always or flow == "pipelining" else ("BDAT",)
        faults = dict.fromkeys(ends if place == "END" else (place,), b"503 5.5.1 Authenticate first")
        session = open_session(serve(MailServer(extensions=EXTENSIONS[flow], faults=faults, always=always)))
        with pytest.raises(SMTPError) if always else nullcontext():
            deliver(session, EMAIL, recipients(1), MESSAGE)
        assert session.flow.is_suspect is not always
        session.close()


# More than the buffers hold


class Cramped:
    """Answers each command before it reads the next one, through small buffers."""

    def __init__(self, mail: MailServer) -> None:
        self.mail = mail

    def __call__(self, peer: Peer) -> None:
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        peer.reads_at_most = 4096
        self.mail(peer)


@pytest.fixture(params=[Security.NONE, Security.SSL], ids=["plain", "ssl"])
def cramped(request: pytest.FixtureRequest, serve: Serve, smtp_sandbox: Sandbox) -> CrampedPeer:
    """Two sides with small buffers between them, open, and what the server has got."""

    def connect(flow: str) -> tuple[SMTPSession, MailServer]:
        mail = MailServer(extensions=EXTENSIONS[flow], accepted=b"250 2.1.5 " + b"ok " * 160)
        encrypted = request.param is Security.SSL
        server = serve(Cramped(mail), smtp_sandbox.ssl.context() if encrypted else None)
        settings = make_settings(server, security=request.param, host="localhost")
        ca_file = smtp_sandbox.ca_file if encrypted else None
        session = make_session(server, settings, command_timeout=10, ca_file=ca_file)
        session.open()
        for size in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            session.channel._sock.setsockopt(socket.SOL_SOCKET, size, 16384)
        return session, mail

    return connect


@pytest.mark.parametrize("flow", ["chunking", "pipelining"])
def test_a_group_larger_than_all_buffers_does_not_stop_both_sides(cramped: CrampedPeer, flow: str) -> None:
    session, mail = cramped(flow)
    domain = ".".join(["x" * 50] * 4) + ".example"
    receipt = deliver(session, EMAIL, [f"r{number}@{domain}" for number in range(1000)], MESSAGE)
    session.close()
    assert len(receipt.accepted) == 1000
    assert [len(each.recipients) for each in mail.mailbox] == [1000]
