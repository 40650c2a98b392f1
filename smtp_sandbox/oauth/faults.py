"""What goes wrong at the OAuth server, as data."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal, TypeAlias

from ..rules import Drop
from ..web_server import Headers
from .replies import Reply

PREFIX = "oauth:"
Endpoint: TypeAlias = Literal["authorization", "token", "revocation", "introspection"]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How an endpoint fails: ``Fault(name="mine", reply=Raw(b"nonsense"))``.

    ``reply`` is said instead of the honest answer. Without it that answer is given with ``changes`` to the members
    of its JSON (ABSENT takes one out) and ``headers`` added. ``clock`` is by how many seconds its date is wrong.

    Before, ``delay`` seconds pass, or with ``hang`` the time until somebody releases it. ``drop`` ends the
    connection ("fin" or "rst") once ``after`` octets of the answer were sent, counted from its end if negative.
    ``pause`` is the time in seconds between its octets, and ``endless`` repeats it until the client closes
    the connection.
    """

    name: str
    summary: str = ""
    endpoint: Endpoint = "token"
    reply: Reply | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    headers: Headers = ()
    clock: float = 0.0
    delay: float = 0.0
    hang: bool = False
    drop: Drop | None = None
    after: int = 0
    pause: float = 0.0
    endless: bool = False


@dataclass(slots=True)
class Trouble:
    """A fault in effect: of the requests that it is about the first ``skip`` pass, the next ``times`` meet it.

    ``grant_type`` limits it to token requests of that type. ``met`` counts those that met it.
    """

    fault: Fault
    _: KW_ONLY
    times: int | None = None
    skip: int = 0
    grant_type: str | None = None
    met: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)
    _released: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def is_due(self, endpoint: str, grant_type: str) -> bool:
        """Count one more request, and say whether it meets the fault."""
        if endpoint != self.fault.endpoint or self.grant_type not in (None, grant_type):
            return False
        self._seen += 1
        is_due = self._seen > self.skip and (self.times is None or self._seen <= self.skip + self.times)
        self.met += is_due
        return is_due

    @property
    def is_released(self) -> bool:
        """Whether those that it holds may go on."""
        return self._released.is_set()

    def release(self) -> None:
        """Let go, from any thread, those that it holds and those to come; what else is in the fault stays."""
        self._released.set()
