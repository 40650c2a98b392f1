"""What is stored of an account, read before a form changes the instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..smtp.settings import Destination

if TYPE_CHECKING:
    from .row import SMTPAccount

NAMES = ("host", "port", "login", "email", "security")
COLUMNS = tuple(f"smtp_{name}" for name in NAMES)


@dataclass(frozen=True, kw_only=True)
class StoredAccount:
    """The stored values without the password. ``destination`` is ``None`` if there is none to speak of."""

    values: dict[str, Any] = field(default_factory=dict)
    destination: Destination | None = None
    has_password: bool = False
    unreadable: bool = False
    pinned_certificate: str = ""
    known_certificate: str = ""

    @classmethod
    def of(cls, partner: SMTPAccount) -> StoredAccount:
        """The account of a saved partner; an empty one for a partner that is not saved."""
        if partner._state.adding:
            return cls()
        return cls(
            values=cls.values_of(partner),
            destination=_destination(partner),
            has_password=partner.has_smtp_password,
            unreadable=partner.is_smtp_password_unreadable,
            pinned_certificate=partner.smtp_pinned_certificate,
            known_certificate=partner.smtp_known_certificate,
        )

    @staticmethod
    def values_of(partner: SMTPAccount) -> dict[str, Any]:
        return {name: getattr(partner, f"smtp_{name}") for name in NAMES}


def _destination(partner: SMTPAccount) -> Destination | None:
    try:
        return partner.smtp_destination()
    except ValueError:
        return None
