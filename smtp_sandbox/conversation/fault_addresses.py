"""Recipients that say how they are to be refused: ``550@…``, ``421@…``, ``452-4.2.2@…``, ``550+ann@…``."""

from __future__ import annotations

import re

from ..rules import Rule

_LOCAL_PART = re.compile(r"([45][0-9]{2})(?:-([45]\.[0-9]{1,3}\.[0-9]{1,3}))?(?:\+.*)?")
# RFC 3463; for others the class alone.
_ENHANCED = {
    "421": "4.3.2",
    "450": "4.2.1",
    "451": "4.3.0",
    "452": "4.2.2",
    "550": "5.1.1",
    "551": "5.1.6",
    "552": "5.2.2",
    "553": "5.1.3",
    "554": "5.7.1",
}


def fault_of(address: str) -> Rule | None:
    """The rule that refuses this recipient, if its local part is a code."""
    match = _LOCAL_PART.fullmatch(address.rpartition("@")[0])
    if not match:
        return None
    code = match[1]
    enhanced = match[2] or _ENHANCED.get(code, f"{code[0]}.0.0")
    return Rule("RCPT", reply=f"{code} {enhanced} Refused, as the address asks for")
