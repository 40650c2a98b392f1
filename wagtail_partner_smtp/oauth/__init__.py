"""Access tokens for accounts that log in by OAuth 2.0: from whom, and kept until they expire."""

from __future__ import annotations

from importlib.util import find_spec


def is_available() -> bool:
    """Whether the extra ``oauth`` is installed."""
    return find_spec("authlib") is not None and find_spec("httpcore") is not None
