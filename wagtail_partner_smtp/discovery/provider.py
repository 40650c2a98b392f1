"""One well-known mail provider: where it takes mail, and what an editor has to know about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

from ..smtp.settings import Security


class OAuth(StrEnum):
    """Whether a provider wants OAuth in place of a password."""

    NO = "no"
    POSSIBLE = "possible"
    NEEDED = "needed"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider.

    ``login`` is the user name that is the same for everybody; ``login_is_email`` tells that it is the email
    address. ``domains`` are those of the provider's own addresses. ``receivers`` pairs the ends of the names
    that its MX records have with the server to send by: in both, ``*`` is one label, such as a region.
    ``more_hosts`` are further servers to send by, ``zones`` the domains that its servers name themselves by, that
    of ``host`` if none are given. ``spf`` are the names whose records a customer's SPF record takes in: any of
    them, the first by the provider's own word. ``help_url`` and ``credentials_url`` are its pages about sending
    and for app passwords or keys, ``limits`` what it allows, in its own terms. ``source`` is where all
    this was read, and ``read`` the day (ISO 8601).
    """

    key: str
    name: str
    host: str
    port: int
    security: Security
    hint: str | Promise
    source: str = ""
    read: str = ""
    login: str = ""
    login_is_email: bool = False
    more_hosts: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    receivers: tuple[tuple[str, str], ...] = ()
    spf: tuple[str, ...] = ()
    oauth: OAuth = OAuth.NO
    limits: str = ""
    help_url: str = ""
    credentials_url: str = ""

    def hosts(self) -> Iterator[str]:
        """The names of its servers; ``*`` is any one label."""
        yield self.host
        yield from self.more_hosts
        yield from (host for _, host in self.receivers)

    def server_zones(self) -> tuple[str, ...]:
        """The domains that its servers are in."""
        return self.zones or (".".join(self.host.split(".")[-2:]),)
