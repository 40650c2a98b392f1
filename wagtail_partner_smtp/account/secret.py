"""Text that must not show where values are shown."""

from __future__ import annotations


class Secret(str):
    """Text that no ``repr`` shows: neither that of an object that has it, nor the variables of a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"
