"""Consents that somebody was sent to a provider for, kept in that user's session until the browser is back.

The ``state`` that travels with the browser is random, and known to this session alone (RFC 6749 10.12). The
session knows only its hash, so that nobody who reads sessions can make up an answer. It is good for one answer,
within ten minutes.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.views.decorators.debug import sensitive_variables

from ...oauth.consent import Attempt

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

KEY = "wagtail_partner_smtp.oauth"
"""Where in the session they are."""

MAX_AGE = 10 * 60
"""For how many seconds an answer is waited for."""

MAX_PENDING = 5
"""So many at once in one session; each further one takes the place of the oldest."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Who asked, for which partner, and what the answer is redeemed with.

    ``user`` and ``pk`` are primary keys as text, ``model`` is a lower-case label, ``since`` is in seconds of the
    epoch.
    """

    user: str
    model: str
    pk: str
    attempt: Attempt
    since: float = field(default_factory=time.time)

    @classmethod
    def stored(cls, values: dict[str, Any]) -> Pending:
        """Of the values that a session holds."""
        return cls(**values | {"attempt": Attempt(**values["attempt"])})

    @property
    def is_in_time(self) -> bool:
        # A clock that was put back must not make it last longer.
        return 0 <= time.time() - self.since <= MAX_AGE


def new_state() -> str:
    """256 random bits, as text for an address."""
    return secrets.token_urlsafe(32)


def remember(session: SessionBase, state: str, pending: Pending) -> None:
    """Wait for the answer with this state."""
    waiting = [each for each in _stored(session).items() if Pending.stored(each[1]).is_in_time]
    session[KEY] = {**dict(waiting[-(MAX_PENDING - 1) :]), _hash(state): asdict(pending)}


@sensitive_variables("state")
def take(session: SessionBase, state: str) -> Pending | None:
    """What waits for the answer with this state, and no longer does; ``None`` if nothing does, or no more."""
    stored = _stored(session)
    values = stored.pop(_hash(state), None)
    if values is None:
        return None
    session[KEY] = stored
    # At once, not with the response: the provider is asked in between.
    session.save()
    pending = Pending.stored(values)
    return pending if pending.is_in_time else None


def _stored(session: SessionBase) -> dict[str, dict[str, Any]]:
    return dict(session.get(KEY) or {})


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()
