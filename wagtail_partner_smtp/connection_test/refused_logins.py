"""How soon a login that was refused may be tried again: servers lock an account after some wrong passwords.

What they lock is the mailbox, on whichever port it was tried. A login that is an email address is one mailbox
under every name of its server, too; any other login is one at its host only. A login that is accepted takes back
what was refused under the same name alone: another may be that of a server that accepts anything.

Each refusal is a row of its own beside the leases, which ends by itself: written and counted by single autocommit
statements, so that all processes and users count together. Deliveries neither wait nor count: nobody's tests hold
up mail, and a queue stops at its first refused login.
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
from .leases import Busy, ended
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
    if isinstance(error, AuthenticationError) and not _is_unchecked(error):
        _remember(settings)
    elif settings.login and error is None and not report.facts.login_unused:
        _rows(_at_this_host(settings)).delete()


def _is_unchecked(error: AuthenticationError) -> bool:
    return error.reply.temporary or error.code is Code.AUTH_TEMPORARY


def _remember(settings: SMTPSettings) -> None:
    now = timezone.now()
    ConnectionTestLease.objects.filter(ended(now, REMEMBERED), key__startswith=_PREFIX).delete()
    key, expires = f"{_at_this_host(settings)}:{uuid4()}", now + REMEMBERED
    ConnectionTestLease.objects.create(key=key, token=uuid4(), user_id="", expires=expires)


def _pause(settings: SMTPSettings) -> int:
    if not settings.login:
        return 0
    now = timezone.now()
    rows = _rows(_mailbox(settings)).exclude(ended(now, REMEMBERED))
    ends = list(rows.values_list("expires", flat=True))
    if not ends:
        return 0
    pause = timedelta(seconds=min(2 ** len(ends), LONGEST_PAUSE))
    return max(0, math.ceil((max(ends) - REMEMBERED + pause - now).total_seconds()))


def _rows(name: str) -> QuerySet[ConnectionTestLease]:
    return ConnectionTestLease.objects.filter(key__startswith=f"{name}:")


def _at_this_host(settings: SMTPSettings) -> str:
    return f"{_mailbox(settings)}:{_digest(one_spelling(settings.host))}"


def _mailbox(settings: SMTPSettings) -> str:
    """What a server would lock, whatever the password and the port."""
    # Nearly all servers take a login in upper and lower case for the same one.
    login = settings.login.casefold()
    host = "" if "@" in login else one_spelling(settings.host)
    return _PREFIX + _digest(host, login)


def _digest(*values: str) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
