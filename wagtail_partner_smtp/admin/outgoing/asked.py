"""That a user has asked for a message's text: by a press of a button, never by a link that leads there.

The press is noted in the history, so nobody else may cause it. What shows the text comes after it, by GET, with a
value that only this site can sign.
"""

from __future__ import annotations

from typing import Any

from django.core import signing

from ...models import QueuedMessage

NAME = "asked"
"""The parameter of an address that the value is in."""

MAX_AGE = 10 * 60
"""For how many seconds the text is shown without another press."""

_SALT = "wagtail_partner_smtp.asked_for_text"


def sign(user: Any, message: QueuedMessage) -> str:
    """The value that lets this user be shown this message's text."""
    return signing.dumps(_bound(user, message), salt=_SALT)


def has_asked(value: str, user: Any, message: QueuedMessage) -> bool:
    """Whether this user has asked for this message's text, within the last ten minutes."""
    try:
        signed = signing.loads(value, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return False
    return bool(signed == _bound(user, message))


def _bound(user: Any, message: QueuedMessage) -> list[str]:
    return [str(user.pk), str(message.pk)]
