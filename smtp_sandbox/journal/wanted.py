"""What a test waits for, and whether a message is like that."""

from __future__ import annotations

import re
from typing import Protocol, TypedDict

from .records import Message, Origin

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WITH_NAME = re.compile(rf'(?:{_QUOTED}|[^"<>,;])*<\s*((?:{_QUOTED}|[^"<>\s])*)\s*>\s*')
_NO_ADDRESS = re.compile(r"[\s<>,;\"]")


class Place(Protocol):
    """Where messages come in."""

    origin: Origin


class Wanted(TypedDict, total=False):
    """What a message must be like; what is left out or None may be anything.

    ``to`` is one of its recipients; addresses are compared in any case and may have a name, as in
    ``Ann <ann@example.org>``, the subject exactly. ``after`` is a message that came before.
    """

    to: str | None
    mail_from: str | None
    subject: str | None
    at: Place | None
    after: Message | None


def checked(wanted: Wanted) -> Wanted:
    """The same with bare addresses.

    Raises TypeError for what no message can be asked for, ValueError for what is no address: to wait for it would
    be in vain, and to assert that it does not come would prove nothing.
    """
    if unknown := set(wanted) - set(Wanted.__annotations__):
        known = ", ".join(Wanted.__annotations__)
        raise TypeError(f"no message has {', '.join(sorted(unknown))}; known are {known}")
    for name in ("to", "mail_from", "subject"):
        value: object = wanted.get(name)
        if not isinstance(value, str | None):
            raise TypeError(f"{name} is a text, not {value!r}")
    if not (wanted.get("at") is None or hasattr(wanted["at"], "origin")):
        raise TypeError(f"at is a listener, not {wanted['at']!r}")
    if not isinstance(wanted.get("after"), Message | None):
        raise TypeError(f"after is a message, not {wanted['after']!r}")
    found = wanted.copy()
    if (to := wanted.get("to")) is not None:
        found["to"] = _address("to", to)
    if (mail_from := wanted.get("mail_from")) is not None:
        found["mail_from"] = _address("mail_from", mail_from)
    return found


def _address(name: str, text: str) -> str:
    match = _WITH_NAME.fullmatch(text)
    address = match[1] if match else text.strip()
    # The null sender, as "" or <>.
    is_null = name == "mail_from" and not address
    if _NO_ADDRESS.search(re.sub(_QUOTED, "", address)) or not (address or is_null):
        raise ValueError(f"{name!r} is one address, as in 'ann@example.org', which {text!r} is not")
    return address


def is_wanted(wanted: Wanted, message: Message) -> bool:
    """Whether the message is like that, which has been checked."""
    to, mail_from = wanted.get("to"), wanted.get("mail_from")
    at, after = wanted.get("at"), wanted.get("after")
    if at is not None and message.session.origin is not at.origin:
        return False
    if after is not None and message.number <= after.number:
        return False
    if to is not None and to.lower() not in (to.lower() for to in message.rcpt_tos):
        return False
    if mail_from is not None and mail_from.lower() != message.mail_from.lower():
        return False
    return wanted.get("subject") is None or wanted["subject"] == message.subject


def described(wanted: Wanted) -> str:
    """What is wanted, in a line."""
    at = wanted.get("at")
    after = wanted.get("after")
    facts = {**wanted, "at": at and at.origin, "after": after and repr(after.subject)}
    return ", ".join(f"{name}={value!s}" for name, value in facts.items() if value is not None) or "any"
