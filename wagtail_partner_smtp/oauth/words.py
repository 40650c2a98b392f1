"""A provider's text as it may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.views.decorators.debug import sensitive_variables

from ..smtp.reply import MAX_TEXT, REDACTED, Redactor, strip_controls

# Longer than the ids by which providers find a request in their logs, shorter than any token.
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9+/_=.~-]{41,}")


@sensitive_variables()
def shown(text: object, secrets: Iterable[str]) -> str:
    """One clean line without the secrets, and without anything that looks like a token; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    redactor = Redactor()
    for secret in filter(None, secrets):
        redactor.know(secret)
    return _TOKEN_LIKE.sub(REDACTED, redactor(strip_controls(text)))[:MAX_TEXT]
