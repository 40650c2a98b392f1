"""One row's SMTP account, and what saving it writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import models, router

from . import saving
from .columns import SMTPStatus
from .encryption import Kind
from .oauth import SMTPAccountOAuth
from .oauth_values import OAUTH_COLUMNS
from .password import column_of
from .secret import Secret
from .sender import SENDER_COLUMNS

MANAGE = "manage_partner_smtp"


class SMTPAccount(SMTPAccountOAuth):
    """The SMTP account of one row.

    ``save()`` seals the secrets, and alone decides about the columns that no form shows: unless named in
    ``update_fields`` they stay as they are in the database, except where a change of the others changes them.
    """

    #: Whether the last ``save()`` changed what mail is sent with.
    _account_changed = False

    class Meta:
        abstract = True
        # Models of a site have it under a name of their own (``granting``).
        permissions = [(MANAGE, "Can manage SMTP settings of partners")]

    def clean(self) -> None:
        super().clean()
        if self._is_copy(router.db_for_read(type(self), instance=self)):
            self._shed_copied_account()

    def save(
        self, *, using: str | None = None, update_fields: Iterable[str] | None = None, **options: Any
    ) -> None:
        using = using or router.db_for_write(type(self), instance=self)
        self._tidy_account()
        stored = self._stored_account(using)
        if stored is None:
            self._begin_account(using)
            super().save(using=using, update_fields=update_fields, **options)
            self._new_secrets = {}
        elif update_fields is None:
            self._save_whole(stored, using, options)
        else:
            self._save_fields(stored, using, set(update_fields), options)

    def trust_smtp_certificate(self, sha256: str) -> bool:
        """Trust exactly this certificate of the server although it does not verify, or ("") none any more.

        Written at once, and by nothing else; whether it was. It is not if the row is gone, or leads to another
        destination than the instance.
        """
        using = router.db_for_write(type(self), instance=self)
        stored = self._stored_account(using)
        if stored is None or stored["smtp_uuid"] is None or saving.is_moved(stored, self._account_values()):
            return False
        sealed = self._sealed(sha256, Kind.CERTIFICATE, stored["smtp_uuid"], stored)
        changed = saving.untested(stored, stored) | dict(zip(saving.PIN, (sha256, sealed), strict=True))
        same = {name: stored[name] for name in saving.DESTINATION}
        if not rows_of(self, using).filter(pk=self.pk, **same).update(**changed):
            return False
        saving.assign(self, changed)
        return True

    def _save_whole(self, stored: saving.Values, using: str, options: dict[str, Any]) -> None:
        changed = self._changes(stored, self.__dict__.keys(), self._new_secrets)
        saving.assign(self, {name: stored[name] for name in saving.MACHINE_WRITTEN} | changed)
        # Django leaves deferred columns out of an UPDATE only where the instance came from.
        untouched = saving.MACHINE_WRITTEN if self._state.db == using else ()
        with saving.left_alone(self, set(untouched) - changed.keys()):
            super().save(using=using, **options)
        self._new_secrets = {}

    def _save_fields(
        self, stored: saving.Values, using: str, names: set[str], options: dict[str, Any]
    ) -> None:
        typed = {kind: text for kind, text in self._new_secrets.items() if saving.SEALED[kind] in names}
        changed = self._changes(stored, names, typed)
        saving.assign(self, {name: stored[name] for name in saving.NEVER_ASSIGNED} | changed)
        written = names.difference(saving.NEVER_ASSIGNED).union(changed)
        super().save(using=using, update_fields=written, **options)
        self._new_secrets = {kind: text for kind, text in self._new_secrets.items() if kind not in typed}

    def _changes(
        self, stored: saving.Values, written: Collection[str], typed: Mapping[Kind, Secret]
    ) -> dict[str, Any]:
        new = {name: getattr(self, name) if name in written else stored[name] for name in saving.FILLED_IN}
        changed = saving.changes(stored, new, typed=typed.keys())
        self._account_changed = "smtp_status" in changed
        uuid = stored["smtp_uuid"]
        if uuid is None:
            uuid = changed["smtp_uuid"] = uuid4()
        return changed | self._sealed_columns(typed, uuid, new)

    def _sealed_columns(
        self, typed: Mapping[Kind, Secret], uuid: UUID, values: saving.Values
    ) -> dict[str, str]:
        return {saving.SEALED[kind]: self._sealed(text, kind, uuid, values) for kind, text in typed.items()}

    def _begin_account(self, using: str) -> None:
        if self.smtp_uuid is not None and (self.pk is None or self._is_copy(using)):
            self._shed_copied_account()
        if self.smtp_uuid is None:
            self.smtp_uuid = uuid4()
            saving.assign(self, {**dict.fromkeys(saving.SEALED.values(), ""), **saving.PIN})
        if not self.smtp_host:
            self.smtp_status = SMTPStatus.NOT_SET_UP
        saving.assign(self, self._sealed_columns(self._new_secrets, self.smtp_uuid, self._account_values()))

    def _shed_copied_account(self) -> None:
        for name in saving.MACHINE_WRITTEN:
            setattr(self, name, column_of(self, name).get_default())

    def _is_copy(self, using: str) -> bool:
        if self.smtp_uuid is None:
            return False
        return rows_of(self, using).filter(smtp_uuid=self.smtp_uuid).exclude(pk=self.pk).exists()

    def _stored_account(self, using: str) -> saving.Values | None:
        if self.pk is None:
            return None
        return (
            rows_of(self, using).filter(pk=self.pk).values(*saving.FILLED_IN, *saving.MACHINE_WRITTEN).first()
        )

    def _tidy_account(self) -> None:
        texts = (
            *("smtp_host", "smtp_login", "smtp_email"),
            *SENDER_COLUMNS,
            *OAUTH_COLUMNS,
        )
        for name in texts:
            if name in self.__dict__:
                setattr(self, name, (getattr(self, name) or "").strip())
        if (port := self.__dict__.get("smtp_port")) is not None:
            self.smtp_port = int(port)


def rows_of(instance: models.Model, using: str) -> models.QuerySet[Any]:
    """The rows of the model that has the account's columns, which a child of a concrete model has not."""
    return column_of(instance, "smtp_uuid").model._base_manager.using(using)
