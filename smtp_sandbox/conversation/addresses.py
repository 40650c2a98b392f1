"""The arguments of MAIL and RCPT (RFC 5321 4.1.2, RFC 1870, 3461, 4954, 6152, 6531).

An address is taken or refused as by Postfix and Exim with their defaults; where these two differ, as the RFC has
it. Stricter than both are the angle brackets, which have to be there, and control characters, which may not.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from ..profiles import Profile
from .words import upper

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATH = re.compile(r"""\s*<(?:@[^:<>]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:\s+(.*))?\s*""", re.ASCII)
# Beyond RFC 5321 4.1.2: backslashes (RFC 821 4.1.2), comments (RFC 5322 3.2.2), and dots wherever they are.
_ATOM = r"(?:[\w!#$%&'*+/=?^`{|}~-]|[^\x00-\x7f]|\\.)+"
_WORD = rf'(?:"(?:[^"\\]|\\.)*"|{_ATOM})(?:\([^()\\]*\))?'
_LOCAL = re.compile(rf"\.*{_WORD}(?:\.+{_WORD})*\.*|\.+", re.ASCII)
_LABEL = r"(?!-)[^\W_](?:[^\W_]|-){0,62}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_DOMAIN = 255  # octets, RFC 5321 4.5.3.1.2
_MAIL = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH"} | dict.fromkeys(
    ("RET", "ENVID"), "DSN"
)
# RFC 3461 4: hexadecimal digits are capitals, so that a + which was not encoded is found.
_XTEXT = r"(?:[!-*,-<>-~]|\+(?-i:[0-9A-F]{2}))+"
_RCPT = {"NOTIFY": "DSN", "ORCPT": "DSN"}
_VALUES = {
    "SIZE": r"\d{1,20}",
    "BODY": r"7BIT|8BITMIME",
    "SMTPUTF8": r"",
    "RET": r"FULL|HDRS",
    "ENVID": rf"(?=.{{1,100}}\Z){_XTEXT}",
    "AUTH": _XTEXT,
    "NOTIFY": r"NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*",
    # RFC 6533 3: only addresses of this type may be beyond ASCII as they are.
    "ORCPT": rf"utf-8;(?:[!-*,-<>-~]|[^\x00-\x7f])+|[\w.-]+;{_XTEXT}",
}


class BadArgument(Exception):
    """The command cannot be taken; the text is the reply."""


def has_controls(text: str) -> bool:
    """Whether there is a character in it that belongs in no name or address."""
    return bool(_CONTROL.search(text))


def parse(keyword: str, argument: str, profile: Profile, *, extended: bool) -> tuple[str, dict[str, str]]:
    """Address and parameters of ``FROM:<address> parameters`` or ``TO:…``.

    The null sender is "". Raises BadArgument with the reply: 501 for the syntax of command, address or parameter,
    555 for a parameter whose extension is not offered, 552 for a SIZE over the limit.
    """
    name, colon, rest = argument.partition(":")
    match = _PATH.fullmatch(rest)
    if upper(name) != keyword or not colon or not match or has_controls(rest):
        raise BadArgument(f"501 5.5.4 Syntax: {keyword}:<address> [parameters]")
    address, words = match.group(1), (match.group(2) or "").split()
    if words and not extended:
        raise BadArgument("555 5.5.4 Parameters need EHLO")
    options = _options(words, _MAIL if keyword == "FROM" else _RCPT, profile)
    if keyword == "FROM" and not (address == "" or _is_mailbox(address)):
        raise BadArgument("501 5.1.7 Malformed sender address")
    # RFC 5321 4.1.1.3: whom every server takes without a domain.
    if keyword == "TO" and not (address.lower() == "postmaster" or _is_mailbox(address)):
        raise BadArgument("501 5.1.3 Malformed recipient address")
    if int(options.get("SIZE", 0)) > profile.longest_message:
        raise BadArgument("552 5.3.4 Message size exceeds fixed limit")
    return address, options


def _options(words: list[str], known: dict[str, str], profile: Profile) -> dict[str, str]:
    options: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        name = upper(name)
        extension = known.get(name)
        if extension is None or not (profile.auth if extension == "AUTH" else profile.speaks(extension)):
            raise BadArgument(f"555 5.5.4 Parameter {name} is not recognized")
        if name in options or not re.fullmatch(_VALUES[name], value, re.IGNORECASE | re.ASCII):
            raise BadArgument(f"501 5.5.4 Bad value of parameter {name}")
        options[name] = value
    return options


def _is_mailbox(address: str) -> bool:
    # The domain holds no @, and what stands before it may be quoted.
    local, _, domain = address.rpartition("@")
    return bool(_LOCAL.fullmatch(local)) and (
        _is_literal(domain[1:-1]) if domain.startswith("[") and domain.endswith("]") else _is_domain(domain)
    )


def _is_domain(text: str) -> bool:
    return bool(_DOMAIN.fullmatch(text)) and len(text.encode()) <= _LONGEST_DOMAIN


def _is_literal(text: str) -> bool:
    tag, colon, rest = text.partition(":")
    try:
        # RFC 5321 4.1.3
        return bool(IPv6Address(rest) if colon and tag.lower() == "ipv6" else IPv4Address(text))
    except ValueError:
        return False
