"""Who makes the access tokens of accounts with OAuth: a room above this one, which registers itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..smtp.errors import Code, SettingsError
from ..smtp.settings import Stage
from ..smtp.token_source import TokenSource

if TYPE_CHECKING:
    from .oauth import SMTPAccountOAuth

Factory = Callable[["SMTPAccountOAuth"], TokenSource]

_factory: Factory | None = None


def register(factory: Factory | None) -> Factory | None:
    """Have this factory make the sources from now on; the one that did before. ``None`` takes it away."""
    global _factory
    before, _factory = _factory, factory
    return before


def source_of(partner: SMTPAccountOAuth) -> TokenSource:
    """Where the partner's tokens come from. Raises ``SettingsError`` if there is nobody who makes any."""
    if _factory is None:
        raise SettingsError(Code.OAUTH_UNAVAILABLE, stage=Stage.SETTINGS, facts={"field": "auth"})
    return _factory(partner)
