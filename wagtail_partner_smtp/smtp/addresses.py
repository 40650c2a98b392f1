"""Which addresses may be connected to: the global ones, and what the site's settings add.

The networks refused are those of the IANA special-purpose address registries (RFC 6890), written out
because ``ipaddress.is_global`` changed between Python releases, and what clouds use for their metadata.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from .names import canonical_host, is_private, split_port

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = frozenset({25, 465, 587, 2525})


def _networks(*texts: str) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# A host name in the allow-list never lets these in: cloud metadata lives there.
METADATA = _networks(
    "169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
    "fd00:ec2::/32", "fd20:ce::254/128",
)  # fmt: skip
NOT_GLOBAL = (
    *METADATA,
    *_networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "3fff::/20",
        "::/3", "4000::/2", "8000::/1",  # all but 2000::/3, the global unicast addresses
    ),
)  # fmt: skip
_MAPPED, _NAT64, _SIX_TO_FOUR = _networks("::ffff:0:0/96", "64:ff9b::/96", "2002::/16")


def unwrap(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv4-mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056) address, else itself."""
    if address in _MAPPED or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def is_global(address: IPAddress) -> bool:
    inner = unwrap(address)
    return not any(inner in network for network in NOT_GLOBAL)


@dataclass(frozen=True, kw_only=True)
class AllowedDestination:
    """One entry of the allow-list: a network or a host, and the ports that may be connected to there."""

    target: IPNetwork | str
    ports: frozenset[int]

    @classmethod
    def parse(cls, entry: str) -> AllowedDestination:
        """``10.0.0.0/8``, ``10.1.2.3:2525``, ``[fd00::]/8:25``, ``relay.internal:2525``.

        Raises ``ValueError`` for anything else.
        """
        target, port = split_port(entry.strip())
        ports = DEFAULT_PORTS if port is None else frozenset({port})
        try:
            return cls(target=ipaddress.ip_network(target), ports=ports)
        except ValueError:
            if "/" in target or ":" in target:
                raise
            return cls(target=canonical_host(target), ports=ports)

    def covers(self, address: IPAddress, host: str) -> bool:
        """On some port."""
        if isinstance(self.target, str):
            return self.target == host and not any(unwrap(address) in network for network in METADATA)
        return address in self.target or unwrap(address) in self.target


class AddressGuard:
    """Decides at connect time, on the very address that is connected to."""

    def __init__(self, allowed_networks: Iterable[str]) -> None:
        self._allowed = tuple(AllowedDestination.parse(entry) for entry in allowed_networks)

    def allows(self, address: IPAddress, port: int, host: str) -> bool:
        """``host`` is the canonical name that ``address`` was found under."""
        entries = (entry for entry in self._allowed if port in entry.ports)
        return is_global(address) or any(entry.covers(address, host) for entry in entries)

    def may_ask(self, host: str) -> bool:
        """Whether a name service may be asked for this canonical name.

        Which names there are in the site's own network is nobody's business, and an answer, or how long it takes,
        would tell. So those are asked for that the allow-list may be about: a network may hold any.
        """
        return not is_private(host) or any(
            entry.target == host or not isinstance(entry.target, str) for entry in self._allowed
        )

    def may_tell(self, address: IPAddress, host: str) -> bool:
        """Whether anything may be said that depends on an address of ``host``."""
        return is_global(address) or self.allows_on_another_port(address, host)

    def allows_on_another_port(self, address: IPAddress, host: str) -> bool:
        """Whether the port alone keeps an address out that ``allows`` refuses."""
        return any(entry.covers(address, host) for entry in self._allowed)
