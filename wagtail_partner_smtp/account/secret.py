"""Text that must not show where values are shown."""

from __future__ import annotations

import re

from django.views.decorators.debug import sensitive_variables

_SURROGATES = re.compile("[\ud800-\udfff]")


class Secret(str):
    """Text that no ``repr`` shows: neither that of an object that has it, nor the variables of a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


@sensitive_variables("text")
def as_secret(text: str, name: str) -> Secret:
    """The text as what can be sealed. Raises ``ValueError`` if it is no Unicode, with ``name`` in place of it."""
    if _SURROGATES.search(text):
        # encode() would raise an error that quotes the whole text.
        raise ValueError(f"The {name} holds half a character, which has no UTF-8 form.")
    return Secret(text)
