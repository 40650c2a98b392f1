"""What a test does about the database, which it needs before and after it waits for a server."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError

from .. import conf
from ..account.database import give_back, persistently
from ..oauth.tokens import AccountTokenSource, Database
from ..smtp.settings import SMTPSettings

Result = TypeVar("Result")

log = logging.getLogger("wagtail_partner_smtp")


class Afterwards:
    """What is done in the database once a test knows its outcome, which is told whatever becomes of that.

    A database that is locked or away is tried again for as long as a test may take, in all. After that nothing
    more is attempted, and the log has one entry.
    """

    def __init__(self) -> None:
        self._deadline = 0.0
        self._is_given_up = False

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """What ``action``, which may be done twice, returns; ``None`` if it could not be done."""
        if self._is_given_up:
            return None
        now = time.monotonic()
        self._deadline = self._deadline or now + conf.test_timeout()
        try:
            return persistently(action, self._deadline - now)
        except (InterfaceError, OperationalError):
            log.exception("What a connection test has found out could not be written down")
            self._is_given_up = True
            return None


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


def _briefly(action: Callable[[], Any]) -> Any:
    try:
        return action()
    finally:
        give_back()
