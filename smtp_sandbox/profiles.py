"""A profile: everything that makes one server differ from another, as one immutable value."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, dataclass, fields
from types import NoneType
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, get_args

from .rules import Rule
from .tokens import INVALID_TOKEN, TokenRefusal
from .values import check_choice, check_kind, check_line, check_number, check_text

Mode: TypeAlias = Literal["plain", "ssl", "starttls"]
Reach: TypeAlias = Literal["open", "refused", "unroutable"]
TLSName: TypeAlias = Literal["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]

MODES: tuple[Mode, ...] = ("plain", "ssl", "starttls")
EXTENSIONS = ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "ENHANCEDSTATUSCODES")
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER")
TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")

_MECHANISM = re.compile(r"[A-Z0-9_-]{1,20}")  # RFC 4422 3.1
_LARGEST = 10**20 - 1  # RFC 1870 3
_TUPLES: dict[str, type] = {"modes": str, "rules": Rule, "extensions": str, "unspoken": str, "auth": str}
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("name", "summary", "reach", "hostname", "software", "no_recipients", "injects"), (str,)),
    **dict.fromkeys(("certificate", "tls_min", "tls_max", "ciphers"), (str,)),
    **dict.fromkeys(("data_without_recipients", "bdat_failure_ends", "fault_addresses"), (bool,)),
    **dict.fromkeys(("auth_required", "offers_starttls", "tls_required", "client_certificate"), (bool,)),
    "auth_after_tls": (bool, NoneType),
    "size": (int,),
    "token_refusal": (TokenRefusal,),
}


@dataclass(frozen=True, slots=True)
class Service:
    """What a port says that does not speak SMTP.

    After ``wait`` seconds ``greeting`` is said; ``pause`` seconds pass between its octets, and with ``endless``
    it is said again and again. ``answer`` is said when something came that holds ``until``; then the connection
    stays open, or ends by FIN or RST. Before that, the first of ``answers`` is said whose question came, and the
    connection stays open; where there are such and no ``answer``, other questions end it. ``encrypted`` speaks TLS
    from the first octet on.
    """

    greeting: bytes = b""
    answer: bytes = b""
    until: bytes = b"\n"
    wait: float = 0.0
    pause: float = 0.0
    endless: bool = False
    end: Literal["open", "fin", "rst"] = "open"
    answers: tuple[tuple[bytes, bytes], ...] = ()
    encrypted: bool = False

    def __post_init__(self) -> None:
        for name in ("greeting", "answer", "until"):
            check_kind(name, getattr(self, name), bytes)
        for octets in (each for pair in self.answers for each in pair):
            check_kind("each of answers", octets, bytes)
        for name in ("wait", "pause"):
            check_kind(name, getattr(self, name), int, float)
            check_number(name, getattr(self, name), least=0)
        check_choice("end", self.end, ("open", "fin", "rst"))

    def answer_to(self, question: bytes) -> bytes:
        """The one of ``answers`` that is to be said, or b""."""
        return next((answer for asked, answer in self.answers if asked in question), b"")


class Overrides(TypedDict, total=False):
    """The fields of a profile, as keyword arguments of :class:`Profile` and ``Sandbox.listen``."""

    # Said twice, because keywords can be typed only by a TypedDict (PEP 692); a test compares it with the fields.
    summary: str
    modes: tuple[Mode, ...]
    rules: tuple[Rule, ...]
    reach: Reach
    service: Service | None
    hostname: str
    software: str
    extensions: tuple[str, ...]
    unspoken: tuple[str, ...]
    size: int
    no_recipients: str
    data_without_recipients: bool
    bdat_failure_ends: bool
    fault_addresses: bool
    auth: tuple[str, ...]
    auth_after_tls: bool | None
    auth_required: bool
    token_refusal: TokenRefusal
    offers_starttls: bool
    tls_required: bool
    injects: str
    certificate: str
    tls_min: TLSName
    tls_max: TLSName
    ciphers: str
    client_certificate: bool


@dataclass(frozen=True, init=False)
class Profile:
    """How a listener behaves: ``Profile("greylist", on("RCPT", times=1, reply="451 4.7.1 Later"))``.

    ``rules`` are the faults, in order. ``reach`` and ``service`` are for ports where no SMTP is spoken.
    ``extensions`` are the EHLO lines beside STARTTLS and AUTH, verbatim, but SIZE gets ``size`` (octets; 0 is no
    limit, RFC 1870 3); the keywords in ``unspoken`` are listed and not kept to.
    ``no_recipients`` answers DATA and BDAT where no recipient was taken; ``data_without_recipients`` says 354
    first, and it after the message (RFC 2920 3.1). After a refused BDAT the transaction is over (RFC 3030 2),
    or with ``bdat_failure_ends`` False open until RSET.
    With ``fault_addresses`` recipients say how they are refused: ``550@…``, ``421@…``.
    ``auth`` names SASL mechanisms; those that are not in ``MECHANISMS`` are refused. ``auth_after_tls`` None
    means: after TLS where STARTTLS is offered. ``token_refusal`` is how XOAUTH2 and OAUTHBEARER say no.
    ``auth_required`` and ``tls_required`` refuse mail without them (530, RFC 4954 6 and RFC 3207 4).
    ``injects`` is clear text sent right behind the 220 of STARTTLS. ``certificate`` is a name of
    ``smtp_sandbox.tls.certificates``; ``ciphers`` an OpenSSL cipher string.

    Raises TypeError for an unknown field or a value of another type, ValueError for one that makes no sense.
    """

    name: str
    summary: str = ""
    modes: tuple[Mode, ...] = MODES
    rules: tuple[Rule, ...] = ()
    reach: Reach = "open"
    service: Service | None = None
    hostname: str = "localhost"
    software: str = "ESMTP"
    extensions: tuple[str, ...] = EXTENSIONS
    unspoken: tuple[str, ...] = ()
    size: int = 33_554_432
    no_recipients: str = "554 5.5.1 No valid recipients"
    data_without_recipients: bool = False
    bdat_failure_ends: bool = True
    fault_addresses: bool = False
    auth: tuple[str, ...] = ("PLAIN", "LOGIN")
    auth_after_tls: bool | None = None
    auth_required: bool = False
    token_refusal: TokenRefusal = INVALID_TOKEN
    offers_starttls: bool = True
    tls_required: bool = False
    injects: str = ""
    certificate: str = "good"
    tls_min: TLSName = ""
    tls_max: TLSName = ""
    ciphers: str = ""
    client_certificate: bool = False

    def __init__(self, name: str, *faults: Rule, **overrides: Unpack[Overrides]) -> None:
        values: dict[str, Any] = {"name": name, "rules": faults, **overrides}
        for field in fields(self):
            default = None if field.default is MISSING else field.default
            object.__setattr__(self, field.name, values.pop(field.name, default))
        if values:
            raise TypeError(f"a profile has no {', '.join(sorted(values))}")
        self._check_types()
        self._check_values()
        self._check_lists()

    def _check_types(self) -> None:
        for name, kind in _TUPLES.items():
            value = getattr(self, name)
            if isinstance(value, str):
                raise TypeError(f"{name} has to be a tuple; write {name}=({value!r},)")
            check_kind(name, value, tuple, list)
            for each in value:
                check_kind(f"each of {name}", each, kind)
            object.__setattr__(self, name, tuple(value))
        for name, kinds in {**_TYPES, "service": (Service, NoneType)}.items():
            check_kind(name, getattr(self, name), *kinds)

    def _check_values(self) -> None:
        check_choice("reach", self.reach, get_args(Reach))
        check_choice("tls_min", self.tls_min, get_args(TLSName))
        check_choice("tls_max", self.tls_max, get_args(TLSName))
        check_number("size", self.size, least=0, most=_LARGEST)
        check_line("hostname", self.hostname)
        check_line("software", self.software)
        check_text("no_recipients", self.no_recipients)
        check_text("injects", self.injects)
        if self.tls_max and self.tls_min > self.tls_max:
            raise ValueError(f"tls_min={self.tls_min!r} is above tls_max={self.tls_max!r}")

    def _check_lists(self) -> None:
        for mode in self.modes:
            check_choice("modes", mode, MODES)
        for mechanism in self.auth:
            if not _MECHANISM.fullmatch(mechanism):
                raise ValueError(f"auth has capital letters, as in {MECHANISMS[0]!r}; not {mechanism!r}")
        for line in self.extensions:
            check_line("extensions", line)
            if re.match(r"SIZE\s", line, re.IGNORECASE) and "SIZE" not in self.unspoken:
                raise ValueError(
                    f'{line!r}: write "SIZE" alone, and the number as size=...; or unspoken=("SIZE",) too, and '
                    "it is not kept to"
                )
        for name in self.unspoken:
            check_choice("unspoken", name, EXTENSIONS)

    def but(self, **overrides: Unpack[Overrides]) -> Profile:
        """The same profile with some fields changed. Raises TypeError for an unknown field."""
        return Profile(**{**{field.name: getattr(self, field.name) for field in fields(self)}, **overrides})

    @property
    def sensible_modes(self) -> tuple[Mode, ...]:
        """Those of ``modes`` in which a client can meet all that the fields ask for."""
        return tuple(mode for mode in self.modes if mode in self._modes_of_fields())

    def _modes_of_fields(self) -> tuple[Mode, ...]:
        verbs = {rule.verb for rule in self.rules}
        if self.injects or self.tls_required or not self.offers_starttls or "STARTTLS" in verbs:
            return ("starttls",)
        has_tls_faults = self.certificate != "good" or self.tls_min or self.tls_max or self.ciphers
        if has_tls_faults or self.client_certificate or "TLS" in verbs:
            return ("ssl", "starttls")
        return MODES

    @property
    def speaks_smtp(self) -> bool:
        """Whether clients get to a conversation."""
        return self.reach == "open" and self.service is None

    @property
    def longest_message(self) -> float:
        """In octets; infinite without a limit."""
        return self.size or math.inf

    def offers(self, extension: str) -> bool:
        """Whether EHLO lists the keyword."""
        return any(line.split()[0].upper() == extension for line in self.extensions)

    def speaks(self, extension: str) -> bool:
        """Whether the extension is listed and kept to."""
        return self.offers(extension) and extension not in self.unspoken
