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

# Letters, digits and marks of full width, as some keyboards type them, and spaces that look like others.
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
    r"(?<![\w.@/:-])(?P<host>\[[0-9a-f:.]+\]|(?<!\[)(?=:*[0-9a-f])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}|"
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|"
    r"(?:[^\W_][\w-]*\.)+[^\W\d_][\w-]*\.?|localhost)"
    r"(?::(?P<port>[0-9]+))?(?P<rest>/[^\s(),;<>]*)?(?=[\s(),;<>]|:(?=\s|\Z)|\Z)",
    re.IGNORECASE,
)
# Marks that tie a word to the port beside it go with the word: SSL-465, 587/TLS.
_SECURITY = re.compile(
    r"[-/]?(?<![^\W\d])(?<![^\W\d]-)(?P<words>(?:STARTTLS|SMTPS|SUBMISSIONS|SSL|TLS)(?:\s*/\s*(?:SSL|TLS|STARTTLS))*)"
    r"(?:\s*v?\s*1(?:\.[0-3])?(?![\d.]))?(?!\w)[-/]?",
    re.IGNORECASE,
)
_TCP = re.compile(r"/\s*tcp(?!\w)|(?<!\w)tcp\s*/", re.IGNORECASE)
# No part of a name, an address, a date, a time or a telephone number, and not below zero.
_NUMBER = re.compile(
    r"(?<![\w.@])(?<![0-9:]:)(?<!\w/)(?:(?<!-)|(?<=port-)|(?<=smtp-)|(?<=tcp-))[0-9]+(?!\w|@|[-./:]\w)",
    re.IGNORECASE,
)
_WORD_FOR_PORT = re.compile(r"(?<!\w)(?:ports?|porta|porto|puerto|poort|tcp)(?!\w)", re.IGNORECASE)
_MARKS = re.compile(r"[\s.,;:()/=#-]*")


@dataclass(frozen=True, kw_only=True)
class TypedServer:
    """What a field says of a server; nothing for what was not in it. ``port`` may be out of range."""

    host: str = ""
    port: int | None = None
    security: Security | None = None


class NotUnderstood(ValueError):
    """What was typed does not say what its field asks for; ``code`` says what it is instead."""

    def __init__(self, code: Code = Code.HOST_INVALID) -> None:
        super().__init__(f"not understood: {code.value}")
        self.code = code


def parse_host(text: str) -> TypedServer:
    """Take a typed or pasted server address, or the line that it stands in, apart.

    An empty text gives an empty host. Raises ``NotUnderstood`` for what names none, or more than one.
    """
    text = unwrapped(_bounded(text, Code.HOST_INVALID))
    if not text:
        return TypedServer()
    if _is_port_alone(text):
        raise NotUnderstood(Code.HOST_IS_PORT)
    try:
        return _address(text)
    except ValueError:
        return _line(text)


def parse_port(text: str) -> TypedServer:
    """A port, and the security or the server beside it: ``587``, ``Port 465 (SSL)``, ``mail.example.com:25``.

    An empty text gives no port. Raises ``NotUnderstood``.
    """
    text = unwrapped(_bounded(text, Code.PORT_INVALID))
    if not text:
        return TypedServer()
    if any(_servers(text)):
        return _line(text)
    typed = _port_and_security(text)
    if typed.port is None:
        raise NotUnderstood(Code.PORT_INVALID)
    return typed


def _bounded(text: str, code: Code) -> str:
    text = text.strip()
    if len(text) > MAX_HOST_TEXT:
        # The field's own limit is asked too late, and a long run of spaces would take the pattern minutes.
        raise NotUnderstood(code)
    return text


def unwrapped(text: str) -> str:
    """The text without what only surrounds it: a Markdown link, quotation marks, full width."""
    text = text.translate(_NARROW).strip(_WRAPPING)
    if link := _LINK.fullmatch(text):
        text = link["text"] if "." in link["text"] else link["target"]
    return text.strip(_WRAPPING)


def _is_port_alone(text: str) -> bool:
    rest = _without_security(text)
    return bool(_NUMBER.search(rest)) and bool(
        _MARKS.fullmatch(_NUMBER.sub(" ", _WORD_FOR_PORT.sub("", rest)))
    )


def _address(text: str) -> TypedServer:
    """One address and nothing else. Raises ``ValueError``."""
    text = _SPACE_AT_PUNCTUATION.sub(r"\1", text)
    security, rest = _split_scheme(text)
    match = _BRACKETED.fullmatch(rest) or _BARE_IPV6.fullmatch(rest) or _ADDRESS_OR_NAME.fullmatch(rest)
    if match is None:
        raise NotUnderstood
    canonical_host(match["host"])
    port = int(match["port"]) if match["port"] else None
    return TypedServer(host=match["host"], port=port, security=security)


def _split_scheme(text: str) -> tuple[Security | None, str]:
    scheme, separator, rest = text.rpartition("://")
    if not separator:
        return None, text
    if scheme.lower() not in _SCHEMES:
        raise NotUnderstood
    return _SCHEMES[scheme.lower()], rest.rstrip("/")


def _line(text: str) -> TypedServer:
    """The one server that a line names, with the port and the security that stand beside it."""
    found = list(_servers(text))
    if len({each.host.lower().removesuffix(".") for each, _ in found}) > 1:
        raise NotUnderstood(Code.SEVERAL_HOSTS)
    if not found:
        raise NotUnderstood(_instead_of_host(text))
    server, (start, end) = found[0]
    beside = _port_and_security(f"{text[:start]} {text[end:]}", server.port)
    return replace(server, port=beside.port, security=server.security or beside.security)


def _instead_of_host(text: str) -> Code:
    if _EMAIL.search(text):
        return Code.HOST_IS_EMAIL
    is_port = _WORD_FOR_PORT.search(text) and _NUMBER.search(_without_security(text))
    return Code.HOST_IS_PORT if is_port else Code.HOST_INVALID


def _port_and_security(text: str, port: int | None = None) -> TypedServer:
    """What a text says without its server, whose address may have named the port."""
    words = _SECURITY.search(text)
    ports = {int(number) for number in _NUMBER.findall(_without_security(text)) if len(number) < 6}
    if port is not None:
        ports.add(port)
    if len(ports) > 1:
        raise NotUnderstood(Code.SEVERAL_PORTS)
    port = next(iter(ports), None)
    return TypedServer(port=port, security=_meant(words["words"] if words else "", port))


def _without_security(text: str) -> str:
    return _TCP.sub(" ", _SECURITY.sub(" ", text))


def _servers(text: str) -> Iterator[tuple[TypedServer, tuple[int, int]]]:
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
        yield TypedServer(host=host, port=port, security=_SCHEMES.get(scheme.lower())), match.span()


def _meant(words: str, port: int | None) -> Security | None:
    """What words beside a port mean. Many say TLS, SSL or both of either kind: the usual port tells which."""
    kinds = {each.strip().upper() for each in words.split("/")} - {""}
    if not kinds:
        return None
    if kinds == {"STARTTLS"}:
        return Security.TLS
    if kinds & {"SMTPS", "SUBMISSIONS"}:
        return Security.SSL
    if port == 465:
        return Security.SSL
    if port in (25, 587):
        return Security.TLS if kinds != {"SSL"} else Security.SSL
    return Security.TLS if kinds == {"TLS"} else Security.SSL
