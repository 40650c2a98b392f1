"""What an SMTP account has for OAuth 2.0 (RFC 6749): the application's secret, and its tokens.

Tokens are written by whoever gets them, below ``save()`` and only where the row is still what they are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.views.decorators.debug import sensitive_variables

from ..smtp.settings import SMTPSettings
from . import saving, token_sources
from .columns import SMTPAuth
from .encryption import Kind, NotForThisRow, OAuthTarget
from .oauth_values import OAUTH_COLUMNS
from .password import SMTPAccountPassword
from .secret import Secret, as_secret


class SMTPAccountOAuth(SMTPAccountPassword):
    """An SMTP account that logs in with a password, or with access tokens."""

    class Meta:
        abstract = True

    @property
    def uses_smtp_oauth(self) -> bool:
        return self.smtp_auth == SMTPAuth.OAUTH

    def smtp_settings(self) -> SMTPSettings:
        """The account with its password in plain text, or with the source of its access tokens.

        Raises ``UnreadablePassword`` and ``SettingsError``, also where nobody makes tokens.
        """
        if not self.uses_smtp_oauth:
            return super().smtp_settings()
        return SMTPSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            login=self.smtp_login,
            token_source=token_sources.source_of(self),
            email=self.smtp_email,
            security=self.smtp_destination().security,
            **self._remembered(),
        )

    def smtp_oauth_target(self) -> OAuthTarget:
        """Where the OAuth secret may be sent, and what the tokens are for."""
        return saving.oauth_target(self._account_values())

    @sensitive_variables("text")
    def set_smtp_oauth_secret(self, text: str) -> None:
        """Have the next ``save()`` seal this client secret, or service account's key in JSON.

        Raises ``ValueError`` if it is empty or no Unicode.
        """
        if not text:
            raise ValueError("An empty secret is no secret; clear_smtp_oauth_secret() removes it.")
        self._set_secret(Kind.OAUTH_SECRET, as_secret(text, "secret"))

    def clear_smtp_oauth_secret(self) -> None:
        """Have the next ``save()`` remove the saved secret, readable or not."""
        self._set_secret(Kind.OAUTH_SECRET, Secret())

    @property
    def has_smtp_oauth_secret(self) -> bool:
        """Whether a secret is saved (readable or not) or set."""
        return self._has_secret(Kind.OAUTH_SECRET)

    @property
    def is_smtp_oauth_secret_unreadable(self) -> bool:
        """Whether a secret is saved that cannot be read: it must be typed again."""
        return self._is_unreadable(Kind.OAUTH_SECRET)

    @property
    def is_smtp_secret_unreadable(self) -> bool:
        """Whether what it logs in with cannot be read: its password, or the secret or the sign-in of OAuth."""
        if not self.uses_smtp_oauth:
            return self.is_smtp_password_unreadable
        return self.is_smtp_oauth_secret_unreadable or self._is_unreadable(Kind.REFRESH_TOKEN)

    def smtp_oauth_secret(self) -> str:
        """The secret in plain text, "" if there is none. Raises ``UnreadablePassword``."""
        return Secret(self._secret(Kind.OAUTH_SECRET))

    @property
    def is_smtp_connected(self) -> bool:
        """Whether somebody has signed in for it, and the provider has not taken that back as far as is known."""
        has_token = bool(getattr(self, saving.SEALED[Kind.REFRESH_TOKEN]))
        return has_token and not self.smtp_oauth_needs_consent

    def smtp_oauth_token(self, kind: Kind) -> str:
        """The stored token of that kind in plain text, "" if there is none. Raises ``UnreadablePassword``."""
        return Secret(self._secret(kind))

    @sensitive_variables("text")
    def sealed_smtp_oauth_token(self, kind: Kind, text: str) -> str:
        """What a column holds of a token. Raises ``NotForThisRow`` for a row that was never saved."""
        if self.smtp_uuid is None:
            raise NotForThisRow(kind)
        return self._sealed(text, kind, self.smtp_uuid, self._account_values())

    @sensitive_variables("secret")
    def with_smtp_values(self, columns: Mapping[str, Any], *, secret: str | None = None) -> Self:
        """An account that is not saved, with these columns in place of its own, for trying them out.

        What is sealed comes along as far as a save would leave it readable: nothing of it is for another mail
        server or another application. ``secret`` takes the place of the OAuth secret, the empty one removes it.
        """
        other = type(self)(**{**self._account_values(), **columns})
        before, after = self._account_values(), other._account_values()
        if self.smtp_uuid is not None and saving.is_same_target(before, after):
            names = ["smtp_uuid", saving.SEALED[Kind.OAUTH_SECRET]]
            if saving.is_same_application(before, after):
                names += saving.CONNECTION
            saving.assign(other, {name: getattr(self, name) for name in names})
        if secret is not None:
            other._set_secret(Kind.OAUTH_SECRET, as_secret(secret, "secret"))
            saving.assign(other, saving.CACHED_TOKEN)
        return other

    def smtp_oauth_identity(self) -> tuple[str, ...]:
        """What makes it another account with the provider if it changes. It holds the secret in plain text.

        Raises ``UnreadablePassword``.
        """
        return (
            *(str(getattr(self, name)) for name in OAUTH_COLUMNS),
            self.smtp_oauth_secret(),
        )
