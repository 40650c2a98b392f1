"""Checks of the values that somebody gives; each error says what was given and what can be."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

_MOST = 10**9


def check_kind(name: str, value: object, *kinds: type) -> None:
    """Raise TypeError for a value of another type; True and False are no numbers."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
        raise TypeError(f"{name} has to be {wanted}, not {value!r}")


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise ValueError for what is none of the choices."""
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"{name}={value!r} is none of {', '.join(map(repr, choices))}")


def check_number(name: str, value: float, *, least: int, most: int = _MOST) -> None:
    """Raise ValueError for a number out of bounds, which infinity and NaN are too."""
    if not least <= value <= most:
        raise ValueError(f"{name}={value!r} is not between {least} and {most}")


def check_text(name: str, text: str) -> None:
    """Raise ValueError for a text that cannot be sent."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} cannot be encoded: {error}; write octets, as in b'...'") from error


def check_line(name: str, text: str) -> None:
    """The same for a text that is empty or has several lines, or other control characters."""
    check_text(name, text)
    if not text.strip() or any(ord(character) < 32 for character in text):
        raise ValueError(f"{name}={text!r} is not one line of text")
