"""What a test does about the database, which it needs before and after it waits for a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from .. import conf
from ..account.database import give_back
from ..oauth.tokens import AccountTokenSource, Database
from ..outbox.database import persistently as _persistently
from ..smtp.settings import SMTPSettings

Result = TypeVar("Result")


def sparing(settings: SMTPSettings) -> SMTPSettings:
    """The same settings; each time that getting an access token has used the database, the connection is given
    back."""
    return over(_briefly, settings)


def over(database: Database, settings: SMTPSettings) -> SMTPSettings:
    """The same settings; what getting an access token needs of the database is done by ``database``."""
    source = settings.token_source
    if not isinstance(source, AccountTokenSource):
        return settings
    return replace(settings, token_source=source.over(database))


def persistently(action: Callable[[], Result]) -> Result:
    """Do something that may be done twice, though the database is locked or away: what took a test's time to find
    out should not be lost. Raises what the database raises after as long as a test may take."""
    return _persistently(action, conf.test_timeout())


def _briefly(action: Callable[[], Any]) -> Any:
    try:
        return action()
    finally:
        give_back()
