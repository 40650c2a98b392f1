"""An SMTP server for end-to-end tests: correct, or wrong in many ways on request."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalogue import PROFILES
    from .journal.records import Message, Session
    from .listener import Listener
    from .oauth.faults import Fault
    from .oauth.server import OAuthServer
    from .profiles import MODES, Mode, Profile, Service
    from .rules import Rule, on
    from .sandbox import Sandbox
    from .tokens import Token, TokenRefusal

__version__ = "0.1.0"

__all__ = [
    "MODES",
    "PROFILES",
    "Fault",
    "Listener",
    "Message",
    "Mode",
    "OAuthServer",
    "Profile",
    "Rule",
    "Sandbox",
    "Service",
    "Session",
    "Token",
    "TokenRefusal",
    "on",
]

# Loaded at first use: pytest imports this package for its plugin in every project where it is installed.
_HOME = {
    "PROFILES": "catalogue",
    "Listener": "listener",
    "Fault": "oauth.faults",
    "OAuthServer": "oauth.server",
    "MODES": "profiles",
    "Mode": "profiles",
    "Profile": "profiles",
    "Message": "journal.records",
    "Session": "journal.records",
    "Rule": "rules",
    "on": "rules",
    "Token": "tokens",
    "TokenRefusal": "tokens",
    "Sandbox": "sandbox",
    "Service": "profiles",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
