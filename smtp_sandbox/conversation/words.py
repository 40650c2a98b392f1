"""Words of the protocol, which are ASCII in any case (RFC 5321 2.4)."""

from __future__ import annotations


def upper(word: str) -> str:
    """In capital letters; a word beyond ASCII as it is, since some of its letters have capitals in ASCII."""
    return word.upper() if word.isascii() else word
