"""What happened to one message, for each of its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import SMTPError
from .reply import Reply


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Every recipient is in exactly one of the four.

    ``accepted``: the server has taken the message for them; it must never be sent to them again. ``refused``:
    the reply that kept it from them, whether to MAIL, to RCPT or to the message itself. ``unknown``: the
    connection ended between the message and its answer. ``untried``: it surely did not reach them, and nobody
    has refused it.

    ``causes`` are what the permanent replies to RCPT mean: some are about the account, as where its quota is
    used up amid the recipients.
    """

    accepted: tuple[str, ...] = ()
    refused: Mapping[str, Reply] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    causes: Mapping[str, SMTPError] = field(default_factory=dict)
