"""Logins that fail, are missing, or are required."""

from __future__ import annotations

from ..profiles import MECHANISMS, Profile
from ..rules import on

_REPLIES = {
    "auth-535": ("535 5.7.8 Authentication credentials invalid", "refuses every login"),
    "auth-534": ("534 5.7.9 Application-specific password required", "wants an app password"),
    "auth-454": ("454 4.7.0 Temporary authentication failure", "cannot check logins at the moment"),
    "auth-421": ("421 4.7.0 Too many failed logins", "closes at the first AUTH"),
}

PROFILES = (
    *(Profile(name, on("AUTH", reply=reply), summary=summary) for name, (reply, summary) in _REPLIES.items()),
    Profile("auth-required", auth_required=True, summary="refuses MAIL with 530 before a login"),
    Profile("auth-after-tls", auth_after_tls=True, summary="AUTH only over TLS; 538 otherwise"),
    Profile("auth-none", auth=(), summary="offers no AUTH"),
    Profile("auth-no-common", auth=("GSSAPI", "NTLM"), summary="offers mechanisms that few clients have"),
    Profile("auth-hang", on("AUTH", hang=True), summary="never answers AUTH"),
    *(
        Profile(f"auth-{name.lower()}", auth=(name,), summary=f"offers AUTH {name} only")
        for name in MECHANISMS
    ),
)
