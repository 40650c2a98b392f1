"""What a cause means for mail that waits in a queue."""

from __future__ import annotations

from enum import StrEnum


class Consequence(StrEnum):
    """What to do about a message, or about all mail of its partner."""

    RETRY_SOON = "retry_soon"  # this message, after a while; the partner's others go on
    RETRY_LATER = "retry_later"  # nothing of this partner for a while
    STOP_PARTNER = "stop_partner"  # nothing of this partner until somebody mends its account
    FAIL_MESSAGE = "fail_message"  # this message never
    FAIL_RECIPIENT = "fail_recipient"  # this recipient never
