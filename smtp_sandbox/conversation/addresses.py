"""The arguments of MAIL and RCPT (RFC 5321 4.1.2, RFC 1870, 3461, 4954, 6152, 6531)."""

from __future__ import annotations

import re

from ..profiles import Profile

_PATH = re.compile(r"""\s*<(?:@[^:<>]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:\s+(.*))?\s*""")
_MAIL = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH"} | dict.fromkeys(
    ("RET", "ENVID"), "DSN"
)
_RCPT = {"NOTIFY": "DSN", "ORCPT": "DSN"}
_VALUES = {
    "SIZE": r"\d{1,20}",
    "BODY": r"7BIT|8BITMIME",
    "SMTPUTF8": r"",
    "RET": r"FULL|HDRS",
    "ENVID": r"\S+",
    "AUTH": r"\S+",
    "NOTIFY": r"NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*",
    "ORCPT": r"[\w.-]+;\S+",
}


class BadArgument(Exception):
    """The command cannot be taken; the text is the reply."""


def parse(keyword: str, argument: str, profile: Profile, *, extended: bool) -> tuple[str, dict[str, str]]:
    """Address and parameters of ``FROM:<address> parameters`` or ``TO:…``.

    The null sender is "". Raises BadArgument with the reply: 501 for the syntax, 553 for the address, 555
    for a parameter whose extension is not offered, 552 for a SIZE over the limit.
    """
    name, colon, rest = argument.partition(":")
    match = _PATH.fullmatch(rest)
    if name.upper() != keyword or not colon or not match:
        raise BadArgument(f"501 5.5.4 Syntax: {keyword}:<address> [parameters]")
    address, words = match.group(1), (match.group(2) or "").split()
    if words and not extended:
        raise BadArgument("555 5.5.4 Parameters need EHLO")
    options = _options(words, _MAIL if keyword == "FROM" else _RCPT, profile)
    _check_address(keyword, address)
    if int(options.get("SIZE", 0)) > profile.size:
        raise BadArgument("552 5.3.4 Message size exceeds fixed limit")
    return address, options


def _options(words: list[str], known: dict[str, str], profile: Profile) -> dict[str, str]:
    options: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        name = name.upper()
        extension = known.get(name)
        if extension is None or not (profile.auth if extension == "AUTH" else profile.speaks(extension)):
            raise BadArgument(f"555 5.5.4 Parameter {name} is not recognized")
        if name in options or not re.fullmatch(_VALUES[name], value, re.IGNORECASE | re.ASCII):
            raise BadArgument(f"501 5.5.4 Bad value of parameter {name}")
        options[name] = value
    return options


def _check_address(keyword: str, address: str) -> None:
    if address == "" and keyword == "FROM":
        return
    local, _, domain = address.rpartition("@")
    if not (local and domain) and address.lower() != "postmaster":
        raise BadArgument("553 5.1.3 Malformed address")
