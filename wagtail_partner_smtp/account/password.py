"""The password of an SMTP account: sealed on the way in, read in one place."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.db import models
from django.views.decorators.debug import sensitive_variables

from ..smtp.errors import Code, SettingsError
from ..smtp.settings import Destination, SMTPSettings, Stage
from . import encryption, saving
from .columns import SMTPAccountColumns
from .secret import Secret

_SURROGATES = re.compile("[\ud800-\udfff]")


class SMTPAccountPassword(SMTPAccountColumns):
    """What is stored of an SMTP account, and the way to its password."""

    #: To be sealed at the next save; empty removes the saved one.
    _new_smtp_password: Secret | None = None

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if kwargs.get("fields") is None and len(args) < 2:
            self._new_smtp_password = None

    @sensitive_variables("text")
    def set_smtp_password(self, text: str) -> None:
        """Have the next ``save()`` seal this password. Raises ``ValueError`` if it is empty or no Unicode."""
        if not text:
            raise ValueError("An empty password is no password; clear_smtp_password() removes it.")
        if _SURROGATES.search(text):
            # encode() would raise an error that quotes the whole text.
            raise ValueError("The password holds half a character, which has no UTF-8 form.")
        self._new_smtp_password = Secret(text)

    def clear_smtp_password(self) -> None:
        """Have the next ``save()`` remove the saved password, readable or not."""
        self._new_smtp_password = Secret()

    @property
    def has_smtp_password(self) -> bool:
        """Whether a password is saved (readable or not) or set."""
        if self._new_smtp_password is not None:
            return bool(self._new_smtp_password)
        return bool(self.smtp_password_encrypted)

    @property
    def is_smtp_password_unreadable(self) -> bool:
        """Whether a password is saved that cannot be read: it must be typed again."""
        try:
            self._smtp_password()
        except SettingsError:
            return True
        return False

    def smtp_destination(self) -> Destination:
        """Where the password may be sent. Raises ``SettingsError`` for an unknown security."""
        return _destination(self._account_values())

    @sensitive_variables("password")
    def smtp_settings(self) -> SMTPSettings:
        """The account, its password in plain text. Raises ``UnreadablePassword``, ``SettingsError``."""
        security = self.smtp_destination().security
        password = self._smtp_password()
        return SMTPSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            login=self.smtp_login,
            password=password,
            email=self.smtp_email,
            security=security,
            pinned_certificate=self.smtp_pinned_certificate,
            known_certificate=self.smtp_known_certificate,
        )

    def resealed_smtp_password(self) -> str:
        """What the sealed password becomes under the newest key. Raises as ``smtp_settings`` does."""
        return encryption.rotate(self.smtp_password_encrypted, self._own_row())

    def _account_values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in saving.FILLED_IN}

    def _sealing_row(self, uuid: UUID, values: saving.Values) -> encryption.Row:
        model = column_of(self, "smtp_uuid").model
        return encryption.Row(model=model._meta.label, uuid=uuid, destination=_destination(values))

    def _sealed(self, password: Secret, uuid: UUID, values: saving.Values) -> str:
        return encryption.seal(password, self._sealing_row(uuid, values)) if password else ""

    def _smtp_password(self) -> str:
        if self._new_smtp_password is not None:
            return self._new_smtp_password
        if not self.smtp_password_encrypted:
            return ""
        return encryption.unseal(self.smtp_password_encrypted, self._own_row())

    def _own_row(self) -> encryption.Row:
        if self.smtp_uuid is None:
            raise encryption.NotForThisRow
        return self._sealing_row(self.smtp_uuid, self._account_values())


def column_of(instance: models.Model, name: str) -> models.Field[Any, Any]:
    return cast("models.Field[Any, Any]", instance._meta.get_field(name))


def _destination(values: saving.Values) -> Destination:
    try:
        return saving.destination(values)
    except ValueError as error:
        raise SettingsError(Code.SECURITY_INVALID, stage=Stage.SETTINGS) from error
