"""What is stored of an account, read before a form changes the instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..smtp.settings import Destination, PastRefusal
from .encryption import OAuthTarget
from .oauth_values import OAUTH_COLUMNS
from .sender import SENDER_COLUMNS

if TYPE_CHECKING:
    from .row import SMTPAccount

NAMES = ("host", "port", "login", "email", "security")
METHOD_COLUMNS = ("smtp_auth", *OAUTH_COLUMNS)
COLUMNS = (*(f"smtp_{name}" for name in NAMES), *METHOD_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class StoredAccount:
    """The stored values without the secrets.

    ``values`` are named as in ``SMTPSettings``, ``method`` are the columns of the authentication method,
    ``sender`` those of the sender's name and the address for answers.
    ``destination`` is ``None`` if there is none to speak of.
    """

    values: dict[str, Any] = field(default_factory=dict)
    method: dict[str, str] = field(default_factory=dict)
    sender: dict[str, str] = field(default_factory=dict)
    destination: Destination | None = None
    oauth_target: OAuthTarget | None = None
    has_password: bool = False
    unreadable: bool = False
    has_oauth_secret: bool = False
    oauth_secret_unreadable: bool = False
    pinned_certificate: str = ""
    known_certificate: str = ""
    relay_proven: bool = False
    past_refusal: PastRefusal | None = None

    @classmethod
    def of(cls, partner: SMTPAccount) -> StoredAccount:
        """The account of a saved partner; one without values for a partner that is not saved."""
        if partner._state.adding:
            return cls(method=cls.method_of(partner), sender=cls.sender_of(partner))
        return cls(
            values=cls.values_of(partner),
            method=cls.method_of(partner),
            sender=cls.sender_of(partner),
            destination=_destination(partner),
            oauth_target=partner.smtp_oauth_target(),
            has_password=partner.has_smtp_password,
            unreadable=partner.is_smtp_password_unreadable,
            has_oauth_secret=partner.has_smtp_oauth_secret,
            oauth_secret_unreadable=partner.is_smtp_oauth_secret_unreadable,
            pinned_certificate=partner.smtp_trusted_certificate,
            known_certificate=partner.smtp_known_certificate,
            relay_proven=partner.smtp_relay_proven_at is not None,
            past_refusal=partner.smtp_past_refusal(),
        )

    @staticmethod
    def values_of(partner: SMTPAccount) -> dict[str, Any]:
        return {name: getattr(partner, f"smtp_{name}") for name in NAMES}

    @staticmethod
    def method_of(partner: SMTPAccount) -> dict[str, str]:
        return {name: str(getattr(partner, name)) for name in METHOD_COLUMNS}

    @staticmethod
    def sender_of(partner: SMTPAccount) -> dict[str, str]:
        return {name: str(getattr(partner, name)) for name in SENDER_COLUMNS}


def _destination(partner: SMTPAccount) -> Destination | None:
    try:
        return partner.smtp_destination()
    except ValueError:
        return None
