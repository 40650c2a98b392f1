"""What is known of well-known providers, as data, each with where and when it was read."""

from __future__ import annotations

from ..provider import Provider
from . import hosters, mailboxes, relays

PROVIDERS: tuple[Provider, ...] = tuple(
    sorted(
        (*mailboxes.PROVIDERS, *hosters.PROVIDERS, *relays.PROVIDERS),
        key=lambda provider: provider.name.casefold(),
    )
)
