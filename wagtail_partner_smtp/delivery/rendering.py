"""From a Django message to the bytes that travel, the same on every Django.

Django 6 makes messages with a policy of Python's ``email`` package, Django 5.2 with none. Both build the body; the
headers leave as ``headers`` folds them.
"""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Callable
from email.message import Message
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any

from django.core.mail import EmailMessage

from ..smtp.errors import Code
from .generator import flattened
from .headers import NOT_OURS, SEEN_BY_EVERYBODY, Given, HeaderError, LegacyHeaders, ModernHeaders
from .transfer_encoding import fit_for_smtp

# RFC 5322 3.6 and RFC 2045 3.
_ONCE = frozenset(
    {
        "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
        "mime-version", "content-type", "content-transfer-encoding",
    }
)  # fmt: skip
_STAND_IN = "stand-in@localhost"
_MODERN = ModernHeaders(linesep="\r\n", refold_source="none")
_LEGACY = LegacyHeaders(linesep="\r\n", max_line_length=78, cte_type="8bit")


def rendered(outgoing: EmailMessage) -> bytes:
    """The bytes of a message whose addresses and headers are in good order, 8-bit where its texts are.

    Raises ``HeaderError``, and whatever Django and Python raise.
    """
    given = _given(outgoing)
    mime = _mime(outgoing, given)
    is_modern = isinstance(mime.policy, EmailPolicy)
    mime.policy = _MODERN if is_modern else _LEGACY
    counts = _counts(mime)
    for name in (SEEN_BY_EVERYBODY | NOT_OURS) & counts.keys():
        del mime[name]
    for name, value in given.items():
        if name.lower() in counts:
            mime.replace_header(name, value)
    return flattened(fit_for_smtp(mime), mime.policy)


def _counts(mime: Message[Any, Any]) -> Counter[str]:
    counts = Counter(name.lower() for name in mime.keys())  # noqa: SIM118
    for name in _ONCE & counts.keys():
        if counts[name] > 1:
            raise HeaderError(Code.HEADER_INVALID, name)
    return counts


def _given(outgoing: EmailMessage) -> dict[str, Given]:
    """The headers that leave as they stand in the copy."""
    headers = {
        "Subject": outgoing.subject,
        "From": outgoing.from_email,
        "To": Given(", ".join(outgoing.to)),
        "Cc": Given(", ".join(outgoing.cc)),
        "Reply-To": Given(", ".join(outgoing.reply_to)),
        **outgoing.extra_headers,
    }
    return {
        name: Given(value) for name, value in headers.items() if isinstance(value, Given) or value.isascii()
    }


def _mime(outgoing: EmailMessage, given: dict[str, Given]) -> Message[Any, Any]:
    if _takes_policy(type(outgoing).message):
        return outgoing.message(policy=_MODERN.clone(given=frozenset(given.values())))  # type: ignore[call-arg]
    return _without_other_letters(outgoing, given).message()


def _without_other_letters(outgoing: EmailMessage, given: dict[str, Given]) -> EmailMessage:
    """Django 5.2 encodes addresses that are not ASCII, and fails at long ones; all that it writes is replaced."""
    stand_ins = {name: _STAND_IN for name, value in given.items() if not value.isascii()}
    if not stand_ins:
        return outgoing
    plain = copy.copy(outgoing)
    plain.extra_headers = {**outgoing.extra_headers, **stand_ins}
    return plain


@lru_cache(maxsize=64)
def _takes_policy(method: Callable[..., Any]) -> bool:
    """Django 5.2 has no policies, and the ``message()`` of a site's own class may have none."""
    return "policy" in inspect.signature(method).parameters
