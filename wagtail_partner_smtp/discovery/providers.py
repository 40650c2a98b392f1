"""Well-known mail providers: whose address, receiver or server something is.

``docs/finding-settings.md`` lists them; a test keeps both the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .presets import PROVIDERS
from .provider import Provider

__all__ = ["PROVIDERS", "Provider", "of_domain", "of_host", "of_receiver", "of_server"]

_AROUND_NAMES = "[]<>(){},;:\"'."


def of_domain(domain: str) -> Provider | None:
    """Whose addresses end in ``domain``."""
    return next(
        (each for each in PROVIDERS if any(_label(own, domain) is not None for own in each.domains)), None
    )


def of_receiver(name: str) -> Provider | None:
    """Who receives mail under ``name``, the target of an MX record; ``host`` is the one for that region."""
    for provider in PROVIDERS:
        for pattern, host in provider.receivers:
            if (label := _label(pattern, name)) is not None:
                return replace(provider, host=host.replace("*", label))
    return None


def of_host(host: str) -> Provider | None:
    """Whose server to send by ``host`` is."""
    return next(
        (each for each in PROVIDERS if any(_label(own, host) is not None for own in each.hosts())), None
    )


def _label(pattern: str, name: str) -> str | None:
    """What ``*`` stands for where ``name`` ends like ``pattern``, else ``None``; empty without a ``*``."""
    wanted = pattern.split(".")
    found = name.split(".")[-len(wanted) :]
    if len(found) < len(wanted):
        return None
    pairs = list(zip(wanted, found, strict=True))
    if not all(want in ("*", label) for want, label in pairs):
        return None
    return next((label for want, label in pairs if want == "*"), "")


def of_server(names: Iterable[str]) -> Provider | None:
    """Whose server it is, by its host, its greeting, its answer to EHLO and the names of its certificate.

    The first that tells counts: the host was chosen by people, the others are what the server says of itself.
    """
    for text in names:
        for word in text.split():
            if found := _of_name(word.strip(_AROUND_NAMES).casefold()):
                return found
    return None


def _of_name(name: str) -> Provider | None:
    labels = name.split(".")
    if len(labels) < 2:
        return None
    ends = (".".join(labels[at:]) for at in range(len(labels) - 1))
    return of_host(name) or next((_ZONES[end] for end in ends if end in _ZONES), None)


_ZONES = {zone: provider for provider in PROVIDERS for zone in provider.server_zones()}
