"""EHLO and its list of ESMTP extensions (RFC 5321 4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .channel import Channel
from .errors import Code, ReplyError
from .names import address_literal, own_name
from .reply import Redactor, Reply
from .vocabulary import KEYWORDS, MECHANISMS

MAX_EXTENSIONS = 100
# What a session acts on is never among those that are cut off.
_ACTED_ON = {"8BITMIME", "AUTH", "CHUNKING", "LIMITS", "PIPELINING", "SIZE", "SMTPUTF8", "STARTTLS"}

_SIZE = re.compile(r"0*[1-9][0-9]{0,19}", re.ASCII)
_KEYWORD = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =](.*))?", re.DOTALL)


def say_ehlo(channel: Channel, name: str) -> tuple[Reply, dict[str, str]]:
    """EHLO, or HELO where it is refused: the reply and the extensions. ``name`` is what the site
    wants to be called (``own_name``).

    Raises ``ReplyError`` without the server's text: a service that greets like SMTP may not be one.
    """
    name = own_name(name) or address_literal(channel.local_address)
    reply = channel.command(f"EHLO {name}")
    if reply.code == 250:
        return reply, parse(channel.raw_lines)
    if not reply.temporary:
        reply = channel.command(f"HELO {name}")
    if reply.code == 250:
        return reply, {}
    code = Code.SERVER_BUSY if reply.temporary else Code.EHLO_REFUSED
    raise ReplyError(code, replace(reply, text=""))


def parse(lines: Iterable[bytes]) -> dict[str, str]:
    """Keyword in upper case to its parameters; the first line, the greeting, is left out.

    The legacy ``AUTH=PLAIN`` is understood, and merged with ``AUTH PLAIN``. This is what a session acts on;
    before it is shown it has to be redacted.
    """
    clean = Redactor().clean
    extensions: dict[str, str] = {}
    for line in list(lines)[1:]:
        match = _KEYWORD.fullmatch(clean(line))
        if not match:
            continue
        keyword, parameters = match.group(1).upper(), (match.group(2) or "").strip()
        if len(extensions) >= MAX_EXTENSIONS and keyword not in _ACTED_ON:
            continue
        if keyword == "AUTH":
            parameters = _merge(extensions.get("AUTH", ""), parameters)
        extensions[keyword] = parameters
    return extensions


def shown(extensions: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """The extensions as they may be shown: without a gap, which would reveal what was there.

    Registered words stay; of the others, what holds a secret is left out altogether.
    """
    found: dict[str, str] = {}
    for keyword, parameters in extensions.items():
        if keyword not in KEYWORDS and redactor(keyword) != keyword:
            continue
        told = [each for each in parameters.split() if _is_told(keyword, each, redactor)]
        if told or not parameters or keyword in KEYWORDS:
            found[keyword] = " ".join(told)
    return found


def _is_told(keyword: str, parameter: str, redactor: Redactor) -> bool:
    is_registered = (
        parameter in MECHANISMS if keyword == "AUTH" else keyword == "SIZE" and parameter.isdigit()
    )
    return is_registered or redactor(parameter) == parameter


def mechanisms(extensions: Mapping[str, str]) -> frozenset[str]:
    """The SASL mechanisms offered, in upper case."""
    return frozenset(extensions.get("AUTH", "").split())


def recipient_limit(extensions: Mapping[str, str]) -> int | None:
    """How many recipients one transaction may have, if the server says so (RFC 9422 4.2)."""
    match = re.search(r"(?<!\S)RCPTMAX=([1-9][0-9]{0,5})(?!\S)", extensions.get("LIMITS", ""), re.IGNORECASE)
    return int(match[1]) if match else None


def size_limit(extensions: Mapping[str, str]) -> int | None:
    """How many octets a message may have, if there is a fixed limit (RFC 1870 4): 0 or no number is none."""
    match = _SIZE.fullmatch(extensions.get("SIZE", "").strip())
    return int(match[0]) if match else None


def _merge(known: str, more: str) -> str:
    return " ".join(dict.fromkeys([*known.split(), *more.upper().split()]))
