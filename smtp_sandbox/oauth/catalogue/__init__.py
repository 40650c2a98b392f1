"""The faults that come with the OAuth server, by name."""

from __future__ import annotations

from difflib import get_close_matches

from ..faults import PREFIX, Fault
from . import answers, google, microsoft, transport

FAULTS: dict[str, Fault] = {
    fault.name: fault for fault in (*transport.FAULTS, *answers.FAULTS, *microsoft.FAULTS, *google.FAULTS)
}


def fault_named(name: str) -> Fault:
    """The fault of that name, with or without ``oauth:``. Raises KeyError, with the nearest names."""
    full = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
    if full not in FAULTS:
        near = ", ".join(get_close_matches(full, FAULTS)) or "see `python -m smtp_sandbox list`"
        raise KeyError(f"no fault {name!r}; {near}")
    return FAULTS[full]
