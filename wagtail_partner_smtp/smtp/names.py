"""Names as the network knows them: hosts, domains, the addresses of an envelope, our own name.

A domain that is not ASCII becomes A-labels by IDNA 2008 (RFC 5891) after the mapping of UTS 46, without its
transitional rules, as browsers and registries have it. Python's own codec is IDNA 2003: "ß", "ς" and the joiners
lead it to another owner's domain.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache

import idna

from .errors import Code, SettingsError
from .reply import has_controls, strip_controls

PORT_RANGE = range(1, 65536)
MAX_HOST_TEXT = 1024  # characters of a host in any spelling: IDNA takes seconds for what a form can hold
MAX_DOMAIN = 253
MAX_ADDRESS = 254  # octets, RFC 5321 4.5.3.1.3 without the brackets
MAX_SHOWN = 100  # characters of a text that an error quotes

_PRIVATE_ENDINGS = tuple(
    f".{each}"
    for each in ("corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localhost", "private")
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE)
# RFC 5321 4.1.2: letters, digits and hyphens, at least two labels, the last of which is no number.
_QUALIFIED = re.compile(
    r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?![0-9]+\Z)(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE
)
# RFC 5322 3.2.3 and 3.2.4; letters beyond ASCII by RFC 6531 3.3.
_ATOM = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff()<>\[\]:;@\\,.\"]+"
_QUOTED = r'"(?:[^\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029"\\]|\\[\x20-\x7e])*"'
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?P<domain>[^@\"\\]+)")
# Format characters (Unicode's Cf). The joiners belong to words of some scripts, and only between their letters.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<![^\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f])"
)


def canonical_host(host: str) -> str:
    """The one spelling of a host: A-labels, lower case, no final dot; an IP address in its short form.

    Raises ``ValueError`` for a text that can be neither a host name nor an address.
    """
    text = host.strip()
    # A zone (RFC 4007 11) names an interface of this machine, and would be looked up when it is connected to.
    if len(text) > MAX_HOST_TEXT or "%" in text:
        raise ValueError("too long for a host name" if "%" not in text else "not a host name")
    return _canonical(text)


def is_private(host: str) -> bool:
    """Whether a canonical host is a name that means something in some network only: one label, or an ending that
    no public name has (RFC 6761 6.3, RFC 6762 appendix G, RFC 8375).
    """
    if ":" in host:
        return False
    return "." not in host or host.endswith(_PRIVATE_ENDINGS)


def host_or_nothing(text: str) -> str:
    """The canonical host, or "" for a text that can be none."""
    try:
        return canonical_host(text)
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def _canonical(text: str) -> str:
    if address := _ip_address(text.removeprefix("[").removesuffix("]")):
        return address
    name = ascii_domain(text).lower().removesuffix(".")
    # Digits in circles or of full width make an address only now.
    return _ip_address(name) or name


def ascii_domain(domain: str) -> str:
    """The domain as A-labels; one that is ASCII stays as it is written. One dot may end it.

    Raises ``ValueError`` for what cannot be a domain, and for what IDNA 2008 does not allow.
    """
    name = domain if domain.isascii() else _a_labels(domain)
    bare = name.removesuffix(".")
    if len(bare) > MAX_DOMAIN or not all(map(_LABEL.fullmatch, bare.split("."))):
        raise ValueError("not a domain")
    return name


# A message asks for its sender's and its recipients' a few times on its way. What is no address is not kept.
@lru_cache(maxsize=1024)
def envelope_address(address: str) -> str:
    """The address with its domain as A-labels; a local part that is not ASCII stays so (RFC 6531).

    Domains may be address literals (RFC 5321 4.1.3), local parts quoted. Nothing else is changed: raises
    ``SettingsError``, with the text in ``facts``, for what is no address as it stands. The null sender is "".
    """
    if not address:
        return ""
    if characters := invisible_characters(address):
        facts = {"address": shown(address), "characters": characters}
        raise SettingsError(Code.INVISIBLE_CHARACTERS, facts=facts)
    match = _ADDRESS.fullmatch(address) if len(address) <= MAX_ADDRESS else None
    domain = _mail_domain(match["domain"]) if match else ""
    if not match or not domain or len(match["local"].encode()) + 1 + len(domain) > MAX_ADDRESS:
        raise SettingsError(Code.EMAIL_INVALID, facts={"address": shown(address)})
    return f"{match['local']}@{domain}"


def invisible_characters(text: str) -> str:
    """The invisible characters of a text, as ``U+200B U+2060``, or "". Joiners within words are letters."""
    return " ".join(dict.fromkeys(f"U+{ord(character):04X}" for character in _INVISIBLE.findall(text)))


def without_invisible_characters(text: str) -> str:
    return _INVISIBLE.sub("", text)


def shown(text: str) -> str:
    """A text as an error may quote it: one line, nothing hidden in it, cut."""
    return strip_controls(text)[:MAX_SHOWN]


def own_name(configured: str) -> str:
    """What EHLO says (RFC 5321 4.1.1.1): the configured name or the machine's, whichever is qualified, or "".

    Raises ``SettingsError`` for a configured text that would start another command.
    """
    if has_controls(configured):
        raise SettingsError(Code.CONTROL_CHARACTERS)
    return qualified_name(configured) or _machine_name()


def address_literal(address: str) -> str:
    """An IP address as EHLO says it where there is no name (RFC 5321 4.1.3)."""
    bare = address.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"


def qualified_name(name: str) -> str:
    """The name as EHLO may say it (RFC 5321 4.1.2), address literals included, or "" if servers refuse it."""
    if name.startswith("["):
        return name if _is_literal(name) else ""
    try:
        domain = ascii_domain(name)
    except ValueError:
        return ""
    return domain if _QUALIFIED.fullmatch(domain) else ""


def is_elsewhere(address: str, email: str, host: str) -> bool:
    """Whether an address is of another domain than a sender and their server.

    What lies above or below one of theirs is taken for theirs, since a server for incoming mail takes it as well.
    """
    domain = _domain_of(address)
    homes = filter(None, (_domain_of(email), _mail_domain(host).lower()))
    return bool(domain) and not any(_is_within(domain, home) or _is_within(home, domain) for home in homes)


def split_port(entry: str) -> tuple[str, int | None]:
    """``10.1.2.3:2525`` or ``[fd00::1]:25`` apart. Raises ``ValueError`` for what is no port."""
    if entry.startswith("["):
        inner, _, tail = entry[1:].partition("]")
        prefix, _, port = tail.partition(":")
        return inner + prefix, _port(port)
    if entry.count(":") == 1:
        target, _, port = entry.partition(":")
        return target, _port(port)
    return entry, None


def _domain_of(address: str) -> str:
    _, at, domain = address.rpartition("@")
    return _mail_domain(domain).lower() if at else ""


def _is_within(domain: str, other: str) -> bool:
    return f".{domain}".endswith(f".{other}")


def _port(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) not in PORT_RANGE:
        raise ValueError(f"not a port: {text!r}")
    return int(text)


@lru_cache(maxsize=256)
def _a_labels(domain: str) -> str:
    if len(domain) > MAX_HOST_TEXT:
        raise ValueError("too long for a domain")
    mapped = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    # Label by label: an underscore, which hosts do have, is none of IDNA's letters.
    return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in mapped.split("."))


def _mail_domain(domain: str) -> str:
    if domain.startswith("["):
        return domain if _is_literal(domain) else ""
    try:
        name = ascii_domain(domain)
    except ValueError:
        return ""
    # RFC 5321 4.1.2 knows no final dot; an address without its brackets would be looked up as a name.
    return "" if name.endswith(".") or name.rpartition(".")[2].isdigit() else name


def _is_literal(domain: str) -> bool:
    if not domain.endswith("]") or "%" in domain:
        return False
    inner = domain[1:-1]
    try:
        if inner.lower().startswith("ipv6:"):
            return bool(ipaddress.IPv6Address(inner[5:]))
        return bool(ipaddress.IPv4Address(inner))
    except ValueError:
        return False


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _machine_name() -> str:
    name = socket.gethostname()
    return name if _QUALIFIED.fullmatch(name) else ""
