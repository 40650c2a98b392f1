"""How soon a login that was refused may be tried again: servers lock an account after some wrong passwords.

Each refusal is a row of its own beside the leases, which ends by itself: written and counted by single autocommit
statements, so that all processes and users count together.
"""

from __future__ import annotations

import hashlib
import json
import math
from datetime import timedelta
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from ..account.saving import one_spelling
from ..models import ConnectionTestLease
from ..smtp.errors import AuthenticationError, Code
from ..smtp.settings import SMTPSettings
from .leases import Busy
from .report import ConnectionReport

REMEMBERED = timedelta(minutes=10)
LONGEST_PAUSE = 60  # seconds

_PREFIX = "refused-login:"


def refuse_too_soon(settings: SMTPSettings) -> None:
    """Raise ``Busy`` if the server has refused this login so lately that it had better not be tried again yet.

    The pause is two seconds after one refusal, and doubles with each further one, up to a minute.
    """
    if wait := _pause(settings):
        raise Busy(wait, Code.LOGIN_TOO_SOON)


def note(settings: SMTPSettings, report: ConnectionReport) -> None:
    """Remember a refusal; forget those before a success."""
    error = report.facts.error
    if isinstance(error, AuthenticationError) and not error.reply.temporary:
        _remember(settings)
    elif settings.login and error is None and not report.facts.login_unused:
        _rows(settings).delete()


def _remember(settings: SMTPSettings) -> None:
    now = timezone.now()
    ConnectionTestLease.objects.filter(key__startswith=_PREFIX, expires__lte=now).delete()
    key, expires = f"{_name(settings)}:{uuid4()}", now + REMEMBERED
    ConnectionTestLease.objects.create(key=key, token=uuid4(), user_id="", expires=expires)


def _pause(settings: SMTPSettings) -> int:
    if not settings.login:
        return 0
    now = timezone.now()
    ends = list(_rows(settings).filter(expires__gt=now).values_list("expires", flat=True))
    if not ends:
        return 0
    pause = timedelta(seconds=min(2 ** len(ends), LONGEST_PAUSE))
    return max(0, math.ceil((max(ends) - REMEMBERED + pause - now).total_seconds()))


def _rows(settings: SMTPSettings) -> QuerySet[ConnectionTestLease]:
    return ConnectionTestLease.objects.filter(key__startswith=f"{_name(settings)}:")


def _name(settings: SMTPSettings) -> str:
    """Of one login at one server, whatever the password."""
    values = [one_spelling(settings.host), settings.effective_port, settings.login]
    return _PREFIX + hashlib.sha256(json.dumps(values).encode()).hexdigest()
