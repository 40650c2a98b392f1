"""The password of an SMTP account: sealed on the way in, read in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from django.db import models
from django.views.decorators.debug import sensitive_variables

from ..smtp.errors import Code, SettingsError
from ..smtp.reply import Reply
from ..smtp.settings import Destination, PastRefusal, SMTPSettings, Stage
from . import encryption, saving
from .columns import SMTPAccountColumns
from .encryption import Kind
from .secret import Secret, as_secret


class SMTPAccountPassword(SMTPAccountColumns):
    """What is stored of an SMTP account, and the way to its password."""

    #: To be sealed at the next save; an empty one removes the saved one. Replaced, never changed: copies share it.
    _new_secrets: Mapping[Kind, Secret] = MappingProxyType({})

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if kwargs.get("fields") is None and len(args) < 2:
            self._new_secrets = {}

    @sensitive_variables("text")
    def set_smtp_password(self, text: str) -> None:
        """Have the next ``save()`` seal this password. Raises ``ValueError`` if it is empty or no Unicode."""
        if not text:
            raise ValueError("An empty password is no password; clear_smtp_password() removes it.")
        self._set_secret(Kind.PASSWORD, as_secret(text, "password"))

    def clear_smtp_password(self) -> None:
        """Have the next ``save()`` remove the saved password, readable or not."""
        self._set_secret(Kind.PASSWORD, Secret())

    @property
    def has_smtp_password(self) -> bool:
        """Whether a password is saved (readable or not) or set."""
        return self._has_secret(Kind.PASSWORD)

    @property
    def is_smtp_password_unreadable(self) -> bool:
        """Whether a password is saved that cannot be read: it must be typed again."""
        return self._is_unreadable(Kind.PASSWORD)

    def smtp_password(self) -> str:
        """The password in plain text, "" if there is none. Raises ``UnreadablePassword``."""
        return Secret(self._secret(Kind.PASSWORD))

    def smtp_destination(self) -> Destination:
        """Where the password may be sent. Raises ``SettingsError`` for an unknown security."""
        return _destination(self._account_values())

    @sensitive_variables("password")
    def smtp_settings(self) -> SMTPSettings:
        """The account, its password in plain text. Raises ``UnreadablePassword``, ``SettingsError``."""
        security = self.smtp_destination().security
        password = self._secret(Kind.PASSWORD)
        return SMTPSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            login=self.smtp_login,
            password=password,
            email=self.smtp_email,
            security=security,
            **self._remembered(),
        )

    @property
    def smtp_trusted_certificate(self) -> str:
        """The SHA-256 of the pinned certificate; "" also if this site has not pinned it for this server."""
        try:
            is_ours = self._secret(Kind.CERTIFICATE) == self.smtp_pinned_certificate
        except SettingsError:
            return ""
        return self.smtp_pinned_certificate if is_ours else ""

    def resealed_smtp_secret(self, kind: Kind) -> str:
        """What a sealed secret becomes under the newest key. Raises ``UnreadablePassword``, ``SettingsError``."""
        return encryption.rotate(getattr(self, saving.SEALED[kind]), self._own_row(kind), kind)

    def smtp_past_refusal(self) -> PastRefusal | None:
        """Why the last mail was refused, where a connection test would not find that out."""
        failure = self.smtp_failure
        if not failure.get("beyond_tests") or failure["code"] not in set(Code):
            return None
        number = failure["smtp_code"]
        reply = Reply(code=number, enhanced_code=failure["enhanced_code"]) if number else None
        return PastRefusal(code=Code(failure["code"]), reply=reply)

    def _remembered(self) -> dict[str, Any]:
        """What a session is told of earlier ones, by the names in ``SMTPSettings``."""
        return {
            "pinned_certificate": self.smtp_trusted_certificate,
            "known_certificate": self.smtp_known_certificate,
            "relay_proven": self.smtp_relay_proven_at is not None,
            "past_refusal": self.smtp_past_refusal(),
        }

    def _account_values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in saving.FILLED_IN}

    def _set_secret(self, kind: Kind, secret: Secret) -> None:
        self._new_secrets = {**self._new_secrets, kind: secret}

    def _has_secret(self, kind: Kind) -> bool:
        return bool(self._new_secrets.get(kind, getattr(self, saving.SEALED[kind])))

    def _is_unreadable(self, kind: Kind) -> bool:
        try:
            self._secret(kind)
        except SettingsError:
            return True
        return False

    def _secret(self, kind: Kind) -> str:
        if kind in self._new_secrets:
            return self._new_secrets[kind]
        sealed = getattr(self, saving.SEALED[kind])
        return encryption.unseal(sealed, self._own_row(kind), kind) if sealed else ""

    @sensitive_variables("text")
    def _sealed(self, text: str, kind: Kind, uuid: UUID, values: saving.Values) -> str:
        return encryption.seal(text, self._sealing_row(kind, uuid, values), kind) if text else ""

    def _own_row(self, kind: Kind) -> encryption.Row:
        if self.smtp_uuid is None:
            raise encryption.NotForThisRow(kind)
        return self._sealing_row(kind, self.smtp_uuid, self._account_values())

    def _sealing_row(self, kind: Kind, uuid: UUID, values: saving.Values) -> encryption.Row:
        destination = _destination(values)
        is_of_the_server = kind is Kind.CERTIFICATE
        is_oauth = kind is not Kind.PASSWORD and not is_of_the_server
        return encryption.Row(
            model=column_of(self, "smtp_uuid").model._meta.label,
            uuid=uuid,
            destination=replace(destination, login="") if is_of_the_server else destination,
            oauth=saving.oauth_target(values) if is_oauth else None,
        )


def column_of(instance: models.Model, name: str) -> models.Field[Any, Any]:
    return cast("models.Field[Any, Any]", instance._meta.get_field(name))


def _destination(values: saving.Values) -> Destination:
    try:
        return saving.destination(values)
    except ValueError as error:
        raise SettingsError(Code.SECURITY_INVALID, stage=Stage.SETTINGS) from error
