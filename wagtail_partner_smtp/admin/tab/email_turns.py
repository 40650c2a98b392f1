"""When a user may send a test email: one at a time, with a pause after each, and a limited number within 24
hours.

It goes to the user's own address, which the user may change to anybody's. So what is counted is the user, over all
partners and addresses, and the attempts, since a refused recipient tells something, too. The audit log is what is
counted: it is written within the turn, so that two requests at once cannot both be the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from ... import audit, conf
from ...connection_test import leases
from ...connection_test.database import Afterwards
from ...smtp.errors import Code

DAY = timedelta(hours=24)


@contextmanager
def turn(partner: Model, user: Any) -> Iterator[Afterwards]:
    """The right to send ``user`` one test email of ``partner``, for the ``with`` block, which writes it into the
    audit log. Raises ``leases.Busy``."""
    with leases.hold_for_email(partner, user) as afterwards:
        if wait := _until_limit_allows(user):
            raise leases.Busy(wait, Code.TEST_EMAIL_LIMIT)
        yield afterwards


def wait(user: Any) -> int:
    """Whole seconds until ``user`` may send a test email again; 0 if that is now."""
    return max(leases.email_pause(user), _until_limit_allows(user))


def _until_limit_allows(user: Any) -> int:
    now, limit = timezone.now(), conf.test_emails_per_day()
    times = audit.test_emails_of(user, now - DAY, limit)
    if len(times) < limit:
        return 0
    return max(1, math.ceil((times[-1] + DAY - now).total_seconds()))
