"""A second connection without credentials: what really answers at an address."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace

from . import connecting, services, tls
from .channel import Channel
from .errors import CertificateError, Code, DeadlineError, DisconnectedError, ReplyError, SMTPError, TLSError
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
    """What answered: a mail server with which ``security`` works, or another ``service``, or neither.

    ``offers_login`` tells that AUTH is offered there, behind the encryption if there is one; ``takes_mail``
    that the null sender was tried and accepted; ``hangs_up`` that a plain connection is closed; ``is_silent`` that
    nothing was said, behind the encryption if there is one; ``is_foreign`` that what was said is not SMTP.
    ``fault`` is what is wrong with the certificate, if it cannot be verified.
    """

    security: Security | None = None
    service: str = ""
    offers_login: bool = False
    takes_mail: bool = False
    hangs_up: bool = False
    is_silent: bool = False
    is_foreign: bool = False
    fault: CertificateError | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One look: at a checked address, under the name ``host``, until ``deadline`` (``time.monotonic``).

    ``local_hostname`` is said in EHLO; empty takes the machine's name. Certificates issued by the authorities in
    ``ca_file`` are trusted besides the system's.
    """

    endpoint: Endpoint
    host: str
    deadline: float
    local_hostname: str = ""
    ca_file: str | None = None

    def limits(self) -> Limits:
        """Of one of its connections. Raises ``DeadlineError`` when none may be made any more."""
        timeout = min(PROBE_TIMEOUT, remaining(self.deadline))
        return Limits(command_timeout=timeout, deadline=time.monotonic() + timeout)

    def context(self, fault: CertificateError | None) -> ssl.SSLContext:
        """One that verifies, unless it is known that the certificate does not."""
        return tls.unverified_context() if fault else tls.verifying_context(self.ca_file)

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


def look_closely(probe: Probe, *, is_deaf: bool = False) -> Finding:
    """``look`` and, where nobody speaks first, prompt. Never raises for what a server does.

    ``is_deaf``: a TLS hello was not answered before.
    """
    found = Finding(is_silent=True) if is_deaf else look(probe)
    if not (found.is_silent or found.hangs_up):
        return found
    with suppress(SMTPError):
        if service := _prompted(probe, encrypted=found.service == ENCRYPTED):
            return Finding(service=service)
    return found


def _prompted(probe: Probe, *, encrypted: bool) -> str:
    """The service that answers to a prompt, or ""."""
    service = services.identify(_answer_to(probe, services.PROMPT, encrypted=encrypted))
    if service or not services.says_yes_or_no(_answer_to(probe, services.SSL_REQUEST)):
        return "HTTPS" if encrypted and service == "HTTP" else service
    return "PostgreSQL"


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
    return _answer_to(probe, _client_hello(probe.host, tls.unverified_context()))


def _answer_to(probe: Probe, question: bytes, *, encrypted: bool = False) -> bytes:
    """The first bytes that come back, b"" if none do."""
    limits = probe.limits()
    sock = probe.dial(limits)
    if encrypted:
        timeout = remaining(limits.next_deadline())
        sock, _ = tls.handshake(sock, tls.unverified_context(), probe.host, timeout)
    with closing(sock):
        try:
            sock.sendall(question)
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


def _look_encrypted(probe: Probe, fault: CertificateError | None = None) -> Finding:
    limits = probe.limits()
    try:
        timeout = remaining(limits.next_deadline())
        sock, _ = tls.handshake(probe.dial(limits), probe.context(fault), probe.host, timeout)
    except CertificateError as error:
        return _look_encrypted(probe, error)
    except TLSError:
        return Finding(service=ENCRYPTED)
    with closing(Channel(sock, limits, Redactor())) as channel:
        found = _greet(probe, channel)
        if isinstance(found, Finding):
            return Finding(
                service=found.service or ENCRYPTED,
                is_silent=found.is_silent or found.hangs_up,
                is_foreign=found.is_foreign,
            )
        _leave(channel)
        return Finding(security=Security.SSL, offers_login=bool(mechanisms(found)), fault=fault)


def _look_plain(probe: Probe, *, try_mail: bool = False, fault: CertificateError | None = None) -> Finding:
    limits = probe.limits()
    with closing(Channel(probe.dial(limits), limits, Redactor())) as channel:
        found = _greet(probe, channel)
        if isinstance(found, Finding):
            return found
        if "STARTTLS" in found:
            try:
                return replace(_encrypt(probe, channel, fault, try_mail=try_mail), fault=fault)
            except CertificateError as error:
                channel.close()
                return _look_plain(probe, try_mail=try_mail, fault=error)
        _leave(channel)
        return Finding(security=Security.NONE, offers_login=bool(mechanisms(found)))


def _encrypt(probe: Probe, channel: Channel, fault: CertificateError | None, *, try_mail: bool) -> Finding:
    """What is offered need not work."""
    if channel.command("STARTTLS").code != 220 or channel.has_unread_data:
        return Finding()
    channel.start_tls(probe.context(fault), probe.host)
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
    except DeadlineError:
        return Finding(is_silent=not channel.peek())
    except SMTPError as error:
        service = services.of_greeting(channel)
        return Finding(service=service, is_foreign=not service and error.code is Code.NOT_SMTP)


def _leave(channel: Channel) -> None:
    with suppress(SMTPError):
        channel.write_line("QUIT")
