"""What people paste into the fields for host and port: ``ssl://mail.example.com:465``, ``587 (TLS)``, a whole line
of what a provider prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...smtp.errors import Code
from ...smtp.names import MAX_HOST_TEXT, canonical_host
from ...smtp.settings import Security

# A plain smtp:// says nothing about encryption: most servers that are written so offer STARTTLS.
_SCHEMES: dict[str, Security | None] = {
    "smtp": None,
    "smtps": Security.SSL,
    "ssl": Security.SSL,
    "starttls": Security.TLS,
    "tls": Security.TLS,
    "submission": None,
    "submissions": Security.SSL,
}
# Their port is not that of mail.
_OF_THE_WEB = ("http", "https")

# Letters, digits and marks of full width, as some keyboards type them, and blanks that nobody tells from others.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    map(ord, "\u3000\u00a0\u2007\u202f\t"), " "
)
_NARROW[ord("。")] = "."

_SPACE_AT_PUNCTUATION = re.compile(r"\s*([.:/\[\]])\s*")
_BRACKETED = re.compile(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>[0-9]+))?")
_ADDRESS_OR_NAME = re.compile(r"(?P<host>\S+?)(?:[:\s](?P<port>[0-9]+))?")
_BARE_IPV6 = re.compile(r"(?P<host>[^\s:\[\]]*(?::[^\s:\[\]]*){2,})(?:\s(?P<port>[0-9]+))?")

_LINK = re.compile(r"\[(?P<text>[^\[\]]+)\]\((?P<target>[^()\s]*)\)")
_WRAPPING = "<>\"'`*\u201a\u2018\u2019\u201e\u201c\u201d\u00ab\u00bb,; "
_EMAIL = re.compile(r"(?:mailto:)?[^\s@:/<>()]+(?::[^\s@/]*)?@[^\s@:/<>()]+", re.IGNORECASE)

_URL = re.compile(
    r"(?<![\w+.-])(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^\s:/@(),;<>\[\]]+)"
    r"(?::(?P<port>[0-9]+))?(?P<rest>[/?#][^\s(),;<>]*)?(?=[\s(),;.<>]|\Z)",
    re.IGNORECASE,
)
# A dotted name, an address, or the one name that is known without a dot.
_NAME = re.compile(
    r"(?<![\w.@/:-])(?P<host>\[[0-9a-f:.]+\]|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|"
    r"(?:[^\W_][\w-]*\.)+[^\W\d_][\w-]*\.?|localhost)"
    r"(?::(?P<port>[0-9]+))?(?P<rest>/[^\s(),;<>]*)?(?=[\s(),;<>]|:(?=\s|\Z)|\Z)",
    re.IGNORECASE,
)
_SECURITY = re.compile(
    r"(?<![\w-])(?P<words>STARTTLS|(?:SSL|TLS)(?:\s*/\s*(?:SSL|TLS|STARTTLS))*)(?:\s*v?\s*1(?:\.[0-3])?(?![\d.]))?(?![\w])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w./@-])[0-9]+(?![\w:@-]|[./][\w])")
_PORT = re.compile(
    r"(?:(?:(?:tcp|smtp)[-\s]*)?(?:ports?|porta|porto|puerto|poort)?\s*[:=#]?\s*)?(?P<port>[0-9]{1,5})(?:\s*/\s*tcp)?"
    r"[\s.,;:(/]*(?P<words>(?:STARTTLS|SSL|TLS)(?:\s*/\s*(?:SSL|TLS|STARTTLS))*)?[\s).]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class TypedHost:
    """A host field taken apart; ``None`` for what was not in it. ``port`` may be out of range."""

    host: str
    port: int | None = None
    security: Security | None = None


class NoHost(ValueError):
    """What was typed names no host; ``code`` says what it is instead."""

    def __init__(self, code: Code = Code.HOST_INVALID) -> None:
        super().__init__(f"no host: {code.value}")
        self.code = code


def parse_host(text: str) -> TypedHost:
    """Take a typed or pasted server address, or the line that it stands in, apart.

    An empty text gives an empty host. Raises ``NoHost`` for what names none, or more than one.
    """
    text = text.strip()
    if len(text) > MAX_HOST_TEXT:
        # The field's own limit is asked too late, and a long run of spaces would take the pattern minutes.
        raise NoHost
    text = unwrapped(text)
    if not text:
        return TypedHost(host="")
    try:
        return _address(text)
    except ValueError:
        return _line(text)


def parse_port(text: str) -> tuple[int, Security | None]:
    """A port, and the security that is named with it: ``587``, ``Port 465``, ``587 (TLS)``.

    Raises ``ValueError``.
    """
    match = _PORT.fullmatch(text.translate(_NARROW).strip())
    if match is None:
        raise ValueError("no port")
    port = int(match["port"])
    return port, _meant(match["words"] or "", port)


def unwrapped(text: str) -> str:
    """The text without what only surrounds it: a Markdown link, quotation marks, full width."""
    text = text.translate(_NARROW).strip(_WRAPPING)
    if link := _LINK.fullmatch(text):
        text = link["text"] if "." in link["text"] else link["target"]
    return text.strip(_WRAPPING)


def _address(text: str) -> TypedHost:
    """One address and nothing else. Raises ``ValueError``."""
    text = _SPACE_AT_PUNCTUATION.sub(r"\1", text)
    security, rest = _split_scheme(text)
    match = _BRACKETED.fullmatch(rest) or _BARE_IPV6.fullmatch(rest) or _ADDRESS_OR_NAME.fullmatch(rest)
    if match is None:
        raise NoHost
    canonical_host(match["host"])
    port = int(match["port"]) if match["port"] else None
    return TypedHost(host=match["host"], port=port, security=security)


def _split_scheme(text: str) -> tuple[Security | None, str]:
    scheme, separator, rest = text.rpartition("://")
    if not separator:
        return None, text
    if scheme.lower() not in _SCHEMES:
        raise NoHost
    return _SCHEMES[scheme.lower()], rest.rstrip("/")


def _line(text: str) -> TypedHost:
    """The one server that a line names, with the port and the security that stand beside it."""
    found = list(_servers(text))
    if len({each.host.lower().removesuffix(".") for each, _ in found}) > 1:
        raise NoHost(Code.SEVERAL_HOSTS)
    if not found:
        raise NoHost(Code.HOST_IS_EMAIL if _EMAIL.search(text) else Code.HOST_INVALID)
    server, (start, end) = found[0]
    rest = f"{text[:start]} {text[end:]}"
    words = _SECURITY.search(rest)
    ports = {int(number) for number in _NUMBER.findall(_SECURITY.sub(" ", rest)) if len(number) < 6}
    if server.port is not None:
        ports.add(server.port)
    if len(ports) > 1:
        raise NoHost(Code.SEVERAL_PORTS)
    port = next(iter(ports), None)
    security = server.security or _meant(words["words"] if words else "", port)
    return replace(server, port=port, security=security)


def _servers(text: str) -> Iterator[tuple[TypedHost, tuple[int, int]]]:
    """What a line names as a server, and where in the line."""
    urls = [match for match in _URL.finditer(text) if match["scheme"].lower() in (*_SCHEMES, *_OF_THE_WEB)]
    covered = [match.span() for match in (*_EMAIL.finditer(text), *urls)]
    names = (
        match
        for match in _NAME.finditer(text)
        if not any(start <= match.start() < end for start, end in covered)
    )
    for match in (*urls, *names):
        scheme = match.groupdict().get("scheme", "") or ""
        host = match["host"].removeprefix("[").removesuffix("]")
        try:
            canonical_host(host)
        except ValueError:
            continue
        is_web = scheme.lower() in _OF_THE_WEB
        port = int(match["port"]) if match["port"] and not is_web else None
        yield TypedHost(host=host, port=port, security=_SCHEMES.get(scheme.lower())), match.span()


def _meant(words: str, port: int | None) -> Security | None:
    """What words beside a port mean. Many say TLS, SSL or both of either kind: the usual port tells which."""
    kinds = {each.strip().upper() for each in words.split("/")} - {""}
    if not kinds:
        return None
    if "STARTTLS" in kinds and len(kinds) == 1:
        return Security.TLS
    if port == 465:
        return Security.SSL
    if port in (25, 587):
        return Security.TLS if kinds != {"SSL"} else Security.SSL
    return Security.TLS if kinds == {"TLS"} else Security.SSL
