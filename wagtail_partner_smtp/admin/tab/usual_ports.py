"""Which port goes with which security, and what is said about a pair that does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from ...smtp.settings import DEFAULT_PORT, Security

USUAL_PORTS: Mapping[Security, int] = MappingProxyType(
    {Security.NONE: 25, Security.SSL: 465, Security.TLS: 587}
)

_MISMATCHES = {
    (465, Security.TLS): _("Port 465 is usually for SSL. With TLS, servers usually answer on port 587."),
    (465, Security.NONE): _("Port 465 is usually for SSL: without encryption nothing is understood there."),
    (587, Security.SSL): _("Port 587 is usually for TLS. With SSL, servers usually answer on port 465."),
    (25, Security.SSL): _("Port 25 is not for SSL. With SSL, servers usually answer on port 465."),
    (25, Security.TLS): _(
        "Port 25 is usually for mail between servers. With TLS, servers usually accept "
        "mail for sending on port 587."
    ),
}


def mismatches() -> dict[str, dict[str, str]]:
    """Port, then security, to the sentence about the two."""
    found: dict[str, dict[str, str]] = {}
    for (port, security), sentence in _MISMATCHES.items():
        found.setdefault(str(port), {})[security.value] = str(sentence)
    return found


def mismatch(port: object, security: object) -> str:
    """The sentence about the values that a form shows, or empty. They may be anything that was typed."""
    return mismatches().get(str(port or "").strip(), {}).get(str(security), "")


def usual_port(security: object) -> int:
    """The port that an empty field of the form stands for. Anything may have been typed as security."""
    return {each.value: port for each, port in USUAL_PORTS.items()}.get(str(security), DEFAULT_PORT)
