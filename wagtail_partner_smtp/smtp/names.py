"""The addresses of an envelope."""

from __future__ import annotations

import re

from .errors import Code, SettingsError


def envelope_address(address: str) -> str:
    """The address with its domain as A-label; a local part that is not ASCII stays so (RFC 6531).

    Raises ``SettingsError`` for what cannot be an address.
    """
    local, separator, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii") if separator else domain
    except UnicodeError:
        raise SettingsError(Code.EMAIL_INVALID) from None
    if re.search(r"[\s<>\0]", local + ascii_domain):
        raise SettingsError(Code.EMAIL_INVALID)
    return f"{local}{separator}{ascii_domain}"
