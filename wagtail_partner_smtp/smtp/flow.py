"""How commands travel: one by one, or in groups where the server offers that and supports it."""

from __future__ import annotations

from collections.abc import Mapping

from .extensions import recipient_limit


class Flow:
    """What a server offers, and what it was seen to support, for one session.

    ``recipient_limit`` is how many recipients it takes in one transaction, if that is known. ``is_suspect``: other
    sessions should send single commands too.
    """

    def __init__(self, *, allowed: bool) -> None:
        self.groups_are_proven = False
        self.chunks_are_proven = False
        self.recipient_limit: int | None = None
        self.is_suspect = False
        self._is_plain = not allowed
        self._extensions: Mapping[str, str] = {}

    def learn(self, extensions: Mapping[str, str]) -> None:
        """Take over what EHLO says."""
        self._extensions = extensions
        self.forget_limit()

    def forget_limit(self) -> None:
        """What was taken for a limit is none: only what EHLO says is left."""
        self.recipient_limit = recipient_limit(self._extensions)

    def use_single_commands(self) -> None:
        """One command, one reply from now on."""
        self._is_plain = True

    def distrust(self) -> None:
        """Send single commands: the server does not support what it offers, or closed the connection at a
        group."""
        self._is_plain = self.is_suspect = True

    @property
    def pipelines(self) -> bool:
        """Whether commands may travel in groups (RFC 2920)."""
        return "PIPELINING" in self._extensions and not self._is_plain

    @property
    def chunks(self) -> bool:
        """Whether a message may travel with BDAT (RFC 3030)."""
        return "CHUNKING" in self._extensions and not self._is_plain
