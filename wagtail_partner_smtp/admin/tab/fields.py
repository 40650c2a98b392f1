"""The fields of the SMTP tab, and what each of them accepts."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...account.secret import Secret
from ...smtp.errors import Code
from ...smtp.names import PORT_RANGE, without_invisible_characters
from ...smtp.settings import DEFAULT_PORT, Security
from .messages import problem

SECURITY_CHOICES = (
    (Security.NONE.value, _("No encryption")),
    (Security.SSL.value, _("SSL")),
    (Security.TLS.value, _("TLS")),
)
SECURITY_HELP = _(
    "SSL encrypts from the first byte (usually port 465). TLS starts in clear text and switches to "
    "encryption with STARTTLS before anything secret is sent (usually port 587). Without encryption "
    "everybody on the way can read the password and all mail."
)

_LINE_BREAK_OR_NUL = re.compile(r"[\r\n\0]")
_DIGITS = re.compile(r"[0-9]{1,5}")
# Typed values are no dictionary words, and a browser's own account must not be filled in.
_TECHNICAL = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def refuse_controls(value: object) -> None:
    """Raise for what would start a new SMTP command; trimming must not hide it."""
    if _LINE_BREAK_OR_NUL.search(str(value)):
        raise problem(Code.CONTROL_CHARACTERS)


class LineField(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        refuse_controls("" if value is None else value)
        return str(super().to_python(value))


class PastedField(LineField):
    """One line without the characters that nobody sees, which come along when it is pasted."""

    def to_python(self, value: Any) -> str:
        return without_invisible_characters(super().to_python(value)).strip()


class SecretField(LineField):
    """One line that is kept as typed, spaces included, and rendered never."""

    widget = forms.PasswordInput

    def to_python(self, value: Any) -> Secret:
        return Secret(super().to_python(value))


class PortField(forms.Field):
    """A port as people type it; empty is ``None``."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        refuse_controls(value)
        text = str(value).strip()
        if not text:
            return None
        if not _DIGITS.fullmatch(text) or int(text) not in PORT_RANGE:
            raise problem(Code.PORT_INVALID)
        return int(text)


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
        widget=forms.TextInput(
            attrs={**_TECHNICAL, "inputmode": "numeric", "placeholder": str(DEFAULT_PORT)}
        ),
        help_text=_("Usually 587 for TLS, 465 for SSL. Empty means 25."),
    )


def login_field() -> PastedField:
    return PastedField(
        label=_("SMTP Login"),
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
        help_text=_("The user name at the mail server, often the whole email address. Empty: no login."),
    )


def password_field() -> SecretField:
    return SecretField(
        label=_("SMTP Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )


def password_remove_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Remove the saved password"), required=False)


def email_field() -> PastedField:
    return PastedField(
        label=_("SMTP Email"),
        required=False,
        # Not type=email: browsers refuse there what mail servers take, and spell domains by rules of their own.
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "email"}),
        help_text=_("The address that this partner's mail is sent from."),
    )


def security_field() -> SecurityField:
    return SecurityField(
        label=_("SMTP Security"),
        required=False,
        choices=SECURITY_CHOICES,
        initial=Security.TLS.value,
        help_text=SECURITY_HELP,
    )
