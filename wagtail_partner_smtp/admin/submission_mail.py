"""Which message the submission of a form was mailed by, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..models import MailState, QueuedMessage

MESSAGE = "partner_smtp_message"
"""Where the data of a submission say which message it was mailed by: its primary key and UUID."""


_REFERENCE = re.compile(r"([0-9]{1,18})/[0-9a-f-]{36}")


def reference(message: QueuedMessage) -> str:
    return f"{message.pk}/{message.uuid}"


def states_of(submissions: Iterable[Any]) -> dict[int, str]:
    """In words, by the submissions' primary keys, with one query; those without mail, or whose is forgotten, are
    missing."""
    references = {each.pk: str(each.form_data.get(MESSAGE, "")) for each in submissions}
    numbers = {match[1] for text in references.values() if (match := _REFERENCE.fullmatch(text))}
    messages = QueuedMessage.objects.filter(pk__in=numbers)
    found = {reference(each): each.state for each in messages.only("uuid", "state")}
    return {pk: str(MailState(found[text]).label) for pk, text in references.items() if text in found}
