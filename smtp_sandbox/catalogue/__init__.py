"""The profiles that come with the sandbox, by name."""

from __future__ import annotations

from difflib import get_close_matches

from ..profiles import Profile
from . import authentication, certificates, greeting, groups, mail, network, tls, tokens

HONEST = Profile("honest", summary="an honest server: PLAIN and LOGIN, after TLS where STARTTLS is offered")

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        HONEST,
        *network.PROFILES,
        *greeting.PROFILES,
        *tls.PROFILES,
        *certificates.PROFILES,
        *authentication.PROFILES,
        *tokens.PROFILES,
        *mail.PROFILES,
        *groups.PROFILES,
    )
}


def named(name: str) -> Profile:
    """The profile of that name, ``reply:…`` for a collected reply. Raises KeyError, with the nearest names."""
    known = PROFILES
    if name.startswith("reply:"):
        # Loaded at first use: they are several hundred.
        from .replies import PROFILES as known
    if name not in known:
        near = ", ".join(get_close_matches(name, known)) or "see `python -m smtp_sandbox list`"
        raise KeyError(f"no profile {name!r}; {near}")
    return known[name]
