"""The values that a session gets: where to go, as whom, and within which limits.

Nothing here opens a socket or reads Django's settings.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from .errors import Code, SettingsError
from .names import MAX_ADDRESS, PORT_RANGE, canonical_host, envelope_address, invisible_characters
from .reply import Reply
from .stages import DELIVERY_STAGES as DELIVERY_STAGES
from .stages import TEST_STAGES as TEST_STAGES
from .stages import Stage as Stage
from .token_source import TokenSource

DEFAULT_PORT = 25

MAX_LOGIN = 255
"""Octets of UTF-8: no server has to take more (RFC 4616 2)."""

MAX_PASSWORD = 4096
"""Octets of UTF-8. Some keys are longer than the 255 that every server has to take (RFC 4616 2); in base64,
and with a login, this much is still below the 12,288 of a line of AUTH (RFC 4954 4)."""

MAX_OCTETS: Mapping[str, int] = MappingProxyType(
    {"login": MAX_LOGIN, "password": MAX_PASSWORD, "email": MAX_ADDRESS}
)
"""How long the values of ``SMTPSettings`` may be that have a limit of their own."""

# Line ends, NUL, and lone surrogates, which cannot be encoded.
_FORBIDDEN_CHARACTERS = re.compile(r"[\r\n\0\ud800-\udfff]")
# VSCHAR of RFC 6749 A.12 without the space, which would end the token of "Bearer" (RFC 6750 2.1).
_TOKEN = re.compile(r"[\x21-\x7e]+")
# What separates the fields of a response with a token (RFC 7628 3.1).
_FIELD_SEPARATOR = "\x01"


class Security(StrEnum):
    """How the connection is encrypted."""

    NONE = "none"
    SSL = "ssl"  # implicit TLS, RFC 8314 3
    TLS = "tls"  # STARTTLS, RFC 3207

    @property
    def scheme(self) -> str:
        """The scheme of the address that a report shows: ``smtp``, ``ssl`` or ``tls``."""
        return "smtp" if self is Security.NONE else self.value


class UnverifiedTest(StrEnum):
    """What an SSL test does about AUTH once it goes on over an unverified connection."""

    LOGIN = "login"
    NO_LOGIN = "no_login"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a password may be sent: the four values that it is bound to, in canonical form."""

    host: str
    port: int
    login: str
    security: Security

    @property
    def server(self) -> tuple[str, int, Security]:
        """What shows a certificate, whoever logs in there."""
        return self.host, self.port, self.security


@dataclass(frozen=True, kw_only=True)
class PastRefusal:
    """Why the last mail was refused, at a point to which no connection test goes. ``reply`` is without words."""

    code: Code
    reply: Reply | None = None


@dataclass(frozen=True, kw_only=True)
class SMTPSettings:
    """One account on one server.

    ``port`` ``None`` means 25. ``password_typed`` tells that a person typed the password in this very
    request; a stored password is never sent over an unverified connection. An ``access_token`` (OAuth 2.0), or a
    ``token_source`` that has one for each session, takes the password's place: there is one of the three,
    ``login`` is then the mailbox, and the token is only ever sent over a connection that is encrypted and trusted.
    ``pinned_certificate`` and ``known_certificate`` are SHA-256 fingerprints in lower-case hex: a certificate that
    an editor trusts although it cannot be verified, and the one that verified last time. ``relay_proven`` and
    ``past_refusal`` are what earlier mail has shown: that the server took some for another domain, and why it
    refused the last one. They make no other account of it.
    """

    host: str
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    token_source: TokenSource | None = field(default=None, repr=False)
    email: str = ""
    security: Security = Security.NONE
    password_typed: bool = False
    pinned_certificate: str = ""
    known_certificate: str = ""
    relay_proven: bool = field(default=False, compare=False)
    past_refusal: PastRefusal | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        # A plain "tls" would be taken for no encryption. Raises ValueError for any other text.
        object.__setattr__(self, "security", Security(self.security))

    @property
    def has_token(self) -> bool:
        """Whether it logs in with an access token."""
        return bool(self.access_token) or self.token_source is not None

    @property
    def effective_port(self) -> int:
        return DEFAULT_PORT if self.port is None else self.port

    @cached_property
    def canonical_host(self) -> str:
        """Raises ``ValueError`` if the host is impossible."""
        return canonical_host(self.host)

    @property
    def address(self) -> str:
        """``scheme://host:port``, the host in brackets if it is an IPv6 address; "" without a host."""
        host = self.host.strip().removeprefix("[").removesuffix("]")
        if not host:
            return ""
        host = f"[{host}]" if ":" in host else host
        return f"{self.security.scheme}://{host}:{self.effective_port}"

    @property
    def destination(self) -> Destination:
        """Raises ``ValueError`` if the host is impossible."""
        return Destination(
            host=self.canonical_host,
            port=self.effective_port,
            login=self.login,
            security=self.security,
        )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a session may do, and for how long.

    ``timeout`` is the absolute limit of a whole connection test and ``command_timeout`` the limit of each
    command of a delivery, both in seconds. ``allowed_networks`` lists the destinations besides global ones
    that sessions may connect to: a CIDR network, an address or a host, each with ``:port`` or, without it,
    for the ports 25, 465, 587 and 2525.
    ``ca_file`` is a PEM bundle trusted besides the system's. ``local_hostname`` is said
    in EHLO; empty takes the machine's name. ``pipelining`` lets commands and messages travel in groups (RFC
    2920, RFC 3030) where the server offers it. ``test_recipient`` is an address of another domain that a test
    asks for, without sending mail.
    """

    timeout: float = 15.0
    command_timeout: float = 30.0
    allowed_networks: tuple[str, ...] = ()
    ca_file: str | None = None
    unverified_test: UnverifiedTest = UnverifiedTest.LOGIN
    opportunistic_starttls: bool = False
    test_sender: bool = True
    test_recipient: str = ""
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
    port_error = "" if settings.effective_port in PORT_RANGE else "port_invalid"
    return tuple(
        filter(
            None,
            (
                _error("host", _host_error(settings.host)),
                _error("port", port_error),
                _text_error("login", settings.login),
                *_secret_errors(settings),
                email_error(settings.email),
            ),
        )
    )


def refuse_bad_input(settings: SMTPSettings) -> None:
    """Raises ``SettingsError`` with the first thing that is wrong with the values, if there is one."""
    for error in input_errors(settings):
        facts = {**error.facts, "field": error.field}
        raise SettingsError(Code(error.code), stage=Stage.SETTINGS, facts=facts)


def email_error(email: str) -> InputError | None:
    """What is wrong with the address that mail is sent from; ``None`` also for an empty one."""
    if text_error := _text_error("email", email):
        return text_error
    try:
        envelope_address(email)
    except SettingsError as error:
        return _error("email", error.code)
    return None


def _error(field: str, code: str) -> InputError | None:
    return InputError(field=field, code=code) if code else None


def length_error(field: str, text: str) -> InputError | None:
    """Says whether the value is longer than its limit."""
    limit = MAX_OCTETS[field]
    # Characters first: what is far too long is not copied.
    if len(text) <= limit and len(text.encode("utf-8", "surrogatepass")) <= limit:
        return None
    return InputError(field=field, code="value_too_long", facts={"limit": limit})


def _text_error(field: str, text: str) -> InputError | None:
    if error := length_error(field, text):
        return error
    if _FORBIDDEN_CHARACTERS.search(text):
        return _error(field, "control_characters")
    if characters := invisible_characters(text):
        return InputError(field=field, code="invisible_characters", facts={"characters": characters})
    return None


def _host_error(host: str) -> str:
    if not host.strip():
        return "host_missing"
    if _FORBIDDEN_CHARACTERS.search(host):
        return "control_characters"
    try:
        canonical_host(host)
    except ValueError:
        return "host_invalid"
    return ""


def _secret_errors(settings: SMTPSettings) -> tuple[InputError | None, ...]:
    if not settings.has_token:
        return (length_error("password", settings.password) or _error("password", _password_error(settings)),)
    return (
        _error("login", _mailbox_error(settings.login)),
        _error("password", "password_and_token" if settings.password else ""),
        _error("access_token", _token_error(settings)),
        _error("security", "token_needs_encryption" if settings.security is Security.NONE else ""),
    )


def _token_error(settings: SMTPSettings) -> str:
    if settings.token_source is not None:
        return "token_and_source" if settings.access_token else ""
    return "" if is_token(settings.access_token) else "token_invalid"


def is_token(text: str) -> bool:
    """Whether it can be an access token."""
    return bool(_TOKEN.fullmatch(text))


def _mailbox_error(login: str) -> str:
    if not login:
        return "login_missing"
    return "control_characters" if _FIELD_SEPARATOR in login else ""


def _password_error(settings: SMTPSettings) -> str:
    if settings.login and not settings.password:
        return "password_missing"
    return "control_characters" if _FORBIDDEN_CHARACTERS.search(settings.password) else ""
