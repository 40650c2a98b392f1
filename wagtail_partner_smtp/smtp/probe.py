"""A second look: what really answers at an address, without credentials."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass

from . import connecting, services, tls
from .channel import Channel
from .errors import DisconnectedError, ReplyError, SMTPError, TLSError
from .extensions import mechanisms, say_ehlo
from .limits import Limits
from .network import Endpoint, remaining
from .reply import Redactor
from .settings import Security

PROBE_TIMEOUT = 2.0  # seconds for each connection
ENCRYPTED = "TLS"  # what speaks below it did not show in time

_TLS_RECORDS = (b"\x16\x03", b"\x15\x03")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What answered: a mail server with which ``security`` works, or another ``service``; neither if nothing did.

    ``offers_login`` tells that AUTH is offered there, behind the encryption if there is one; ``takes_mail``
    that the null sender was tried and accepted; ``hangs_up`` that a plain connection is closed.
    """

    security: Security | None = None
    service: str = ""
    offers_login: bool = False
    takes_mail: bool = False
    hangs_up: bool = False


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One look: at a checked address, under the name ``host``, until ``deadline`` (``time.monotonic``).

    ``local_hostname`` is said in EHLO; empty takes the machine's name.
    """

    endpoint: Endpoint
    host: str
    deadline: float
    local_hostname: str = ""

    def limits(self) -> Limits:
        """Of one of its connections. Raises ``DeadlineError`` when none may be made any more."""
        timeout = min(PROBE_TIMEOUT, remaining(self.deadline))
        return Limits(command_timeout=timeout, deadline=time.monotonic() + timeout)

    def dial(self, limits: Limits) -> socket.socket:
        return connecting.dial(self.endpoint, remaining(limits.next_deadline()))

    def say_ehlo(self, channel: Channel) -> dict[str, str]:
        return say_ehlo(channel, self.local_hostname)[1]


def look(probe: Probe) -> Finding:
    """Say a TLS hello, then speak with what answered to it. Never raises for what a server does."""
    try:
        answer = _answer_to_hello(probe)
        if answer.startswith(_TLS_RECORDS):
            return _look_encrypted(probe)
        # A service may answer the hello before it greets, in words that do not tell what it is.
        if service := services.identify(answer):
            return Finding(service=service)
        return _look_plain(probe)
    except SMTPError:
        return Finding()


def look_behind_starttls(probe: Probe, *, try_mail: bool = False) -> Finding:
    """``look`` at a server that has offered STARTTLS, and try the null sender (RFC 5321 4.5.5) there."""
    try:
        return _look_plain(probe, try_mail=try_mail)
    except SMTPError:
        return Finding()


def is_outdated(probe: Probe, security: Security) -> bool:
    """Whether the server answers a client that has nothing against TLS before 1.2 with such a version.

    To one that has, some send an alert about something else, some none. Never raises for what a server does.
    """
    try:
        limits = probe.limits()
        with closing(Channel(probe.dial(limits), limits, Redactor())) as channel:
            if security is Security.TLS:
                channel.read_reply()
                probe.say_ehlo(channel)
                channel.command("STARTTLS")
            channel.write(_client_hello(probe.host, tls.lenient_context()))
            with suppress(SMTPError):
                channel.read_reply()
            answer = channel.peek()
    except SMTPError:
        return False
    # A handshake record (RFC 8446 5.1) with a ServerHello (4.1.3), whose version follows its length.
    return answer[:2] == b"\x16\x03" and answer[5:6] == b"\x02" and b"\x03\x00" <= answer[9:11] < b"\x03\x03"


def _answer_to_hello(probe: Probe) -> bytes:
    """The first bytes that come back: a TLS record, or what the service says to a client it cannot read."""
    limits = probe.limits()
    with closing(probe.dial(limits)) as sock:
        try:
            sock.sendall(_client_hello(probe.host, tls.unverified_context()))
            sock.settimeout(remaining(limits.next_deadline()))
            return sock.recv(64)
        except OSError:
            return b""


def _client_hello(host: str, context: ssl.SSLContext) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=host)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def _look_encrypted(probe: Probe) -> Finding:
    limits = probe.limits()
    try:
        sock, _ = tls.handshake(
            probe.dial(limits),
            tls.unverified_context(),
            probe.host,
            remaining(limits.next_deadline()),
        )
    except TLSError:
        return Finding(service=ENCRYPTED)
    with closing(Channel(sock, limits, Redactor())) as channel:
        found = _greet(probe, channel)
        if isinstance(found, Finding):
            return Finding(service=found.service or ENCRYPTED)
        _leave(channel)
        return Finding(security=Security.SSL, offers_login=bool(mechanisms(found)))


def _look_plain(probe: Probe, *, try_mail: bool = False) -> Finding:
    limits = probe.limits()
    with closing(Channel(probe.dial(limits), limits, Redactor())) as channel:
        found = _greet(probe, channel)
        if isinstance(found, Finding):
            return found
        if "STARTTLS" in found:
            return _encrypt(probe, channel, try_mail=try_mail)
        _leave(channel)
        return Finding(security=Security.NONE, offers_login=bool(mechanisms(found)))


def _encrypt(probe: Probe, channel: Channel, *, try_mail: bool) -> Finding:
    """What is offered need not work."""
    if channel.command("STARTTLS").code != 220 or channel.has_unread_data:
        return Finding()
    channel.start_tls(tls.unverified_context(), probe.host)
    offers_login = bool(mechanisms(probe.say_ehlo(channel)))
    takes_mail = try_mail and channel.command("MAIL FROM:<>").code == 250
    _leave(channel)
    return Finding(security=Security.TLS, offers_login=offers_login, takes_mail=takes_mail)


def _greet(probe: Probe, channel: Channel) -> dict[str, str] | Finding:
    """The extensions of a mail server, or what answers instead."""
    try:
        if channel.read_reply().code != 220:
            return Finding()
        return probe.say_ehlo(channel)
    except DisconnectedError:
        return Finding(hangs_up=True)
    except ReplyError:
        return Finding(service=services.ask(channel))
    except SMTPError:
        return Finding(service=services.identify(channel.peek()))


def _leave(channel: Channel) -> None:
    with suppress(SMTPError):
        channel.write_line("QUIT")
