"""The values that a session is handed: where to go, as whom, and within which limits.

Nothing here opens a socket or reads Django's settings.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_PORT = 25
PORT_RANGE = range(1, 65536)

MAX_HOST_TEXT = 1024  # characters of a host in any spelling: IDNA takes seconds for what a form can hold
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+")
# Line ends, NUL, and lone surrogates, which cannot be encoded.
_FORBIDDEN_CHARACTERS = re.compile(r"[\r\n\0\ud800-\udfff]")


class Security(StrEnum):
    """How the connection is encrypted."""

    NONE = "none"
    SSL = "ssl"  # implicit TLS, RFC 8314 3
    TLS = "tls"  # STARTTLS, RFC 3207

    @property
    def scheme(self) -> str:
        """The scheme of the address that a report shows: ``smtp``, ``ssl`` or ``tls``."""
        return "smtp" if self is Security.NONE else self.value


class Stage(StrEnum):
    """The named steps of a session, ``TEST_STAGES`` or ``DELIVERY_STAGES``."""

    SETTINGS = "settings"
    RESOLVE = "resolve"
    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    SENDER = "sender"
    QUIT = "quit"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


TEST_STAGES = (
    Stage.SETTINGS,
    Stage.RESOLVE,
    Stage.CONNECT,
    Stage.EHLO,
    Stage.STARTTLS,
    Stage.AUTH,
    Stage.SENDER,
    Stage.QUIT,
)
DELIVERY_STAGES = (*TEST_STAGES[:6], Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.QUIT)


class UnverifiedTest(StrEnum):
    """What an SSL test does about AUTH once it goes on over an unverified connection."""

    LOGIN = "login"
    NO_LOGIN = "no_login"
    REFUSE = "refuse"


def canonical_host(host: str) -> str:
    """The one spelling of a host: A-label, lower case, no final dot; an IP address in its short form.

    Raises ``ValueError`` for a text that can be neither a host name nor an address.
    """
    text = host.strip()
    if len(text) > MAX_HOST_TEXT:
        raise ValueError("too long for a host name")
    if "%" in text:
        # A zone (RFC 4007 11) names an interface of this machine, and would be looked up when dialled.
        raise ValueError("not a host name")
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    name = text.encode("idna").decode("ascii").lower().removesuffix(".")
    if len(name) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("not a host name")
    return name


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a password may be sent: the four values that it is bound to, in canonical form."""

    host: str
    port: int
    login: str
    security: Security


@dataclass(frozen=True, kw_only=True)
class SMTPSettings:
    """One account on one server.

    ``port`` ``None`` means 25. ``password_typed`` tells that a person typed the password in this very
    request; a stored password is never sent over an unverified connection. ``pinned_certificate`` and
    ``known_certificate`` are SHA-256 fingerprints in lower-case hex: a certificate that an editor trusts
    although it does not verify, and the one that verified last time.
    """

    host: str
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    email: str = ""
    security: Security = Security.NONE
    password_typed: bool = False
    pinned_certificate: str = ""
    known_certificate: str = ""

    def __post_init__(self) -> None:
        # A plain "tls" would be taken for no encryption. Raises ValueError for any other text.
        object.__setattr__(self, "security", Security(self.security))

    @property
    def effective_port(self) -> int:
        return DEFAULT_PORT if self.port is None else self.port

    @property
    def address(self) -> str:
        """``scheme://host:port``, the host in brackets if it is an IPv6 address."""
        host = self.host.strip().removeprefix("[").removesuffix("]")
        host = f"[{host}]" if ":" in host else host
        return f"{self.security.scheme}://{host}:{self.effective_port}"

    @property
    def destination(self) -> Destination:
        """Raises ``ValueError`` if the host is impossible."""
        return Destination(
            host=canonical_host(self.host),
            port=self.effective_port,
            login=self.login,
            security=self.security,
        )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a session may do, and for how long.

    ``timeout`` is the absolute limit of a whole connection test and ``command_timeout`` the limit of each
    command of a delivery, both in seconds. ``allowed_networks`` lists the non-global destinations that may
    be dialled: a CIDR network, an address or a host, each with ``:port`` or, without it, for the ports 25,
    465, 587 and 2525. ``ca_file`` is a PEM bundle trusted besides the system's. ``local_hostname`` is said
    in EHLO; empty takes the machine's name. ``pipelining`` lets commands and messages travel in groups (RFC
    2920, RFC 3030) where the server offers it.
    """

    timeout: float = 15.0
    command_timeout: float = 30.0
    allowed_networks: tuple[str, ...] = ()
    ca_file: str | None = None
    unverified_test: UnverifiedTest = UnverifiedTest.LOGIN
    opportunistic_starttls: bool = False
    test_sender: bool = True
    probe_ports: tuple[int, ...] = (465, 587, 25)
    debug_level: int = 0
    local_hostname: str = ""
    pipelining: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "unverified_test", UnverifiedTest(self.unverified_test))


@dataclass(frozen=True, kw_only=True)
class InputError:
    """A value that cannot be used. ``field`` is the attribute of ``SMTPSettings``, ``code`` is stable.

    ``facts`` are what the sentence about it speaks of.
    """

    field: str
    code: str
    facts: Mapping[str, str | int | bool] = dataclasses.field(default_factory=dict)


def input_errors(settings: SMTPSettings) -> tuple[InputError, ...]:
    """Everything that is wrong with the values themselves, before any connection, in the form's order."""
    return tuple(
        InputError(field=name, code=code)
        for name, code in (
            ("host", _host_error(settings.host)),
            ("port", "" if settings.effective_port in PORT_RANGE else "port_invalid"),
            ("login", _text_error(settings.login)),
            ("password", _password_error(settings)),
            ("email", email_error(settings.email)),
        )
        if code
    )


def _text_error(text: str) -> str:
    return "control_characters" if _FORBIDDEN_CHARACTERS.search(text) else ""


def _host_error(host: str) -> str:
    if not host.strip():
        return "host_missing"
    if error := _text_error(host):
        return error
    try:
        canonical_host(host)
    except ValueError:
        return "host_invalid"
    return ""


def _password_error(settings: SMTPSettings) -> str:
    if settings.login and not settings.password:
        return "password_missing"
    return _text_error(settings.password)


def email_error(email: str) -> str:
    """The code of what is wrong with an address, or "" if it is one or empty."""
    if error := _text_error(email):
        return error
    return "email_invalid" if email and not _ADDRESS.fullmatch(email) else ""
