"""The fields of the SMTP tab, and what each of them accepts."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...account.columns import SECURITY_CHOICES, OAuthGrant, SMTPAuth
from ...account.secret import Secret
from ...smtp.errors import Code
from ...smtp.names import PORT_RANGE, without_invisible_characters
from ...smtp.settings import Security, length_error
from .messages import problem
from .typed_host import NotUnderstood, TypedServer, parse_port

SECURITY_HELP = _(
    "SSL encrypts from the first byte (usually port 465). TLS starts in clear text and switches to "
    "encryption with STARTTLS before anything secret is sent (usually port 587). Without encryption "
    "everybody on the way can read the password and all mail."
)

SECRET_FIELDS = ("smtp_password", "smtp_oauth_secret")
"""What is never rendered, and no error report may show."""

MAX_SECRET = 20_000  # characters; a key of 4096 bits in JSON has 3,500

_LINE_BREAK_OR_NUL = re.compile(r"[\r\n\0]")
_NOT_IN_A_TEXT = re.compile(r"[\0\ud800-\udfff]")
# Typed values are no dictionary words, and a browser's own account must not be filled in.
_TECHNICAL = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def refuse_controls(value: object) -> None:
    """Raise for what would start a new SMTP command; trimming must not hide it."""
    if _LINE_BREAK_OR_NUL.search(str(value)):
        raise problem(Code.CONTROL_CHARACTERS)


class LineField(forms.CharField):
    """One line of text, no longer than what ``SMTPSettings`` allows of its value ``limit_of``."""

    def __init__(self, *, limit_of: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.limit_of = limit_of

    def to_python(self, value: Any) -> str:
        refuse_controls("" if value is None else value)
        return str(super().to_python(value))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.limit_of and (error := length_error(self.limit_of, value)):
            raise problem(Code(error.code), **error.facts)


class PastedField(LineField):
    """One line without the invisible characters, which come along when it is pasted."""

    def to_python(self, value: Any) -> str:
        return without_invisible_characters(super().to_python(value)).strip()


class MethodField(forms.ChoiceField):
    """One of the values that are offered, or none."""

    def __init__(self, *, unknown: Code = Code.AUTH_METHOD_INVALID, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.unknown = unknown

    def validate(self, value: Any) -> None:
        if value and not self.valid_value(value):
            raise problem(self.unknown)


class SecretTextField(forms.CharField):
    """A secret that may have come as several lines, such as a key in JSON; rendered never."""

    widget = forms.PasswordInput

    def to_python(self, value: Any) -> Secret:
        text = str(super().to_python(value))
        if _NOT_IN_A_TEXT.search(text):
            raise problem(Code.CONTROL_CHARACTERS)
        if len(text) > MAX_SECRET:
            raise problem(Code.OAUTH_KEY_INVALID)
        return Secret(text)


class SecretField(LineField):
    """One line that is kept as typed, spaces included, and rendered never."""

    widget = forms.PasswordInput

    def to_python(self, value: Any) -> Secret:
        return Secret(super().to_python(value))


class PortField(forms.Field):
    """A port as people type it, ``587 (TLS)`` or ``mail.example.com:587`` included; empty is ``None``."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        return self.understood(value).port

    def understood(self, value: Any) -> TypedServer:
        """All that was typed, the server and the security included. Raises ``ValidationError``."""
        text = "" if value is None else str(value)
        refuse_controls(text)
        try:
            typed = parse_port(without_invisible_characters(text))
        except NotUnderstood as refused:
            raise problem(refused.code) from None
        if typed.port is not None and typed.port not in PORT_RANGE:
            raise problem(Code.PORT_INVALID)
        return typed


PASTED = (PastedField, PortField)
"""What takes invisible characters out."""


class SecurityField(forms.ChoiceField):
    """One of the three kinds of security; leaving it out is no choice."""

    def validate(self, value: Any) -> None:
        if not self.valid_value(value):
            raise problem(Code.SECURITY_INVALID)


def host_field() -> PastedField:
    return PastedField(
        label=_("SMTP Host"),
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_(
            "The name or address of the outgoing mail server, for example mail.example.com. A pasted address "
            "such as ssl://mail.example.com:465 is understood."
        ),
    )


def port_field() -> PortField:
    return PortField(
        label=_("SMTP Port"),
        required=False,
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "numeric"}),
        help_text=_(
            "Usually 587 for TLS, 465 for SSL and 25 without encryption. Empty: the usual one is filled in."
        ),
    )


def login_field() -> PastedField:
    return PastedField(
        label=_("SMTP Login"),
        required=False,
        limit_of="login",
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_("The user name at the mail server, often the whole email address. Empty: no login."),
    )


def password_field() -> SecretField:
    return SecretField(
        label=_("SMTP Password"),
        required=False,
        limit_of="password",
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )


def password_remove_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Remove the saved password"), required=False)


def email_field() -> PastedField:
    return PastedField(
        label=_("SMTP Email"),
        required=False,
        limit_of="email",
        # Not type=email: browsers refuse there what mail servers take, and spell domains by rules of their own.
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "email"}),
        help_text=_("The address that this partner's mail is sent from."),
    )


def sender_name_field() -> PastedField:
    return PastedField(
        label=_("Sender name"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The name that people see beside the address, unless a message brings its own."),
    )


def reply_to_field() -> PastedField:
    return PastedField(
        label=_("Reply-To"),
        required=False,
        limit_of="email",
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "email"}),
        help_text=_("One address that replies go to. Empty: to the SMTP Email."),
    )


def security_field() -> SecurityField:
    return SecurityField(
        label=_("SMTP Security"),
        required=False,
        choices=SECURITY_CHOICES,
        initial=Security.TLS.value,
        help_text=SECURITY_HELP,
    )


def auth_field() -> MethodField:
    return MethodField(
        label=_("Authentication method"),
        choices=SMTPAuth.choices,
        initial=SMTPAuth.PASSWORD.value,
        help_text=_(
            "With OAuth 2.0 no password is sent: the provider gives this site access tokens "
            "for the mailbox, and can revoke them."
        ),
    )


def oauth_provider_field() -> MethodField:
    return MethodField(
        label=_("OAuth provider"),
        unknown=Code.OAUTH_PROVIDER_UNKNOWN,
        help_text=_("Where the mailbox is."),
    )


def oauth_grant_field() -> MethodField:
    return MethodField(
        label=_("Who signs in"),
        choices=OAuthGrant.choices,
        initial=OAuthGrant.CONSENT.value,
        help_text=_(
            "Usually the owner of the mailbox, once. Without a person, an administrator of the provider's "
            "organisation has to allow the application to send for the mailbox."
        ),
    )


def oauth_tenant_field() -> PastedField:
    return PastedField(
        label=_("Tenant"),
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_(
            "The ID of the organisation at Microsoft, or one of its domains. Empty: that of this site, or any."
        ),
    )


def oauth_client_id_field() -> PastedField:
    return PastedField(
        label=_("Client ID"),
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_("Of your own application at the provider. Empty: that of this site, if it has one."),
    )


def oauth_secret_field() -> SecretTextField:
    return SecretTextField(
        label=_("Client secret or key"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )


def oauth_secret_remove_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Remove the saved client secret or key"), required=False)


def oauth_authorization_endpoint_field() -> PastedField:
    return PastedField(
        label=_("Authorization endpoint"),
        required=False,
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "url"}),
        help_text=_("The address where the owner of the mailbox signs in. It begins with https://."),
    )


def oauth_token_endpoint_field() -> PastedField:
    return PastedField(
        label=_("Token endpoint"),
        required=False,
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "url"}),
        help_text=_("The address that access tokens come from. It begins with https://."),
    )


def oauth_scopes_field() -> PastedField:
    return PastedField(
        label=_("Scopes"),
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_("The scopes to ask for, with spaces between them, as the provider names them."),
    )
