"""What a connection needs from the port that it was made to."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter as Tally
from collections.abc import Mapping
from typing import Protocol

from ..journal.messages import Journal
from ..journal.records import Session
from ..profiles import Mode, Profile
from ..rules import Counter, Rule
from ..tokens import Issued, Token


class Register(Protocol):
    """The list of connections."""

    def opened(self, transport: asyncio.Transport) -> Session:
        """Record a new connection."""

    def closed(self, session: Session, transport: asyncio.Transport) -> None:
        """Record the end of a connection, once."""


class Port(Register, Protocol):
    """What the port serves, and what it counts over all its connections."""

    commands: Tally[str]
    met: Counter

    @property
    def inlet(self) -> memoryview:
        """Where octets arrive; whoever is told of them copies them at once."""

    @property
    def profile(self) -> Profile:
        """How to behave."""

    @property
    def switched_on(self) -> tuple[Rule, ...]:
        """The rules that apply beside those of the profile."""

    @property
    def mode(self) -> Mode:
        """When to encrypt."""

    @property
    def users(self) -> Mapping[str, str]:
        """Names and passwords."""

    @property
    def tokens(self) -> Mapping[str, Token]:
        """Names and access tokens."""

    @property
    def issued(self) -> Issued:
        """The access tokens of the sandbox's OAuth server."""

    @property
    def journal(self) -> Journal:
        """Where messages go."""

    def context(self) -> ssl.SSLContext:
        """The server's TLS context of now."""

    def faulted(self) -> None:
        """Count a fault."""
