"""What a server has accepted."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SMTPError
from .outcome import Outcome
from .reply import Reply


@dataclass(frozen=True, kw_only=True)
class Receipt(Outcome):
    """The server took the message for at least one recipient; ``reply`` is its answer to the message.

    ``error`` is what ended a delivery of several transactions (RFC 5321 4.5.3.1.10) before the last one.
    """

    reply: Reply
    error: SMTPError | None = None
